# Tests of actions with the client's own classes, over real HTTP: what the fake switch cannot prove.
# Only the programs that would change this machine's users are replaced.
import hashlib
import io
import json
import os
import stat
import threading
import types
import unittest

from fake_switch import ACTIONS, ActionTest, Attributes, load_action

try:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from urllib.parse import unquote
except ImportError:  # Python 2
    from urllib import unquote

    from BaseHTTPServer import BaseHTTPRequestHandler, HTTPServer

CLIENT = os.path.join(ACTIONS, '..', 'bootstrap')


def load_client():
    with io.open(CLIENT, 'rb') as source:
        code = compile(source.read(), CLIENT, 'exec')
    module = types.ModuleType('bootstrap_client')
    exec(code, module.__dict__)
    return module


class FileServer(HTTPServer):
    """GET /files/NAME and /meta/files/NAME, out of a dict; notes the paths asked for."""

    def __init__(self):
        HTTPServer.__init__(self, ('127.0.0.1', 0), FileHandler)
        self.files, self.asked = {}, []
        self.thread = threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.01})
        self.thread.start()

    def stop(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


class FileHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        content = self.server.files.get(unquote(self.path.split('files/')[1]))
        if content is None:
            return self.answer(404, 'text/html', b'no such file')
        if self.path.startswith('/meta/'):
            meta = {'size': len(content), 'sha1': hashlib.sha1(content).hexdigest(),
                    'sha256': hashlib.sha256(content).hexdigest()}
            return self.answer(200, 'application/json', json.dumps(meta).encode('ascii'))
        return self.answer(200, 'text/plain', content)

    def answer(self, status, kind, content):
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class FakeEapi(object):
    """The raw eAPI call; notes the commands, installs images as EOS does."""

    def __init__(self, flash):
        self.flash, self.commands = flash, []

    def runCmds(self, version, cmds, format='json', timeout=None):
        self.commands.append((cmds, format))
        for command in cmds:
            if command.startswith('install source flash:'):
                with io.open(os.path.join(self.flash, 'boot-config'), 'w') as boot_config:
                    boot_config.write(u'SWI=flash:/%s\n' % command.split(':')[1])
        facts = {'modelName': 'vEOS', 'version': '4.30.1F', 'systemMacAddress': '00:1c:73:aa:bb:cc'}
        return [{'output': u''} if format == 'text' else facts for _ in cmds]


class WithClientTest(ActionTest):
    action = 'template'

    def setUp(self):
        ActionTest.setUp(self)
        self.flash = self.node.flash()
        kept = os.path.join(self.folder, 'kept')
        os.mkdir(kept)
        self.client = load_client()
        self.client.FLASH, self.client.TEMP = self.flash, self.private
        self.server = FileServer()
        self.addCleanup(self.server.stop)
        log = self.client.Log()
        log.sinks = [(0, lambda level, line: self.node.log.append((line, level >= self.client.ERROR)))]
        server = self.client.Server('http://127.0.0.1:%d' % self.server.server_port, log)
        self.kept = self.client.Flash(kept, log)
        self.eapi = FakeEapi(self.flash)
        self.node_under_test = self.client.Node(
            self.eapi, self.client.Downloader(server, self.kept, log), self.kept, log)

    def act(self, action, **values):
        values['NODE'] = self.node_under_test
        module = load_action(action)  # Python 2 empties a module that nothing refers to
        module.main(Attributes(values))

    def test_add_config(self):
        self.server.files['t'] = u'hostname $name\nvlan $$ \u00e9\n'.encode('utf-8')
        self.act('add_config', url='files/t', variables={'name': u'leaf1'}, substitution_mode='strict')
        self.act('add_config', url='files/t', variables={})
        self.assertEqual(self.read('flash/startup-config'),
                         u'hostname leaf1\nvlan $ \u00e9\nhostname $name\nvlan $ \u00e9\n')
        with self.assertRaises(ValueError) as caught:
            self.act('add_config', url='files/t', substitution_mode='strict')
        self.assertIn('line 1', str(caught.exception))

    def test_replace_config(self):
        self.write('flash/startup-config', u'old')
        self.server.files['c'] = b'new $name\r\n'
        self.act('replace_config', url='files/c')
        self.assertEqual(self.read('flash/startup-config'), u'new $name\r\n')

    def test_copy_file_on_flash_can_be_put_back(self):
        before = {'hosts': u'old', 'hosts.backup': u'older', 'boot-config': u'SWI=flash:/x.swi\n'}
        for name in before:
            self.write('flash/' + name, before[name])
        self.kept.note()
        self.server.files['hosts'] = b'new'
        self.act('copy_file', src_url='files/hosts', dst_url=self.flash, overwrite='backup', mode='0640')
        self.act('copy_file', src_url='files/hosts', dst_url=self.folder + '/etc/hosts')
        self.assertEqual((self.read('flash/hosts'), self.read('flash/hosts.backup')), (u'new', u'old'))
        self.assertEqual(stat.S_IMODE(os.stat(self.flash + '/hosts').st_mode), 0o640)
        self.assertEqual(self.kept.restore(), [])
        self.assertEqual(dict((name, self.read('flash/' + name)) for name in self.tree('flash')), before)

    def test_a_changed_mode_can_be_put_back(self):
        os.chmod(self.write('flash/hosts', u'same'), 0o700)
        self.kept.note()
        self.server.files['hosts'] = b'same'
        self.act('copy_file', src_url='files/hosts', dst_url=self.flash, mode='0644')
        self.assertEqual(stat.S_IMODE(os.stat(self.flash + '/hosts').st_mode), 0o644)
        self.assertEqual(self.kept.restore(), [])
        self.assertEqual(stat.S_IMODE(os.stat(self.flash + '/hosts').st_mode), 0o700)

    def test_copy_file_elsewhere(self):
        self.server.files['a b'] = b'new'
        for _ in range(2):
            self.act('copy_file', src_url='files/a b', dst_url=self.folder + '/etc/', overwrite='backup')
        self.write('etc/a b', u'old')
        self.assertEqual(self.boot(), u'')
        self.assertEqual((self.read('etc/a b'), self.read('etc/a b.backup')), (u'new', u'old'))
        rc_eos = self.read('flash/rc.eos').splitlines()
        self.assertEqual((rc_eos[0], len(rc_eos)), ('#!/bin/bash', 2))

    def test_install_image_fetches_a_verified_image_only_once(self):
        self.server.files['x.swi'] = b'image' * 1000
        for _ in range(2):
            self.act('install_image', url='files/x.swi', version='4.31.0F')
        self.assertEqual(self.server.asked.count('/files/x.swi'), 1)
        self.assertEqual(self.eapi.commands[-1], (['enable', 'install source flash:EOS-4.31.0F.swi'], 'json'))
        self.assertEqual(self.read('flash/boot-config'), u'SWI=flash:/EOS-4.31.0F.swi\n')

    def test_install_image_removes_an_image_with_another_hash_and_what_it_replaced_is_put_back(self):
        before = {'EOS-4.31.0F.swi': u'of old', 'boot-config': u'SWI=flash:/x.swi\n'}
        for name in before:
            self.write('flash/' + name, before[name])
        self.kept.note()
        self.server.files['x.swi'] = b'image'
        elsewhere = FileServer()
        self.addCleanup(elsewhere.stop)
        elsewhere.files['x.swi'] = b'image'
        wanted = hashlib.sha256(b'another').hexdigest()
        for url in ('files/x.swi', 'http://127.0.0.1:%d/files/x.swi' % elsewhere.server_port):
            with self.assertRaises(RuntimeError) as caught:
                self.act('install_image', url=url, version='4.31.0F', sha256=wanted)
            self.assertIn(wanted, str(caught.exception))
            self.assertIn(hashlib.sha256(b'image').hexdigest(), str(caught.exception))
            self.assertEqual(self.tree('flash'), ['boot-config'])
        self.assertEqual(self.kept.restore(), [])
        self.assertEqual(dict((name, self.read('flash/' + name)) for name in self.tree('flash')), before)
        self.assertEqual(self.eapi.commands, [(['enable', 'show version'], 'json')] * len(self.eapi.commands))

    def test_install_extension_and_cli_plugin(self):
        self.server.files['a.swix'] = self.server.files['p.py'] = b'x'
        for _ in range(2):
            self.act('install_extension', url='files/a.swix', force='true')
            self.act('install_cli_plugin', url='files/p.py')
        self.assertEqual(self.tree('flash'), [
            '.extensions/a.swix', '.ztp-plugins/p.py', 'boot-extensions', 'rc.eos'])
        self.assertEqual(self.read('flash/boot-extensions'), u'a.swix force\n')

    def test_run_bash_script(self):
        self.server.files['s'] = b'#!/bin/bash -e\necho $word > $out\n[ $word = fine ] || exit 7\n'
        out = self.folder + '/out'
        self.act('run_bash_script', url='files/s', variables={'word': 'fine', 'out': out})
        self.assertEqual(self.read('out'), u'fine\n')
        with self.assertRaises(RuntimeError) as caught:
            self.act('run_bash_script', url='files/s', variables={'word': 'bad', 'out': out})
        self.assertIn('7', str(caught.exception))

    def test_run_cli_commands(self):
        self.server.files['c'] = b'! x\nconfigure\nhostname $name\n'
        self.act('run_cli_commands', url='files/c', variables={'name': 'leaf1'})
        self.assertEqual(self.eapi.commands, [(['enable', 'configure', 'hostname leaf1'], 'text')])

    def test_configure_ansible_client(self):
        programs = os.path.join(self.folder, 'bin')
        users = os.path.join(self.folder, 'users')
        lines = {'id': 'grep -qx -e "$2" "%s"' % users, 'useradd': 'echo "${@: -1}" >> "%s"' % users,
                 'chpasswd': 'cat >> "%s/passwords"' % self.folder, 'chown': 'true'}
        for name in lines:
            os.chmod(self.write('bin/' + name, u'#!/bin/bash\n%s\n' % lines[name]), 0o755)
        self.addCleanup(os.environ.__setitem__, 'PATH', os.environ['PATH'])
        os.environ['PATH'] = programs + ':' + os.environ['PATH']
        self.server.files['k.pub'] = b'ssh-ed25519 AAAA ops\n'
        for _ in range(2):
            self.act('configure_ansible_client', passwd='s3cret', root=self.folder + '/persist/',
                     key='files/k.pub')
        self.assertEqual(self.boot(), u'')
        self.assertEqual(self.read('users'), u'ansible\n')
        self.assertTrue(self.read('passwords').startswith(u'ansible:$'))
        keys = 'persist/ansible/.ssh/authorized_keys'
        self.assertEqual(self.read(keys), u'ssh-ed25519 AAAA ops\n')
        modes = [stat.S_IMODE(os.stat(os.path.join(self.folder, path)).st_mode)
                 for path in (keys, os.path.dirname(keys))]
        self.assertEqual(modes, [0o600, 0o700])
        self.assertNotIn('s3cret', '%s' % self.node.log + self.read('flash/rc.eos'))


if __name__ == '__main__':
    unittest.main()
