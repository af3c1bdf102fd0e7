"""The gate of request bodies: caps their size and refuses what could not be stored, before any package sees it.

JSON is read once by a strict reader: UTF-8 only, no NaN, no lone surrogates, no NUL characters (PostgreSQL's text cannot
hold one), no field twice (RFC 8259, section 4, leaves open which counts). Other bodies, such as uploads, pass through with
their size counted. None of them may trickle in.
"""

import asyncio
import json
import re
import time
from collections.abc import Iterator

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from retinue.core.errors import Error, FieldProblem, InvalidError, Kind
from retinue.core.http.csrf import SESSION_COOKIE
from retinue.core.json import INTEGER_DIGITS, Json, loads, long_integer_fields

JSON_BYTES = 4 * 1024 * 1024
LARGE_JSON_BYTES = 24 * 1024 * 1024
LARGE_JSON_PATHS = frozenset({"/api/v1/tools/import-openapi"})
"""Where a request that has a credential may carry a whole document of 10 MiB as a string, quoted."""

RAW_PATHS = frozenset({"/api/v2/write", "/write"})
"""Where the operation itself reads the body, which may be compressed, and limits its size."""

JSON_DEPTH = 200
UPLOAD_BYTES = 64 * 1024 * 1024
_BYTES_A_SECOND = 16 * 1024
_MOST_FIELDS = 20
_HEADERS = {b"content-type", b"content-length", b"content-encoding"}


class TooLargeError(Error):
    """The request's body is too large."""

    kind = Kind.TOO_LARGE
    code = "too_large"
    remedy = "Send a smaller body, or send large content as an attachment."


class BodySlowError(Error):
    """The request's body arrives too slowly."""

    kind = Kind.TIMED_OUT
    code = "body_slow"
    remedy = "Send it over a faster connection, or in smaller parts; RETINUE_BODY_SECONDS sets how long is waited."


class MalformedError(InvalidError):
    """The request's body is not JSON that can be stored."""

    code = "json_invalid"


def _nul_paths(value: Json, path: str) -> Iterator[str]:
    if isinstance(value, str):
        if "\0" in value:
            yield path
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _nul_paths(item, f"{path}.{index}" if path else str(index))
    elif isinstance(value, dict):
        for key, item in value.items():
            here = f"{path}.{key}" if path else key
            if "\0" in key:
                yield here.replace("\0", "\\0")
            yield from _nul_paths(item, here)


def _is_deeper(value: Json, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        inner = (item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list)))
        level = [item for items in inner for item in items]
    return bool(level)


_FIELD = re.compile(rb'"\s*:')


def _field_count(value: Json) -> int:
    count, level = 0, [value]
    while level:
        maps = [item for item in level if isinstance(item, dict)]
        count += sum(map(len, maps))
        inner = [item for each in maps for item in each.values()]
        inner += [item for each in level if isinstance(each, list) for item in each]
        level = [item for item in inner if isinstance(item, (dict, list))]
    return count


def _refuse_twice(pairs: list[tuple[str, Json]]) -> None:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            field = FieldProblem(name, "is given more than once", "Give it once.")
            raise MalformedError(f"{name}: occurs more than once.", remedy="Send it once.", fields=(field,))
        names.add(name)


def check_json(body: bytes) -> None:
    """Demand storable JSON. Raises ``MalformedError`` that names the place or the field."""
    fields = long_integer_fields(body)
    if fields:
        message, remedy = f"has more than {INTEGER_DIGITS:,} digits", "Send a shorter integer, or a string."
        problems = tuple(FieldProblem(path, message, remedy) for path in fields[:_MOST_FIELDS])
        raise MalformedError(f"{fields[0]}: {message}.", remedy=remedy, fields=problems)
    try:
        value: Json = loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedError(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}.",
            remedy="Send a well-formed JSON document in UTF-8.",
            fields=(FieldProblem("body", error.msg, "Send a well-formed JSON document in UTF-8."),),
        ) from None
    if body.count(b"[") + body.count(b"{") > JSON_DEPTH and _is_deeper(value, JSON_DEPTH):
        message, remedy = f"is nested more than {JSON_DEPTH} levels deep", "Nest it less deeply."
        raise MalformedError(f"The body {message}.", remedy=remedy, fields=(FieldProblem("body", message, remedy),))
    if b"\\u0000" in body:
        fields = tuple(FieldProblem(path, "holds a NUL character", "Remove it.") for path in _nul_paths(value, ""))
        if fields:
            raise MalformedError(f"{fields[0].field}: holds a NUL character.", remedy="Remove it.", fields=fields)
    # As many fields as there could be at most: none is there twice, and the slow look is spared.
    if len(_FIELD.findall(body)) != _field_count(value):
        json.loads(body, object_pairs_hook=_refuse_twice)


def _check_query(scope: Scope) -> None:
    if b"%00" in scope["query_string"] or "\0" in scope["path"]:
        raise MalformedError(
            "The address holds a NUL character.",
            remedy="Remove %00 from the path or the query.",
            fields=(FieldProblem("query", "holds a NUL character", "Remove %00."),),
        )


class _Arrival:
    """A body as it arrives. One that trickles in is refused, and its connection closed after the answer.

    Only waiting counts: what the application does between two parts costs the sender nothing.
    """

    def __init__(self, receive: Receive, send: Send, seconds: float) -> None:
        """Take both directions of a request, and for how many seconds its body is waited."""
        self._receive, self._send = receive, send
        self._left = seconds
        self._is_whole = self._is_late = False

    async def receive(self) -> Message:
        """Return what arrives next. Raises ``BodySlowError``."""
        if self._is_whole:
            return await self._receive()
        began = time.monotonic()
        try:
            async with asyncio.timeout(max(self._left, 0)):
                message = await self._receive()
        except TimeoutError:
            self._is_late = True
            raise BodySlowError from None
        self._left += len(message.get("body", b"")) / _BYTES_A_SECOND - (time.monotonic() - began)
        self._is_whole = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """Hand a part of the answer on."""
        if self._is_late and message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"connection", b"close")]
        await self._send(message)


class Bodies:
    """ASGI middleware around the application.

    A refusal is left in ``request.state.refusal``, and the request goes on without its body: the operation first asks who
    sends it (``gate.check_request``). The body of a request without a credential is read only where it is JSON.
    """

    def __init__(self, app: ASGIApp, seconds: float) -> None:
        """Wrap an application; a body is waited for so many seconds, and one more for each 16 KiB."""
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request's body, then hand it on whole (JSON) or as it comes (anything else)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        arrival = _Arrival(receive, send, self._seconds)
        receive, send = arrival.receive, arrival.send
        try:
            _check_query(scope)
            handed = await self._gate(scope, receive)
        except Error as error:
            scope.setdefault("state", {})["refusal"] = error
            handed = _replay({"type": "http.request", "body": b"", "more_body": False}, receive)
            _drop_type(scope)
        else:
            if not _is_json(scope) and not _has_credential(scope):
                _drop_type(scope)
        await self._app(scope, handed, send)

    async def _gate(self, scope: Scope, receive: Receive) -> Receive:
        if scope["path"] in RAW_PATHS:
            return receive
        headers = {name: value for name, value in scope["headers"] if name in _HEADERS}
        if headers.get(b"content-encoding", b"identity").strip().lower() != b"identity":
            remedy = "Send the body as it is, without this header."
            field = FieldProblem("Content-Encoding", "is not supported", remedy)
            raise MalformedError("The body is compressed, which is not taken here.", remedy=remedy, fields=(field,))
        is_json = _is_json(scope)
        limit = _json_bytes(scope) if is_json else UPLOAD_BYTES
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            raise TooLargeError(f"The body has {int(declared)} bytes; at most {limit} are taken here.")
        if is_json and scope["method"] not in {"GET", "HEAD"}:
            return await _whole(receive, limit)
        return _counted(receive, limit)


def _json_bytes(scope: Scope) -> int:
    return LARGE_JSON_BYTES if scope["path"] in LARGE_JSON_PATHS and _has_credential(scope) else JSON_BYTES


def _is_json(scope: Scope) -> bool:
    types = (value for name, value in scope["headers"] if name == b"content-type")
    return next(types, b"").split(b";")[0].strip().lower().endswith(b"json")


def _has_credential(scope: Scope) -> bool:
    cookie = f"{SESSION_COOKIE}=".encode()
    return any(name == b"authorization" or (name == b"cookie" and cookie in value) for name, value in scope["headers"])


def _drop_type(scope: Scope) -> None:
    """Have no parser take the body."""
    scope["headers"] = [each for each in scope["headers"] if each[0] != b"content-type"]


async def _whole(receive: Receive, limit: int) -> Receive:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return _replay(message, receive)
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            raise TooLargeError(f"The body has more than {limit} bytes.")
        if not message.get("more_body"):
            break
    body = b"".join(chunks)
    if body.strip():
        check_json(body)
    return _replay({"type": "http.request", "body": body, "more_body": False}, receive)


def _replay(first: Message, receive: Receive) -> Receive:
    pending = [first]

    async def handed() -> Message:
        return pending.pop() if pending else await receive()

    return handed


def _counted(receive: Receive, limit: int) -> Receive:
    size = 0

    async def handed() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise TooLargeError(f"The body has more than {limit} bytes.")
        return message

    return handed
