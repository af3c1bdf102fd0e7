"""E-mail by SMTP, through the server that the operator configured and no other."""

import asyncio
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from typing import Any

from retinue import __version__
from retinue.core.errors import UnavailableError
from retinue.core.logging import get_logger
from retinue.core.mail.settings import MailSettings

_log = get_logger(__name__)

_TIMEOUT_SECONDS = 30.0
_PERMANENT = 500
_LONGEST_SUBJECT = 200
_POLICY: dict[str, Any] = {"linesep": "\r\n", "max_line_length": 998}
"""A header with a long URL stays one line: folded, it would be encoded, and mail programs would not find the URL in it."""


class MailUnsetError(UnavailableError):
    """No mail server is configured."""

    code = "mail_unset"
    remedy = "Ask the operator to set RETINUE_SMTP_HOST and RETINUE_SMTP_FROM."


class MailFailedError(UnavailableError):
    """The mail server did not accept the message."""

    code = "mail_failed"
    remedy = "Check the address and the settings RETINUE_SMTP_*."

    def __init__(self, detail: str, *, status: int | None = None, is_permanent: bool = False) -> None:
        """Take what the server answered; a permanent failure is not worth another attempt."""
        super().__init__(detail)
        self.status = status
        self.is_permanent = is_permanent


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to one address. ``id`` is the left part of its Message-ID: the same for each attempt to send it."""

    to: str
    subject: str
    text: str
    id: str
    html: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


async def send(settings: MailSettings, mail: Mail) -> str:
    """Send a message; return the server's answer. Raises ``MailUnsetError`` and ``MailFailedError``."""
    if not settings.is_set:
        raise MailUnsetError
    return await asyncio.to_thread(_send, settings, mail)


async def try_to_send(settings: MailSettings, mail: Mail) -> bool | None:
    """Send a message whose content can be handed over otherwise; say whether it was sent, None without a mail server."""
    if not settings.is_set:
        return None
    try:
        await send(settings, mail)
    except MailFailedError as error:
        _log.warning("mail.failed", error=error.detail)
        return False
    return True


def message_id_of(settings: MailSettings, identifier: str) -> str:
    """Return the Message-ID of a message."""
    return f"<{identifier}@{_domain(settings)}>"


def _domain(settings: MailSettings) -> str:
    return parseaddr(settings.smtp_from)[1].rpartition("@")[2] or "retinue.invalid"


def _message(settings: MailSettings, mail: Mail) -> EmailMessage:
    message = EmailMessage()
    message["From"] = settings.smtp_from
    message["To"] = mail.to
    message["Subject"] = " ".join(mail.subject.split())[:_LONGEST_SUBJECT]
    message["Date"] = formatdate()
    message["Message-ID"] = message_id_of(settings, mail.id)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Mailer"] = f"Retinue/{__version__}"
    for name, value in mail.headers.items():
        message[name] = " ".join(value.split())
    message.set_content(mail.text)
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html")
    return message


def _send(settings: MailSettings, mail: Mail) -> str:
    sender = parseaddr(settings.smtp_from)[1]
    try:
        message = _message(settings, mail)
        with _connected(settings) as server:
            if settings.smtp_username:
                server.login(settings.smtp_username, settings.smtp_password.get_secret_value())
            server.ehlo_or_helo_if_needed()
            _expect(server.mail(sender), 250)
            _expect(server.rcpt(mail.to), 250, 251)
            return _expect(server.data(message.as_bytes(policy=message.policy.clone(**_POLICY))), 250)
    except smtplib.SMTPResponseException as error:
        raise _failed(error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPNotSupportedError as error:
        raise MailFailedError(f"The mail server does not support this: {error}.", is_permanent=True) from None
    except smtplib.SMTPException as error:
        raise MailFailedError(f"The mail server did not answer properly: {type(error).__name__}.") from None
    except ssl.SSLError as error:
        raise MailFailedError(f"No secure connection to the mail server: {error.reason or 'TLS failed'}.") from None
    except (OSError, UnicodeError) as error:
        raise MailFailedError(f"The mail server cannot be reached: {str(error) or type(error).__name__}.") from None


def _connected(settings: MailSettings) -> smtplib.SMTP:
    host, port = settings.smtp_host, settings.smtp_port
    if settings.smtp_security == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_SECONDS, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port, timeout=_TIMEOUT_SECONDS)
    if settings.smtp_security == "starttls":
        try:
            server.starttls(context=ssl.create_default_context())
        except BaseException:
            server.close()
            raise
    return server


def _expect(answer: tuple[int, bytes], *codes: int) -> str:
    code, text = answer
    if code not in codes:
        raise _failed(code, text)
    return f"{code} {text.decode('utf-8', 'replace')}"


def _failed(code: int, text: bytes | str) -> MailFailedError:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return MailFailedError(f"The mail server answered {code} {said}"[:500], status=code, is_permanent=code >= _PERMANENT)
