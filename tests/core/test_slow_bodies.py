"""Bodies that do not arrive: they are refused in time, and their connection is closed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
import pytest

from retinue.process import Process
from tests.cast import Cast
from tests.serving import serve

_WHOLE = 1_000_000
_PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nHel'
_PATHS = {
    "/api/v1/agents": ("application/json", b'{"na'),
    "/api/v1/attachments": ("multipart/form-data; boundary=x", _PART),
    "/api/v2/write": ("text/plain", b"load,ag"),
    "/write": ("text/plain", b"load,ag"),
}
"""Path → media type, and what is sent of the body."""


@dataclass
class Impatient:
    """A server that waits a second for a body."""

    host: str
    port: int
    key: str

    async def begin(self, path: str, *, key: str | None = None) -> tuple[int, dict[str, str], bytes]:
        """Send the head and the first bytes of a body; return the answer once the connection is closed."""
        reader, writer = await asyncio.open_connection(self.host, self.port)
        media_type, body = _PATHS[path]
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {key or self.key}\r\n"
            f"Content-Type: {media_type}\r\nContent-Length: {_WHOLE}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        async with asyncio.timeout(20):
            answer = await reader.read()
        writer.close()
        top, _, told = answer.partition(b"\r\n\r\n")
        first, *lines = top.decode().split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        return int(first.split()[1]), headers, told


@pytest.fixture
async def impatient(cast: Cast, environ: dict[str, str]) -> AsyncIterator[Impatient]:
    """Serve a process of its own."""
    scopes = ["agents:write", "metrics:write", "conversations:write"]
    made = await cast.olga.http.post("/api-keys", json={"name": "slow", "scopes": scopes})
    process = Process(environ | {"RETINUE_BODY_SECONDS": "1"})
    await process.start(is_serving=False)
    async with serve(process) as client:
        parts = urlsplit(client.base_url)
        yield Impatient(str(parts.hostname), parts.port or 0, made.json["key"])
    await process.stop()


async def test_a_body_that_does_not_arrive_is_refused_and_the_connection_closed(impatient: Impatient) -> None:
    answers = dict(zip(_PATHS, await asyncio.gather(*(impatient.begin(path) for path in _PATHS)), strict=True))

    assert {path: status for path, (status, _, _) in answers.items()} == dict.fromkeys(_PATHS, 408)
    assert {headers["connection"] for _, headers, _ in answers.values()} == {"close"}
    told = {path: orjson.loads(body) for path, (_, _, body) in answers.items()}
    for path in ("/api/v1/agents", "/api/v1/attachments"):
        assert (told[path]["code"], "faster connection" in told[path]["remedy"]) == ("body_slow", True)
    assert told["/api/v2/write"]["code"] == "request timeout"
    assert all("faster connection" in str(each) for each in told.values())


async def test_a_slow_body_of_a_stranger_tells_only_that_a_credential_is_needed(impatient: Impatient) -> None:
    status, headers, body = await impatient.begin("/api/v1/agents", key="wrong")

    assert (status, headers["connection"], orjson.loads(body)["code"]) == (401, "close", "api_key_refused")
