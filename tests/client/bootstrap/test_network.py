# -*- coding: utf-8 -*-
# Requests: headers, retries and their end, what is final, how URLs are read.
import json
import os
import socket
import ssl
import subprocess
import threading
import time
import unittest

from harness import FolderTest, Http, refuse


class Network(FolderTest):
    def setUp(self):
        FolderTest.setUp(self)
        self.http = Http(self)
        self.log = self.client.Log()
        self.server = self.client.Server(self.http.url + '/', self.log)

    def test_every_request_names_client_node_and_run_once_they_are_known(self):
        self.http.routes['POST /nodes'] = lambda handler, _: handler.send(
            201, headers={'Location': self.http.url + '/nodes/JPE.1-_x', 'X-ZTPS-Run': 'run-7'}
        )
        self.http.json('/nodes/JPE.1-_x', {'actions': []})
        location = self.server.register({'serialnumber': 'JPE.1-_x', 'model': u'caf\xe9'})
        self.assertEqual(self.server.get_json(location), {'actions': []})
        first, second = self.http.requests
        self.assertEqual(json.loads(first.body.decode('utf-8'))['model'], u'caf\xe9')
        self.assertEqual(first.headers.get('Content-Type'), 'application/json')
        self.assertEqual(first.headers.get('User-Agent'), 'ztps-client/' + self.client.VERSION)
        self.assertEqual(first.headers.get('Accept-Encoding'), 'identity')
        self.assertIsNone(first.headers.get('X-ZTPS-Node'))
        self.assertIsNone(first.headers.get('X-ZTPS-Run'))
        self.assertEqual(second.headers.get('X-ZTPS-Node'), 'JPE.1-_x')
        self.assertEqual(second.headers.get('X-ZTPS-Run'), 'run-7')

    def test_a_known_node_is_409_and_its_location_may_be_relative(self):
        server = self.client.Server(self.http.url + '/behind/proxy', self.log)
        self.http.routes['POST /behind/proxy/nodes'] = refuse(409, headers={'Location': '/nodes/a%20b'})
        self.http.json('/behind/proxy/nodes/a%20b', {'name': 'x'})
        self.assertEqual(server.get_json(server.register({})), {'name': 'x'})
        self.assertIsNone(server.node_id)  # no id that a header could carry

    def test_4xx_is_final_and_says_why(self):
        self.http.routes['POST /nodes'] = refuse(
            400, 'no-pattern-matched', u'caf\xe9: no pattern matched\nmore'
        )
        with self.assertRaises(self.client.Refused) as caught:
            self.server.register({})
        text = self.client.to_text(str(caught.exception))
        self.assertIn(u'400 Bad Request, no-pattern-matched, caf\xe9: no pattern matched', text)
        self.assertNotIn('more', text)
        self.assertEqual(caught.exception.status, 400)
        self.assertEqual(len(self.http.requests), 1)

    def test_other_answers_are_final_too(self):
        self.http.routes['POST /nodes'] = [
            lambda handler, _: handler.send(200),
            lambda handler, _: handler.send(201),
        ]
        self.assertRaises(self.client.Refused, self.server.register, {})
        with self.assertRaisesRegex(self.client.Refused, 'no Location'):
            self.server.register({})

    def test_a_wrong_type_or_no_json_is_final(self):
        self.http.routes['GET /a'] = lambda handler, _: handler.send(200, '<html>', 'text/html')
        self.http.routes['GET /b'] = lambda handler, _: handler.send(200, '{', 'application/json; charset=utf-8')
        self.http.json('/c', [1])
        with self.assertRaisesRegex(self.client.Refused, 'the answer is text/html, wanted application/json'):
            self.server.get_json('a')
        with self.assertRaisesRegex(self.client.Refused, 'no JSON'):
            self.server.get_json('b')
        with self.assertRaisesRegex(self.client.Refused, 'no JSON object'):
            self.server.get_json('c')

    def test_5xx_broken_and_cut_answers_are_tried_again(self):
        def cut(handler, _):
            handler.send(200, b'{"a":', 'application/json', length=100)
            handler.cut()

        self.http.json('/config', {'fine': True})
        fine = self.http.routes['GET /config']
        self.http.routes['GET /config'] = [
            refuse(503, 'busy', 'later'), refuse(500), lambda handler, _: handler.cut(), cut, fine,
        ]  # fmt: skip
        self.assertEqual(self.server.get_json('config'), {'fine': True})
        self.assertEqual(len(self.http.requests), 5)
        self.assertIn('503 Service Unavailable, busy, later; next try in', self.output())
        self.assertIn('broke off', self.output())

    def test_a_server_that_is_not_there_is_tried_again_until_the_limit(self):
        self.client.REQUEST_LIMIT = 0.3
        with self.assertRaisesRegex(self.client.ClientError, 'refused; given up after'):
            self.client.Server('http://127.0.0.1:9', self.log).get_json('x')
        self.assertGreater(len(self.lines), 2)

    def test_pauses_grow_up_to_a_limit_and_are_jittered(self):
        pauses = []
        self.client.FIRST_PAUSE, self.client.LONGEST_PAUSE = 1.0, 60.0
        self.client.time = type('Clock', (), {'sleep': staticmethod(pauses.append)})
        patience = self.client.Patience(self.server)
        for _ in range(12):
            patience.wait('GET', self.client.Broken('down'))
        for pause, middle in zip(pauses, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]):
            self.assertTrue(middle * 0.5 <= pause <= middle * 1.5, pauses)
        self.assertEqual(len(set(pauses)), len(pauses))

    def test_retry_after_is_honoured(self):
        pauses = []
        self.client.time = type('Clock', (), {'sleep': staticmethod(pauses.append)})
        self.http.json('/config', {})
        fine = self.http.routes['GET /config']
        date = 'Mon, 05 Jan 2026 10:00:%02d GMT'
        dated = {'Date': date % 0, 'Retry-After': date % 42}

        def by_date(handler, _):
            handler.wfile.write(b'HTTP/1.1 503 Service Unavailable\r\n')
            handler.wfile.write(b''.join(('%s: %s\r\n' % item).encode('ascii') for item in dated.items()))
            handler.wfile.write(b'Content-Length: 0\r\n\r\n')

        self.http.routes['GET /config'] = [refuse(503, headers={'Retry-After': '17'}), by_date, fine]
        self.server.get_json('config')
        self.assertEqual(pauses, [17, 42])
        self.http.routes['GET /config'] = refuse(503, headers={'Retry-After': '86400'})
        with self.assertRaisesRegex(self.client.ClientError, 'given up'):
            self.server.get_json('config')
        self.http.routes['GET /config'] = [refuse(503, headers={'Retry-After': 'soon'}), fine]
        self.server.get_json('config')

    def test_silence_is_tried_again(self):
        silent = socket.socket()
        self.addCleanup(silent.close)
        silent.bind(('127.0.0.1', 0))
        silent.listen(5)
        server = self.client.Server('http://127.0.0.1:%d' % silent.getsockname()[1], self.log)
        server.configure({'timeout': 0.05, 'retries': 2})
        with self.assertRaisesRegex(self.client.ClientError, r'no answer for 0.05 seconds; given up after 3 tries'):
            server.get_json('x')

    def test_settings_that_are_no_numbers_are_left_out(self):
        self.server.configure({'timeout': 'soon', 'retries': True})
        self.server.configure({'timeout': 0, 'retries': -1})
        self.server.configure(None)
        self.assertEqual((self.server.timeout, self.server.retries), (30, None))
        self.server.configure({'timeout': 5, 'retries': 0})
        self.assertEqual((self.server.timeout, self.server.retries), (5, 0))

    def test_urls(self):
        absolute = self.client.Server('http://h:8080/prefix/', self.log).absolute
        self.assertEqual(absolute('files/x'), 'http://h:8080/prefix/files/x')
        self.assertEqual(absolute(u'/files/a b/caf\xe9'), 'http://h:8080/prefix/files/a%20b/caf%C3%A9')
        self.assertEqual(absolute('HTTP://other/x%20y?a=b&c=d#part'), 'http://other/x%20y?a=b&c=d')
        self.assertEqual(absolute('http://[2001:db8::1]:81/x'), 'http://[2001:db8::1]:81/x')
        for bad in ('ftp://h/x', 'file:///etc/passwd', 'http:///x'):
            self.assertRaises(self.client.Refused, absolute, bad)
        with self.assertRaises(self.client.Refused):
            self.server.get_json('http://h:port/x')

    def test_redirects_are_followed_but_not_to_files(self):
        self.http.json('/there', {'found': True})
        self.http.routes['GET /here'] = lambda handler, _: handler.send(302, headers={'Location': '/there'})
        self.assertEqual(self.server.get_json('here'), {'found': True})
        self.http.routes['GET /here'] = lambda handler, _: handler.send(
            302, headers={'Location': 'file:///etc/passwd'}
        )
        self.assertRaises(self.client.Refused, self.server.get_json, 'here')

    def trickle(self, head, body):
        """A route that sends the last part a byte at a time, never silent for long."""

        def send(handler, _):
            handler.wfile.write(head)
            for index in range(len(body)):
                handler.wfile.write(body[index : index + 1])
                handler.wfile.flush()
                time.sleep(0.01)

        return send

    def test_an_answer_that_only_trickles_is_given_up(self):
        self.client.REQUEST_LIMIT = 0.2
        self.server.timeout = 0.2
        head = b'HTTP/1.1 %s\r\nContent-Type: application/json\r\n'
        slow = b' ' * 300
        for route in (
            self.trickle(head.replace(b'%s', b'200 OK') + b'Content-Length: 302\r\n\r\n', slow + b'{}'),
            self.trickle(head.replace(b'%s', b'200 OK'), b'X-Slow:' + slow + b'\r\nContent-Length: 2\r\n\r\n{}'),
            self.trickle(head.replace(b'%s', b'503 Busy') + b'Content-Length: 300\r\n\r\n', slow),
        ):
            self.http.routes['GET /slow'] = route
            with self.assertRaisesRegex(self.client.ClientError, 'given up after'):
                self.server.get_json('slow')

    def test_a_long_retry_after_leaves_one_more_try(self):
        self.client.REQUEST_LIMIT = 0.2
        self.http.json('/config', {'fine': True})
        fine = self.http.routes['GET /config']
        self.http.routes['GET /config'] = [refuse(503, headers={'Retry-After': '86400'}), fine]
        self.assertEqual(self.server.get_json('config'), {'fine': True})

    def test_a_retry_after_that_no_calendar_has_is_none(self):
        date = 'Mon, 05 Jan 99999 10:00:00 GMT'
        self.assertIsNone(self.client.read_retry_after({'Retry-After': date, 'Date': date.replace('99999', '2026')}))

    def test_a_time_limit_has_a_limit(self):
        self.http.json('/config', {})
        for value in (1e12, float('inf')):
            self.server.configure({'timeout': value})
            self.assertEqual(self.server.timeout, 3600)
            self.assertEqual(self.server.get_json('config'), {})

    def test_other_spellings_of_the_servers_urls_have_meta_too(self):
        server = self.client.Server('http://H:80/a/', self.log)
        server.get_json = lambda url: {'size': 1, 'sha1': url}
        for url in ('./files/x', 'files/y/../x', '/files/./x', 'HTTP://h/a/files/x', 'http://H:80/a/./files/x'):
            self.assertEqual(server.meta(server.absolute(url))['digest'], 'http://h/a/meta/files/x')
        for url in ('http://other/a/files/x', 'http://h:81/a/files/x', 'http://h/files/x', '../files/x', './bootstrap'):
            self.assertIsNone(server.meta(server.absolute(url)), url)

    def test_other_types_than_the_contracts_are_final(self):
        self.http.routes['POST /nodes'] = lambda handler, _: handler.send(
            201, '', 'application/json', {'Location': self.http.url + '/nodes/x'}
        )
        with self.assertRaisesRegex(self.client.Refused, 'application/json, wanted text/html'):
            self.server.register({})
        kinds = [self.server.kind_of(self.server.absolute(url)) for url in ('actions/a', 'files/a', 'nodes/x/a')]
        self.assertEqual(kinds, ['text/x-python', 'text/plain', 'text/plain'])
        self.assertIsNone(self.server.kind_of('http://elsewhere/files/a'))

    def test_a_refused_certificate_is_final(self):
        key, certificate = os.path.join(self.folder, 'key'), os.path.join(self.folder, 'certificate')
        self.need_openssl()
        subprocess.check_output(
            ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1', '-days', '2',
             '-keyout', key, '-out', certificate], stderr=subprocess.STDOUT,
        )  # fmt: skip
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(('127.0.0.1', 0))
        listener.listen(5)
        context = ssl.SSLContext(getattr(ssl, 'PROTOCOL_TLS_SERVER', ssl.PROTOCOL_SSLv23))
        context.load_cert_chain(certificate, key)

        def serve():
            try:
                context.wrap_socket(listener.accept()[0], server_side=True)
            except (EnvironmentError, ssl.SSLError):
                pass

        thread = threading.Thread(target=serve)
        thread.daemon = True
        thread.start()
        with self.assertRaisesRegex(self.client.Refused, '(?i)certificate'):
            self.server.get_json('https://127.0.0.1:%d/x' % listener.getsockname()[1])
        self.assertEqual(self.lines, [])
        thread.join(20)

    def test_redirects_to_nowhere_and_without_end_are_final(self):
        self.http.routes['GET /here'] = lambda handler, _: handler.send(302, headers={'Location': 'gopher://x/y'})
        self.assertRaises(self.client.Refused, self.server.get_json, 'here')
        self.http.routes['GET /here'] = lambda handler, _: handler.send(302, headers={'Location': '/here'})
        with self.assertRaisesRegex(self.client.Refused, 'redirected more than'):
            self.server.get_json('here')
        self.assertEqual(self.lines, [])

    def test_an_endless_answer_is_refused(self):
        self.client.LONGEST_ANSWER = 1000
        self.http.json('/big', {'x': 'y' * 2000})
        with self.assertRaisesRegex(self.client.Refused, 'longer than'):
            self.server.get_json('big')

    def test_proxies_of_the_environment_are_not_asked(self):
        before = dict(os.environ)
        self.addCleanup(os.environ.update, before)
        self.addCleanup(os.environ.clear)
        os.environ['http_proxy'] = 'http://127.0.0.1:9'
        self.http.json('/config', {})
        server = self.client.Server(self.http.url, self.log)
        server.configure({'retries': 0})
        self.assertEqual(server.get_json('config'), {})


if __name__ == '__main__':
    unittest.main()
