"""Under which URL an operation is called: its own servers, else those of its path, else those of the document."""

import re
from typing import Final
from urllib.parse import urljoin

from retinue.core.json import Json, JsonObject
from retinue.engine.spec.tool import PLACEHOLDER, check_url
from retinue.tools.openapi.document import list_of, object_of
from retinue.tools.openapi.problems import DocumentError, OperationError

_REMEDY: Final = "Give the URL below which the paths of the document are."
_BRACES: Final = re.compile(r"\{[^{}]*\}")


def checked_base(base_url: str) -> str:
    """Return a base URL without a slash at its end. Raises ``DocumentError`` for one that tools cannot have."""
    try:
        if "?" in base_url or any(match[2] for match in PLACEHOLDER.finditer(base_url)):
            raise ValueError("may hold no query and no {argument}")  # noqa: TRY301 - one refusal for all of them
        return check_url(base_url).rstrip("/")
    except ValueError as error:
        raise DocumentError(str(error), _REMEDY, field="base_url") from None


def base_of_document(document: JsonObject, source_url: str | None) -> str | None:
    """Return the first server of a document, resolved against the document's own URL; None without a full URL."""
    servers = list_of(document.get("servers"))
    url = _filled(object_of(servers[0])) if servers else "/"
    return _full(urljoin(source_url or "", url))


def base_of_operation(places: tuple[JsonObject, ...], base: str | None, source_url: str | None) -> str:
    """Return the base URL of an operation; ``places`` are the operation and its path, in this order.

    Raises ``OperationError`` when its server is no URL that a tool can have, and ``DocumentError`` without any server.
    """
    for place in places:
        servers = list_of(place.get("servers"))
        if servers:
            url = _full(urljoin((base or source_url or "") + ("/" if base else ""), _filled(object_of(servers[0]))))
            if url is None:
                raise OperationError("its server is not a full http or https URL")
            try:
                return check_url(url).rstrip("/")
            except ValueError as error:
                raise OperationError(f"its server {url[:200]} {error}") from None
    if base is None:
        raise DocumentError("is required, because the document names no server with a full URL", _REMEDY, field="base_url")
    return base


def _filled(server: JsonObject) -> str:
    url = str(server.get("url", "/"))
    for name, variable in object_of(server.get("variables")).items():
        facts = object_of(variable)
        default: Json = facts.get("default")
        if default is None:
            default = next(iter(list_of(facts.get("enum"))), "")
        url = url.replace("{" + name + "}", str(default))
    return url


def _full(url: str) -> str | None:
    is_full = url.lower().startswith(("https://", "http://")) and not _BRACES.search(url) and "?" not in url
    return url.partition("#")[0] if is_full else None
