"""A real SMTP server for tests: it keeps what it receives, and refuses when it is told to."""

import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Mailbox:
    """What arrived, in order. ``refusal`` is answered to each RCPT; ``on_message`` is called before one is taken."""

    messages: list[EmailMessage] = field(default_factory=list[EmailMessage])
    raw: list[bytes] = field(default_factory=list[bytes])
    refusal: str | None = None
    on_message: Callable[[], Awaitable[None]] | None = None
    port: int = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusal is not None:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        if self.on_message is not None:
            await self.on_message()
        self.raw.append(envelope.content)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 Message accepted"

    def of(self, address: str) -> list[EmailMessage]:
        """Return what arrived for an address."""
        return [each for each in self.messages if each["To"] == address]

    def code_of(self, address: str) -> str:
        """Return the newest verification code for an address."""
        found = re.search(r"Verification code: (\w+)", text_of(self.of(address)[-1]))
        assert found is not None
        return found[1]


def text_of(message: EmailMessage) -> str:
    """Return the plain text of a message."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def open_mailbox() -> tuple[Mailbox, Controller]:
    """Start a server on a free port; the caller stops it."""
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        mailbox.port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port)
    controller.start()
    return mailbox, controller
