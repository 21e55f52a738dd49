# Tests of the action install_image.
import os
import unittest

from fake_switch import ActionTest


class InstallImageTest(ActionTest):
    action = 'install_image'

    def setUp(self):
        ActionTest.setUp(self)
        self.write('served/images/EOS.swi', u'image')
        self.write('flash/boot-config', u'SWI=flash:/old.swi\n')
        self.node.on_command = self.install

    def install(self, command):
        self.write('flash/boot-config', u'CONSOLESPEED=9600\nSWI=flash:/%s\n' % command.split('flash:')[1])

    def installs(self, running, version, **values):
        """Whether the image is installed; nothing may happen otherwise."""
        self.node.version = running
        self.node.retrieved, self.node.commands = [], []
        self.run_action(url='images/EOS.swi', version=version, **values)
        self.assertEqual(len(self.node.retrieved), len(self.node.commands))
        return bool(self.node.commands)

    def test_downloads_to_flash_and_installs(self):
        self.assertTrue(self.installs('4.30.1F', '4.31.0F'))
        self.assertEqual(self.node.commands[0][0], 'install source flash:EOS-4.31.0F.swi')
        self.assertEqual(self.read('flash/EOS-4.31.0F.swi'), u'image')
        self.assertEqual(self.tree('flash'), ['EOS-4.31.0F.swi', 'boot-config'])

    def test_the_name_may_come_from_the_url(self):
        for yes in (True, 'true'):
            self.assertTrue(self.installs('4.30.1F', '4.31.0F', image_name_from_url=yes))
            self.assertEqual(self.node.commands[0][0], 'install source flash:EOS.swi')

    def test_words_in_brackets_do_not_reach_the_name(self):
        self.assertTrue(self.installs('4.30.1F', '4.35.2F (engineering build)'))
        self.assertEqual(self.node.commands[0][0], 'install source flash:EOS-4.35.2F.swi')

    def test_nothing_if_the_version_runs_already(self):
        for running, version in (
                ('4.31.0F', '4.31.0F'), ('4.31.0F', ' 4.31.0F '),
                ('4.32.0', '4.32.0F'), ('4.32.0F', '4.32.0'), ('4.32.0F', '4.32'),
                ('4.35.2F (engineering build)', '4.35.2F'), ('4.15.0FX1', '4.15.0FX1 (engineering build)'),
                ('4.35.2F (engineering build)', '4.35.2F (engineering build)'),
                ('4.31.0F-33804048.4310F (engineering build)', '4.31.0F-33804048.4310F')):
            self.assertFalse(self.installs(running, version), (running, version))

    def test_a_newer_version_stays_only_without_downgrade(self):
        for running, version in (
                ('4.31.0F', '4.30.5M'), ('4.10.0F', '4.9.8F'), ('4.31.10M', '4.31.9M'),
                ('4.13.2.1F', '4.13.2F'),
                ('4.31.0F-33804048.4310F', '4.31.0F'), ('4.31.0F-33804048.4310F', '4.31.0F-4804048.4310F'),
                ('4.15.0FX2', '4.15.0FX1'), ('4.15.0FX1', '4.15.0FX'), ('4.14.5FX.2', '4.14.5FX.1'),
                ('4.15.1F', '4.15.0FX1'), ('4.14.6FX.1', '4.14.5FX.4'),
                ('4.35.2F (engineering build)', '4.35.1F'), ('4.32.1', '4.32.0F'), ('4.32.0', '4.31.9M')):
            self.assertTrue(self.installs(running, version), (running, version))
            for no in (False, 'false', 'False'):
                self.assertFalse(self.installs(running, version, downgrade=no), (running, version))
            self.assertTrue(self.installs(version, running, downgrade=False), (version, running))

    def test_a_running_version_without_numbers_is_replaced(self):
        for running in ('', 'custom', None):
            self.assertTrue(self.installs(running, '4.31.0F', downgrade=False))
        self.assertEqual(len(self.warnings()), 3)

    def test_a_boot_config_that_names_another_image_is_an_error(self):
        self.node.on_command = None
        self.fails(['boot-config', 'old.swi'], url='images/EOS.swi', version='4.31.0F')

    def test_a_boot_config_without_image_is_a_warning(self):
        os.remove(self.node.flash() + '/boot-config')
        self.node.on_command = None
        self.assertTrue(self.installs('4.30.1F', '4.31.0F'))
        self.assertIn('boot-config', self.warnings()[0])

    def test_an_error_names_the_attribute(self):
        for bad in (None, '', 5):
            self.fails(['url'], url=bad, version='4.31.0F')
        for bad in (None, '', 4.31, 'latest', '4', '4.31.0F/../x', '4.31.0F\nreload'):
            self.fails(['version'], url='images/EOS.swi', version=bad)
        for name in ('downgrade', 'image_name_from_url'):
            for bad in ('yes', 1, []):
                self.fails([name], url='images/EOS.swi', version='4.31.0F', **{name: bad})
        for bad in ('images/', 'images/a b.swi', 'images/a%0areload', 'images/a%0a', 'images/-x', 'images/..'):
            self.fails(['url'], url=bad, version='4.31.0F', image_name_from_url=True)
        self.assertEqual((self.node.retrieved, self.node.commands), ([], []))


if __name__ == '__main__':
    unittest.main()
