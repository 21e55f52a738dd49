# Tests of the action template, and of what all built-in actions have in common.
import ast
import io
import os
import unittest

from fake_switch import ACTIONS, ActionTest

NAMES = ['add_config', 'configure_ansible_client', 'copy_file', 'install_cli_plugin', 'install_extension',
         'install_image', 'replace_config', 'run_bash_script', 'run_cli_commands', 'send_email', 'template']


class TemplateTest(ActionTest):
    action = 'template'

    def test_it_logs_and_changes_nothing(self):
        self.run_action()
        self.run_action(text='words')
        self.assertEqual([text for text, _ in self.node.log], ['template: hello', 'template: words'])
        self.assertEqual(self.tree(), [])

    def test_an_error_names_the_attribute(self):
        self.fails(['text'], text=5)


class BuiltInActionsTest(unittest.TestCase):
    def test_they_are_the_contracts(self):
        self.assertEqual(sorted(os.listdir(ACTIONS)), NAMES)

    def test_each_tells_what_it_does_with_an_example(self):
        for name in NAMES:
            with io.open(os.path.join(ACTIONS, name), 'rb') as source:
                content = source.read()
            self.assertNotIn(b'\r', content, name)
            text = ast.get_docstring(ast.parse(content))
            for words in ('Attributes:', 'Example definition:', 'action: ' + name, 'Dual-supervisor'):
                self.assertIn(words, text, name)


if __name__ == '__main__':
    unittest.main()
