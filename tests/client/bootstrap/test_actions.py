# -*- coding: utf-8 -*-
# Actions: fetched once, loaded under names that shadow nothing, called, and what comes of their failures.
import json
import os
import subprocess
import sys
import unittest

from harness import PYTHON, EapiRefusal, FolderTest, Http, Switch, client_source, write


class ActionTest(FolderTest):
    def setUp(self):
        FolderTest.setUp(self)
        self.http = Http(self)
        log = self.client.Log()
        server = self.client.Server(self.http.url, log)
        private = os.path.join(self.folder, 'private')
        downloader = self.client.Downloader(server, self.client.Flash(private, log), log)
        self.actions = self.client.Actions(downloader, 'the node', private, log)
        self.addCleanup(self.forget)

    def forget(self):
        for name in [name for name in sys.modules if name.startswith('ztps_action_')]:
            del sys.modules[name]

    def run_actions(self, *actions, **sources):
        for name, source in sources.items():
            self.http.file('/actions/' + name, source, kind='text/x-python')
        self.actions.run({'actions': list(actions), 'attributes': {'word': 'outer'}})

    def test_actions_run_in_order_with_their_attributes_and_messages(self):
        source = 'import os\ndef main(attributes):\n    os.environ["ZTPS_TEST"] += attributes.get("word")\n'
        os.environ['ZTPS_TEST'] = ''
        self.addCleanup(os.environ.pop, 'ZTPS_TEST')
        self.run_actions(
            {'action': 'say', 'attributes': {'word': 'own'}, 'onstart': 'begins', 'onsuccess': u'caf\xe9'},
            {'action': 'say', 'name': 'again', 'attributes': None, 'onfailure': 'never'},
            say=source,
        )
        self.assertEqual(os.environ['ZTPS_TEST'], 'ownouter')
        self.assertEqual(len(self.http.of('/actions/say')), 1)
        told = [line for line in self.lines if '/' not in line]
        self.assertEqual(
            told, ['-: action 1 of 2: say', '-: begins', u'-: caf\xe9', '-: action 2 of 2: say (again)']
        )

    def test_actions_named_like_python_modules_shadow_nothing(self):
        source = 'import json, copy\ndef main(attributes):\n    json.dumps(copy.copy({}))\n'
        self.run_actions({'action': 'json'}, {'action': 'copy'}, json=source, copy=source)
        self.assertIs(sys.modules['json'], json)

    def test_an_exception_ends_the_run_with_its_cause(self):
        with self.assertRaisesRegex(self.client.ClientError, 'action bad failed: ValueError: no good'):
            self.run_actions(
                {'action': 'bad', 'onfailure': 'oh no', 'onsuccess': 'fine'}, {'action': 'next'},
                bad='def main(attributes):\n    raise ValueError("no good")\n', next='def main(attributes): pass\n',
            )  # fmt: skip
        self.assertIn('oh no', self.output())
        self.assertIn('line 2, in main', self.output())
        self.assertNotIn('fine', self.output())
        self.assertEqual(self.http.of('/actions/next'), [])

    def test_exit_of_an_action_is_a_failure_whatever_its_status(self):
        for code, said in (('0', '0'), ('', ''), ('"why"', 'why'), ('3', '3')):
            self.actions.paths.clear()
            source = 'import sys\ndef main(attributes):\n    sys.exit(%s)\n' % code
            with self.assertRaises(self.client.ClientError) as caught:
                self.run_actions({'action': 'leave'}, leave=source)
            self.assertEqual(str(caught.exception), 'action leave failed: it called sys.exit(%s)' % said)

    def test_exceptions_with_odd_texts_are_told(self):
        source = (
            u'# -*- coding: utf-8 -*-\nclass Odd(Exception):\n    def __str__(self):\n        raise TypeError()\n'
            u'def main(attributes):\n    raise %s\n'
        )
        for raised, said in ((u'ValueError(u"caf\xe9")', u'ValueError: caf\xe9'), (u'Odd()', u'failed: Odd')):
            self.actions.paths.clear()
            with self.assertRaises(self.client.ClientError) as caught:
                self.run_actions({'action': 'odd'}, odd=(source % raised).encode('utf-8'))
            self.assertIn(said, self.client.to_text(str(caught.exception)))

    def test_what_main_returns_is_ignored_but_a_text_is_a_warning(self):
        self.run_actions({'action': 'number'}, {'action': 'text'}, number='def main(a): return 1\n',
                         text='def main(a): return "it went wrong"\n')  # fmt: skip
        self.assertIn('action text returned: it went wrong', self.output())
        self.assertNotIn('action number returned', self.output())

    def test_actions_that_cannot_be_loaded_say_why(self):
        cases = (
            ('syntax', 'def main(:\n', 'SyntaxError'),
            ('nothing', 'x = 1\n', r'it has no main\(attributes\)'),
            ('imports', 'import not_there_at_all\n', 'not_there_at_all'),
        )
        for name, source, said in cases:
            with self.assertRaisesRegex(self.client.ClientError, 'action %s failed: .*%s' % (name, said)):
                self.run_actions({'action': name}, **{name: source})

    def test_a_missing_action_and_one_of_another_type_are_told(self):
        with self.assertRaisesRegex(self.client.ClientError, 'action gone failed: .*404 Not Found, not-found'):
            self.run_actions({'action': 'gone'})
        self.http.file('/actions/page', '<html>', kind='text/html')
        with self.assertRaisesRegex(self.client.ClientError, 'the answer is text/html, wanted text/x-python'):
            self.run_actions({'action': 'page'})

    def test_odd_names_stay_in_the_private_folder(self):
        self.http.file('/actions/..%2F..%2Fetc%2Fx', 'def main(a): pass\n', kind='text/x-python')
        self.run_actions({'action': '../../etc/x'})
        self.assertEqual(os.listdir(os.path.join(self.folder, 'private')), ['action-0-______etc_x'])

    def test_old_line_ends_and_encodings_load(self):
        source = u'# -*- coding: latin-1 -*-\r\ndef main(a):\r\n    assert u"\xe9" == u"\\xe9"\r\n'.encode('latin-1')
        self.run_actions({'action': 'old'}, old=source)

    def test_an_action_that_swallows_the_stop_does_not_keep_the_run_going(self):
        self.client.STOPPER.reason = 'stopped by SIGTERM'
        with self.assertRaises(self.client.Stopped):
            self.run_actions({'action': 'fine'}, fine='def main(a): pass\n')

    def test_definitions_that_no_client_could_run_are_refused(self):
        for definition in (
            {}, {'actions': None}, {'actions': ['x']}, {'actions': [{'action': ''}]}, {'actions': [{'action': 1}]},
            {'actions': [{'action': 'a', 'attributes': [1]}]}, {'actions': [], 'attributes': 'x'},
        ):  # fmt: skip
            self.assertRaises(self.client.Refused, self.client.check_definition, definition)
        self.client.check_definition({'actions': [{'action': 'a', 'attributes': None}], 'attributes': None})


class StandIns(FolderTest):
    """In a process of its own, where nothing was imported yet."""

    def run_script(self, script, *blocked):
        copy = os.path.join(self.folder, 'script.py')
        head = client_source().rsplit("if __name__ == '__main__':", 1)[0]
        for name in blocked:  # a package of that name that cannot be imported
            write(os.path.join(self.folder, 'path', name, '__init__.py'), 'raise ImportError("blocked")\n')
        write(copy, head + u'provide_stand_ins()\n' + script)
        env = dict(os.environ, PYTHONPATH=os.path.join(self.folder, 'path'))
        process = subprocess.Popen([PYTHON, '-B', copy], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
        out, _ = process.communicate()
        self.assertEqual(process.returncode, 0, out.decode('utf-8'))

    def test_six(self):
        self.run_script(
            u'''
import six
from six import PY2, PY3, string_types, text_type, binary_type, raise_from, iteritems, ensure_str, ensure_text
from six.moves import urllib
from six.moves.urllib.parse import urlparse, urljoin, quote, unquote, urlencode
from six.moves.urllib.request import urlopen, Request
from six.moves.urllib.error import HTTPError, URLError
import six.moves.urllib.parse as parse
assert 'Stand-in' in six.__doc__
assert PY2 == (sys.version_info[0] == 2) and PY3 == (not PY2)
assert isinstance('x', string_types) and isinstance(u'x', text_type) and isinstance(b'x', binary_type)
assert isinstance(u'x', string_types) and list(iteritems({'a': 1})) == [('a', 1)]
assert ensure_text(b'caf\\xc3\\xa9') == ensure_text(u'caf\\xe9') == u'caf\\xe9' and ensure_str(u'x') == ensure_str(b'x') == 'x'
assert urlparse('http://h/p').netloc == urllib.parse.urlparse('http://h/p').netloc == 'h'
assert quote('a b') == parse.quote('a b') == 'a%20b' and urlencode({'a': 1}) == 'a=1'
try:
    ensure_text(1)
except TypeError:
    pass
else:
    raise AssertionError()
cause = KeyError('k')
try:
    raise_from(ValueError('v'), cause)
except ValueError as error:
    assert error.__cause__ is cause
''',
            'six',
        )

    def test_jsonrpclib(self):
        switch = Switch(self, self.folder)
        http = switch.listen_http()
        switch.answers['bad'] = EapiRefusal('Invalid input')
        self.run_script(
            u'''
import jsonrpclib
from jsonrpclib import Server, ProtocolError
for url in ('unix:%s', 'http://user:p%%40ss@%s:%d/command-api'):
    server = jsonrpclib.Server(url)
    assert server.runCmds(1, ['show version'])[0]['version'] == '4.30.1F'
    try:
        server.runCmds(1, ['enable', 'bad'])
    except jsonrpclib.ProtocolError as error:
        assert error.args[0] == (1002, "CLI command 2 of 2 'bad' failed: invalid command"), error.args
    else:
        raise AssertionError()
'''
            % ((os.path.join(self.folder, 'eapi.sock'),) + http.server_address),
            'jsonrpclib',
        )
        self.assertEqual(http.requests[0].headers.get('Authorization'), 'Basic dXNlcjpwQHNz')

    def test_modules_that_are_there_stay(self):
        write(os.path.join(self.folder, 'path', 'jsonrpclib.py'), 'real = True\n')
        for name in ('__init__', 'moves/__init__', 'moves/urllib/__init__', 'moves/urllib/parse'):
            write(os.path.join(self.folder, 'path', 'six', name + '.py'), 'real = True\n')
        self.run_script(u'import six, jsonrpclib\nassert six.real and jsonrpclib.real\n')

    def test_a_six_too_old_for_this_python_is_replaced(self):
        write(os.path.join(self.folder, 'path', 'six.py'), 'moves = None\n')
        self.run_script(u'from six.moves.urllib.parse import urlparse\nimport six\nassert six.text_type\n')


if __name__ == '__main__':
    unittest.main()
