# How the client starts: the part for the shell, options, a copy that does not know its server.
import os
import subprocess
import unittest

from harness import CLIENT, PYTHON, FolderTest, client_source, read, write, write_program

INTERPRETER = '#!/bin/sh\necho "%s:$*"\n'


class Launch(FolderTest):
    def run_program(self, *argv, **more):
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)
        out, err = process.communicate()
        return process.returncode, out.decode('utf-8'), err.decode('utf-8')

    def with_interpreters(self, *names):
        bin_folder = os.path.join(self.folder, 'bin')
        os.mkdir(bin_folder)
        for name in names:
            write(os.path.join(bin_folder, name), INTERPRETER % name, 0o755)
        copy = os.path.join(self.folder, 'copy of bootstrap')
        write(copy, read(CLIENT), 0o755)
        return copy, {'PATH': bin_folder}

    def test_the_first_python_of_eos_is_taken_and_gets_the_arguments(self):
        names = ['arista-python', 'python3', 'python']
        copy, env = self.with_interpreters(*names)
        for name in names:
            code, out, _ = self.run_program(copy, '-n', 'a b', env=env)
            self.assertEqual((code, out), (0, '%s:%s -n a b\n' % (name, copy)))
            os.remove(os.path.join(env['PATH'], name))

    def test_without_a_python_it_says_so(self):
        copy, env = self.with_interpreters()
        code, _, err = self.run_program(copy, env=env)
        self.assertEqual(code, 127)
        self.assertIn('no Python found', err)

    def test_bash_in_posix_mode_reads_the_shell_part_too(self):
        copy, env = self.with_interpreters('python')
        code, out, _ = self.run_program('/bin/bash', '--posix', copy, '-n', env=env)
        self.assertEqual((code, out), (0, 'python:%s -n\n' % copy))

    def test_help_shows_examples(self):
        for flags in ([], ['-E'], ['-s', '-B']):
            code, out, err = self.run_program(*([PYTHON] + flags + [CLIENT, '--help']))
            self.assertEqual((code, err), (0, ''))
            self.assertIn('--no-flash-factory-restore', out)
            self.assertIn('sudo ./bootstrap -n', out)

    def test_a_copy_that_does_not_know_its_server_says_so_and_touches_nothing(self):
        code, out, err = self.run_program(PYTHON, CLIENT)
        self.assertEqual((code, out), (2, ''))
        self.assertIn('does not know its server', err)

    def test_modules_beside_the_file_are_not_imported(self):
        copy = os.path.join(self.folder, 'open', 'bootstrap')
        write(copy, client_source())
        write(os.path.join(self.folder, 'open', 'json.py'), 'raise SystemExit("planted")')
        code, out, err = self.run_program(PYTHON, copy, '--help', cwd=os.path.dirname(copy))
        self.assertEqual((code, err), (0, ''))
        code, out, err = self.run_program(PYTHON, 'bootstrap', '--help', cwd=os.path.dirname(copy))
        self.assertEqual((code, err), (0, ''))

    def test_modules_beside_what_a_link_leads_to_are_not_imported(self):
        copy = os.path.join(self.folder, 'open', 'bootstrap')
        write(copy, client_source())
        write(os.path.join(self.folder, 'open', 'json.py'), 'raise SystemExit("planted")')
        link = os.path.join(self.folder, 'link')
        os.symlink(copy, link)
        code, _, err = self.run_program(PYTHON, link, '--help')
        self.assertEqual((code, err), (0, ''))

    def test_the_file_is_ascii_with_lf_ends_and_names_its_server_once(self):
        content = read(CLIENT)
        self.assertTrue(content.startswith(b'#!/bin/sh\n'))
        self.assertNotIn(b'\r', content)
        content.decode('ascii')
        self.assertEqual(content.count(b'$SERVER') + content.count(b'${SERVER}'), 1)

    def test_a_second_run_at_the_same_time_is_refused(self):
        lock = self.client.take_lock()
        program = write_program('http://127.0.0.1:9', self.folder)
        code, _, err = self.run_program(PYTHON, program)
        self.assertEqual(code, 1)
        self.assertIn('another run is going on', err)
        lock.close()


if __name__ == '__main__':
    unittest.main()
