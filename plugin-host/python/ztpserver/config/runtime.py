"""What ztpserver.conf says, as far as plugins need it. The host fills it in before a plugin is loaded."""


class _Section:
    """Keys of [default]."""

    data_root = ''
    identifier = 'serialnumber'
    server_url = ''


default = _Section()
