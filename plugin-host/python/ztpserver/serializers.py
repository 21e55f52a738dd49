"""Reads and writes files of the data root: JSON, YAML or text.

The standard library has no YAML, so that is asked of the server, which reads it like its own files (YAML 1.1). The
content types are those of ztpserver.constants; without one, `.json` is JSON and everything else YAML. Further
arguments are taken and mean nothing.
"""

import json
import os
import stat

from . import constants

_TEXT = (constants.CONTENT_TYPE_PLAIN, constants.CONTENT_TYPE_HTML, constants.CONTENT_TYPE_PYTHON)

_ask = None
_to_json = None


def connect(ask, to_json):
    """The host hands in how the server is asked, and which values can be written."""
    global _ask, _to_json
    _ask, _to_json = ask, to_json


def load(path, content_type=None, *_arguments, **_options):
    """What a file holds."""
    with open(path, 'rb') as source:
        text = source.read().decode('utf-8')
    kind = _kind_of(path, content_type)
    if kind in _TEXT:
        return text
    if kind == constants.CONTENT_TYPE_JSON:
        return json.loads(text)
    return _unpack(_ask({'do': 'read-yaml', 'text': text, 'path': str(path)}))


def dump(data, path, content_type=None, *_arguments, **_options):
    """Replaces a file whole: whoever reads it meanwhile, or after a crash, finds the old content or the new one."""
    kind = _kind_of(path, content_type)
    if kind in _TEXT:
        text = data if isinstance(data, str) else str(data)
    elif kind == constants.CONTENT_TYPE_JSON:
        text = json.dumps(data, indent=2, allow_nan=False) + '\n'
    else:
        text = _ask({'do': 'write-yaml', 'value': _pack(_to_json(data))})
    _replace(os.path.realpath(str(path)), text.encode('utf-8'))


def _pack(value):
    """A mapping as a list of pairs: the order of its keys counts, and JSON promises none."""
    if isinstance(value, dict):
        return {'pairs': [[key, _pack(item)] for key, item in value.items()]}
    return [_pack(item) for item in value] if isinstance(value, list) else value


def _unpack(value):
    if isinstance(value, dict):
        return {key: _unpack(item) for key, item in value['pairs']}
    return [_unpack(item) for item in value] if isinstance(value, list) else value


def _kind_of(path, content_type):
    if content_type is not None:
        return content_type
    return constants.CONTENT_TYPE_JSON if str(path).endswith('.json') else constants.CONTENT_TYPE_YAML


def _replace(path, content):
    folder = os.path.dirname(path)
    # The server looks at no name that begins like this, and sweeps what a killed process left.
    aside = os.path.join(folder, '.ztps-new-' + os.urandom(12).hex())
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o664)
    try:
        with os.fdopen(descriptor, 'wb') as target:
            target.write(content)
            _take_over(target.fileno(), path)
            target.flush()
            os.fsync(target.fileno())
        os.rename(aside, path)
    except BaseException:
        os.unlink(aside)
        raise
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _take_over(descriptor, path):
    """Mode, owner and group of the file that is replaced, as far as they may be set."""
    try:
        old = os.stat(path)
    except FileNotFoundError:
        return
    try:
        os.fchown(descriptor, old.st_uid, old.st_gid)
    except PermissionError:
        pass
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))
