"""What a request holds in addition to its lines: the API key in each way of InfluxDB's clients, the query, and the body."""

import zlib
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Collection

from fastapi import Request

from retinue.integrations.line_protocol.errors import KeyMissingError, WriteInvalidError, WriteTooLargeError

BODY_BYTES = 4 * 1024 * 1024
"""Of a request's body, before and after decompression."""

_GZIP_BITS = 31
_CREDENTIALS = (b"authorization", b"cookie")


def with_bearer(request: Request, *, allows_query: bool) -> Request:
    """Return the request as one that sends its API key as ``Authorization: Bearer``, and no cookie.

    A session of the console opens nothing here. Raises ``KeyMissingError``.
    """
    key = _key_of(request.headers.get("authorization"))
    if not key and allows_query:
        key = request.query_params.get("p", "").strip()
    if not key:
        raise KeyMissingError
    headers = [each for each in request.scope["headers"] if each[0] not in _CREDENTIALS]
    headers.append((b"authorization", b"Bearer " + key.encode("latin-1", errors="replace")))
    return Request({**request.scope, "headers": headers}, request.receive)


def _key_of(authorization: str | None) -> str:
    """Return the API key of an Authorization header: ``Token KEY``, ``Token USER:KEY``, ``Bearer KEY`` or Basic."""
    scheme, _, rest = (authorization or "").partition(" ")
    match scheme.lower():
        case "bearer":
            return rest.strip()
        case "token":
            return rest.strip().rpartition(":")[2]
        case "basic":
            try:
                return b64decode(rest.strip(), validate=True).decode("latin-1").partition(":")[2].strip()
            except (Base64Error, ValueError):
                return ""
        case _:
            return ""


def check_query(request: Request, known: Collection[str], precisions: Collection[str], default: str) -> str:
    """Return the precision of the timestamps. Raises ``WriteInvalidError`` for a parameter that is unknown or repeated."""
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in known:
            raise WriteInvalidError(f"the parameter {name[:50]} is not supported; known: {', '.join(sorted(known))}")
        if given.count(name) > 1:
            raise WriteInvalidError(f"the parameter {name} is given more than once")
    precision = request.query_params.get("precision") or default
    if precision not in precisions:
        raise WriteInvalidError(f"invalid precision; valid: {', '.join(precisions)}")
    return precision


async def read_body(request: Request) -> bytes:
    """Return the body, decompressed. Raises ``WriteTooLargeError`` and ``WriteInvalidError``."""
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in {"identity", "gzip", ""}:
        raise WriteInvalidError("the Content-Encoding is not supported; send gzip or none")
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_BYTES:
            raise _too_large()
        chunks.append(chunk)
    body = b"".join(chunks)
    return _decompress(body) if coding == "gzip" and body else body


def _decompress(body: bytes) -> bytes:
    """Decompress gzip of one or several members, never to more than the limit."""
    parts: list[bytes] = []
    left = BODY_BYTES
    while body:
        decompressor = zlib.decompressobj(wbits=_GZIP_BITS)
        try:
            parts.append(decompressor.decompress(body, left + 1))
        except zlib.error:
            raise WriteInvalidError("the body is not valid gzip") from None
        left -= len(parts[-1])
        if left < 0:
            raise _too_large()
        if not decompressor.eof:
            raise WriteInvalidError("the gzip body ends too early")
        body = decompressor.unused_data.lstrip(b"\0")
    return b"".join(parts)


def _too_large() -> WriteTooLargeError:
    return WriteTooLargeError(f"the body has more than {BODY_BYTES} bytes")
