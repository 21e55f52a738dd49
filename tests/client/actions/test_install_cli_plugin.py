# Tests of the action install_cli_plugin.
import os
import stat
import unittest

from fake_switch import ActionTest


class InstallCliPluginTest(ActionTest):
    action = 'install_cli_plugin'

    def boot_below(self, root):
        """Run rc.eos with /usr/lib moved below a folder of the test."""
        rc_eos = self.read('flash/rc.eos')
        self.assertIn(' /usr/lib', rc_eos)
        self.write('flash/rc.eos', rc_eos.replace(' /usr/lib', ' ' + root + '/lib'))
        self.assertEqual(self.boot(), u'')

    def test_rc_eos_copies_the_plugin_for_every_python(self):
        for folder in ('lib/python2.7', 'lib/python3.9', 'lib64/python3.11'):
            os.makedirs(os.path.join(self.folder, 'usr', folder, 'site-packages/CliPlugin'))
        os.makedirs(self.folder + '/usr/lib/python3.12/site-packages')
        self.write("served/p/it's.py", u'print()')
        self.run_action(url="p/it's.py")
        self.assertEqual(self.tree('flash'), [".ztp-plugins/it's.py", 'rc.eos'])
        os.chmod(self.folder + "/flash/.ztp-plugins/it's.py", 0o700)
        self.boot_below(self.folder + '/usr')
        self.assertEqual(self.tree('usr'), [
            "lib/python2.7/site-packages/CliPlugin/it's.py",
            "lib/python3.9/site-packages/CliPlugin/it's.py",
            "lib64/python3.11/site-packages/CliPlugin/it's.py"])
        for path in self.tree('usr'):
            self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.folder, 'usr', path)).st_mode), 0o644)

    def test_a_switch_without_such_a_folder_boots_in_silence(self):
        self.write('served/p/a.py', u'')
        self.run_action(url='p/a.py')
        self.boot_below(self.folder + '/usr')

    def test_the_line_is_never_there_twice(self):
        self.write('served/p/a.py', u'')
        self.write('served/p/b.py', u'')
        for name in ('p/a.py', 'p/b.py', 'p/a.py'):
            self.run_action(url=name)
        self.assertEqual(len(self.read('flash/rc.eos').splitlines()), 3)

    def test_an_error_names_the_attribute(self):
        for bad in (None, '', 5, 'p/', 'p/..', 'p/a%2fb', 'p/a%0ab'):
            self.fails(['url'], url=bad)


if __name__ == '__main__':
    unittest.main()
