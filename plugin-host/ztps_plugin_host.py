"""Runs one Python resource plugin for ZTPServer: loads its file once, then answers one call after the other.

Talks JSON lines on file descriptor 3, so that nothing that a plugin prints can be taken for an answer. The server
starts it; it is no program to run by hand. Standard library only, Python 3.6 or later.

    python3 ztps_plugin_host.py FILE DATA_ROOT IDENTIFIER SERVER_URL     serves
    python3 ztps_plugin_host.py --check FILE...                          compiles, and says what can not be compiled
"""

import ast
import fcntl
import inspect
import io
import json
import logging
import math
import os
import signal
import sys
import threading
import traceback
import types

MESSAGES = 3
LIFELINE = 4
LONGEST_MESSAGE = 1024 * 1024
LONGEST_LOG_MESSAGE = 8192
MOST_LOG_MESSAGES = 1000
DEEPEST = 100
LARGEST_INTEGER = 2 ** 53 - 1
OLDEST_PYTHON = (3, 6)


class Refusal(Exception):
    """A call that fails for a reason that is ours to put into words."""


class Channel:
    """The server's side of the conversation, as lines of JSON."""

    def __init__(self, descriptor):
        self._descriptor = descriptor
        self._process = os.getpid()
        self._received = b''
        self._number = 0
        self._questions = 0
        self._logged = 0
        self._sending = threading.Lock()
        self._asking = threading.Lock()

    def next_call(self):
        """The next call; None once the server is gone. The server is told that it begins: nobody else may have it then."""
        message = self.receive()
        while message is not None and 'call' not in message:
            message = self.receive()  # a reply that nobody waits for any more
        if message is None:
            return None
        self._number, self._logged = message['number'], 0
        self._send_numbered({'began': True})
        return message['call']

    def answer(self, message):
        """Sends a call's outcome, once what it has asked is answered."""
        with self._asking:
            self._send_numbered(message)

    def log(self, level, text):
        """Sends a message for the log, as long as the server takes more of this call."""
        self._logged += 1
        if self._logged <= MOST_LOG_MESSAGES:
            self.send({'log': {'level': level, 'message': text}})

    def receive(self):
        """The server's next message; None once the server is gone."""
        while b'\n' not in self._received:
            chunk = os.read(self._descriptor, 65536)
            if not chunk:
                return None
            self._received += chunk
        line, self._received = self._received.split(b'\n', 1)
        return json.loads(line.decode('utf-8'))

    def send(self, message):
        """Sends one message whole, whichever thread it comes from."""
        rest = encode(message) + b'\n'
        with self._sending:
            while rest:
                rest = rest[os.write(self._descriptor, rest):]

    def _send_numbered(self, message):
        message['number'] = self._number
        self.send(message)

    def ask(self, question):
        """Asks the server for something that the standard library can not do. The plugin's call is running meanwhile."""
        if os.getpid() != self._process:
            raise RuntimeError('only the process of the plugin itself can read and write YAML, none that it forked')
        if len(encode(question)) >= LONGEST_MESSAGE:
            raise ValueError('more than %d bytes of YAML' % LONGEST_MESSAGE)
        with self._asking:
            self._questions += 1
            question['question'] = self._questions
            self._send_numbered({'ask': question})
            reply = self.receive()
            while reply is not None and reply.get('question') != self._questions:
                reply = self.receive()  # to a question that was given up
        if reply is None:
            os._exit(0)
        if 'refusal' in reply:
            raise ValueError(reply['refusal'])
        return reply['reply']


class LogHandler(logging.Handler):
    """What a plugin logs, on its way to the server's log."""

    def __init__(self, channel):
        logging.Handler.__init__(self)
        self._channel = channel

    def emit(self, record):
        try:
            text = self.format(record)[:LONGEST_LOG_MESSAGE]
            self._channel.log(level_of(record), text)
        except Exception:  # as logging wants it: what can not be logged ends nothing
            self.handleError(record)


class Neighbor:
    """A neighbor as LLDP reported it."""

    def __init__(self, device, interface):
        self.device = device
        self.interface = interface

    def __repr__(self):
        return 'Neighbor(device=%r, interface=%r)' % (self.device, self.interface)


class Node:
    """The switch that asks, as it reported itself; attributes are None where it has not."""

    def __init__(self, node_id, facts):
        self._node_id = node_id
        self._facts = facts
        self.model = self._text('model')
        self.serialnumber = self._text('serialnumber')
        self.systemmac = self._text('systemmac')
        self.version = self._text('version')
        self.neighbors = {
            interface: [Neighbor(it['device'], it['port']) for it in found]
            for interface, found in ((facts or {}).get('neighbors') or {}).items()
        }

    def _text(self, key):
        return (self._facts or {}).get(key)

    def identifier(self):
        """The node's id: its serial number or system MAC, as ztpserver.conf says."""
        return self._node_id

    def serialize(self):
        """What the switch reported, as a dictionary."""
        if self._facts is not None:
            return json.loads(json.dumps(self._facts))
        return {'model': None, 'serialnumber': None, 'systemmac': None, 'version': None, 'neighbors': {}}

    def __repr__(self):
        return 'Node(%r)' % (self._node_id,)


class Plugin:
    """One plugin's file, loaded."""

    def __init__(self, file):
        self._name = os.path.basename(file)
        # No import statement can name this, and no library has the name.
        module = types.ModuleType('ztps plugin ' + self._name)
        module.__file__ = file
        sys.modules[module.__name__] = module
        with open(file, 'rb') as source:
            code = compile(source.read(), file, 'exec', dont_inherit=True)
        exec(code, module.__dict__)
        self._main = getattr(module, 'main', None)
        if not callable(self._main):
            raise Refusal('%s has no function main(node_id, pool, node)' % self._name)

    def call(self, call):
        """Calls main with what it takes."""
        node_id, args = call['nodeId'], call['args']
        offered = [node_id, args[0], Node(node_id, call['node'])]
        named = {}
        count = len(offered)
        try:
            parameters = inspect.signature(self._main).parameters.values()
        except (TypeError, ValueError):  # something that is callable without being a function
            parameters = None
        if parameters is not None:
            by_name = [it for it in parameters if it.kind in (it.POSITIONAL_OR_KEYWORD, it.KEYWORD_ONLY)]
            extras = {'args': list(args), 'preview': call['preview']}
            named = {it.name: extras[it.name] for it in by_name if it.name in extras}
            plain = [
                it for it in parameters
                if it.kind in (it.POSITIONAL_ONLY, it.POSITIONAL_OR_KEYWORD) and it.name not in named
            ]
            takes_any = any(it.kind == it.VAR_POSITIONAL for it in parameters)
            count = len(offered) if takes_any else min(len(plain), len(offered))
            needed = sum(1 for it in plain if it.default is it.empty)
            if needed > len(offered) or (count < 2 and 'args' not in named):
                raise Refusal(
                    'main of %s takes %d arguments; wanted main(node_id, pool, node)' % (self._name, len(plain)))
        if len(args) > 1 and 'args' not in named:
            raise Refusal(
                'main of %s takes one argument of the call and this one has %d: '
                'with a parameter named args, main(node_id, pool, node, args), it gets them all'
                % (self._name, len(args)))
        return self._main(*offered[:count], **named)


def to_json(value, path='the value', depth=0):
    """The value with the types that JSON has."""
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        number = int(value)
        return number if abs(number) <= LARGEST_INTEGER else str(number)
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        raise Refusal('%s is %r, which JSON does not have' % (path, value))
    if depth >= DEEPEST:
        raise Refusal('the value nests deeper than %d levels, or contains itself' % DEEPEST)
    if isinstance(value, (list, tuple)):
        return [to_json(it, '%s[%d]' % (path, i), depth + 1) for i, it in enumerate(value)]
    if isinstance(value, dict):
        result = {}
        for key, item in value.items():
            text = key_text(key, path)
            if text in result:
                raise Refusal('%s has two keys that are %r as text' % (path, text))
            result[text] = to_json(item, '%s[%r]' % (path, key), depth + 1)
        return result
    raise Refusal(
        '%s is of the type %s; wanted text, a number, a list, a mapping, True, False or None'
        % (path, type(value).__name__))


def key_text(key, path):
    """A mapping's key as text."""
    if isinstance(key, str):
        return str(key)
    if isinstance(key, bool) or key is None:
        return {True: 'true', False: 'false', None: 'null'}[key]
    if isinstance(key, (int, float)):
        return str(key)
    raise Refusal('%s has a key of the type %s; wanted text' % (path, type(key).__name__))


def encode(message):
    """One message as bytes, without line ends."""
    return json.dumps(message, allow_nan=False, separators=(',', ':')).encode('ascii')


def level_of(record):
    """The server's name for a level."""
    if record.levelno >= logging.ERROR:
        return 'error'
    if record.levelno >= logging.WARNING:
        return 'warning'
    return 'info' if record.levelno >= logging.INFO else 'debug'


def explain(error, file):
    """An exception as its last line, with the place in the plugin's folder that is nearest to it."""
    try:
        words = traceback.format_exception_only(type(error), error)[-1].strip()
    except Exception:  # its own __str__ fails
        words = type(error).__name__
    if isinstance(error, SystemExit):
        words = 'it called sys.exit(%s)' % ('' if error.code is None else repr(error.code))
    place = place_of(error, os.path.dirname(file))
    return words if place is None else '%s line %d: %s' % (os.path.basename(place[0]), place[1], words)


def place_of(error, folder):
    """File and line in a folder where an exception comes from."""
    if isinstance(error, SyntaxError) and error.lineno and os.path.dirname(error.filename or '') == folder:
        return error.filename, error.lineno
    frames = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(error.__traceback__)]
    own = [it for it in frames if os.path.dirname(it[0]) == folder]
    return own[-1] if own else None


def trace_of(error):
    """The whole traceback without our own frames, as lines."""
    if isinstance(error, Refusal):
        return []
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    try:
        return ''.join(traceback.format_exception(type(error), error, trace)).splitlines()
    except Exception:  # its own __str__ fails
        return traceback.format_tb(trace)


def failure(error, file, is_final):
    """The message for a call that gave no value."""
    words = str(error) if isinstance(error, Refusal) else explain(error, file)
    return {'failure': {'words': words[:2000], 'trace': trace_of(error)[-200:], 'final': is_final}}


def answer(plugin, call, file):
    """The message for a call."""
    try:
        value = to_json(plugin.call(call))
        size = len(encode(value))
        if size > LONGEST_MESSAGE:
            raise Refusal('the value has %d bytes as JSON; wanted %d at most' % (size, LONGEST_MESSAGE))
        return {'value': value}
    except BaseException as error:  # sys.exit() too fails this call only
        return failure(error, file, False)


def hold_lifeline():
    """Has the system end this process and all that it started when the server is gone, even in a loop without end."""
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(LIFELINE, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(LIFELINE, fcntl.F_SETFL, fcntl.fcntl(LIFELINE, fcntl.F_GETFL) | fcntl.FASYNC)
    for descriptor in (MESSAGES, LIFELINE):
        os.set_inheritable(descriptor, False)


def wrap(stream):
    """A standard stream that takes every character, and hands lines on at once."""
    return io.TextIOWrapper(
        stream.detach(), encoding='utf-8', errors='backslashreplace', line_buffering=True)


def prepare(channel, file, data_root, identifier, server_url):
    """What a plugin finds when it is loaded: the stand-in package, its neighbours, its log."""
    sys.stdout = sys.__stdout__ = wrap(sys.stdout)
    sys.stderr = sys.__stderr__ = wrap(sys.stderr)
    sys.argv = [file]
    here = os.path.dirname(os.path.abspath(__file__))
    # The stand-in goes before an installed package of the name; plugins come last, so that `import json` is never one.
    sys.path[:] = [os.path.join(here, 'python')] + [it for it in sys.path if it not in ('', here)]
    sys.path.append(os.path.realpath(os.path.join(data_root, 'plugins')))
    import ztpserver.config.runtime
    import ztpserver.serializers
    default = ztpserver.config.runtime.default
    default.data_root, default.identifier, default.server_url = data_root, identifier, server_url
    ztpserver.serializers.connect(channel.ask, to_json)
    root = logging.getLogger()
    root.addHandler(LogHandler(channel))
    root.setLevel(logging.INFO)
    logging.getLogger('ztpserver').setLevel(logging.DEBUG)


def flush():
    """What was printed goes before the answer."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # the plugin has closed or replaced it
            pass


def serve(file, data_root, identifier, server_url):
    """Answers calls until the server is gone. The file is loaded within the first call, whose time it takes."""
    process = os.getpid()
    channel = Channel(MESSAGES)
    plugin = None
    while True:
        call = channel.next_call()
        if call is None:
            os._exit(0)
        try:
            os.chdir(data_root)  # an earlier call may have gone elsewhere
            if plugin is None:
                prepare(channel, file, data_root, identifier, server_url)
                plugin = Plugin(file)
        except BaseException as error:
            reply = failure(error, file, True)
        else:
            reply = answer(plugin, call, file)
        flush()
        if os.getpid() != process:
            os._exit(0)  # a child that the plugin forked and let return
        channel.answer(reply)


def binds_main(tree):
    """Whether a module gives itself something called main, as far as can be told without running it."""
    waiting = list(tree.body)
    while waiting:
        statement = waiting.pop()
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            if statement.name == 'main':
                return True
            continue
        for part in ast.walk(statement):
            if isinstance(part, ast.alias) and (part.asname or part.name) in ('main', '*'):
                return True
            if isinstance(part, ast.Name) and part.id == 'main' and isinstance(part.ctx, ast.Store):
                return True
        waiting.extend(it for it in ast.iter_child_nodes(statement) if isinstance(it, (ast.stmt, ast.excepthandler)))
    return False


def check(files):
    """Compiles files without running them: a line of JSON each, null or line and reason, and whether there is a main."""
    for file in files:
        problem = None
        callable_ = False
        try:
            with open(file, 'rb') as source:
                text = source.read()
            compile(text, file, 'exec', dont_inherit=True)
            callable_ = binds_main(compile(text, file, 'exec', flags=ast.PyCF_ONLY_AST, dont_inherit=True))
        except SyntaxError as error:
            problem = {'line': error.lineno, 'reason': error.msg}
        except Exception as error:  # NUL bytes, a file that can not be read, nesting without end
            problem = {'line': None, 'reason': '%s: %s' % (type(error).__name__, error)}
        python = '%d.%d' % sys.version_info[:2]
        print(json.dumps({'python': python, 'problem': problem, 'callable': callable_}))


def main(arguments):
    if sys.version_info < OLDEST_PYTHON:
        sys.exit('plugins need Python 3.6 or later, and python3 is %d.%d' % sys.version_info[:2])
    if arguments[0] == '--check':
        check(arguments[1:])
        return
    hold_lifeline()
    serve(*arguments)


if __name__ == '__main__':
    main(sys.argv[1:])
