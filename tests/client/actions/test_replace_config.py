# Tests of the action replace_config.
import unittest

from fake_switch import ActionTest


class ReplaceConfigTest(ActionTest):
    action = 'replace_config'

    def test_startup_config_becomes_the_file_byte_for_byte(self):
        self.write('flash/startup-config', u'old\n')
        self.write('served/c', b'a $x\r\nb \xc3\xa9')
        self.run_action(url='c')
        self.assertEqual(self.read('flash/startup-config'), u'a $x\r\nb \xe9')
        self.assertEqual(self.tree('flash'), ['startup-config'])

    def test_an_error_names_the_attribute(self):
        for bad in (None, '', 5, {}):
            self.fails(['url'], url=bad)


if __name__ == '__main__':
    unittest.main()
