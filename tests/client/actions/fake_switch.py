# A switch for the tests of the actions: what the contract promises actions, over real files in a temporary
# folder, with a real shell. It must not know more than the contract, nor touch anything outside the folder.
import io
import os
import re
import shutil
import subprocess
import tempfile
import types
import unittest
import uuid

ACTIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'client', 'actions')


def load_action(name):
    """The action as a module, loaded as the client loads it: from a file without a suffix."""
    path = os.path.join(ACTIONS, name)
    with io.open(path, 'rb') as source:
        code = compile(source.read(), path, 'exec')
    module = types.ModuleType(str('action_' + name))
    exec(code, module.__dict__)
    return module


def native(text):
    """A path as this Python's own str: bytes on 2.7, whatever the locale."""
    return text if isinstance(text, str) else text.encode('utf-8')


class Attributes(object):
    def __init__(self, values):
        self.values = values

    def get(self, name, default=None):
        return self.values.get(name, default)

    def copy(self):
        return dict(self.values)


class FakeNode(object):
    """The methods that actions may use. Files to be downloaded lie in `served`; calls are noted in lists."""

    def __init__(self, folder):
        self.served = os.path.join(folder, 'served')
        self.flash_folder = os.path.join(folder, 'flash')
        os.mkdir(self.served)
        os.mkdir(self.flash_folder)
        self.version = '4.30.1F'
        self.retrieved, self.commands, self.configured, self.users, self.log = [], [], [], [], []
        self.answers = {}
        self.user_exists = False
        self.on_command = None

    def api_enable_cmds(self, cmds, text_format=False):
        results = []
        for command in cmds:
            self.commands.append((command, text_format))
            if self.on_command:
                self.on_command(command)
            answer = self.answers.get(command, u'' if text_format else {})
            if isinstance(answer, Exception):
                raise answer
            results.append(answer)
        return results

    def api_config_cmds(self, cmds):
        self.configured.extend(cmds)
        return [{} for _ in cmds]

    def system(self):
        return {'model': 'vEOS', 'version': self.version, 'systemmac': '001c73aabbcc', 'serialnumber': 'ABC1'}

    def neighbors(self):
        return {'neighbors': {}}

    def details(self):
        return dict(self.system(), **self.neighbors())

    def retrieve_url(self, url, path):
        self.retrieved.append((url, path))
        url, path = native(url), native(path)
        partial = path + uuid.uuid4().hex
        source = os.path.join(self.served, url)
        if not os.path.isfile(source):
            raise IOError('%s: 404' % url)
        shutil.copyfile(source, partial)
        os.chmod(partial, 0o755)
        os.rename(partial, path)

    @staticmethod
    def substitute(template, variables, strict=True):
        def value(match):
            name = match.group(1) or match.group(2)
            if match.group(0) == '$$':
                return '$'
            if name in variables:
                return u'%s' % (variables[name],)
            if strict:
                line = template.count('\n', 0, match.start()) + 1
                raise ValueError('line %d: %s' % (line, match.group(0)))
            return match.group(0)
        return re.sub(r'\$(?:\$|([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\}|)', value, template)

    def append_startup_config_lines(self, lines):
        self._append(self.startup_config(), lines)

    def append_rc_eos_lines(self, lines):
        if not os.path.exists(self.rc_eos()):
            self._append(self.rc_eos(), ['#!/bin/bash'])
        self._append(self.rc_eos(), lines)

    @staticmethod
    def _append(path, lines):
        assert isinstance(lines, list) and not any('\n' in line for line in lines), lines
        with io.open(path, 'ab') as target:
            for line in lines:
                target.write((line if isinstance(line, bytes) else line.encode('utf-8')) + b'\n')

    def has_startup_config(self):
        return os.path.isfile(self.startup_config())

    def startup_config(self):
        return os.path.join(self.flash_folder, 'startup-config')

    def rc_eos(self):
        return os.path.join(self.flash_folder, 'rc.eos')

    def flash(self):
        return self.flash_folder

    def server_address(self):
        return 'http://ztpserver:8080'

    def create_user(self, user, group, passwd, root='/persist/local/', ssh_keys=None):
        self.users.append((user, group, passwd, root, ssh_keys))
        return not self.user_exists

    def bash_cmds(self, cmds):
        for command in cmds:
            process = subprocess.Popen(
                ['/bin/bash', '-c', command], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            out, err = process.communicate()
            if process.returncode:
                return command, process.returncode, out.decode('utf-8'), err.decode('utf-8')
        return None, None, None, None

    def log_msg(self, msg, error=False):
        self.log.append((u'%s' % (msg,), error))


class ActionTest(unittest.TestCase):
    """A fresh switch for every test; afterwards no temporary file may be left, in or out of the switch."""

    action = None

    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.private = os.path.join(self.folder, 'tmp')
        os.mkdir(self.private)
        usual = tempfile.tempdir
        tempfile.tempdir = self.private
        self.addCleanup(setattr, tempfile, 'tempdir', usual)
        self.node = FakeNode(self.folder)
        self.module = load_action(self.action)

    def tearDown(self):
        self.assertEqual(os.listdir(self.private), [])

    def run_action(self, **values):
        values['NODE'] = self.node
        self.module.main(Attributes(values))

    def fails(self, words, **values):
        """Run the action and demand an error that contains each of the words."""
        try:
            self.run_action(**values)
        except Exception as error:
            for word in words:
                self.assertIn(word, u'%s' % error)
            return
        self.fail('no error about %s' % (words,))

    def write(self, path, content):
        """Write text (as UTF-8) or bytes to a path below the folder of the test; returns the full path."""
        path = os.path.join(self.folder, native(path))
        if not os.path.isdir(os.path.dirname(path)):
            os.makedirs(os.path.dirname(path))
        with io.open(path, 'wb') as target:
            target.write(content if isinstance(content, bytes) else content.encode('utf-8'))
        return path

    def read(self, path):
        with io.open(os.path.join(self.folder, native(path)), 'rb') as source:
            return source.read().decode('utf-8')

    def tree(self, path=''):
        """The names of all files below a folder of the test."""
        top = os.path.join(self.folder, native(path))
        return sorted(os.path.relpath(os.path.join(folder, name), top)
                      for folder, _, names in os.walk(top) for name in names)

    def warnings(self):
        return [text for text, error in self.node.log if error]

    def boot(self):
        """Run rc.eos, as the switch does when it boots; returns what it says on standard error."""
        process = subprocess.Popen(['/bin/bash', self.node.rc_eos()], stderr=subprocess.PIPE)
        return process.communicate()[1].decode('utf-8')
