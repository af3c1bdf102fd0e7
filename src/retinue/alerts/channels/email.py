"""The e-mail channel: text and HTML through the operator's mail server, in one thread per alert."""

from dataclasses import replace
from html import escape
from typing import Any

from retinue.alerts.channels.text import Message, message_of
from retinue.core.json import JsonObject
from retinue.core.mail import smtp
from retinue.core.mail.settings import MailSettings
from retinue.core.mail.smtp import Mail, MailFailedError, MailUnsetError
from retinue.core.mail.unsubscribing import UnsubscribeLink
from retinue.core.outbound.deliveries import SendResult, shown


async def send(
    settings: MailSettings, address: str, delivery_id: str, payload: JsonObject, unsubscribe: UnsubscribeLink
) -> SendResult:
    """Send an event to an address."""
    message = message_of(payload)
    data: Any = payload["data"]
    thread = smtp.message_id_of(settings, f"alert-{data['alert']['id']}")
    headers = {"References": thread, "In-Reply-To": thread, **unsubscribe.headers}
    message = replace(message, links=[*message.links, ("Unsubscribe", unsubscribe.page)])
    mail = Mail(address, message.title, text_of(message), f"delivery-{delivery_id}", html_of(message), headers)
    return await attempt(settings, mail)


async def attempt(settings: MailSettings, mail: Mail) -> SendResult:
    """Send a message once, and say how it went."""
    try:
        answer = await smtp.send(settings, mail)
    except MailUnsetError as error:
        return SendResult("failed", error=f"{error.detail} {error.remedy_text}")
    except MailFailedError as error:
        outcome = "refused" if error.is_permanent else "failed"
        return SendResult(outcome, error.status, error=shown(error.detail))
    return SendResult("sent", 250, response=shown(answer))


def text_of(message: Message) -> str:
    """Write a message as plain text."""
    lines = [message.title, ""] + [f"{name}: {value}" for name, value in message.facts]
    if message.error:
        lines += ["", "Last error:", message.error[:2000]]
    return "\n".join([*lines, "", *(f"{name}: {url}" for name, url in message.links)])


def html_of(message: Message) -> str:
    """Write a message as HTML."""
    rows = "".join(
        f"<tr><td style='padding-right:16px;color:#667085'>{escape(name)}</td><td>{escape(value)}</td></tr>"
        for name, value in message.facts
    )
    error = f"<pre style='background:#f2f4f7;padding:12px'>{escape(message.error[:2000])}</pre>" if message.error else ""
    links = " · ".join(f"<a href='{escape(url, quote=True)}'>{escape(name)}</a>" for name, url in message.links)
    return (
        f"<html><body style='font-family:sans-serif'><h2>{escape(message.title)}</h2>"
        f"<table>{rows}</table>{error}<p>{links}</p></body></html>"
    )
