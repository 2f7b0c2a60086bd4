"""Real mail servers of several tempers, to send to: aiosmtpd on this machine."""

import asyncio
import email
import email.policy
from collections import Counter

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


class Box:
    """Takes mails and keeps them; `temper` maps a recipient to how it is treated.

    A temper is a reply to give at RCPT or, after "data ", at the end of the content, or
    one of "hang", "die early" (before the content) and "die late" (after it, unread).
    """

    def __init__(self):
        self.mails = []
        self.seen = Counter()  # contents that arrived whole, by Message-ID
        self.temper = {}
        self.connections = 0

    def of(self, recipient):
        return self.temper.get(recipient, self.temper.get("*", ""))

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        temper = self.of(address)
        if temper[:1].isdigit():
            return temper
        if temper == "hang":
            await asyncio.sleep(3)
        if temper == "die early":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        temper = self.of(envelope.rcpt_tos[0])
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        if temper.startswith("data "):
            return temper.removeprefix("data ")
        self.seen[mail["Message-ID"]] += 1
        if temper == "die late":
            server.transport.abort()
            return "250 OK"
        if temper == "hang late":
            await asyncio.sleep(3)
        self.mails.append((envelope.rcpt_tos[0], mail))
        return "250 OK"


class Server(Controller):
    """Starts the box on a free port of this machine."""

    def __init__(self, box):
        super().__init__(box, hostname="127.0.0.1", port=0)

    def factory(self):
        return SMTP(self.handler, ident="box", **self.SMTP_kwargs)

    def _trigger_server(self):
        # With port 0 the number is known only now.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
