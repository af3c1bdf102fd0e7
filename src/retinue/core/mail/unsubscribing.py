"""Links by which a recipient ends e-mail without signing in, as RFC 8058 describes them.

A link is signed, has one purpose, and ends nothing but e-mail, so it does not expire. Mail programs send a POST to it;
a browser that opens it gets a page that asks first, since programs that follow links must change nothing.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import quote

from retinue.core.errors import MissingError
from retinue.core.resources import Resources

_PURPOSE: Final = "unsubscribe"
_LONGEST: Final = 1000


class UnsubscribeLinkInvalidError(MissingError):
    """The link is not valid."""

    code = "unsubscribe_link_invalid"
    remedy = "Change what you receive under Notifications, Preferences, or ask the sender."


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """What a link ends: e-mail to an address about some things in an organization. ``is_done``: it is ended already."""

    address: str
    organization_name: str
    about: list[str]
    is_done: bool


def token_of(resources: Resources, *parts: str) -> str:
    """Return a signed token of some parts, the first of which is what it is for."""
    body = json.dumps(parts, separators=(",", ":")).encode()
    return f"{_text(body)}.{_text(_sign(resources.secrets.derive(_PURPOSE)[0], body))}"


def parts_of(resources: Resources, token: str, what_for: str) -> list[str]:
    """Return the further parts of a token. Raises ``UnsubscribeLinkInvalidError``."""
    body, _, signature = token.partition(".")
    try:
        read, given = _bytes(body), _bytes(signature)
    except ValueError:
        raise UnsubscribeLinkInvalidError from None
    keys = resources.secrets.derive(_PURPOSE)
    if len(token) > _LONGEST or not any(hmac.compare_digest(_sign(key, read), given) for key in keys):
        raise UnsubscribeLinkInvalidError
    first, *others = cast("list[str]", json.loads(read))
    if first != what_for:
        raise UnsubscribeLinkInvalidError
    return others


def url_of(resources: Resources, what_for: str, token: str) -> str:
    """Return the address of a link, which ends e-mail by a POST and shows a page in a browser."""
    return f"{resources.core.public_url.rstrip('/')}/api/v1/unsubscribe/{what_for}?token={quote(token)}"


def page_of(resources: Resources, what_for: str, token: str) -> str:
    """Return the address of the console's page for a link; what follows # reaches no server."""
    return f"{resources.core.public_url.rstrip('/')}/unsubscribe/{what_for}#{quote(token)}"


def headers_of(url: str) -> dict[str, str]:
    """Return the headers of a message that may be ended by one click."""
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _sign(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)[:16]


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
