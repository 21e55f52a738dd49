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


class NotedInPart(FlashFixture):
    """What a run that ends before all of flash is noted does to it: nothing."""

    def test_an_error_while_names_are_noted_removes_nothing(self):
        before = self.fill()

        def broken(*_):
            raise EnvironmentError(5, 'Input/output error')

        self.flash.walk = broken
        self.assertRaises(EnvironmentError, self.flash.note)
        del self.flash.walk
        self.assertEqual(self.flash.restore(), [])
        self.flash.remove_added()
        self.assertEqual(snapshot(self.flash_folder), before)

    def test_an_error_while_copies_are_made_removes_nothing(self):
        before = self.fill()
        os.mkfifo(self.on_flash('.extensions', 'odd'))
        self.assertRaises(self.client.ClientError, self.flash.note)
        self.assertEqual(self.flash.restore(), [])
        os.remove(self.on_flash('.extensions', 'odd'))
        self.assertEqual(sorted(snapshot(self.flash_folder)), sorted(before))

    def test_a_folder_that_cannot_be_listed_ends_the_run_and_one_that_vanished_does_not(self):
        before = self.fill()

        def walk_with(number):
            def walk(top, onerror=None):
                onerror(EnvironmentError(number, os.strerror(number), top + '/.extensions'))
                return os.walk(top, onerror=onerror)

            return Redirect(os, walk=walk)

        self.client.os = walk_with(5)
        with self.assertRaisesRegex(EnvironmentError, 'Input/output error'):
            self.flash.note()
        self.assertEqual(self.flash.restore(), [])
        self.client.os = walk_with(2)
        self.flash.note()
        self.client.os = os
        self.assertEqual(self.flash.restore(), [])
        self.assertEqual(snapshot(self.flash_folder), before)


class SetAside(FlashFixture):
    def test_what_the_run_wrote_is_not_kept_as_what_was_there(self):
        before = self.fill()
        self.flash.note()
        self.flash.set_aside()
        for _ in range(2):
            self.flash.preserve(self.on_flash('.extensions', 'a.rpm'))
            write(self.on_flash('.extensions', 'a.rpm'), "the run's own")
            self.flash.preserve(self.on_flash('.extensions'))
            self.flash.preserve(self.on_flash('startup-config'))
            write(self.on_flash('startup-config'), "the run's own")
        self.assertEqual(self.flash.restore(), [])
        self.assertEqual(snapshot(self.flash_folder), before)

    def test_it_comes_back_without_the_copies_in_tmp(self):
        before = self.fill()
        self.flash.note()
        self.flash.set_aside()
        write(self.on_flash('startup-config'), 'new')
        write(self.on_flash('boot-config'), 'SWI=flash:/new.swi\n')
        self.client.remove(os.path.join(self.folder, 'private'))
        self.assertEqual(self.flash.restore(), [])
        self.assertEqual(snapshot(self.flash_folder), before)

    def test_it_comes_back_on_a_flash_without_room(self):
        copy_entry = self.client.copy_entry

        def full(source, target):
            if target.startswith(self.flash_folder):
                raise EnvironmentError(28, 'No space left on device')
            copy_entry(source, target)

        before = self.fill()
        self.client.copy_entry = full
        for rehearsal in (False, True):
            flash = self.client.Flash(os.path.join(self.folder, 'private-%d' % rehearsal), self.client.Log())
            os.mkdir(flash.folder)
            flash.note()
            flash.set_aside()
            write(self.on_flash('startup-config'), 'new')
            write(self.on_flash('.extensions', 'new'), 'new')
            self.assertEqual(flash.end_rehearsal() if rehearsal else flash.restore(), [])
            after = snapshot(self.flash_folder)
            self.assertEqual(dict((name, after[name]) for name in before), before)

    def test_where_nothing_can_be_renamed_the_copies_do(self):
        before = self.fill()
        self.flash.note()

        def rename(source, target):
            if self.client.ASIDE_PREFIX in source + target:
                raise EnvironmentError(18, 'Invalid cross-device link')
            os.rename(source, target)

        self.client.os = Redirect(os, rename=rename)
        self.flash.set_aside()
        self.assertFalse(os.path.lexists(self.on_flash('startup-config')))
        self.change()
        self.assertEqual(self.flash.restore(), [])
        after = snapshot(self.flash_folder)
        self.assertEqual(dict((name, after[name]) for name in before), before)

    def test_a_download_that_fails_does_not_bring_back_what_was_set_aside(self):
        self.fill()
        self.flash.note()
        self.flash.set_aside()
        self.flash.put_back_if_gone(self.on_flash('startup-config'))
        self.assertFalse(os.path.lexists(self.on_flash('startup-config')))

    def test_what_a_cut_off_run_had_set_aside_is_this_runs_too(self):
        before = self.fill()
        self.flash.note()
        self.flash.set_aside()  # and then the power goes
        second = self.client.Flash(os.path.join(self.folder, 'second'), self.client.Log())
        os.mkdir(second.folder)
        second.note()
        self.assertFalse(os.path.lexists(self.on_flash('startup-config')))  # the server has yet to answer
        second.clean_leftovers()
        self.assertTrue(second.by_hand)
        self.assertEqual(snapshot(self.flash_folder), before)
        self.assertIn('an earlier run was cut off: put back %s' % self.on_flash('startup-config'), self.output())
        second.set_aside()
        write(self.on_flash('startup-config'), 'new')
        self.assertEqual(second.restore(), [])
        self.assertEqual(snapshot(self.flash_folder), before)

    def test_what_lies_in_its_place_stays_and_a_success_ends_it(self):
        self.fill()
        self.flash.note()
        self.flash.set_aside()
        write(self.on_flash('startup-config'), 'half made')
        before = snapshot(self.flash_folder)
        for number in (2, 3):
            flash = self.client.Flash(os.path.join(self.folder, 'private-%d' % number), self.client.Log())
            os.mkdir(flash.folder)
            flash.note()
            flash.clean_leftovers()
            self.assertEqual(read(self.on_flash('startup-config')), b'half made')
            self.assertIn('the startup-config from before it is', self.output())
            flash.set_aside()
            write(self.on_flash('startup-config'), 'new')
            flash.restore() if number == 2 else flash.drop_aside(everything=True)
        self.assertIn('startup-config', before)
        left = [name for name in os.listdir(self.flash_folder) if name.startswith('.ztps-')]
        self.assertEqual(left, [])


class Details(FlashFixture):
    def test_an_added_boot_config_goes_before_the_image_it_names(self):
        self.flash.note()
        for name in ('boot-config', 'EOS.swi', 'deep/er/x', 'a'):
            write(self.on_flash(name), 'x')
        gone = []
        remove = self.client.remove
        self.client.remove = lambda path: (gone.append(os.path.basename(path)), remove(path))
        self.flash.restore()
        self.assertEqual(gone[0], 'boot-config')
        self.assertEqual(os.listdir(self.flash_folder), [])

    def test_folders_are_as_old_as_they_were(self):
        self.fill()
        folders = [self.flash_folder, self.on_flash('.ztp-files'), self.on_flash('.extensions', 'deep')]
        for number, folder in enumerate(folders):
            os.utime(folder, (1e9 + number, 1e9 + number))
        self.flash.note()
        self.flash.set_aside()
        self.change()
        write(self.on_flash('.ztp-files', 'added'), 'x')
        self.assertEqual(self.flash.restore(), [])
        self.assertEqual([os.stat(folder).st_mtime for folder in folders], [1e9, 1e9 + 1, 1e9 + 2])


class Redirect(object):
    """A module with some of its functions replaced: what a disk does that no test can have."""

    def __init__(self, module, **replaced):
        self.__dict__.update(replaced)
        self._module = module

    def __getattr__(self, name):
        return getattr(self._module, name)


class Rehearsal(FlashFixture):
    def test_the_four_come_back_and_what_the_run_made_of_them_stays_beside(self):
        before = self.fill()
        write(self.on_flash('startup-config.ztp'), 'of an earlier rehearsal')
        write(self.on_flash('.extensions.ztp', 'old'), 'of an earlier rehearsal')
        write(self.on_flash('rc.eos.ztp'), 'of an earlier rehearsal')
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
        self.assertFalse(os.path.exists(self.on_flash('rc.eos.ztp')))  # this run made none
        self.assertTrue(os.path.exists(self.on_flash('image.swi')))

    def test_a_run_that_ends_before_they_were_set_aside_changes_nothing(self):
        before = self.fill()
        self.flash.note()
        self.assertEqual(self.flash.end_rehearsal(), [])
        self.assertEqual(snapshot(self.flash_folder), before)


if __name__ == '__main__':
    unittest.main()
