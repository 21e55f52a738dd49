# What a run does to flash, and that a failed one leaves it as it was.
import os
import unittest

from harness import FolderTest, read, snapshot, write


class FlashFixture(FolderTest):
    def setUp(self):
        FolderTest.setUp(self)
        self.flash = self.client.Flash(os.path.join(self.folder, 'private'), self.client.Log())

    def fill(self):
        """A live switch: files, folders, links, odd modes and old times."""
        write(self.on_flash('startup-config'), 'hostname live\n', 0o600)
        write(self.on_flash('rc.eos'), '#!/bin/bash\n', 0o755)
        write(self.on_flash('boot-config'), 'SWI=flash:/old.swi\n')
        write(self.on_flash('boot-extensions'), 'a.rpm\n')
        write(self.on_flash('.extensions', 'a.rpm'), b'\x00\xff' * 5000, 0o640)
        write(self.on_flash('.extensions', 'deep', 'b.rpm'), 'b')
        write(self.on_flash('old.swi'), 'old image')
        write(self.on_flash('.ztp-files', 'note'), 'first')
        os.symlink('deep/b.rpm', self.on_flash('.extensions', 'link'))
        os.symlink('nowhere', self.on_flash('dangling'))
        for name in ('startup-config', 'boot-config', '.extensions/a.rpm', '.extensions'):
            os.utime(self.on_flash(name), (1e9, 1e9))
        return snapshot(self.flash_folder)

    def change(self):
        """What actions make of it."""
        write(self.on_flash('startup-config'), 'hostname new\n')
        write(self.on_flash('rc.eos'), 'new')
        write(self.on_flash('.extensions', 'new.rpm'), 'new')
        write(self.on_flash('boot-extensions'), 'new.rpm\n')
        write(self.on_flash('boot-config'), 'SWI=flash:/new.swi\n')
        write(self.on_flash('new.swi'), 'new image')
        write(self.on_flash('a', 'b', 'c'), 'deep')
        os.symlink('/etc', self.on_flash('a', 'etc'))
        self.flash.preserve(self.on_flash('.ztp-files', 'note'))
        write(self.on_flash('.ztp-files', 'note'), 'second')
        self.flash.preserve(self.on_flash('old.swi'))
        os.remove(self.on_flash('old.swi'))


class Restore(FlashFixture):
    def test_a_failed_run_leaves_flash_as_it_was(self):
        before = self.fill()
        self.flash.note()
        self.assertTrue(self.flash.by_hand)
        self.assertEqual(snapshot(self.flash_folder), before)
        self.flash.set_aside()
        self.assertFalse(os.path.lexists(self.on_flash('startup-config')))
        self.assertFalse(os.path.lexists(self.on_flash('.extensions')))
        self.assertTrue(os.path.lexists(self.on_flash('boot-config')))
        self.change()
        self.assertEqual(self.flash.restore(), [])
        self.assertEqual(snapshot(self.flash_folder), before)

    def test_an_empty_flash_is_empty_again(self):
        self.flash.note()
        self.assertFalse(self.flash.by_hand)
        self.flash.set_aside()
        write(self.on_flash('startup-config'), 'new')
        write(self.on_flash('.extensions', 'new.rpm'), 'new')
        self.assertEqual(self.flash.restore(), [])
        self.assertEqual(os.listdir(self.flash_folder), [])

    def test_what_did_not_change_is_not_written(self):
        self.fill()
        inodes = dict((name, os.lstat(self.on_flash(name)).st_ino) for name in os.listdir(self.flash_folder))
        self.flash.note()
        self.flash.restore()
        after = dict((name, os.lstat(self.on_flash(name)).st_ino) for name in os.listdir(self.flash_folder))
        self.assertEqual(after, inodes)
        self.assertEqual(self.lines, [])

    def test_boot_config_goes_back_first_and_before_anything_goes(self):
        self.fill()
        self.flash.note()
        self.flash.set_aside()
        self.change()
        steps = []
        put_back, remove_added = self.flash.put_back, self.flash.remove_added

        def watch_put_back(path):
            steps.append(os.path.basename(path))
            put_back(path)

        def watch_remove():
            steps.append('REMOVE')
            remove_added()

        self.flash.put_back, self.flash.remove_added = watch_put_back, watch_remove
        self.flash.restore()
        self.assertEqual(steps[0], 'boot-config')
        self.assertEqual(steps[-1], 'REMOVE')
        self.assertEqual(set(steps[1:5]), {'startup-config', 'rc.eos', 'boot-extensions', '.extensions'})

    def test_log_files_stay(self):
        write(self.on_flash('old.log'), 'old\n')
        self.flash.note()
        self.flash.spare_log_files([self.on_flash('new.log'), self.on_flash('old.log'), '/var/log/elsewhere.log'])
        write(self.on_flash('old.log'), 'old\nnew\n')
        write(self.on_flash('new.log'), 'new\n')
        write(self.on_flash('other'), 'x')
        self.flash.restore()
        self.assertEqual(sorted(os.listdir(self.flash_folder)), ['new.log', 'old.log'])
        self.assertEqual(read(self.on_flash('old.log')), b'old\nnew\n')

    def test_a_verified_image_stays_in_ztp_mode_only(self):
        for by_hand in (False, True):
            flash = self.client.Flash(os.path.join(self.folder, 'private'), self.client.Log())
            if by_hand:
                write(self.on_flash('startup-config'), 'live')
            flash.note()
            for name in ('EOS-4.swi', 'config.txt', 'unverified.swi'):
                write(self.on_flash(name), name)
            flash.note_verified(self.on_flash('EOS-4.swi'))
            flash.note_verified(self.on_flash('config.txt'))
            flash.restore()
            self.assertEqual(os.listdir(self.flash_folder), ['startup-config'] if by_hand else ['EOS-4.swi'])
            self.client.remove(self.on_flash('EOS-4.swi'))

    def test_what_has_no_room_comes_back_once_the_added_is_gone(self):
        before = self.fill()
        self.flash.note()
        self.flash.set_aside()
        self.change()
        copy_entry = self.client.copy_entry

        def full_while_the_new_image_is_there(source, target):
            if os.path.exists(self.on_flash('new.swi')):
                raise EnvironmentError(28, 'No space left on device')
            copy_entry(source, target)

        self.client.copy_entry = full_while_the_new_image_is_there
        self.assertEqual(self.flash.restore(), [])
        self.assertEqual(snapshot(self.flash_folder), before)

    def test_what_cannot_be_put_back_is_told(self):
        self.fill()
        self.flash.note()
        os.remove(self.on_flash('old.swi'))  # by an action, behind the client's back
        self.flash.restore()
        self.assertIn('old.swi was removed by an action and cannot be put back', self.output())

        def broken(*_):
            raise EnvironmentError(5, 'Input/output error')

        write(self.on_flash('boot-config'), 'other')
        self.client.copy_entry = broken
        self.assertEqual(self.flash.restore(), [self.on_flash('boot-config')])
        self.assertIn('Input/output error', self.output())

    def test_no_room_for_copies_stops_the_run_before_anything_changed(self):
        before = self.fill()

        def full(*_):
            raise EnvironmentError(28, 'No space left on device')

        self.client.copy_entry = full
        with self.assertRaisesRegex(self.client.ClientError, 'no copy of .*boot-config could be kept'):
            self.flash.note()
        self.assertEqual(snapshot(self.flash_folder), before)

    def test_a_file_system_without_owners_modes_and_links_is_no_error(self):
        write(self.on_flash('startup-config'), 'live')

        def refuse(*_args, **_more):
            raise EnvironmentError(1, 'Operation not permitted')

        self.flash.note()
        self.flash.set_aside()
        os_module = self.client.os
        saved = dict((name, getattr(os_module, name)) for name in ('lchown', 'utime'))
        try:
            for name in saved:
                setattr(os_module, name, refuse)
            self.assertEqual(self.flash.restore(), [])
        finally:
            for name, function in saved.items():
                setattr(os_module, name, function)
        self.assertEqual(read(self.on_flash('startup-config')), b'live')

    def test_unfinished_downloads_of_runs_that_were_cut_off_go(self):
        write(self.on_flash('.ztps-part-abc'), 'part')
        write(self.on_flash('sub', '.ztps-part-def'), 'part')
        write(self.on_flash('.ztps-other'), 'other')
        self.flash.note()
        self.flash.clean_leftovers()
        self.flash.restore()
        self.assertEqual(sorted(snapshot(self.flash_folder)), ['.ztps-other', 'sub'])

    def test_links_to_folders_elsewhere_are_not_followed(self):
        outside = os.path.join(self.folder, 'outside')
        write(os.path.join(outside, 'mine'), 'x')
        self.flash.note()
        os.symlink(outside, self.on_flash('link'))
        self.flash.restore()
        self.assertEqual(os.listdir(self.flash_folder), [])
        self.assertEqual(read(os.path.join(outside, 'mine')), b'x')

    def test_without_flash_it_is_no_switch(self):
        os.rmdir(self.flash_folder)
        with self.assertRaisesRegex(self.client.ClientError, 'no EOS switch'):
            self.flash.note()


class Rehearsal(FlashFixture):
    def test_the_four_come_back_and_what_the_run_made_of_them_stays_beside(self):
        before = self.fill()
        write(self.on_flash('startup-config.ztp'), 'of an earlier rehearsal')
        write(self.on_flash('.extensions.ztp', 'old'), 'of an earlier rehearsal')
        self.flash.note()
        self.flash.set_aside()
        write(self.on_flash('startup-config'), 'hostname new\n')
        write(self.on_flash('.extensions', 'new.rpm'), 'new')
        write(self.on_flash('image.swi'), 'image')
        self.assertEqual(self.flash.end_rehearsal(), [])
        after = snapshot(self.flash_folder)
        for name in before:
            self.assertEqual(after[name], before[name], name)
        self.assertEqual(read(self.on_flash('startup-config.ztp')), b'hostname new\n')
        self.assertEqual(os.listdir(self.on_flash('.extensions.ztp')), ['new.rpm'])
        self.assertFalse(os.path.exists(self.on_flash('rc.eos.ztp')))
        self.assertTrue(os.path.exists(self.on_flash('image.swi')))

    def test_a_run_that_ends_before_they_were_set_aside_changes_nothing(self):
        before = self.fill()
        self.flash.note()
        self.assertEqual(self.flash.end_rehearsal(), [])
        self.assertEqual(snapshot(self.flash_folder), before)


if __name__ == '__main__':
    unittest.main()
