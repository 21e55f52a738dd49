"""A mail server for tests: STARTTLS and login as asked for, every mail and every plain line to a file as JSON."""

import json
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class Recorder:
    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()

    def write(self, entry):
        with self.lock, open(self.options["output"], "a") as output:
            output.write(json.dumps(entry) + "\n")

    async def handle_MAIL(self, server, session, envelope, address, options):
        self.write({"command": "MAIL", "tls": session.ssl is not None})
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("never"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("later"):
            return "451 4.7.1 come again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        content = envelope.content.decode("utf-8", "replace")
        if "refuse this mail" in content:
            return "554 5.6.0 not this one"
        self.write(
            {
                "command": "DATA",
                "tls": session.ssl is not None,
                "login": session.auth_data if session.authenticated else None,
                "from": envelope.mail_from,
                "to": envelope.rcpt_tos,
                "content": content,
            }
        )
        return "250 2.0.0 queued as 1234"


def main():
    options = json.loads(sys.argv[1])
    recorder = Recorder(options)
    context = None
    if options.get("cert"):
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["cert"], options["key"])

    def authenticate(server, session, envelope, mechanism, data):
        login, password = data.login.decode(), data.password.decode()
        recorder.write({"command": "AUTH", "tls": session.ssl is not None, "password": password})
        if (login, password) != (options["username"], options["password"]):
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=login)

    class Server(Controller):
        def factory(self):
            return SMTP(
                recorder,
                tls_context=context,
                require_starttls=context is not None,
                authenticator=authenticate,
                auth_required=bool(options.get("auth")),
                auth_require_tls=context is not None,
            )

    Server(recorder, hostname="127.0.0.1", port=options["port"]).start()
    threading.Event().wait()


main()
