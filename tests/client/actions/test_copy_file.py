# Tests of the action copy_file: at once on persistent storage, by rc.eos elsewhere.
import os
import stat
import unittest

from fake_switch import ActionTest, load_action, native


class CopyFileTest(ActionTest):
    action = 'copy_file'

    def setUp(self):
        ActionTest.setUp(self)
        self.usb = os.path.join(self.folder, 'usb1')
        os.mkdir(self.usb)
        self.module.PERSISTENT = (self.usb,)
        self.write('served/f/hosts', u'new')

    def mode(self, path):
        return stat.S_IMODE(os.stat(os.path.join(self.folder, path)).st_mode)

    def stored(self):
        return self.tree('flash/.ztp-files')

    # On persistent storage.

    def test_copies_at_once_into_a_folder_which_it_makes(self):
        self.run_action(src_url='f/hosts', dst_url=self.usb + '/a/b/')
        self.run_action(src_url='f/hosts', dst_url=self.node.flash() + '/hosts')
        self.assertEqual(self.tree('usb1'), ['a/b/hosts'])
        self.assertEqual(self.tree('flash'), ['hosts/hosts'])

    def test_the_list_of_persistent_storage_is_the_contracts(self):
        self.assertEqual(sorted(load_action('copy_file').PERSISTENT), [
            '/mnt/drive', '/mnt/flash', '/mnt/usb1', '/persist/local', '/persist/sys'])

    def test_replace_backup_and_if_missing(self):
        self.write('usb1/hosts', u'old')
        self.run_action(src_url='f/hosts', dst_url=self.usb, overwrite='if-missing', mode='0600')
        self.assertEqual(self.read('usb1/hosts'), u'old')
        self.assertEqual(self.node.retrieved, [])
        self.run_action(src_url='f/hosts', dst_url=self.usb, overwrite='backup')
        self.assertEqual((self.read('usb1/hosts'), self.read('usb1/hosts.backup')), (u'new', u'old'))
        self.write('served/f/hosts', u'newer')
        self.run_action(src_url='f/hosts', dst_url=self.usb)
        self.assertEqual((self.read('usb1/hosts'), self.read('usb1/hosts.backup')), (u'newer', u'old'))
        self.assertEqual(self.tree('usb1'), ['hosts', 'hosts.backup'])

    def test_a_repeated_backup_keeps_the_older_file(self):
        self.write('usb1/hosts', u'old')
        for _ in range(2):
            self.run_action(src_url='f/hosts', dst_url=self.usb, overwrite='backup')
        self.assertEqual(self.read('usb1/hosts.backup'), u'old')

    def test_if_missing_and_backup_copy_what_is_missing(self):
        for rule in ('if-missing', 'backup'):
            self.run_action(src_url='f/hosts', dst_url=self.usb + '/' + rule, overwrite=rule)
            self.assertEqual(self.tree('usb1/' + rule), ['hosts'])

    def test_a_failed_download_keeps_file_and_backup(self):
        self.write('usb1/gone', u'old')
        self.write('usb1/gone.backup', u'older')
        self.fails(['404'], src_url='f/gone', dst_url=self.usb, overwrite='backup')
        self.assertEqual((self.read('usb1/gone'), self.read('usb1/gone.backup')), (u'old', u'older'))
        self.assertEqual(self.tree('usb1'), ['gone', 'gone.backup'])

    def test_dots_links_and_trailing_slashes_are_followed(self):
        os.symlink(self.usb, os.path.join(self.folder, 'link'))
        for dst in ('/usb1/x/..', '/link/', '/link', '/nothing/../usb1//', '/link/../usb1/.'):
            self.run_action(src_url='f/hosts', dst_url=self.folder + dst)
            self.assertEqual(self.tree('usb1'), ['hosts'], dst)
            os.remove(self.usb + '/hosts')
        os.symlink(self.folder + '/etc', self.usb + '/out')
        self.run_action(src_url='f/hosts', dst_url=self.usb + '/out/')
        self.run_action(src_url='f/hosts', dst_url=self.usb + '/../usb10/')
        self.assertEqual(len(self.stored()), 2)
        self.assertEqual(self.boot(), u'')
        self.assertEqual(self.read('etc/hosts') + self.read('usb10/hosts'), u'newnew')

    def test_a_file_where_the_folder_should_be_is_an_error(self):
        self.write('usb1/hosts', u'old')
        self.fails(['dst_url', 'not a folder'], src_url='f/hosts', dst_url=self.usb + '/hosts')
        os.makedirs(self.usb + '/x/hosts')
        self.fails(['dst_url', 'is a folder'], src_url='f/hosts', dst_url=self.usb + '/x')

    # The mode.

    def test_mode_is_octal_as_text_or_as_digits(self):
        for mode, wanted in (('0640', 0o640), ('640', 0o640), (640, 0o640), (777, 0o777), ('0o600', 0o600),
                             (u'4755', 0o4755), (' 0600 ', 0o600), ('00600', 0o600)):
            self.run_action(src_url='f/hosts', dst_url=self.usb, mode=mode)
            self.assertEqual(self.mode('usb1/hosts'), wanted, mode)

    def test_a_mode_that_is_not_octal_is_an_error(self):
        for mode in (493, '0888', 'rwx', -1, 6.4, True, [644], '', '77777', '-644'):
            self.fails(['mode'], src_url='f/hosts', dst_url=self.usb, mode=mode)
        self.assertEqual(self.node.retrieved, [])

    def test_a_file_system_without_rights_is_a_warning(self):
        self.addCleanup(setattr, os, 'chmod', os.chmod)
        os.chmod = lambda path, mode: None
        self.run_action(src_url='f/hosts', dst_url=self.usb, mode='0601')
        self.assertIn('0601', self.warnings()[0])

    # Elsewhere.

    def test_rc_eos_copies_at_every_boot(self):
        target = self.folder + '/etc/app/hosts.conf'
        self.run_action(src_url='f/hosts', dst_url=target, mode='0604')
        self.assertFalse(os.path.exists(target))
        self.assertEqual([os.path.basename(path) for path in self.stored()], ['hosts'])
        for _ in range(2):
            self.assertEqual(self.boot(), u'')
            self.assertEqual((self.read(target), self.mode(target)), (u'new', 0o604))
            self.write(target, u'of the system')

    def test_a_folder_that_exists_or_a_slash_at_the_end_is_a_folder(self):
        os.makedirs(self.folder + '/etc/there')
        self.run_action(src_url='f/hosts', dst_url=self.folder + '/etc/there')
        self.run_action(src_url='f/hosts', dst_url=self.folder + '/etc/new/')
        self.run_action(src_url='f/hosts', dst_url=self.folder + '/etc/full')
        self.assertEqual(self.boot(), u'')
        self.assertEqual(self.tree('etc'), ['full', 'new/hosts', 'there/hosts'])

    def test_boot_follows_the_same_rules(self):
        self.write('etc/kept', u'old')
        self.write('etc/saved', u'old')
        rules = {'kept': 'if-missing', 'made': 'if-missing', 'saved': 'backup', 'fresh': 'backup'}
        for name, rule in rules.items():
            dst = self.folder + '/etc/' + name
            self.run_action(src_url='f/hosts', dst_url=dst, overwrite=rule, mode='0600')
        for _ in range(2):
            self.assertEqual(self.boot(), u'')
            self.assertEqual(self.tree('etc'), ['fresh', 'kept', 'made', 'saved', 'saved.backup'])
            self.assertEqual([self.read('etc/' + name) for name in self.tree('etc')],
                             [u'new', u'old', u'new', u'new', u'old'])
        self.assertEqual(self.mode('etc/made'), 0o600)
        self.assertNotEqual(self.mode('etc/kept'), 0o600)

    def test_boot_follows_a_link_and_keeps_rights(self):
        os.chmod(self.write('etc/real', u'old'), 0o604)
        os.symlink('real', self.folder + '/etc/link')
        self.run_action(src_url='f/hosts', dst_url=self.folder + '/etc/link')
        self.assertEqual(self.boot(), u'')
        self.assertEqual((os.readlink(self.folder + '/etc/link'), self.read('etc/real')), ('real', u'new'))
        self.assertEqual(self.mode('etc/real'), 0o604)

    def test_if_missing_leaves_a_link_to_nothing_alone(self):
        os.mkdir(self.folder + '/etc')
        os.symlink('/nothing/here', self.folder + '/etc/link')
        self.run_action(src_url='f/hosts', dst_url=self.folder + '/etc/link', overwrite='if-missing')
        self.assertEqual(self.boot(), u'')
        self.assertEqual(os.readlink(self.folder + '/etc/link'), '/nothing/here')

    def test_one_failed_copy_does_not_stop_the_next(self):
        self.run_action(src_url='f/hosts', dst_url=self.folder + '/etc/a')
        self.run_action(src_url='f/hosts', dst_url=self.folder + '/etc/b')
        os.makedirs(self.folder + '/etc/a')
        self.assertIn('a', self.boot())
        self.assertEqual(self.read('etc/b'), u'new')

    def test_the_line_is_never_there_twice(self):
        for _ in range(3):
            self.run_action(src_url='f/hosts', dst_url=self.folder + '/etc/a', overwrite='backup')
        self.assertEqual(len(self.read('flash/rc.eos').splitlines()), 2)

    def test_files_of_one_name_and_files_for_one_target_do_not_meet(self):
        self.write('served/g/hosts', u'other')
        self.run_action(src_url='f/hosts', dst_url=self.folder + '/etc/a/')
        self.run_action(src_url='g/hosts', dst_url=self.folder + '/etc/b/')
        self.run_action(src_url='f/hosts', dst_url=self.folder + '/etc/c')
        self.run_action(src_url='g/hosts', dst_url=self.folder + '/etc/c', overwrite='if-missing')
        self.assertEqual(self.boot(), u'')
        self.assertEqual([self.read('etc/' + name) for name in ('a/hosts', 'b/hosts', 'c')],
                         [u'new', u'other', u'new'])

    def test_odd_names_reach_the_shell_as_they_are(self):
        odd = u"it's $(touch pwned) `x` \"y\" ;&|*"
        self.write('served/' + odd, u'odd')
        for rule in ('replace', 'if-missing', 'backup'):
            self.run_action(src_url=odd, dst_url=self.folder + '/etc/?#' + odd + rule + '/', overwrite=rule)
        self.assertEqual(self.boot(), u'')
        self.assertEqual(self.tree('etc'), sorted(
            '?#' + odd + rule + '/' + odd for rule in ('replace', 'if-missing', 'backup')))
        self.assertFalse(os.path.exists('pwned'))

    def test_names_in_other_scripts(self):
        self.write(u'served/f/caf\u00e9', u'new')
        for _ in range(2):
            self.run_action(src_url=u'f/caf\u00e9', dst_url=self.folder + u'/etc/\u4e2d/')
            self.run_action(src_url=u'f/caf\u00e9', dst_url=self.usb + u'/\u4e2d', overwrite='backup')
        self.assertEqual(self.boot(), u'')
        self.assertEqual(self.tree('etc'), [native(u'\u4e2d/caf\u00e9')])
        self.assertEqual(self.tree('usb1'), [native(u'\u4e2d/caf\u00e9')])
        self.assertEqual(len(self.read('flash/rc.eos').splitlines()), 2)

    # Bad attributes.

    def test_an_error_names_the_attribute(self):
        for bad in (None, '', 5, 'f/', 'http://server', 'f/%2e%2e', 'f/a%2fb', 'f/a%0ab'):
            self.fails(['src_url'], src_url=bad, dst_url=self.usb)
        for bad in (None, '', 5, 'etc/x', 'flash:x', '/etc/a\nb', '/etc/a\x00b'):
            self.fails(['dst_url'], src_url='f/hosts', dst_url=bad)
        for bad in ('Replace', 'no', True, ['backup']):
            self.fails(['overwrite'], src_url='f/hosts', dst_url=self.usb, overwrite=bad)
        self.assertEqual(self.tree('flash') + self.tree('usb1'), [])

    def test_the_name_comes_from_the_path_of_the_url(self):
        self.node.retrieve_url = lambda url, path: self.write(path, u'x')
        self.run_action(src_url='http://server:80/a/my%20file.txt?token=a/b#part', dst_url=self.usb)
        self.assertEqual(self.tree('usb1'), ['my file.txt'])


if __name__ == '__main__':
    unittest.main()
