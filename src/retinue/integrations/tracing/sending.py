"""Sending requests of OTLP over HTTP to what the operator named: no proxy of the environment, no redirects, no cookies."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from retinue import __version__
from retinue.core.errors import UnavailableError
from retinue.integrations.tracing.types import Target

_SECONDS = 10.0
_MOST_BYTES = 65_536
_TOO_BAD = frozenset({400, 413, 422})
"""The receiver cannot read this request, and could not the next time."""
_LONGEST_DELAY = timedelta(hours=1)


class TracesRefusedError(UnavailableError):
    """The destination of traces refuses the content of a request."""

    code = "traces_refused"


class TracesNotSentError(UnavailableError):
    """The destination of traces cannot be reached, or does not take traces at present."""

    code = "traces_not_sent"

    def __init__(self, detail: str, delay: timedelta | None = None) -> None:
        """Take what happened, and how long the destination asks to wait."""
        super().__init__(detail)
        self.delay = delay


@asynccontextmanager
async def opened() -> AsyncGenerator[aiohttp.ClientSession]:
    """Open a client."""
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=_SECONDS),
        headers={"User-Agent": f"Retinue/{__version__}"},
    ) as session:
        yield session


async def send(session: aiohttp.ClientSession, target: Target, body: bytes) -> bytes:
    """Send a request; return the body of the answer.

    Raises ``TracesRefusedError`` when the receiver could not read the request, and ``TracesNotSentError`` for everything
    that may be better later: no connection, a server error, too many requests, and credentials or a URL that are wrong.
    """
    headers = {**target.headers, "Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
    try:
        async with session.post(target.url, data=body, headers=headers, allow_redirects=False) as answer:
            content = await answer.content.read(_MOST_BYTES)
            status, later = answer.status, answer.headers.get("Retry-After")
    except TimeoutError:
        raise TracesNotSentError(f"There was no answer within {_SECONDS:g} seconds.") from None
    except aiohttp.ClientError as error:
        raise TracesNotSentError(f"The server cannot be reached: {_reason(error)}.") from None
    if status < 300:  # noqa: PLR2004 - the statuses of success
        return content
    sentence = f"The server answered with status {status}."
    raise TracesRefusedError(sentence) if status in _TOO_BAD else TracesNotSentError(sentence, _delay(later))


def _reason(error: aiohttp.ClientError) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not valid"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not known"
    if isinstance(error, aiohttp.ClientOSError) and error.strerror:
        return error.strerror
    return type(error).__name__


def _delay(header: str | None) -> timedelta | None:
    """Read ``Retry-After``, seconds or a date; at most an hour."""
    if header is None:
        return None
    try:
        wait = (
            timedelta(seconds=int(header)) if header.strip().isdigit() else parsedate_to_datetime(header) - datetime.now(UTC)
        )
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(wait, timedelta()), _LONGEST_DELAY)
