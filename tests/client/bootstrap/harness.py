# What the bootstrap client's tests share: the client as a module with its paths in a private folder, a real HTTP
# server, a stand-in for EOS (FastCli and eAPI). It holds no assertions and no tests.
import hashlib
import io
import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import types
import unittest

try:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from socketserver import ThreadingMixIn, UnixStreamServer
except ImportError:  # Python 2.7
    from BaseHTTPServer import BaseHTTPRequestHandler, HTTPServer
    from SocketServer import ThreadingMixIn, UnixStreamServer

CLIENT = os.path.realpath(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', '..', 'client', 'bootstrap')
)


def client_source(server='http://127.0.0.1:9'):
    """The client's text as a server sends it."""
    with io.open(CLIENT, encoding='ascii') as source:
        return source.read().replace('$SERVER', server)


def load_client(server='http://127.0.0.1:9', folder=None):
    """The client as a fresh module; with `folder` its paths point into that."""
    module = types.ModuleType('bootstrap_client')
    module.__file__ = CLIENT
    exec(compile(client_source(server), CLIENT, 'exec'), module.__dict__)
    if folder:
        for name, value in client_paths(folder).items():
            setattr(module, name, value)
    module.FIRST_PAUSE = 0.01
    module.LONGEST_PAUSE = 0.05
    module.EAPI_POLL_PAUSE = 0.02
    module.FIRST_REPORT_PAUSE = 0.01
    module.LONGEST_REPORT_PAUSE = 0.05
    return module


def client_paths(folder):
    """The switch's paths, moved to a folder."""
    return {
        'FLASH': os.path.join(folder, 'flash'),
        'TEMP': os.path.join(folder, 'tmp'),
        'LOCK': os.path.join(folder, 'lock'),
        'SYSLOG': os.path.join(folder, 'log.sock'),
        'FASTCLI': os.path.join(folder, 'FastCli'),
        'EAPI_SOCKET': os.path.join(folder, 'eapi.sock'),
        'SHADOW': os.path.join(folder, 'shadow'),
    }


def write_program(server, folder, more=''):
    """The client as a program whose paths point into a folder; returns its path. `more` is run before its main."""
    head, tail = client_source(server).rsplit("if __name__ == '__main__':", 1)
    settings = dict(
        client_paths(folder), FIRST_PAUSE=0.01, LONGEST_PAUSE=0.05, EAPI_POLL_PAUSE=0.02, FIRST_REPORT_PAUSE=0.01,
        LONGEST_REPORT_PAUSE=0.05,
    )  # fmt: skip
    lines = ''.join('%s = %r\n' % item for item in sorted(settings.items()))
    path = os.path.join(folder, 'bootstrap')
    write(path, head + lines + more + "if __name__ == '__main__':" + tail, 0o755)
    return path


def write(path, content, mode=None):
    if not os.path.isdir(os.path.dirname(path)):
        os.makedirs(os.path.dirname(path))
    with open(path, 'wb') as target:
        target.write(content if isinstance(content, bytes) else content.encode('utf-8'))
    if mode is not None:
        os.chmod(path, mode)


def read(path):
    with open(path, 'rb') as source:
        return source.read()


def read_if_there(path):
    """The bytes of a file that somebody else may be replacing; none if it is not there at the moment."""
    try:
        return read(path)
    except EnvironmentError:
        return b''


def snapshot(folder):
    """Everything in a folder: kind, mode, modification time, content; to be compared before and after."""
    found = {}
    for parent, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(parent, name)
            info = os.lstat(path)
            entry = [stat.S_IFMT(info.st_mode), stat.S_IMODE(info.st_mode)]
            if stat.S_ISLNK(info.st_mode):
                entry.append(os.readlink(path))
            elif stat.S_ISREG(info.st_mode):
                # Python 2.7 sets times to the microsecond only.
                entry += [int(info.st_mtime) if sys.version_info[0] == 2 else info.st_mtime_ns, read(path)]
            found[os.path.relpath(path, folder)] = entry
    return found


class FolderTest(unittest.TestCase):
    """A test with a folder of its own, laid out as a switch, and the client whose paths point there."""

    server_url = 'http://127.0.0.1:9'
    if not hasattr(unittest.TestCase, 'assertRaisesRegex'):  # Python 2.7
        assertRaisesRegex = unittest.TestCase.assertRaisesRegexp
        assertRegex = unittest.TestCase.assertRegexpMatches

    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix='ztps-test-'))
        self.addCleanup(shutil.rmtree, self.folder, True)
        for name in ('flash', 'tmp', 'private'):
            os.mkdir(os.path.join(self.folder, name))
        self.flash_folder = os.path.join(self.folder, 'flash')
        self.lines = []
        self.client = self.load(self.server_url)

    def load(self, server):
        client = load_client(server, self.folder)
        client.write_to_console = lambda _level, line: self.lines.append(line)
        return client

    def on_flash(self, *names):
        return os.path.join(self.flash_folder, *names)

    def output(self):
        return u'\n'.join(self.lines)

    def need_openssl(self):
        try:
            subprocess.check_output(['openssl', 'version'])
        except (OSError, subprocess.CalledProcessError):
            self.skipTest('no openssl (apt-get install openssl)')

    def keep_signals(self):
        """Puts signal handlers back after a test that runs the whole client in this process."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self.addCleanup(signal.signal, number, signal.getsignal(number))


class Request(object):
    def __init__(self, method, path, headers, body):
        self.method, self.path, self.headers, self.body = method, path, headers, body


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def address_string(self):
        return 'test'

    def handle_any(self):
        length = int(self.headers.get('Content-Length') or 0)
        request = Request(self.command, self.path, self.headers, self.rfile.read(length))
        requests = self.server.reports if self.path.endswith('/events') else self.server.requests
        requests.append(request)
        try:
            self.server.answer(self, request)
        except socket.error:
            pass
        self.close_connection = True

    do_GET = do_POST = do_PUT = do_HEAD = handle_any

    def send(self, status, body=b'', kind='text/html', headers=(), length=None):
        body = body if isinstance(body, bytes) else body.encode('utf-8')
        self.send_response(status)
        if kind:
            self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body) if length is None else length))
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def cut(self):
        """Ends the connection at once, without a clean end."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)


class QuietServer(ThreadingMixIn, HTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


class Http(object):
    """A real HTTP server on localhost. `routes` maps 'METHOD /path' to a function of (handler, request), or to a
    list of them, one for each request in turn (the last one stays)."""

    def __init__(self, test):
        self.routes = {}
        self.server = QuietServer(('127.0.0.1', 0), Handler)
        self.server.requests, self.server.reports = [], []
        self.server.answer = self.answer
        self.url = 'http://127.0.0.1:%d' % self.server.server_address[1]
        self.requests = self.server.requests
        self.reports = self.server.reports  # of progress: they come when they come
        start(test, self.server)

    def answer(self, handler, request):
        route = self.routes.get('%s %s' % (request.method, request.path))
        if isinstance(route, list):
            route = route.pop(0) if len(route) > 1 else route[0]
        if route is None:
            handler.send(404, 'nothing is called %s\n' % request.path, headers={'X-ZTPS-Reason': 'not-found'})
        else:
            route(handler, request)

    def of(self, path):
        return [request for request in self.requests if request.path == path]

    def json(self, path, value, status=200, method='GET', headers=()):
        self.routes['%s %s' % (method, path)] = lambda handler, _: handler.send(
            status, json.dumps(value), 'application/json', headers
        )

    def file(self, path, content, kind='text/plain', sha1_only=False, etag='"tag"', ranges=True):
        """A file of the server with its /meta; returns the function that sends it."""
        content = content if isinstance(content, bytes) else content.encode('utf-8')
        meta = {'size': len(content), 'sha1': hashlib.sha1(content).hexdigest()}
        if not sha1_only:
            meta['sha256'] = hashlib.sha256(content).hexdigest()
        self.json('/meta' + path, meta)

        def send(handler, request):
            headers = {'ETag': etag} if etag else {}
            wanted = request.headers.get('Range')
            if ranges and wanted and request.headers.get('If-Range') in (None, etag):
                first = int(wanted[len('bytes=') : -1])
                headers['Content-Range'] = 'bytes %d-%d/%d' % (first, len(content) - 1, len(content))
                handler.send(206, content[first:], kind, headers)
            else:
                handler.send(200, content, kind, headers)

        self.routes['GET ' + path] = send
        return send


def start(test, server):
    thread = threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.02})
    thread.daemon = True
    thread.start()

    def stop():
        server.shutdown()
        server.server_close()
        thread.join()

    test.addCleanup(stop)


def broken_off(content, sent, headers=()):
    """A route that announces the whole content and breaks off after `sent` bytes of it."""

    def send(handler, _):
        handler.send(200, content[:sent], 'text/plain', headers, length=len(content))
        handler.cut()

    return send


def refuse(status, reason='some-reason', text='this is why', headers=()):
    return lambda handler, _: handler.send(
        status, text + '\n', headers=dict({'X-ZTPS-Reason': reason}, **dict(headers))
    )


class UnixServer(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True

    def handle_error(self, *_):
        pass


class Switch(object):
    """EOS as far as the client sees it: FastCli as a program, eAPI on a unix socket.

    `answers` maps a command to its JSON result or to an EapiRefusal; `told` has the commands of every call;
    `cli_calls()` what FastCli was given. A file `refuse` has a pattern of what FastCli refuses.
    """

    def __init__(self, test, folder, listen=True):
        self.folder = folder
        self.told = []
        self.answers = {
            'show version': {
                'modelName': 'DCS-7050QX-32S', 'version': '4.30.1F', 'serialNumber': 'JPE14140001',
                'systemMacAddress': '00:1c:73:aa:bb:cc',
            },
            'show lldp neighbors': {
                'lldpNeighbors': [
                    {'port': 'Ethernet49', 'neighborDevice': 'spine1', 'neighborPort': 'Ethernet1/1'},
                    {'port': 'Ethernet49', 'neighborDevice': 'spine2', 'neighborPort': 'Ethernet2'},
                    {'port': 'Management1', 'neighborDevice': 'oob', 'neighborPort': '7'},
                ]
            },
        }  # fmt: skip
        write(
            os.path.join(folder, 'FastCli'),
            '#!/bin/sh\n'
            'cd "%s"\n'
            'printf "%%s\\n=====\\n" "$5" >> fastcli.log\n'
            'if [ -f refuse ] && printf "%%s\\n" "$5" | grep -q -f refuse; then cat refusal; exit 1; fi\n'
            'if [ "$5" = "show running-config" ]; then cat running-config; fi\n' % folder,
            0o755,
        )
        write(os.path.join(folder, 'refusal'), "% Invalid input (at token 1: 'unix-socket')\n")
        write(os.path.join(folder, 'running-config'), '! device: localhost\nend\n')
        self.test = test
        if listen:
            self.listen()

    def listen(self):
        server = UnixServer(os.path.join(self.folder, 'eapi.sock'), Handler)
        server.requests, server.answer = [], self.answer
        start(self.test, server)

    def listen_http(self):
        server = QuietServer(('127.0.0.1', 0), Handler)
        server.requests, server.answer = [], self.answer
        start(self.test, server)
        return server

    def answer(self, handler, request):
        call = json.loads(request.body.decode('utf-8'))
        commands = call['params']['cmds'] if isinstance(call['params'], dict) else call['params'][1]
        kind = call['params']['format'] if isinstance(call['params'], dict) else 'json'
        self.told.append(commands)
        results, error = [], None
        for index, command in enumerate(commands):
            result = self.answers.get(command, {})
            if isinstance(result, EapiRefusal):
                message = "CLI command %d of %d '%s' failed: invalid command" % (index + 1, len(commands), command)
                error = {'code': 1002, 'message': message, 'data': results + [{'errors': result.errors}]}
                break
            results.append({'output': json.dumps(result)} if kind == 'text' else result)
        answer = {'jsonrpc': '2.0', 'id': call['id']}
        answer.update({'error': error} if error else {'result': results})
        handler.send(200, json.dumps(answer), 'application/json')

    def cli_calls(self):
        path = os.path.join(self.folder, 'fastcli.log')
        return read(path).decode('utf-8').split('\n=====\n')[:-1] if os.path.exists(path) else []


class EapiRefusal(object):
    def __init__(self, *errors):
        self.errors = list(errors)


def site(http, actions=None, attributes=None, config=None, sources=None):
    """A server that knows this switch: what to run, and the actions' sources."""
    http.json('/bootstrap/config', dict({'logging': [], 'xmpp': {}}, **(config or {})))
    http.routes['POST /nodes'] = lambda handler, _: handler.send(
        201, headers={'Location': http.url + '/nodes/JPE14140001', 'X-ZTPS-Run': 'run-1'}
    )
    definition = {'name': 'leaf', 'actions': actions or [], 'attributes': attributes or {}}
    http.json('/nodes/JPE14140001', definition)
    http.json('/nodes/JPE14140001/events', {'accepted': 1}, 202, 'POST')
    for name, source in (sources or {}).items():
        http.file('/actions/' + name, source, kind='text/x-python')


def wait_until(condition):
    """Waits for what another thread or process does; fails after long enough."""
    deadline = time.time() + 20
    while not condition():
        if time.time() > deadline:
            raise AssertionError('waited in vain')
        time.sleep(0.01)


PYTHON = sys.executable
