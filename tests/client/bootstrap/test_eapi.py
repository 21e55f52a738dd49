# Opening eAPI, using it, and taking back what was added to a live switch.
import base64
import os
import unittest

from harness import EapiRefusal, FolderTest, Switch, read, write

UNIX_SOCKET = 'configure\nmanagement api http-commands\nprotocol unix-socket\nno shutdown'
LIVE_CONFIG = '''! device: leaf1
username admin privilege 15 secret sha512 $6$x$y
username ztps privilege 15 secret 0 taken
!
management api gnmi
   protocol unix-socket
!
management api http-commands
   protocol http port 8081
%s   !
   vrf MGMT
      no shutdown
!
end
'''


class Eapi(FolderTest):
    def setUp(self):
        FolderTest.setUp(self)
        self.switch = Switch(self, self.folder)

    def access(self, by_hand=False):
        return self.client.EapiAccess(self.client.Log(), by_hand)

    def running_config(self, *lines):
        text = LIVE_CONFIG % ''.join('   %s\n' % line for line in lines)
        write(os.path.join(self.folder, 'running-config'), text)

    def test_it_is_enabled_through_fastcli_and_used_through_its_socket(self):
        client = self.access().open()
        self.assertEqual(self.switch.cli_calls(), [UNIX_SOCKET])
        result = client.runCmds(1, ['show version'], 'json')
        self.assertEqual(result[0]['modelName'], 'DCS-7050QX-32S')

    def test_it_is_waited_for(self):
        os.remove(os.path.join(self.folder, 'eapi.sock'))
        tries = []
        sleep = self.client.time.sleep

        def start_late(pause):
            tries.append(pause)
            if len(tries) == 3:
                self.switch.listen()
            sleep(pause)

        self.client.time = type('Clock', (), {'sleep': staticmethod(start_late)})
        self.client.PROGRESS_PAUSE = 0
        self.access().open()
        self.assertGreaterEqual(len(tries), 3)
        self.assertIn('still waiting for eAPI at', self.output())

    def test_one_that_never_answers_ends_the_run(self):
        os.remove(os.path.join(self.folder, 'eapi.sock'))
        self.client.EAPI_START_LIMIT = 0.1
        with self.assertRaisesRegex(self.client.ClientError, 'eapi.sock: eAPI does not answer: No such file'):
            self.access().open()

    def test_zero_touch_provisioning_takes_nothing_back(self):
        access = self.access()
        access.open()
        access.take_back()
        self.assertEqual(len(self.switch.cli_calls()), 1)

    def test_a_live_switch_gets_back_what_it_had(self):
        cases = [
            ((), ['protocol unix-socket', 'no shutdown'], ['shutdown', 'no protocol unix-socket']),
            (('no shutdown',), ['protocol unix-socket'], ['no protocol unix-socket']),
            (('protocol unix-socket',), ['no shutdown'], ['shutdown']),
        ]
        for present, added, undone in cases:
            self.client.remove(os.path.join(self.folder, 'fastcli.log'))
            self.running_config(*present)
            access = self.access(by_hand=True)
            access.open()
            access.take_back()
            section = ['configure', 'management api http-commands']
            self.assertEqual(
                [call.split('\n') for call in self.switch.cli_calls()],
                [['show running-config'], section + added, section + undone],
            )

    def test_a_live_switch_that_has_it_all_is_not_configured(self):
        self.running_config('protocol unix-socket', 'no shutdown')
        access = self.access(by_hand=True)
        access.open()
        access.take_back()
        self.assertEqual(self.switch.cli_calls(), ['show running-config'])

    def refuse_unix_socket(self):
        self.need_openssl()
        write(os.path.join(self.folder, 'refuse'), 'protocol unix-socket\n')
        server = self.switch.listen_http()
        self.client.EAPI_HTTP = server.server_address
        return server

    def test_an_old_eos_gets_http_on_localhost_and_a_user_with_a_random_password(self):
        server = self.refuse_unix_socket()
        secrets = []
        for _ in range(2):
            self.client.remove(os.path.join(self.folder, 'fastcli.log'))
            self.access().open()
            calls = self.switch.cli_calls()
            self.assertEqual(calls[0], UNIX_SOCKET)
            user_line, section = calls[1].split('\n')[1], calls[2]
            self.assertEqual(section, 'configure\nmanagement api http-commands\nprotocol http\nno shutdown')
            self.assertTrue(user_line.startswith('username ztps privilege 15 secret 5 $1$'), user_line)
            login = server.requests[-1].headers.get('Authorization').split(' ')[1]
            user, password = base64.b64decode(login).decode('ascii').split(':')
            self.assertEqual((user, len(password)), ('ztps', 32))
            self.assertNotIn(password, read(os.path.join(self.folder, 'fastcli.log')).decode('ascii'))
            secrets.append(password)
        self.assertNotEqual(secrets[0], secrets[1])

    def test_an_old_live_switch_keeps_its_users_and_its_port(self):
        server = self.refuse_unix_socket()
        text = LIVE_CONFIG.replace('8081', str(server.server_address[1])) % ''
        write(os.path.join(self.folder, 'running-config'), text)
        self.client.EAPI_HTTP = ('127.0.0.1', 9)
        access = self.access(by_hand=True)
        access.open()
        access.take_back()
        calls = [call.split('\n') for call in self.switch.cli_calls()]
        user = calls[2][1].split(' ')[1]
        self.assertTrue(user.startswith('ztps-'), user)
        self.assertEqual(calls[3], ['configure', 'management api http-commands', 'no shutdown'])
        self.assertEqual(calls[4], ['configure', 'no username ' + user])
        self.assertEqual(calls[5], ['configure', 'management api http-commands', 'shutdown'])

    def test_other_refusals_end_the_run_with_the_words_of_the_cli(self):
        write(os.path.join(self.folder, 'refuse'), 'protocol unix-socket\n')
        write(os.path.join(self.folder, 'refusal'), '% Authorization denied for command\n')
        with self.assertRaisesRegex(self.client.ClientError, 'FastCli: % Authorization denied'):
            self.access().open()

    def test_without_fastcli_it_says_so(self):
        os.remove(os.path.join(self.folder, 'FastCli'))
        with self.assertRaisesRegex(self.client.ClientError, 'cannot run .*FastCli: No such file'):
            self.access().open()

    def test_what_cannot_be_taken_back_is_logged(self):
        self.running_config()
        access = self.access(by_hand=True)
        access.open()
        write(os.path.join(self.folder, 'refuse'), 'shutdown\n')
        access.take_back()
        self.assertIn('could not take back (management api http-commands, shutdown', self.output())

    def test_what_cannot_even_be_tried_is_logged_and_the_rest_is_taken_back(self):
        access = self.access(by_hand=True)
        access.user, access.added = 'ztps', ['no shutdown']
        calls = []

        def run_cli(lines, checked=True):
            calls.append(lines)
            raise EnvironmentError(28, 'No space left on device')

        self.client.run_cli = run_cli
        access.take_back()
        self.assertEqual(len(calls), 2)
        self.assertEqual(self.output().count('could not take back'), 2)

    def test_lines_that_may_be_the_operators_are_not_taken_back(self):
        write(os.path.join(self.folder, 'running-config'), '! device: leaf1\n% Internal error\n')
        access = self.access(by_hand=True)
        access.open()
        access.take_back()
        self.assertEqual(self.switch.cli_calls(), ['show running-config', UNIX_SOCKET])
        self.assertIn('did not tell all', self.output())

    def test_refused_commands_are_named_with_the_words_of_the_cli(self):
        client = self.access().open()
        self.switch.answers['show foo'] = EapiRefusal("Invalid input (at token 1: 'foo')", 'and more')
        with self.assertRaises(self.client.EapiError) as caught:
            client.runCmds(1, ['enable', 'show foo', 'show version'])
        error = caught.exception
        self.assertEqual(
            str(error), "command 'show foo' was refused: Invalid input (at token 1: 'foo'); and more"
        )
        self.assertEqual(error.code, 1002)
        self.assertEqual(len(error.data), 2)

    def test_errors_of_other_shapes_are_told_too(self):
        explain = self.client.explain_eapi_error
        named = {'cmds': ['enable', {'cmd': 'show x', 'input': 'secret'}]}
        self.assertEqual(
            str(explain({'code': 1002, 'message': 'm', 'data': [{}, {'errors': 'one'}]}, named)),
            "command 'show x' was refused: one",
        )
        self.assertEqual(str(explain({'message': 'Internal', 'data': None}, named)), 'eAPI refused the call: Internal')
        self.assertEqual(str(explain('odd', [])), 'eAPI refused the call: odd')
        self.assertEqual(str(explain({'message': 'm', 'data': [{'errors': ['x']}]}, ['v'])), 'm: x')

    def test_answers_that_are_no_eapi_are_told(self):
        client = self.access().open()
        self.switch.answer = lambda handler, _: handler.send(401, 'Unauthorized\n')
        os.remove(os.path.join(self.folder, 'eapi.sock'))
        self.switch.listen()
        with self.assertRaisesRegex(self.client.EapiError, 'eAPI answered 401 Unauthorized'):
            client.runCmds(1, ['show version'])


if __name__ == '__main__':
    unittest.main()
