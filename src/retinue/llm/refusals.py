"""What a provider's refusal means: its status and words, as an error of ours with the provider's own sentence in it."""

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, cast

import orjson

from retinue.core.errors import Error
from retinue.llm.errors import (
    ContextTooLongError,
    ModelAddressError,
    ModelKeyError,
    ModelLimitedError,
    ModelQuotaError,
    ModelRefusedError,
    ModelUnavailableError,
    ModelUnknownError,
)

_CHARACTERS = 500
_PLAIN_CHARACTERS = 200
_MARKUP = re.compile(r"<[a-zA-Z!/?][^>]*>")
_MESSAGE_FIELDS = ("message", "detail", "error_description", "title", "error", "msg")
_SHORTEST_SECRET = 4
_KINDS: dict[int, type[Error]] = {
    401: ModelKeyError,
    402: ModelQuotaError,
    403: ModelKeyError,
    408: ModelUnavailableError,
    409: ModelUnavailableError,
    425: ModelUnavailableError,
    429: ModelLimitedError,
}
_TOO_LONG = ("context_length", "context length", "context size", "context window", "prompt is too long", "input token count")
_BAD_KEY = ("api key not valid", "api_key_invalid", "invalid api key")
_QUOTA = frozenset({"insufficient_quota", "billing_not_active", "billing_hard_limit_reached"})
_STATUS_OF_CODE = {
    "rate_limit": 429,
    "quota": 429,
    "authentication": 401,
    "permission": 403,
    "not_found": 404,
    "context_length": 400,
    "invalid_request": 400,
    "content_filter": 400,
}
"""What providers write into the middle of a stream instead of a status; matched by part of the code or type."""


def refusal_of(status: int, text: str, headers: Mapping[str, str] | None = None, *, secret: str | None = None) -> Error:
    """Translate an answer with an error status. ``secret`` is removed from the provider's message, should it repeat it.

    Only a message of the provider's own is quoted: of a page of HTML or an unknown document, the status is all that counts.
    """
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP's own numbers
        return ModelAddressError(f"The provider answered {status} with a redirect, which is not followed.")
    message, code = _said(text)
    answered = f"{status}: {hide(message, secret)}" if message else f"{_named(status)}."
    return _refusal(status, f"The provider answered {answered}", code, _seconds(headers or {}))


def refusal_in_stream(error: object, *, secret: str | None = None) -> Error:
    """Translate an error that a provider put into the middle of its stream, after it had answered 200."""
    message, code = _of_error(error)
    status = int(code) if code.isdigit() else next((each for part, each in _STATUS_OF_CODE.items() if part in code), 502)
    words = hide(message, secret) or "no reason given"
    return _refusal(status, f"The provider ended its answer with an error: {words}", code, None)


def hide(text: str, secret: str | None) -> str:
    """Take a secret out of a sentence that is going to be shown and stored."""
    return text.replace(secret, "…") if secret and len(secret) >= _SHORTEST_SECRET else text


def _refusal(status: int, sentence: str, code: str, retry_after: float | None) -> Error:
    kind = _KINDS.get(status)
    if status == 429 and code in _QUOTA:  # noqa: PLR2004 - HTTP's own number
        kind = ModelQuotaError
    elif kind is None and status >= 500:  # noqa: PLR2004 - HTTP's own number
        kind = ModelUnavailableError
    elif kind is None:
        kind = _kind_by_words(f"{code} {sentence}".lower(), is_missing=status == 404)  # noqa: PLR2004 - as above
    return kind(sentence, retry_after_seconds=retry_after)


def _kind_by_words(words: str, *, is_missing: bool) -> type[Error]:
    """Tell refusals apart whose status says little: 400 and 422 mean anything, 404 a model or the whole address."""
    if is_missing or "model_not_found" in words:
        return ModelUnknownError if "model" in words else ModelAddressError
    if any(each in words for each in _TOO_LONG):
        return ContextTooLongError
    return ModelKeyError if any(each in words for each in _BAD_KEY) else ModelRefusedError


def _named(status: int) -> str:
    try:
        return f"{status} ({HTTPStatus(status).phrase})"
    except ValueError:
        return str(status)


def _said(text: str) -> tuple[str, str]:
    """Return the provider's message and code; empty when it gave none, as a page of HTML of a proxy does not."""
    try:
        document: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _sentence(text, _PLAIN_CHARACTERS), ""
    if isinstance(document, list) and document:  # Google wraps the document into a list when it streams
        document = cast("list[Any]", document)[0]
    if isinstance(document, dict):
        known = cast("dict[str, Any]", document)
        return _of_error(known.get("error") or known)
    return "", ""


def _of_error(error: object) -> tuple[str, str]:
    if not isinstance(error, dict):
        return _sentence(error), ""
    known = cast("dict[str, Any]", error)
    messages = (_sentence(known.get(name)) for name in _MESSAGE_FIELDS)
    return next(filter(None, messages), ""), str(known.get("code") or known.get("type") or "")


def _sentence(message: object, longest: int = _CHARACTERS) -> str:
    """Return a message on one line; empty for markup, for what is no text, and for plain text too long to be a message."""
    if isinstance(message, list):  # FastAPI's {"detail": [{"msg": …}]}
        parts = [cast("dict[str, Any]", each).get("msg") for each in cast("list[Any]", message) if isinstance(each, dict)]
        message = "; ".join(part for part in parts if isinstance(part, str))
    if not isinstance(message, str) or _MARKUP.search(message):
        return ""
    line = " ".join("".join(mark if mark.isprintable() else " " for mark in message).split())
    if longest == _PLAIN_CHARACTERS and len(line) > longest:
        return ""
    return line if len(line) <= longest else f"{line[:longest]}…"


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Read Retry-After, which is a number of seconds or a date (RFC 9110, 10.2.3)."""
    text = headers.get("Retry-After") or headers.get("retry-after")
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None
