"""A mail server for tests, on a free port of the loopback; ends when its standard input does.

Prints its port. Writes each mail that it takes as one line of JSON, before it answers, with what Python's own parser
makes of it. What it does with a mail follows from the first part of the recipient's local part, up to a hyphen.
"""

import argparse
import asyncio
import email
import email.policy
import json
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

OPTIONS = argparse.ArgumentParser()
OPTIONS.add_argument("--mails", required=True)
OPTIONS.add_argument("--port", type=int, default=0)
OPTIONS.add_argument("--certificate")
OPTIONS.add_argument("--key")
OPTIONS.add_argument("--tls", choices=("none", "starttls", "implicit"), default="none")
OPTIONS.add_argument("--login")
OPTIONS.add_argument("--utf8", action="store_true")


class Handler:
    def __init__(self, options):
        self.options = options
        self.counts = {}

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        word = address.split("@")[0].split("-")[0]
        count = self.counts[address] = self.counts.get(address, 0) + 1
        answer = {
            "nobody": "550 5.1.1 There is no such mailbox",
            "later": "451 4.3.0 Try again later" if count < 3 else None,
            "closing": "421 4.3.2 Closing",
            "misled": "530 5.7.0 Must issue a STARTTLS command first",
        }.get(word)
        if answer:
            return answer
        if word == "silent":
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        word = envelope.rcpt_tos[0].split("@")[0].split("-")[0]
        if word == "spam":
            return "554 5.7.1 Looks like spam"
        if word == "full":
            return "452 4.2.2 Mailbox full"
        if word == "crash":
            os._exit(3)
        raw = envelope.original_content
        message = email.message_from_bytes(raw, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content().replace("\r\n", "\n") for part in message.walk() if not part.is_multipart()}
        record = {
            "from": envelope.mail_from, "to": envelope.rcpt_tos, "smtputf8": envelope.smtp_utf8,
            "tls": server.transport.get_extra_info("ssl_object") is not None, "login": session.auth_data.login.decode() if session.auth_data else None,
            "headers": {name: str(value) for name, value in message.items()}, "parts": parts,
            "defects": [repr(defect) for part in message.walk() for defect in part.defects],
            "longest": max(len(line) for line in raw.split(b"\r\n")), "bare": raw.replace(b"\r\n", b"").count(b"\n"),
        }
        with open(self.options.mails, "a") as mails:
            mails.write(json.dumps(record) + "\n")
        if word == "lost" and self.counts[envelope.rcpt_tos[0]] == 1:
            # Taken, but whoever sent it never hears so.
            server.transport.abort()
            await asyncio.sleep(3600)
        return "250 OK"


def authenticator(options):
    def check(server, session, envelope, mechanism, login):
        right = isinstance(login, LoginPassword) and options.login == f"{login.login.decode()}:{login.password.decode()}"
        return AuthResult(success=right, handled=False, auth_data=login)

    return check


async def main():
    options = OPTIONS.parse_args()
    context = None
    if options.certificate:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options.certificate, options.key)
    handler = Handler(options)

    def protocol():
        return SMTP(
            handler, hostname="mail.test", ident="test", enable_SMTPUTF8=options.utf8,
            tls_context=context if options.tls == "starttls" else None, require_starttls=options.tls == "starttls",
            authenticator=authenticator(options) if options.login else None, auth_required=bool(options.login),
            auth_require_tls=options.tls == "starttls", loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(
        protocol, "127.0.0.1", options.port, ssl=context if options.tls == "implicit" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
    os._exit(0)


asyncio.run(main())
