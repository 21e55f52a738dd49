# -*- coding: utf-8 -*-
# attributes and NODE: the contract that actions in the field rely on.
import os
import re
import stat
import subprocess
import threading
import unittest

from harness import EapiRefusal, FolderTest, Http, Switch, read, wait_until, write


class NodeFixture(FolderTest):
    def setUp(self):
        FolderTest.setUp(self)
        self.switch = Switch(self, self.folder)
        self.http = Http(self)
        log = self.client.Log()
        server = self.client.Server(self.http.url, log)
        flash = self.client.Flash(os.path.join(self.folder, 'private'), log)
        client = self.client.Eapi(lambda limit: self.client.UnixConnection(self.client.EAPI_SOCKET, limit))
        self.node = self.client.Node(client, self.client.Downloader(server, flash, log), flash, log)


class NodeMethods(NodeFixture):
    # CLI and facts

    def test_commands_run_from_enable_mode_and_give_one_result_each(self):
        self.switch.answers['show x'] = {'x': 1}
        self.assertEqual(self.node.api_enable_cmds(['show x', 'show y']), [{'x': 1}, {}])
        self.assertEqual(self.switch.told[-1], ['enable', 'show x', 'show y'])
        self.assertEqual(self.node.api_enable_cmds(['show x'], text_format=True), [u'{"x": 1}'])

    def test_commands_run_from_configure_mode(self):
        self.assertEqual(self.node.api_config_cmds(['hostname x', 'vlan 7']), [{}, {}])
        self.assertEqual(self.switch.told[-1], ['enable', 'configure', 'hostname x', 'vlan 7'])

    def test_a_refused_command_raises(self):
        self.switch.answers['bad'] = EapiRefusal('Invalid input')
        with self.assertRaisesRegex(Exception, "command 'bad' was refused: Invalid input"):
            self.node.api_config_cmds(['hostname x', 'bad'])

    def test_facts(self):
        system = {
            'model': 'DCS-7050QX-32S', 'version': '4.30.1F', 'systemmac': '00:1c:73:aa:bb:cc',
            'serialnumber': 'JPE14140001',
        }  # fmt: skip
        neighbors = {
            'neighbors': {
                'Ethernet49': [{'device': 'spine1', 'port': 'Ethernet1/1'}, {'device': 'spine2', 'port': 'Ethernet2'}],
                'Management1': [{'device': 'oob', 'port': '7'}],
            }
        }
        self.assertEqual(self.node.system(), system)
        self.assertEqual(self.node.neighbors(), neighbors)
        self.assertEqual(self.node.details(), dict(system, **neighbors))

    def test_a_virtual_switch_may_have_no_serial_number_and_no_neighbors(self):
        self.switch.answers['show version'] = {'modelName': 'vEOS', 'version': '4.30.1F', 'systemMacAddress': '0:1'}
        self.switch.answers['show lldp neighbors'] = {}
        self.assertEqual(self.node.details()['serialnumber'], '')
        self.assertEqual(self.node.details()['neighbors'], {})

    # Attributes

    def test_attributes_are_the_actions_own_then_the_definitions(self):
        own, outer = {'a': 1, 'b': {'x': 1}, 'n': None}, {'b': {'y': 2}, 'c': 3, 'n': 4}
        attributes = self.client.Attributes(own, outer, self.node)
        found = [attributes.get(name) for name in ('a', 'b', 'c', 'n', 'd')]
        self.assertEqual(found, [1, {'x': 1}, 3, None, None])
        self.assertEqual(attributes.get('d', 'default'), 'default')
        self.assertIs(attributes.get('NODE'), self.node)

    def test_what_an_action_does_to_its_attributes_is_nobody_elses_business(self):
        outer = {'b': {'y': 2}}
        attributes = self.client.Attributes({}, outer, self.node)
        copy = attributes.copy()
        self.assertEqual(copy, {'b': {'y': 2}, 'NODE': self.node})
        copy['b']['y'] = 3
        self.assertEqual(attributes.get('b'), {'y': 2})
        attributes.get('b')['y'] = 4
        self.assertEqual(outer, {'b': {'y': 2}})

    # Substitution

    def test_substitution(self):
        for substitute in (self.node.substitute, self.client.Node.substitute):
            text = substitute('$a ${a}b $$ $$a $_x1', {'a': 1, '_x1': None})
            self.assertEqual(text, '1 1b $ $a None')
        self.assertEqual(self.node.substitute(u'$A $a', {'a': True, 'A': u'caf\xe9'}), u'caf\xe9 True')
        self.assertEqual(self.node.substitute('none', None), 'none')

    def test_loose_substitution_leaves_what_it_does_not_know(self):
        text = '$no ${no} $1 ${} ${a $ $$1$salt $\nend$'
        self.assertEqual(self.node.substitute(text, {'a': 1}, False), text.replace('$$', '$'))
        self.assertEqual(self.node.substitute(u'$\u017fa $\xe9', {'sa': 1}, False), u'$\u017fa $\xe9')

    def test_strict_substitution_names_what_is_missing_and_its_line(self):
        with self.assertRaises(KeyError) as caught:
            self.node.substitute('one\ntwo $here\n${gone}', {'here': 1})
        self.assertEqual(str(caught.exception), "line 3: no value for 'gone'")
        with self.assertRaises(ValueError) as caught:
            self.node.substitute('one\n$1', {})
        self.assertIn('line 2', str(caught.exception))

    def test_bytes_come_back_as_bytes(self):
        self.assertEqual(
            self.node.substitute(u'caf\xe9 $a'.encode('utf-8'), {'a': u'\xfc'}), u'caf\xe9 \xfc'.encode('utf-8')
        )

    # Files

    def test_lines_are_appended_set_off_by_one_line_end(self):
        self.node.append_startup_config_lines(['hostname x', u'banner caf\xe9'])
        self.node.append_startup_config_lines(['!', 'end\n'])
        self.assertEqual(read(self.node.startup_config()), u'hostname x\nbanner caf\xe9\n!\nend\n'.encode('utf-8'))
        write(self.node.startup_config(), 'no line end')
        self.node.append_startup_config_lines(['next', ''])
        self.assertEqual(read(self.node.startup_config()), b'no line end\nnext\n\n')

    def test_no_lines_are_appended_as_nothing(self):
        self.node.append_startup_config_lines([])
        self.node.append_rc_eos_lines([])
        self.assertEqual(os.listdir(self.flash_folder), [])
        write(self.node.startup_config(), 'no line end')
        self.node.append_startup_config_lines(iter(()))
        self.assertEqual(read(self.node.startup_config()), b'no line end')

    def test_a_new_rc_eos_begins_as_a_script(self):
        self.node.append_rc_eos_lines(['echo 1'])
        self.node.append_rc_eos_lines(['echo 2'])
        self.assertEqual(read(self.node.rc_eos()), b'#!/bin/bash\necho 1\necho 2\n')
        self.assertTrue(os.access(self.node.rc_eos(), os.X_OK))

    def test_paths_and_addresses(self):
        self.assertEqual(self.node.flash(), self.flash_folder)
        self.assertEqual(self.node.startup_config(), self.on_flash('startup-config'))
        self.assertEqual(self.node.rc_eos(), self.on_flash('rc.eos'))
        self.assertEqual(self.node.server_address(), self.http.url)

    def test_a_blank_startup_config_is_none(self):
        self.assertFalse(self.node.has_startup_config())
        for blank in ('', ' \n\t\r\n' * 100000):
            write(self.node.startup_config(), blank)
            self.assertFalse(self.node.has_startup_config())
        write(self.node.startup_config(), '\n' * 100000 + '!')
        self.assertTrue(self.node.has_startup_config())

    def test_urls_are_retrieved(self):
        self.http.file('/files/a', 'content')
        self.node.retrieve_url('files/a', u'' + self.on_flash(u'a'))
        self.assertEqual(read(self.on_flash('a')), b'content')

    # Shell

    def test_shell_commands_run_until_the_first_failure(self):
        marker = os.path.join(self.folder, 'marker')
        self.assertEqual(self.node.bash_cmds(['true', 'echo noise >&2', '[[ a == a ]]']), (None,) * 4)
        result = self.node.bash_cmds(['echo 1', u'echo caf\xe9; echo bad >&2; exit 3', 'touch ' + marker])
        self.assertEqual(result, (u'echo caf\xe9; echo bad >&2; exit 3', 3, u'caf\xe9\n', u'bad\n'))
        self.assertFalse(os.path.exists(marker))

    def test_of_long_output_the_end_is_kept(self):
        command = 'head -c 5000000 /dev/zero | tr "\\0" x; echo end; echo why >&2; exit 3'
        code, out, err = self.node.bash_cmds([command])[1:]
        self.assertEqual((code, err), (3, u'why\n'))
        self.assertTrue(out.startswith(u'(the beginning is left out)\nx') and out.endswith(u'xend\n'))
        self.assertLess(len(out), 1100000)

    def test_output_does_not_fill_tmp(self):
        tmp = os.path.join(self.folder, 'tmp')
        script = 'yes | head -c 3000000; for name in /proc/$$/fd/[012]; do stat -L -c %%s $name >> %s/sizes; done' % tmp
        self.assertEqual(self.node.bash_cmds([script]), (None,) * 4)
        self.assertEqual(read(tmp + '/sizes'), b'0\n0\n0\n')

    def test_a_daemon_that_a_command_leaves_behind_may_go_on_printing(self):
        go, done = os.path.join(self.folder, 'go'), os.path.join(self.folder, 'done')
        daemon = '(until [ -e %s ]; do sleep 0.01; done; head -c 300000 /dev/zero && echo x > %s) &' % (go, done)
        self.assertEqual(self.node.bash_cmds([daemon]), (None,) * 4)
        write(go, '')
        wait_until(lambda: os.path.exists(done))

    def test_a_daemon_that_a_command_leaves_behind_is_not_waited_for(self):
        pid_file = os.path.join(self.folder, 'pid')
        self.assertEqual(self.node.bash_cmds(['sleep 600 & echo $! > ' + pid_file]), (None,) * 4)
        os.kill(int(read(pid_file)), 9)

    def test_a_program_that_does_not_end_is_killed_with_what_it_started(self):
        fifo = os.path.join(self.folder, 'fifo')
        os.mkfifo(fifo)
        reader = threading.Thread(target=read, args=(fifo,))  # ends when nobody holds the other end
        reader.daemon = True
        reader.start()
        with self.assertRaisesRegex(self.client.ClientError, 'sh did not end within 0.1 seconds'):
            self.client.run_program(['sh', '-c', 'exec >"$0"; sleep 600 & wait', fifo], limit=0.1)
        reader.join(20)
        self.assertFalse(reader.is_alive())

    def test_output_that_is_no_utf8_is_text_too(self):
        self.assertEqual(self.node.bash_cmds(["printf '\\377'; false"])[2], u'\ufffd')

    def test_messages_are_logged(self):
        self.node.log_msg('fine')
        self.node.log_msg(u'caf\xe9', error=True)
        self.node.log_msg(None)
        self.assertEqual(self.lines, ['-: fine', u'-: caf\xe9', '-: None'])


class CreateUser(NodeFixture):
    """useradd, chpasswd and chown are the switch's: they are programs that write down what they were told."""

    def setUp(self):
        NodeFixture.setUp(self)
        self.need_openssl()
        self.root = os.path.join(self.folder, 'persist')
        self.told = os.path.join(self.folder, 'told')
        bin_folder = os.path.join(self.folder, 'bin')
        for name, rest in (
            ('useradd', 'touch "%s/known"' % self.folder), ('chpasswd', 'cat >> "%s"' % self.told), ('chown', ''),
            ('id', 'test -e "%s/known"' % self.folder),
        ):  # fmt: skip
            line = '' if name == 'id' else 'echo "%s $*" >> "%s"\n' % (name, self.told)
            write(os.path.join(bin_folder, name), '#!/bin/sh\n%s%s\n' % (line, rest), 0o755)
        before = os.environ['PATH']
        self.addCleanup(os.environ.__setitem__, 'PATH', before)
        os.environ['PATH'] = bin_folder + ':' + before

    def create(self, **more):
        return self.node.create_user('ops', 'eosadmin', u"p'a$s:\xe9", self.root + '/', **more)

    def test_a_user_is_made_now_and_at_every_boot(self):
        self.assertIs(self.create(ssh_keys='ssh-rsa AAA one\n\nssh-rsa BBB two\n'), True)
        home = os.path.join(self.root, 'ops')
        told = read(self.told).decode('utf-8').split('\n')
        self.assertEqual(told[0], 'useradd -M -d %s -g eosadmin -s /bin/bash ops' % home)
        self.assertEqual(told[1], 'chpasswd -e')
        self.assertTrue(re.match(r'^ops:\$6\$[^:]+$', told[2]), told[2])
        self.assertEqual(told[3], 'chown -R -h ops:eosadmin %s' % home)
        keys = os.path.join(home, '.ssh', 'authorized_keys')
        self.assertEqual(read(keys), b'ssh-rsa AAA one\nssh-rsa BBB two\n')
        self.assertEqual(stat.S_IMODE(os.stat(keys).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.dirname(keys)).st_mode), 0o700)
        boot = read(self.node.rc_eos()).decode('utf-8')
        self.assertNotIn("p'a$s", boot)
        os.remove(os.path.join(self.folder, 'known'))
        os.remove(self.told)
        subprocess.check_call(['/bin/bash', self.node.rc_eos()])
        self.assertEqual(read(self.told).decode('utf-8').split('\n'), told)
        self.assertEqual(read(keys), b'ssh-rsa AAA one\nssh-rsa BBB two\n')

    def test_the_hash_is_that_of_the_password(self):
        self.create()
        hashed = read(self.told).decode('utf-8').split('\n')[2].split(':')[1]
        salt = hashed.split('$')[2]
        again = subprocess.Popen(
            ['openssl', 'passwd', '-6', '-salt', salt, '-stdin'], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ).communicate(u"p'a$s:\xe9\n".encode('utf-8'))[0]
        self.assertEqual(again.decode('ascii').strip(), hashed)

    def test_an_existing_user_is_no_error(self):
        write(os.path.join(self.folder, 'known'), '')
        self.assertIs(self.create(), False)
        self.assertNotIn('useradd', read(self.told).decode('utf-8'))
        self.assertIn("useradd -M -d '%s/ops'" % self.root, read(self.node.rc_eos()).decode('utf-8'))

    def test_a_failure_raises_with_what_the_program_said_and_writes_no_rc_eos(self):
        write(os.path.join(self.folder, 'bin', 'useradd'), '#!/bin/sh\necho "no such group" >&2\nexit 6\n', 0o755)
        with self.assertRaisesRegex(self.client.ClientError, 'create_user: ops: no such group'):
            self.create()
        self.assertFalse(os.path.exists(self.node.rc_eos()))

    def test_links_in_a_home_are_not_followed(self):
        elsewhere = os.path.join(self.folder, 'elsewhere')
        home = os.path.join(self.root, 'ops')
        os.mkdir(elsewhere)
        os.makedirs(home)
        os.symlink(elsewhere, os.path.join(home, '.ssh'))
        with self.assertRaisesRegex(self.client.ClientError, 'is a link'):
            self.create(ssh_keys='ssh-rsa AAA one')
        self.client.remove(os.path.join(home, '.ssh'))
        self.create(ssh_keys='ssh-rsa AAA one')
        self.client.remove(os.path.join(home, '.ssh'))
        os.symlink(elsewhere, os.path.join(home, '.ssh'))
        with open(self.node.rc_eos(), 'a') as rc_eos:
            rc_eos.write('touch %s/went-on\n' % self.folder)
        subprocess.check_output(['/bin/bash', self.node.rc_eos()], stderr=subprocess.STDOUT)
        self.assertEqual(os.listdir(elsewhere), [])
        self.assertTrue(os.path.exists(os.path.join(self.folder, 'went-on')))

    def with_userdel(self):
        write(os.path.join(self.folder, 'bin', 'userdel'), '#!/bin/sh\nrm "%s/known"\n' % self.folder, 0o755)

    def test_a_new_user_is_taken_back_with_its_home(self):
        self.with_userdel()
        self.create(ssh_keys='ssh-rsa AAA one')
        self.create()
        write(os.path.join(self.folder, 'shadow'), '')
        self.assertEqual(self.node.take_back_users(), [])
        self.assertFalse(os.path.exists(os.path.join(self.folder, 'known')))
        self.assertFalse(os.path.exists(os.path.join(self.root, 'ops')))
        self.assertEqual(self.node.take_back_users(), [])

    def test_an_existing_user_gets_its_password_and_keys_back(self):
        write(os.path.join(self.folder, 'known'), '')
        write(os.path.join(self.folder, 'shadow'), 'root:*:1:\nops:$6$old$hash:19000:0:99999:7:::\n')
        keys = os.path.join(self.root, 'ops', '.ssh', 'authorized_keys')
        write(keys, 'ssh-rsa OLD one\n')
        self.create(ssh_keys='ssh-rsa AAA one')
        self.assertIn(b'AAA', read(keys))
        os.remove(self.told)
        self.node._flash.note()
        self.node._flash.restore()
        self.assertEqual(self.node.take_back_users(), [])
        self.assertEqual(read(self.told).decode('utf-8'), 'chpasswd -e\nops:$6$old$hash\n')
        self.assertEqual(read(keys), b'ssh-rsa OLD one\n')
        self.assertIn('was there before: what is in it stays', self.output())

    def test_a_user_that_cannot_be_taken_back_is_told(self):
        write(os.path.join(self.folder, 'bin', 'userdel'), '#!/bin/sh\necho "in use" >&2\nexit 8\n', 0o755)
        self.create()
        self.assertEqual(self.node.take_back_users(), ['user ops (in use)'])
        write(os.path.join(self.folder, 'known'), '')
        self.create()
        self.assertEqual(self.node.take_back_users(), [])
        self.assertIn('user ops stays as the run has made it', self.output())

    def test_names_and_passwords_that_are_none_are_refused(self):
        for user, group, passwd in (
            ('a b', 'g', 'p'), ('-x', 'g', 'p'), ('a\nb', 'g', 'p'), ('', 'g', 'p'), ('a', '$(x)', 'p'), ('a', 'g', 'p\nq'),
        ):  # fmt: skip
            self.assertRaises(self.client.ClientError, self.node.create_user, user, group, passwd, self.root)
        self.assertFalse(os.path.exists(self.told))


if __name__ == '__main__':
    unittest.main()
