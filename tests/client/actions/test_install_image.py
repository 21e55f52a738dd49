# Tests of the action install_image.
import hashlib
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

    def test_a_version_within_the_limits_stays(self):
        for running, limits in (
                ('4.30.0F', {'minimum': '4.30.0F'}), ('4.99.0F', {'minimum': '4.30.0F'}),
                ('4.30.0', {'minimum': '4.30.0F'}), ('4.30.0F-123.4300F', {'minimum': '4.30.0F'}),
                ('4.32.0F', {'maximum': '4.32.0F'}), ('4.1.0F', {'maximum': '4.32.0F'}),
                ('4.32', {'maximum': ' 4.32.0F '}),
                ('4.31.1M', {'minimum': '4.30.0F', 'maximum': '4.32.0F'}),
                ('4.31.0F', {'minimum': '4.31.0F', 'maximum': '4.31.0F'})):
            for downgrade in (True, False):
                self.assertFalse(self.installs(running, '4.31.0F', downgrade=downgrade, **limits), (running, limits))

    def test_a_version_outside_the_limits_is_replaced(self):
        for running, limits in (
                ('4.29.9M', {'minimum': '4.30.0F'}), ('4.9.0F', {'minimum': '4.30.0F'}),
                ('4.29.9M', {'minimum': '4.30.0F', 'maximum': '4.32.0F'}),
                ('custom', {'minimum': '4.30.0F'}), ('custom', {'maximum': '4.32.0F'})):
            for downgrade in (True, False):
                self.assertTrue(self.installs(running, '4.31.0F', downgrade=downgrade, **limits), (running, limits))
        for running in ('4.32.1F', '4.100.0F', '4.32.0F-1.4320F'):
            self.assertTrue(self.installs(running, '4.31.0F', minimum='4.30.0F', maximum='4.32.0F'), running)
            self.assertTrue(self.installs(running, '4.31.0F', maximum='4.32.0F'), running)

    def test_without_downgrade_a_version_above_the_maximum_stays(self):
        self.assertFalse(self.installs('4.33.0F', '4.31.0F', maximum='4.32.0F', downgrade=False))
        self.assertIn('4.33.0F', self.node.log[-1][0])

    def test_it_is_said_why_an_image_is_installed(self):
        self.installs('4.28.3M', '4.31.0F', minimum='4.30.0F')
        self.assertIn((u'install_image: running version 4.28.3M is older than the minimum 4.30.0F', False), self.node.log)

    def test_limits_that_contradict_are_errors(self):
        url = 'images/EOS.swi'
        self.fails(['minimum', '4.32.0F', '4.31.0F'], url=url, version='4.31.0F', minimum='4.32.0F', maximum='4.31.0F')
        self.fails(['version', '4.31.0F', '4.32.0F'], url=url, version='4.31.0F', minimum='4.32.0F')
        self.fails(['version', '4.31.0F', '4.30.0F'], url=url, version='4.31.0F', maximum='4.30.0F')
        for name in ('minimum', 'maximum'):
            for bad in ('', 4.3, 'latest', []):
                self.fails([name], url=url, version='4.31.0F', **{name: bad})
        self.assertEqual((self.node.retrieved, self.node.commands), ([], []))

    def test_an_image_with_the_wanted_hash_is_installed(self):
        wanted = hashlib.sha256(b'image').hexdigest()
        for spelling in (wanted, wanted.upper(), ' %s ' % wanted):
            self.assertTrue(self.installs('4.30.1F', '4.31.0F', sha256=spelling))
            os.remove(self.node.flash() + '/EOS-4.31.0F.swi')

    def test_an_image_with_another_hash_is_removed_and_not_installed(self):
        wanted = hashlib.sha256(b'other').hexdigest()
        for url in ('images/EOS.swi', 'http:/elsewhere/EOS.swi'):
            self.write('served/' + url, u'image')
            words = [url, wanted, hashlib.sha256(b'image').hexdigest()]
            self.fails(words, url=url, version='4.31.0F', sha256=wanted)
        self.assertEqual(self.node.commands, [])
        self.assertEqual(self.read('flash/boot-config'), u'SWI=flash:/old.swi\n')
        self.assertEqual(self.tree('flash'), ['boot-config'])

    def test_an_image_on_flash_with_the_wanted_hash_is_not_fetched_again(self):
        self.write('flash/EOS-4.31.0F.swi', u'there')
        wanted = hashlib.sha256(b'there').hexdigest()
        self.run_action(url='http://elsewhere/EOS.swi', version='4.31.0F', sha256=wanted)
        self.assertEqual((self.node.retrieved, len(self.node.commands)), ([], 1))
        self.write('flash/EOS-4.31.0F.swi', u'else')
        self.run_action(url='images/EOS.swi', version='4.31.0F', sha256=hashlib.sha256(b'image').hexdigest())
        self.assertEqual((len(self.node.retrieved), self.read('flash/EOS-4.31.0F.swi')), (1, u'image'))

    def test_what_is_no_hash_is_an_error(self):
        for bad in ('', 'abc', 'g' * 64, 'a' * 63, 'a' * 65, 'a' * 64 + '\n1', 5, []):
            self.fails(['sha256'], url='images/EOS.swi', version='4.31.0F', sha256=bad)
        self.assertEqual(self.node.retrieved, [])

    def installed_for(self, model, images, **values):
        """The name of the image that a model gets."""
        self.node.system = lambda: {'model': model, 'version': '4.20.0F'}
        self.node.commands = []
        self.run_action(images=images, **values)
        return self.node.commands[0][0].split('flash:')[1]

    def test_the_first_entry_of_a_list_that_the_whole_model_matches_counts(self):
        images = [
            {'model': 'DCS-7050', 'url': 'images/EOS.swi', 'version': '4.25.1F'},
            {'model': 'DCS-7050|DCS-7050X.*', 'url': 'images/EOS.swi', 'version': '4.26.1F'},
            {'model': '(?i)dcs-7280.*', 'url': 'images/EOS.swi', 'version': '4.27.1F'},
            {'model': '(?x) C C S .* # a campus switch', 'url': 'images/EOS.swi', 'version': '4.28.1F'},
            {'model': '', 'url': 'images/EOS.swi', 'version': '4.29.1F'},
            {'model': '.*', 'url': 'images/EOS.swi', 'version': '4.31.1F'},
            {'model': 'DCS-7800', 'url': 'images/EOS.swi', 'version': '4.32.1F'},
        ]
        for model, version in (
                ('DCS-7050', '4.25.1F'), ('DCS-7050X3', '4.26.1F'), ('DCS-7280R', '4.27.1F'), ('CCS-720', '4.28.1F'),
                ('', '4.29.1F'), ('DCS-7800', '4.31.1F'), ('xDCS-7050', '4.31.1F'), ('DCS-7050-F', '4.31.1F')):
            self.assertEqual(self.installed_for(model, images), 'EOS-%s.swi' % version)

    def test_a_mapping_from_model_to_image_will_do(self):
        images = {'DCS-7050.*': {'url': 'images/EOS.swi', 'version': '4.25.1F'},
                  '7280': {'url': 'images/EOS.swi', 'version': '4.26.1F'}}
        self.assertEqual(self.installed_for('7280', images), 'EOS-4.26.1F.swi')
        self.assertEqual(self.installed_for('DCS-7050X', images), 'EOS-4.25.1F.swi')

    def test_a_model_that_two_keys_of_a_mapping_match_is_an_error(self):
        image = {'url': 'images/EOS.swi', 'version': '4.25.1F'}
        self.fails(['vEOS', 'v.*', '.*S', 'list'], images={'v.*': image, '.*S': image, 'x': image})

    def test_what_an_entry_does_not_say_stands_beside_images(self):
        images = [{'model': 'v.*', 'url': 'images/EOS.swi', 'minimum': '4.19.0F'}]
        self.node.version = '4.20.0F'
        self.run_action(images=images, version='4.31.0F', minimum='4.30.0F', url='gone')
        self.assertEqual(self.node.commands, [])
        self.node.version = '4.18.0F'
        self.run_action(images=images, version='4.31.0F', minimum='4.30.0F', url='gone', image_name_from_url=True)
        self.assertEqual(self.node.commands[0][0], 'install source flash:EOS.swi')

    def test_a_model_that_no_entry_matches_is_an_error_that_names_model_and_expressions(self):
        image = {'url': 'images/EOS.swi', 'version': '4.25.1F'}
        self.fails(['vEOS', 'DCS-7050', 'DCS-7280.*'],
                   images=[dict(image, model='DCS-7050'), dict(image, model='DCS-7280.*')])
        self.fails(['vEOS', 'DCS-7050'], images={'DCS-7050': image})
        self.fails(['vEOS'], images=[])
        self.assertEqual(self.node.retrieved, [])

    def test_images_that_are_none_are_errors(self):
        image = {'url': 'images/EOS.swi', 'version': '4.25.1F'}
        for bad in ('x', 5, True, [5], ['x'], [image], [dict(image, model=5)], {'v.*': 'files/x'}, {'v.*': None}):
            self.fails(['images'], images=bad)
        self.fails(['images', '(', 'no regular expression'], images=[dict(image, model='(')])
        self.fails(['url'], images=[{'model': 'vEOS', 'version': '4.25.1F'}])
        self.fails(['version'], images=[{'model': 'vEOS', 'url': 'images/EOS.swi'}])
        self.assertEqual(self.node.retrieved, [])


if __name__ == '__main__':
    unittest.main()
