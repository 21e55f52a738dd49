// Actions as sites wrote them years ago, with what they import. Nothing in them is adapted to today's client.

/** Takes `names`, and writes a line for each that is a text, and one more. */
export const usesSix = `#!/usr/bin/env python
import six
from six import iteritems, raise_from
from six.moves.urllib.parse import urlparse, quote

def main(attributes):
    node = attributes.get('NODE')
    names = attributes.get('names')
    assert six.PY2 or six.PY3
    for key, value in sorted(iteritems(names)):
        if isinstance(value, six.string_types):
            node.append_startup_config_lines(['! %s %s' % (key, six.ensure_str(value))])
    host = urlparse('http://192.0.2.5:80/' + quote('a b')).netloc
    node.append_startup_config_lines(['! %s %s' % (host, isinstance(b'', six.binary_type))])
    try:
        try:
            {}['missing']
        except KeyError as error:
            raise_from(ValueError('chained'), error)
    except ValueError as error:
        node.log_msg('caught %s' % error)
`;

/** Asks the switch for its version by a client of its own, and returns a text. */
export const usesJsonRpc = `#!/usr/bin/env python
import jsonrpclib
from jsonrpclib import ProtocolError

def main(attributes):
    node = attributes.get('NODE')
    switch = jsonrpclib.Server('unix:/var/run/command-api.sock')
    version = switch.runCmds(1, ['enable', 'show version'])[1]['version']
    again = node.client.runCmds(1, ['show version'], 'json')[0]['version']
    node.append_startup_config_lines(['! %s %s' % (version, again)])
    try:
        switch.runCmds(1, ['enable', 'nonsense'])
    except ProtocolError as error:
        node.log_msg('refused: %s' % error)
    return 'I am old and tell you so'
`;

/** To be called as a module of Python is: it imports that module. */
export const namedJson = `import json

def main(attributes):
    attributes.get('NODE').append_startup_config_lines(['! ' + json.dumps({'a': [1]})])
`;
