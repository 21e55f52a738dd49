# Downloads: verified, resumed, refused without room; what was there stays until the new file is whole.
import collections
import errno
import json
import os
import stat
import threading
import time
import unittest

from harness import FolderTest, Http, broken_off, read, refuse, write

CONTENT = bytes(bytearray(number * 7 % 251 for number in range(300 * 1000)))
Room = collections.namedtuple('Room', 'f_bavail f_frsize')


class Downloads(FolderTest):
    def setUp(self):
        FolderTest.setUp(self)
        self.http = Http(self)
        log = self.client.Log()
        self.server = self.client.Server(self.http.url, log)
        self.flash = self.client.Flash(os.path.join(self.folder, 'private'), log)
        self.downloader = self.client.Downloader(self.server, self.flash, log)
        self.target = self.on_flash('image.swi')

    def fetch(self, url='files/image.swi', path=None):
        self.downloader.fetch(url, path or self.target)

    def give_room(self, size):
        self.client.os = Redirect(os, statvfs=lambda _: Room(size // 100, 100))

    def parts(self):
        return [name for name in os.listdir(self.flash_folder) if name.startswith('.ztps-part-')]

    def test_a_file_is_stored_whole_executable_and_verified(self):
        self.http.file('/files/image.swi', CONTENT)
        self.fetch()
        self.assertEqual(read(self.target), CONTENT)
        self.assertTrue(os.access(self.target, os.X_OK))
        self.assertEqual([request.path for request in self.http.requests], ['/meta/files/image.swi', '/files/image.swi'])
        self.assertEqual(self.parts(), [])
        self.assertIn('image.swi', self.flash.verified)

    def test_an_empty_file_is_a_file(self):
        self.http.file('/files/empty', b'')
        self.fetch('files/empty', self.on_flash('empty'))
        self.assertEqual(read(self.on_flash('empty')), b'')

    def test_servers_without_sha256_are_believed_by_sha1(self):
        self.http.file('/files/image.swi', CONTENT, sha1_only=True)
        self.fetch()
        self.assertEqual(read(self.target), CONTENT)

    def test_a_file_that_is_there_with_the_same_hash_is_not_fetched(self):
        write(self.target, CONTENT, 0o755)
        self.http.file('/files/image.swi', CONTENT)
        before = os.stat(self.target)
        self.fetch()
        self.assertEqual([request.path for request in self.http.requests], ['/meta/files/image.swi'])
        self.assertEqual(os.stat(self.target).st_ino, before.st_ino)

    def test_after_a_break_it_goes_on_where_it_stopped(self):
        whole = self.http.file('/files/image.swi', CONTENT)
        self.http.routes['GET /files/image.swi'] = [
            broken_off(CONTENT, 200000, {'ETag': '"tag"'}), refuse(503), whole,
        ]  # fmt: skip
        self.fetch()
        self.assertEqual(read(self.target), CONTENT)
        last = self.http.requests[-1]
        first = int(last.headers.get('Range')[len('bytes=') : -1])
        self.assertTrue(0 < first <= 200000, first)
        self.assertEqual(last.headers.get('If-Range'), '"tag"')
        self.assertIn('resumed at', self.output())

    def test_a_file_that_changed_during_the_break_is_fetched_anew(self):
        newer = CONTENT[::-1]
        self.http.file('/files/image.swi', CONTENT)
        meta_before = self.http.routes['GET /meta/files/image.swi']
        send_newer = self.http.file('/files/image.swi', newer, etag='"newer"')
        self.http.routes['GET /meta/files/image.swi'] = [meta_before, self.http.routes['GET /meta/files/image.swi']]
        self.http.routes['GET /files/image.swi'] = [broken_off(CONTENT, 200000, {'ETag': '"tag"'}), send_newer]
        self.fetch()
        self.assertEqual(read(self.target), newer)
        self.assertIn('corrupted', self.output())

    def test_servers_that_do_not_resume_are_asked_for_everything_again(self):
        whole = self.http.file('/files/image.swi', CONTENT, ranges=False, etag=None)
        odd = lambda handler, _: handler.send(206, CONTENT, headers={'Content-Range': 'bytes 5-9/10'})  # noqa: E731
        self.http.routes['GET /files/image.swi'] = [
            broken_off(CONTENT, 200000), odd, broken_off(CONTENT, 200000), refuse(416), whole,
        ]  # fmt: skip
        self.fetch()
        self.assertEqual(read(self.target), CONTENT)

    def test_what_arrived_before_a_stall_is_kept(self):
        self.http.file('/files/image.swi', CONTENT)
        over = threading.Event()
        self.addCleanup(over.set)

        def stall(handler, request):
            first = int((request.headers.get('Range') or 'bytes=0-')[len('bytes=') : -1])
            headers = {'ETag': '"tag"', 'Content-Range': 'bytes %d-%d/%d' % (first, len(CONTENT) - 1, len(CONTENT))}
            body = CONTENT[first : first + 50000]
            handler.send(206 if first else 200, body, 'text/plain', headers, length=len(CONTENT) - first)
            handler.wfile.flush()
            if first + len(body) < len(CONTENT):
                over.wait(20)

        self.http.routes['GET /files/image.swi'] = stall
        self.server.configure({'timeout': 0.3})
        self.fetch()
        self.assertEqual(read(self.target), CONTENT)
        wanted = [None] + ['bytes=%d-' % (50000 * number) for number in range(1, 6)]
        self.assertEqual([request.headers.get('Range') for request in self.http.of('/files/image.swi')], wanted)

    def test_a_file_of_another_type_than_the_contracts_is_refused(self):
        self.http.file('/files/image.swi', CONTENT, kind='text/html')
        with self.assertRaisesRegex(self.client.Refused, 'the answer is text/html, wanted text/plain'):
            self.fetch()
        other = Http(self)
        other.file('/files/image.swi', CONTENT, kind='application/octet-stream')
        self.fetch(other.url + '/files/image.swi')

    def test_a_slow_download_that_gets_on_is_not_given_up(self):
        self.client.REQUEST_LIMIT = 0.3

        def slow(handler, _):
            handler.send(200, CONTENT[:100000], 'text/plain', length=len(CONTENT))
            for start in range(100000, len(CONTENT), 20000):
                time.sleep(0.1)
                handler.wfile.write(CONTENT[start : start + 20000])

        self.http.file('/files/image.swi', CONTENT)
        self.http.routes['GET /files/image.swi'] = slow
        self.server.configure({'timeout': 0.25})
        self.fetch()
        self.assertEqual(len(self.http.of('/files/image.swi')), 1)

    def test_a_download_that_never_gets_further_is_given_up(self):
        self.client.REQUEST_LIMIT = 0.3
        self.http.file('/files/image.swi', CONTENT)
        self.http.routes['GET /files/image.swi'] = broken_off(CONTENT, 100000)
        with self.assertRaisesRegex(self.client.ClientError, 'given up'):
            self.fetch()
        self.assertEqual(os.listdir(self.flash_folder), [])

    def test_corrupted_downloads_are_refused_and_what_was_there_stays(self):
        write(self.target, 'old')
        self.http.file('/files/image.swi', CONTENT)
        corrupted = CONTENT[:1000] + b'X' + CONTENT[1001:]
        self.http.routes['GET /files/image.swi'] = lambda handler, _: handler.send(200, corrupted, 'text/plain')
        with self.assertRaisesRegex(self.client.Mismatch, 'corrupted: its SHA256 is [0-9a-f]{64}, /meta says'):
            self.fetch()
        self.assertEqual(read(self.target), b'old')
        self.assertEqual(self.parts(), [])
        self.assertEqual(len(self.http.of('/files/image.swi')), 2)

    def test_a_size_that_is_not_the_announced_one_is_refused(self):
        for body in (CONTENT[:-1], CONTENT + b'more'):
            self.http.file('/files/image.swi', CONTENT)
            self.http.routes['GET /files/image.swi'] = lambda handler, _: handler.send(200, body, 'text/plain')
            with self.assertRaisesRegex(self.client.Mismatch, 'bytes announced, /meta says'):
                self.fetch()
        self.assertEqual(os.listdir(self.flash_folder), [])

    def test_a_body_without_length_that_never_ends_is_refused(self):
        def endless(handler, _):
            handler.send_response(200)
            handler.send_header('Content-Type', 'text/plain')
            handler.end_headers()
            while True:
                handler.wfile.write(b'x' * 65536)

        self.http.file('/files/image.swi', CONTENT)
        self.http.routes['GET /files/image.swi'] = endless
        with self.assertRaisesRegex(self.client.Mismatch, 'more than the 300000 bytes'):
            self.fetch()
        self.assertEqual(os.listdir(self.flash_folder), [])

    def test_without_room_nothing_is_asked_for_and_nothing_is_written(self):
        write(self.target, b'x' * 1000)
        self.http.file('/files/image.swi', CONTENT)
        self.give_room(len(CONTENT) - 1100)
        with self.assertRaisesRegex(self.client.ClientError, 'no room for .*image.swi: it has 300.0 kB, free are 299.9 kB'):
            self.fetch()
        self.assertEqual(self.http.of('/files/image.swi'), [])
        self.assertEqual(read(self.target), b'x' * 1000)

    def test_the_file_that_is_replaced_counts_as_free_and_comes_back_if_the_download_fails(self):
        write(self.target, b'x' * 1000, 0o640)
        self.flash.names = {'image.swi'}
        self.give_room(len(CONTENT) - 500)
        self.http.file('/files/image.swi', CONTENT)
        whole = self.http.routes['GET /files/image.swi']
        self.http.routes['GET /files/image.swi'] = refuse(404)
        with self.assertRaises(self.client.Refused):
            self.fetch()
        self.assertEqual(read(self.target), b'x' * 1000)
        self.assertEqual(stat.S_IMODE(os.stat(self.target).st_mode), 0o640)
        self.http.routes['GET /files/image.swi'] = whole
        self.fetch()
        self.assertEqual(read(self.target), CONTENT)

    def test_a_full_disk_in_the_middle_is_told_and_leaves_nothing(self):
        self.http.file('/files/image.swi', CONTENT)

        def full(_):
            raise OSError(errno.ENOSPC, 'No space left on device')

        self.client.os = Redirect(os, fsync=full)
        with self.assertRaisesRegex(self.client.ClientError, 'no room left'):
            self.fetch()
        self.assertEqual(os.listdir(self.flash_folder), [])

    def test_missing_files_say_so_before_anything_is_written(self):
        with self.assertRaisesRegex(self.client.Refused, 'GET .*/meta/files/none: 404 Not Found, not-found, nothing is'):
            self.fetch('files/none')
        self.assertEqual(os.listdir(self.flash_folder), [])

    def test_a_broken_meta_is_told(self):
        for meta in ({'size': '1', 'sha1': 'x'}, {'size': 1}, {'size': True, 'sha1': 'x'}, {'size': -1, 'sha1': ''}):
            self.http.json('/meta/files/image.swi', meta)
            with self.assertRaisesRegex(self.client.Refused, 'wanted size and hash, got'):
                self.fetch()

    def test_meta_with_500_is_tried_again(self):
        self.http.file('/files/image.swi', CONTENT)
        meta = self.http.routes['GET /meta/files/image.swi']
        self.http.routes['GET /meta/files/image.swi'] = [refuse(500), meta]
        self.fetch()
        self.assertEqual(read(self.target), CONTENT)

    def test_other_servers_work_without_meta_and_check_the_room_by_length(self):
        other = Http(self)
        whole = other.file('/files/image.swi', CONTENT)
        other.routes['GET /files/image.swi'] = [broken_off(CONTENT, 200000, {'ETag': '"tag"'}), whole]
        self.fetch(other.url + '/files/image.swi')
        self.assertEqual(read(self.target), CONTENT)
        self.assertEqual(set(request.path for request in other.requests), {'/files/image.swi'})
        self.assertEqual(other.requests[-1].headers.get('If-Range'), '"tag"')
        self.assertNotIn('image.swi', self.flash.verified)
        self.give_room(1000)
        with self.assertRaisesRegex(self.client.ClientError, 'no room for'):
            self.fetch(other.url + '/files/image.swi', self.on_flash('second'))
        self.assertEqual(os.listdir(self.flash_folder), ['image.swi'])

    def test_without_anything_to_check_by_a_broken_download_starts_over(self):
        other = Http(self)
        whole = other.file('/x', CONTENT, etag=None)
        other.routes['GET /x'] = [broken_off(CONTENT, 200000), whole]
        self.fetch(other.url + '/x')
        self.assertEqual(read(self.target), CONTENT)
        self.assertIsNone(other.requests[-1].headers.get('Range'))

    def test_a_chunked_body_is_read(self):
        def chunked(handler, _):
            handler.send_response(200)
            handler.send_header('Transfer-Encoding', 'chunked')
            handler.end_headers()
            handler.wfile.write(b'5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n')

        other = Http(self)
        other.routes['GET /x'] = chunked
        self.fetch(other.url + '/x')
        self.assertEqual(read(self.target), b'hello world')

    def test_absolute_urls_of_the_server_and_those_of_a_node_have_meta_too(self):
        self.http.file('/nodes/J1/startup-config', 'hostname x\n')
        self.fetch(self.http.url + '/nodes/J1/startup-config', self.on_flash('startup-config'))
        self.assertEqual(self.http.requests[0].path, '/meta/nodes/J1/startup-config')

    def test_folders_on_the_way_are_made_and_a_folder_is_not_replaced(self):
        self.http.file('/files/a', 'a')
        self.fetch('files/a', self.on_flash('.extensions', 'a'))
        self.assertEqual(read(self.on_flash('.extensions', 'a')), b'a')
        with self.assertRaisesRegex(self.client.ClientError, 'is a folder'):
            self.fetch('files/a', self.on_flash('.extensions'))

    def test_progress_is_shown(self):
        self.client.PROGRESS_PAUSE = 0
        self.http.file('/files/image.swi', CONTENT)
        self.fetch()
        self.assertRegex(self.output(), r'/files/image.swi: [0-9.]+ kB of 300.0 kB, [1-9][0-9]?%')

    def test_memory_stays_small_whatever_the_size(self):
        sizes = []
        take = self.client.Download.take

        def watch(download, block):
            sizes.append(len(block))
            take(download, block)

        self.client.Download.take = watch
        self.http.file('/files/image.swi', CONTENT)
        self.fetch()
        self.assertLessEqual(max(sizes), self.client.BLOCK)

    def test_no_json_number_of_meta_is_trusted_blindly(self):
        self.http.routes['GET /meta/files/image.swi'] = lambda handler, _: handler.send(
            200, json.dumps({'size': 10 ** 18, 'sha1': 'x'}), 'application/json'
        )
        with self.assertRaisesRegex(self.client.ClientError, 'no room for'):
            self.fetch()


class Redirect(object):
    """A module with some of its functions replaced: what a disk does that no test can have."""

    def __init__(self, module, **replaced):
        self.__dict__.update(replaced)
        self._module = module

    def __getattr__(self, name):
        return getattr(self._module, name)


if __name__ == '__main__':
    unittest.main()
