# Tests of the action run_cli_commands.
import unittest

from fake_switch import ActionTest


class RunCliCommandsTest(ActionTest):
    action = 'run_cli_commands'

    def test_runs_the_substituted_lines_without_blanks_and_comments(self):
        self.write('served/c', u'! first\n\nconfigure\r\n   hostname $name\n  ! inside\n   snmp a!b$$c\n\n')
        self.run_action(url='c', variables={'name': 'leaf1'})
        self.assertEqual(self.node.commands, [
            ('configure', True), ('hostname leaf1', True), ('snmp a!b$c', True)])

    def test_a_file_without_commands_runs_none(self):
        self.write('served/c', u'\n! nothing\n')
        self.run_action(url='c')
        self.assertEqual(self.node.commands, [])

    def test_a_refused_command_fails(self):
        self.write('served/c', u'show clock\nnonsense\nshow version\n')
        self.node.answers['nonsense'] = RuntimeError('Invalid input')
        self.fails(['Invalid input'], url='c')
        self.assertEqual(len(self.node.commands), 2)

    def test_substitution_is_strict(self):
        self.write('served/c', u'show clock\nping $unknown\n')
        self.fails(['line 2', 'unknown'], url='c')
        self.assertEqual(self.node.commands, [])

    def test_an_error_names_the_attribute(self):
        for bad in (None, '', 5):
            self.fails(['url'], url=bad)
        for bad in ('text', [], False):
            self.fails(['variables'], url='c', variables=bad)


if __name__ == '__main__':
    unittest.main()
