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


@dataclass(frozen=True, slots=True)
class UnsubscribeLink:
    """By what a recipient ends e-mail: an address for mail programs, and a page of the console for themselves."""

    url: str
    page: str

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a message that may be ended by one click."""
        return {"List-Unsubscribe": f"<{self.url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def link_of(resources: Resources, what_for: str, *parts: str) -> UnsubscribeLink:
    """Return the link that ends what some parts name. Its address ends e-mail by a POST and shows the page in a browser."""
    body = json.dumps((what_for, *parts), separators=(",", ":")).encode()
    token = f"{_text(body)}.{_text(_sign(resources.secrets.derive(_PURPOSE)[0], body))}"
    url = f"{resources.core.public_url}/api/v1/unsubscribe/{what_for}?token={quote(token)}"
    return UnsubscribeLink(url, page_of(resources, what_for, token))


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


def page_of(resources: Resources, what_for: str, token: str) -> str:
    """Return the address of the console's page for a link; what follows # reaches no server."""
    return f"{resources.core.public_url}/unsubscribe/{what_for}#{quote(token)}"


def _sign(key: bytes, body: bytes) -> bytes:
    return hmac.digest(key, body, hashlib.sha256)[:16]


def _text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
