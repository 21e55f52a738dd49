# -*- coding: utf-8 -*-
# Where log lines go and what they look like.
import os
import socket
import subprocess
import unittest

from harness import PYTHON, FolderTest, client_source, read, write


class Logging(FolderTest):
    def receiver(self, family=socket.AF_INET, address=('127.0.0.1', 0)):
        receiver = socket.socket(family, socket.SOCK_DGRAM)
        self.addCleanup(receiver.close)
        receiver.settimeout(20)
        receiver.bind(address)
        return receiver

    def test_lines_begin_with_the_switch_and_syslog_has_the_level_before_it(self):
        receiver = self.receiver(socket.AF_UNIX, os.path.join(self.folder, 'log.sock'))
        log = self.client.Log()
        log.info('before')
        log.ident = 'JPE1'
        log.error(u'caf\xe9 failed')
        log.debug('detail')
        self.assertEqual(self.lines, [u'-: before', u'JPE1: caf\xe9 failed', u'JPE1: detail'])
        self.assertEqual(receiver.recv(1000), b'<14>ZTPS - INFO: -: before')
        self.assertEqual(receiver.recv(1000), u'<11>ZTPS - ERROR: JPE1: caf\xe9 failed'.encode('utf-8'))
        self.assertEqual(receiver.recv(1000), b'<15>ZTPS - DEBUG: JPE1: detail')

    def test_each_line_of_a_text_is_a_line_and_control_characters_do_not_reach_the_terminal(self):
        self.client.Log().info('one\ntwo\x1b[2J\n')
        self.assertEqual(self.lines, ['-: one', '-: two?[2J'])

    def test_destinations_take_their_level_and_an_unknown_one_is_debug(self):
        log = self.client.Log()
        udp = self.receiver()
        path = os.path.join(self.folder, 'ztp.log')
        log.add_destinations(
            [
                {'destination': '127.0.0.1:%d' % udp.getsockname()[1], 'level': 'warning'},
                {'destination': 'file:' + path, 'level': 'LOUD'},
            ]
        )
        log.info('quiet')
        log.warning('loud')
        self.assertEqual(udp.recv(1000), b'<12>ZTPS - WARNING: -: loud')
        self.assertEqual(read(path), b'-: quiet\n-: loud\n')

    def test_ipv6_destinations(self):
        try:
            udp = self.receiver(socket.AF_INET6, ('::1', 0))
        except (socket.error, OSError):
            self.skipTest('no IPv6 on this machine')
        log = self.client.Log()
        log.add_destinations([{'destination': '[::1]:%d' % udp.getsockname()[1], 'level': None}])
        log.info('hello')
        self.assertEqual(udp.recv(1000), b'<14>ZTPS - INFO: -: hello')

    def test_hosts_and_ports(self):
        split = self.client.split_host
        self.assertEqual(split('syslog.example.com'), ('syslog.example.com', 514))
        self.assertEqual(split('10.0.0.1:5140'), ('10.0.0.1', 5140))
        self.assertEqual(split('[2001:db8::1]'), ('2001:db8::1', 514))
        self.assertEqual(split('[2001:db8::1]:5140'), ('2001:db8::1', 5140))
        self.assertEqual(split('2001:db8::1'), ('2001:db8::1', 514))
        for bad in ('', 'host:', 'host:0', 'host:99999', 'a b:1', '[::1', 'host:port'):
            self.assertRaises(self.client.ClientError, split, bad)

    def test_a_destination_that_cannot_be_used_is_told_and_stops_nothing(self):
        log = self.client.Log()
        log.add_destinations(
            [{'destination': 'file:/nowhere/at/all'}, {'destination': 'host:x'}, 'text', {}, None, {'level': 1}]
        )
        log.add_destinations('no list')
        log.add_destinations([{'destination': '127.0.0.1:9'}])  # nobody listens there
        log.info('goes on')
        log.info('and on')
        self.assertEqual(self.lines[-2:], ['-: goes on', '-: and on'])
        self.assertIn('file:/nowhere/at/all is left out: No such file or directory', self.output())

    def test_a_pipe_that_nobody_reads_stops_nothing(self):
        path, full = os.path.join(self.folder, 'pipe'), os.path.join(self.folder, 'full')
        for name in (path, full):
            os.mkfifo(name)
        reader = os.open(full, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        log = self.client.Log()
        log.add_destinations([{'destination': 'file:' + path}, {'destination': 'file:' + full}])
        for _ in range(100):
            log.info('x' * 2000)
        self.assertIn('log destination file:%s is left out' % path, self.output())
        self.assertTrue(os.read(reader, 100).startswith(b'-: '))

    def test_a_file_name_that_is_no_text_is_logged(self):
        path = os.path.join(self.folder, 'ztp.log')
        log = self.client.Log()
        log.add_destinations([{'destination': 'file:' + path}])
        log.info(u'odd\udcff')
        self.assertIn(b'-: odd', read(path))

    def test_an_action_that_closes_standard_output_does_not_silence_the_console(self):
        copy = os.path.join(self.folder, 'run.py')
        script = u'\nsys.stdout = None\nLog().info("still here")\nleave(0)\n'
        write(copy, client_source().rsplit("if __name__ == '__main__':", 1)[0] + script)
        process = subprocess.Popen([PYTHON, copy], stdout=subprocess.PIPE)
        self.assertEqual((process.communicate()[0], process.returncode), (b'-: still here\n', 0))

    def test_a_full_disk_behind_a_log_file_stops_nothing(self):
        if not os.path.exists('/dev/full'):
            self.skipTest('no /dev/full on this machine')
        log = self.client.Log()
        log.add_destinations([{'destination': 'file:/dev/full'}])
        log.info('goes on')
        self.assertEqual(self.lines, ['-: goes on'])

    def test_standard_output_takes_any_text_whatever_the_locale_and_may_be_closed(self):
        copy = os.path.join(self.folder, 'run.py')
        script = u'\nlog = Log()\nlog.info(u"caf\\xe9")\nos.close(1)\nlog.info("unheard")\nos._exit(0)\n'
        write(copy, client_source().rsplit("if __name__ == '__main__':", 1)[0] + script)
        env = dict(os.environ, LC_ALL='C', PYTHONCOERCECLOCALE='0', PYTHONUTF8='0')
        process = subprocess.Popen([PYTHON, copy], stdout=subprocess.PIPE, env=env)
        out, _ = process.communicate()
        self.assertEqual((process.returncode, out), (0, u'-: caf\xe9\n'.encode('utf-8')))


if __name__ == '__main__':
    unittest.main()
