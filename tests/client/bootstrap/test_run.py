# -*- coding: utf-8 -*-
# Whole runs: the steps in their order, what a success leaves, and that a failure leaves nothing.
import json
import os
import signal
import subprocess
import unittest

from harness import (
    PYTHON, FolderTest, Http, Switch, read, read_if_there, refuse, site, snapshot, wait_until, write, write_program,
)  # fmt: skip

CONFIGURE = 'def main(attributes):\n    attributes.get("NODE").append_startup_config_lines([attributes.get("line")])\n'
FAIL = 'def main(attributes):\n    raise RuntimeError("no luck")\n'
MESS = '''
import os

def main(attributes):
    node = attributes.get('NODE')
    assert not node.has_startup_config() and not os.path.exists(node.rc_eos())
    node.append_startup_config_lines(['hostname new'])
    node.append_rc_eos_lines(['echo new'])
    node.retrieve_url('files/image.swi', node.flash() + '/image.swi')
    node.retrieve_url('files/image.swi', node.flash() + '/old.swi')
    with open(node.flash() + '/boot-config', 'w') as target:
        target.write('SWI=flash:/image.swi')
    os.makedirs(node.flash() + '/.extensions')
'''


class RunFixture(FolderTest):
    def setUp(self):
        FolderTest.setUp(self)
        self.keep_signals()
        self.switch = Switch(self, self.folder)
        self.http = Http(self)
        self.client = self.load(self.http.url)

    def run_client(self, *arguments):
        status = self.client.main(list(arguments))
        self.assertEqual(os.listdir(os.path.join(self.folder, 'tmp')), [])
        return status

    def live_switch(self):
        write(self.on_flash('startup-config'), 'hostname live\n', 0o600)
        write(self.on_flash('rc.eos'), '#!/bin/bash\n', 0o755)
        write(self.on_flash('boot-config'), 'SWI=flash:/old.swi\n')
        write(self.on_flash('.extensions', 'a.rpm'), 'a')
        write(self.on_flash('old.swi'), 'old image')
        return snapshot(self.flash_folder)

    def messy_site(self, *more):
        self.http.file('/files/image.swi', 'new image' * 1000)
        actions = [{'action': 'mess'}] + [{'action': name} for name in more]
        site(self.http, actions, sources={'mess': MESS, 'fail': FAIL})


class Success(RunFixture):
    def test_an_empty_switch_comes_out_configured(self):
        site(
            self.http, [{'action': 'configure', 'attributes': {'line': 'hostname leaf1'}}], {'line': 'x'},
            sources={'configure': CONFIGURE},
        )  # fmt: skip
        self.assertEqual(self.run_client(), 0)
        self.assertEqual(read(self.on_flash('startup-config')), b'hostname leaf1\n')
        self.assertEqual(os.listdir(self.flash_folder), ['startup-config'])
        self.assertEqual(
            [request.path for request in self.http.requests],
            ['/bootstrap/config', '/nodes', '/nodes/JPE14140001', '/meta/actions/configure', '/actions/configure'],
        )
        body = json.loads(self.http.requests[1].body.decode('utf-8'))
        self.assertEqual(sorted(body), ['model', 'neighbors', 'serialnumber', 'systemmac', 'version'])
        self.assertEqual(self.http.requests[-1].headers.get('X-ZTPS-Node'), 'JPE14140001')
        self.assertEqual(self.http.requests[-1].headers.get('X-ZTPS-Run'), 'run-1')
        self.assertEqual(self.lines[-1], 'JPE14140001: provisioned')

    def test_a_live_switch_is_provisioned_anew_and_keeps_its_running_eapi(self):
        self.live_switch()
        site(self.http, [{'action': 'c', 'attributes': {'line': 'hostname leaf1'}}], sources={'c': CONFIGURE})
        self.assertEqual(self.run_client(), 0)
        self.assertEqual(read(self.on_flash('startup-config')), b'hostname leaf1\n')
        self.assertEqual(sorted(os.listdir(self.flash_folder)), ['boot-config', 'old.swi', 'startup-config'])
        self.assertEqual(self.switch.cli_calls()[-1].split('\n')[-2:], ['shutdown', 'no protocol unix-socket'])

    def test_a_rehearsal_puts_the_four_back_after_a_success(self):
        before = self.live_switch()
        self.messy_site()
        self.assertEqual(self.run_client('-n'), 0)
        after = snapshot(self.flash_folder)
        for name in ('startup-config', 'rc.eos', '.extensions', '.extensions/a.rpm'):
            self.assertEqual(after[name], before[name], name)
        self.assertEqual(read(self.on_flash('startup-config.ztp')), b'hostname new\n')
        self.assertEqual(read(self.on_flash('rc.eos.ztp')), b'#!/bin/bash\necho new\n')
        self.assertEqual(os.listdir(self.on_flash('.extensions.ztp')), [])
        self.assertEqual(read(self.on_flash('boot-config')), b'SWI=flash:/image.swi')
        self.assertTrue(os.path.exists(self.on_flash('image.swi')))

    def test_settings_and_log_destinations_of_the_server_are_taken(self):
        log_file = self.on_flash('ztp.log')
        config = {'logging': [{'destination': 'file:' + log_file, 'level': 'INFO'}], 'client': {'retries': 0}}
        site(self.http, [{'action': 'fail'}], config=config, sources={'fail': FAIL})
        self.assertEqual(self.run_client(), 1)
        self.assertEqual(os.listdir(self.flash_folder), ['ztp.log'])
        self.assertIn(b'JPE14140001: FAILED: action fail failed: RuntimeError: no luck\n', read(log_file))
        self.http.routes['POST /nodes'] = refuse(500)
        before = len(self.http.of('/nodes'))
        self.assertEqual(self.run_client(), 1)
        self.assertEqual(len(self.http.of('/nodes')), before + 1)


class Failure(RunFixture):
    def test_a_live_switch_is_as_it_was(self):
        before = self.live_switch()
        self.messy_site('fail')
        self.assertEqual(self.run_client(), 1)
        self.assertEqual(snapshot(self.flash_folder), before)
        self.assertIn('FAILED: action fail failed: RuntimeError: no luck', self.output())
        self.assertEqual(self.lines[-1], 'JPE14140001: flash is as it was')
        self.assertEqual(self.switch.cli_calls()[-1].split('\n')[-2:], ['shutdown', 'no protocol unix-socket'])

    def test_in_ztp_mode_a_verified_image_stays_and_is_not_fetched_again(self):
        self.messy_site('fail')
        for _ in range(2):
            self.assertEqual(self.run_client(), 1)
            self.assertEqual(sorted(os.listdir(self.flash_folder)), ['image.swi', 'old.swi'])
        self.assertEqual(len(self.http.of('/files/image.swi')), 2)  # one for each of the two names

    def test_a_failed_rehearsal_removes_nothing_but_boots_as_before(self):
        before = self.live_switch()
        self.messy_site('fail')
        self.assertEqual(self.run_client('--no-flash-factory-restore'), 1)
        after = snapshot(self.flash_folder)
        for name in before:
            self.assertEqual(after[name], before[name], name)
        self.assertEqual(
            sorted(set(after) - set(before)), ['.extensions.ztp', 'image.swi', 'rc.eos.ztp', 'startup-config.ztp']
        )

    def test_a_refusal_is_on_the_console_and_flash_was_never_touched(self):
        self.live_switch()
        inodes = dict((name, os.lstat(self.on_flash(name)).st_ino) for name in os.listdir(self.flash_folder))
        site(self.http)
        self.http.routes['GET /nodes/JPE14140001'] = refuse(400, 'topology-check-failed', 'Ethernet1: wanted spine1')
        for options in ([], ['-n']):
            self.assertEqual(self.run_client(*options), 1)
            self.assertIn('400 Bad Request, topology-check-failed, Ethernet1: wanted spine1', self.output())
            after = dict((name, os.lstat(self.on_flash(name)).st_ino) for name in os.listdir(self.flash_folder))
            self.assertEqual(after, inodes)

    def test_an_unusable_definition_changes_nothing(self):
        before = self.live_switch()
        site(self.http)
        self.http.json('/nodes/JPE14140001', {'actions': [{'action': None}]})
        self.assertEqual(self.run_client(), 1)
        self.assertEqual(snapshot(self.flash_folder), before)
        self.assertIn('action 1 of the definition does not say', self.output())

    def test_no_startup_config_at_the_end_is_a_failure(self):
        before = self.live_switch()
        site(self.http, [{'action': 'blank'}], sources={
            'blank': CONFIGURE.replace('[attributes.get("line")]', '["", " "]'),
        })  # fmt: skip
        self.assertEqual(self.run_client(), 1)
        self.assertIn('left no startup-config, or a blank one', self.output())
        self.assertEqual(snapshot(self.flash_folder), before)

    def test_copies_stay_if_flash_could_not_be_put_back(self):
        self.live_switch()
        self.messy_site('fail')
        copy_entry = self.client.copy_entry

        def broken(source, target):
            if target.startswith(self.flash_folder):
                raise EnvironmentError(5, 'Input/output error')
            copy_entry(source, target)

        self.client.copy_entry = broken
        self.assertEqual(self.client.main([]), 1)
        kept = os.listdir(os.path.join(self.folder, 'tmp'))
        self.assertEqual(len(kept), 1)
        self.assertIn('NOT put back: ', self.output())
        self.assertIn('copies are in %s' % os.path.join(self.folder, 'tmp', kept[0]), self.output())

    def test_a_step_that_fails_does_not_keep_the_next_one(self):
        self.live_switch()
        self.messy_site('fail')

        def broken(*_args, **_more):
            raise EnvironmentError(5, 'Input/output error')

        self.client.Flash.end_rehearsal = broken
        self.client.Node.take_back_users = broken
        self.assertEqual(self.client.main(['-n']), 1)
        self.assertEqual(read(self.on_flash('startup-config')), b'hostname live\n')
        self.assertEqual(self.switch.cli_calls()[-1].split('\n')[-2:], ['shutdown', 'no protocol unix-socket'])
        self.assertIn('NOT put back: Input/output error, Input/output error; copies are in', self.output())

    def test_users_that_the_run_made_go(self):
        self.live_switch()
        taken = []
        self.client.Node.take_back_users = lambda node: taken.append(node)
        self.messy_site('fail')
        self.assertEqual(self.run_client(), 1)
        self.assertEqual(len(taken), 1)

    def test_the_private_folder_is_private(self):
        modes = []
        provision = self.client.Run.provision

        def watch(run):
            modes.append(os.stat(run.folder).st_mode & 0o777)
            provision(run)

        self.client.Run.provision = watch
        self.run_client()
        self.assertEqual(modes, [0o700])


class Signals(RunFixture):
    """The client as a process of its own."""

    def start(self, *arguments, **more):
        program = write_program(self.http.url, self.folder, more.pop('before_main', ''))
        process = subprocess.Popen(
            [PYTHON, '-B', program] + list(arguments), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def finish(self, process):
        return process.communicate()[0].decode('utf-8')

    def waiting_site(self, body):
        source = 'import os, subprocess, sys, threading, time\n'
        source += 'def main(attributes):\n    node = attributes.get("NODE")\n'
        source += '    node.append_startup_config_lines(["hostname new"])\n' + body
        site(self.http, [{'action': 'wait'}], sources={'wait': source})

    def test_each_signal_is_a_failure_that_restores(self):
        before = self.live_switch()
        bodies = {
            signal.SIGTERM: '    time.sleep(600)\n',
            signal.SIGINT: '    node.bash_cmds(["sleep 600; touch %s"])\n' % self.on_flash('late'),
            signal.SIGHUP: '    try:\n        time.sleep(600)\n    except:\n        pass\n',
        }
        for number, body in sorted(bodies.items()):
            self.waiting_site(body)
            process = self.start()
            wait_until(lambda: b'new' in read_if_there(self.on_flash('startup-config')))
            process.send_signal(number)
            out = process.communicate()[0].decode('utf-8')
            self.assertEqual(process.returncode, 1, out)
            self.assertIn('stopped by SIG', out)
            self.assertEqual(snapshot(self.flash_folder), before)
            self.assertEqual(os.listdir(os.path.join(self.folder, 'tmp')), [])

    def test_a_signal_while_flash_is_noted_removes_nothing(self):
        before = self.live_switch()
        site(self.http)
        for step in ('walk', 'preserve', 'recover'):
            early = (
                'real = Flash.%s\n'
                'def early(flash, *more):\n    os.kill(os.getpid(), signal.SIGTERM)\n    return real(flash, *more)\n'
                'Flash.%s = early\n' % (step, step)
            )
            process = self.start(before_main=early)
            out = self.finish(process)
            self.assertEqual(process.returncode, 1, out)
            self.assertIn('stopped by SIGTERM', out)
            self.assertEqual(snapshot(self.flash_folder), before)

    def test_a_run_that_was_cut_off_is_undone_by_the_next(self):
        before = self.live_switch()
        self.waiting_site('    os.remove(node.startup_config())\n    os.kill(os.getpid(), 9)\n')
        process = self.start()
        self.finish(process)
        self.assertEqual(process.returncode, -9)
        self.assertFalse(os.path.exists(self.on_flash('startup-config')))
        site(self.http, [{'action': 'fail'}], sources={'fail': FAIL})
        process = self.start()
        out = self.finish(process)
        self.assertEqual(process.returncode, 1)
        self.assertIn('an earlier run was cut off: put back %s' % self.on_flash('startup-config'), out)
        self.assertEqual(snapshot(self.flash_folder), before)

    def test_an_action_that_empties_tmp_does_not_cost_the_switch_its_files(self):
        before = self.live_switch()
        self.waiting_site('    node.bash_cmds(["rm -rf %s/tmp/*"])\n    raise ValueError()\n' % self.folder)
        process = self.start()
        out = self.finish(process)
        self.assertEqual(process.returncode, 1)
        self.assertEqual(snapshot(self.flash_folder), before)
        self.assertIn('flash is as it was', out)

    def test_a_child_that_an_action_leaves_behind_does_not_keep_the_lock(self):
        pid_file = os.path.join(self.folder, 'pid')
        self.waiting_site(
            '    if os.fork() == 0:\n        os.setsid()\n        null = os.open(os.devnull, os.O_RDWR)\n'
            '        os.dup2(null, 1)\n        os.dup2(null, 2)\n'
            '        open(%r, "w").write(str(os.getpid()))\n        time.sleep(600)\n'
            '    while not os.path.exists(%r) or not os.path.getsize(%r):\n        time.sleep(0.01)\n'
            % (pid_file, pid_file, pid_file)
        )
        self.addCleanup(lambda: os.kill(int(read(pid_file)), 9))
        process = self.start()
        out = self.finish(process)
        self.assertEqual(process.returncode, 0, out)
        site(self.http, [{'action': 'c', 'attributes': {'line': 'x'}}], sources={'c': CONFIGURE})
        process = self.start()
        self.assertIn('provisioned', self.finish(process))

    def test_a_child_that_returns_from_main_does_not_go_on_as_a_second_run(self):
        self.waiting_site('    child = os.fork()\n    if child == 0:\n        return\n    os.waitpid(child, 0)\n')
        process = self.start()
        out = self.finish(process)
        self.assertEqual(process.returncode, 0, out)
        self.assertEqual(out.count('provisioned'), 1)

    def test_a_thread_that_an_action_leaves_behind_does_not_keep_the_run(self):
        late = os.path.join(self.folder, 'late')
        self.waiting_site(
            '    def wait():\n        time.sleep(20)\n        open(%r, "w").close()\n'
            '    threading.Thread(target=wait).start()\n    sys.stdout.write("printed, not flushed")\n' % late
        )
        process = self.start()
        out = self.finish(process)
        self.assertEqual(process.returncode, 0, out)
        self.assertIn('printed, not flushed', out)
        self.assertFalse(os.path.exists(late))

    def test_what_an_action_left_in_the_background_no_longer_writes(self):
        before = self.live_switch()
        pid_file = os.path.join(self.folder, 'pid')
        background = '( echo $BASHPID > %s; while true; do echo x >> %s; done ) & ' % (
            pid_file, self.on_flash('startup-config'),
        )  # fmt: skip
        background += 'while [ ! -s %s ]; do :; done; exit 1' % pid_file
        self.waiting_site('    raise ValueError(node.bash_cmds([%r]))\n' % background)
        process = self.start()
        out = self.finish(process)
        self.assertEqual(process.returncode, 1)
        state = read_if_there('/proc/%d/stat' % int(read(pid_file))).rsplit(b')', 1)[-1].split()[:1]
        self.assertIn(state, ([], [b'Z'], [b'X']))
        self.assertEqual(snapshot(self.flash_folder), before, out)

    def test_names_in_other_scripts_work_without_a_locale(self):
        name = u'/caf\xe9-\u5927.txt'
        self.waiting_site(
            '    name = %s\n    name = name.encode("utf-8") if str is bytes else name\n'
            '    open(node.flash() + name, "w").close()\n    node.preserve(node.flash() + name)\n'
            '    assert node.bash_cmds(["test -e \'" + node.flash() + name + "\'"]) == (None,) * 4\n'
            '    node.retrieve_url("files" + name, node.flash() + name)\n' % json.dumps(name).replace('"', 'u"', 1)
        )
        self.http.file('/files/caf%C3%A9-%E5%A4%A7.txt', 'content')
        env = dict((key, value) for key, value in os.environ.items() if not key.startswith(('LC_', 'LANG', 'PYTHON')))
        process = self.start(env=env)
        out = self.finish(process)
        self.assertEqual(process.returncode, 0, out)
        self.assertEqual(read(self.flash_folder.encode('utf-8') + name.encode('utf-8')), b'content')

    def test_a_hang_up_that_was_switched_off_stays_off(self):
        self.waiting_site('    while not os.path.exists(%r):\n        time.sleep(0.01)\n' % os.path.join(self.folder, 'go'))
        process = self.start(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        wait_until(lambda: os.path.exists(self.on_flash('startup-config')))
        process.send_signal(signal.SIGHUP)
        write(os.path.join(self.folder, 'go'), '')
        out = process.communicate()[0].decode('utf-8')
        self.assertEqual(process.returncode, 0, out)

    def test_a_child_that_an_action_forked_does_not_put_flash_back(self):
        self.waiting_site(
            '    child = os.fork()\n    if child == 0:\n        raise SystemExit(0)\n    os.waitpid(child, 0)\n'
        )
        process = self.start()
        out = process.communicate()[0].decode('utf-8')
        self.assertEqual(process.returncode, 0, out)
        self.assertEqual(read(self.on_flash('startup-config')), b'hostname new\n')

    def test_a_second_run_is_refused_while_one_is_going_on(self):
        self.waiting_site('    while not os.path.exists(%r):\n        time.sleep(0.01)\n' % os.path.join(self.folder, 'go'))
        process = self.start()
        wait_until(lambda: os.path.exists(self.on_flash('startup-config')))
        second = self.start()
        out = second.communicate()[0].decode('utf-8')
        self.assertEqual(second.returncode, 1)
        self.assertIn('another run is going on', out)
        write(os.path.join(self.folder, 'go'), '')
        self.assertEqual(process.communicate() and process.returncode, 0)


if __name__ == '__main__':
    unittest.main()
