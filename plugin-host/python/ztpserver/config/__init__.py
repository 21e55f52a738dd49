"""The server's configuration: config.runtime.default."""

from . import runtime  # noqa: F401
