"""What a provider's refusal means: its status and words, as an error of ours with the provider's own sentence in it."""

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
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

_SENTENCE = 500
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
    """Say a provider's refusal in our words. ``secret`` is taken out of the provider's sentence, should it repeat it."""
    message, code = _said(text)
    return _refusal(status, f"The provider answered {status}: {hide(message, secret)}", code, _seconds(headers or {}))


def refusal_in_stream(error: object, *, secret: str | None = None) -> Error:
    """Say an error that a provider put into the middle of its stream, after it had answered 200."""
    message, code = _of_error(error)
    status = int(code) if code.isdigit() else next((each for part, each in _STATUS_OF_CODE.items() if part in code), 502)
    return _refusal(status, f"The provider broke off: {hide(message, secret)}", code, None)


def hide(text: str, secret: str | None) -> str:
    """Take a secret out of a sentence that is going to be shown and stored."""
    return text.replace(secret, "…") if secret and len(secret) >= _SHORTEST_SECRET else text


def _refusal(status: int, sentence: str, code: str, retry_after: float | None) -> Error:
    kind = _KINDS.get(status)
    if status == 429 and code in _QUOTA:  # noqa: PLR2004 - HTTP's own number
        kind = ModelQuotaError
    elif kind is None and 300 <= status < 400:  # noqa: PLR2004 - HTTP's own numbers
        return ModelAddressError(f"{sentence} Redirects are not followed: they would take the key elsewhere.")
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


def _said(text: str) -> tuple[str, str]:
    try:
        document: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.strip()[:_SENTENCE] or "no reason given", ""
    if isinstance(document, list) and document:  # Google wraps the document into a list when it streams
        document = cast("list[Any]", document)[0]
    if isinstance(document, dict):
        known = cast("dict[str, Any]", document)
        return _of_error(known.get("error") or known)
    return text.strip()[:_SENTENCE], ""


def _of_error(error: object) -> tuple[str, str]:
    if not isinstance(error, dict):
        return str(error)[:_SENTENCE], ""
    known = cast("dict[str, Any]", error)
    message = known.get("message") or known.get("detail") or known
    return str(message)[:_SENTENCE], str(known.get("code") or known.get("type") or "")


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
