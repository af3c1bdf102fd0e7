"""Where the client is sent to: each place that is no Retinue, or none any more, is a sentence and an exit code."""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.cast import PASSWORD
from tests.cli.conftest import Terminal
from tests.runs.scene import Gate, Scene


@asynccontextmanager
async def _stranger(answer: web.Response | None, context: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """Serve an answer to everything; without one, the connection is closed in the middle of the request."""

    async def handle(request: web.Request) -> web.Response:
        if answer is None:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        return web.Response(status=answer.status, body=answer.body, content_type=answer.content_type)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("127.0.0.1:8600", "127.0.0.1:8600 is not an address: it begins with http:// or https://."),
        ("ftp://example.com", "it begins with http:// or https://."),
        ("http://[x", "is not the address of an installation."),
    ],
)
async def test_an_invalid_url_is_refused(terminal: Terminal, url: str, words: str) -> None:
    by_hand = await terminal("login", url, "--email", "anna@example.com", given=f"{PASSWORD}\n")
    terminal.environ = {"RETINUE_URL": url, "RETINUE_API_KEY": "rtn_x"}
    by_setting = await terminal("agents")

    assert (by_hand.code, by_setting.code) == (2, 2)
    assert words in by_hand.err
    assert by_setting.err == by_hand.err


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (web.Response(text="<html>Welcome</html>", content_type="text/html"), 2, "is no Retinue"),
        (web.Response(text='"hello"', content_type="application/json"), 2, "is no Retinue"),
        (web.Response(status=404, text="File not found"), 2, "is no Retinue (it said 404 Not Found)"),
        (web.Response(status=404, text="[]", content_type="application/json"), 2, "is no Retinue (it said 404 Not Found)"),
        (web.Response(status=502, text="Bad gateway"), 69, "answered 502 Bad Gateway."),
        (None, 69, "did not answer: Server disconnected."),
    ],
)
async def test_a_url_without_retinue_is_refused(
    terminal: Terminal, answer: web.Response | None, code: int, words: str
) -> None:
    async with _stranger(answer) as url:
        said = await terminal("login", url, "--email", "anna@example.com", given=f"{PASSWORD}\n")

    assert (said.code, said.out) == (code, "")
    assert words in said.err
    assert "Traceback" not in said.err
    assert not (terminal.home / ".config").exists()


async def test_a_path_below_an_installation_is_told_to_be_too_much(terminal: Terminal) -> None:
    said = await terminal("login", f"{terminal.url}/console", "--email", "anna@example.com", given=f"{PASSWORD}\n")

    assert said.code == 2
    assert "/console is no Retinue (it said 404 Not Found). Give its address alone, such as http://" in said.err


async def test_a_certificate_that_is_not_trusted_is_told(terminal: Terminal, tmp_path: Path) -> None:
    chain = tmp_path / "chain.pem"
    chain.write_bytes(_certificate())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)

    async with _stranger(web.Response(), context) as url:
        said = await terminal("login", url, "--email", "anna@example.com", given=f"{PASSWORD}\n")

    assert said.code == 69
    assert "a certificate that this machine does not trust?" in said.err
    assert "Traceback" not in said.err


async def test_a_wrong_and_an_empty_key_are_told_apart(terminal: Terminal) -> None:
    wrong = await terminal("login", terminal.url, "--api-key", "rtn_wrong")
    empty = await terminal("login", terminal.url, "--api-key", "")
    terminal.environ = {"RETINUE_URL": terminal.url, "RETINUE_API_KEY": "rtn_wrong"}
    set_wrong = await terminal("agents")

    assert (wrong.code, empty.code, set_wrong.code) == (77, 2, 77)
    assert "The API key is unknown" in wrong.err
    assert "The API key is empty." in empty.err
    assert "or correct RETINUE_API_KEY." in set_wrong.err


async def test_credentials_that_cannot_be_kept_or_read_are_told(anna: Terminal, scene: Scene) -> None:
    file = anna.home / ".config" / "retinue" / "credentials.json"
    file.write_text("[]")
    damaged = await anna("agents")
    file.unlink()
    file.parent.rmdir()
    file.parent.write_text("in the way")

    kept = await anna("login", anna.url, "--email", scene.cast.anna.email, given=f"{PASSWORD}\n")

    assert (damaged.code, kept.code) == (77, 74)
    assert damaged.err == f"{file} is damaged. Run 'retinue login' again.\n"
    assert "cannot be written" in kept.err
    assert "Traceback" not in kept.err


def _certificate() -> bytes:
    """Make a certificate that only itself vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private + made.public_bytes(serialization.Encoding.PEM)


class Line:
    """A line to an installation, of which each connection can be cut."""

    def __init__(self, url: str) -> None:
        """Take where it leads."""
        self._host, self._port = url.removeprefix("http://").split(":")
        self._ends: list[asyncio.StreamWriter] = []
        self.url = ""

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[None]:
        """Take connections until the block ends."""
        async with await asyncio.start_server(self._connect, "127.0.0.1", 0) as server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            yield
            self.cut()

    def cut(self) -> None:
        """Cut every connection there is; the next ones are taken again."""
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._host, int(self._port))
        self._ends += [writer, back]
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    writer.close()


async def test_a_lost_connection_is_told_and_the_run_followed_on(terminal: Terminal, played: Scene) -> None:
    gate = Gate()
    played.tools["gate"] = gate.tool
    await played.agent({"tool_calls": [{"name": "gate"}]}, "Done.", tools=("gate",), name="Slow")
    line = Line(terminal.url)
    async with line.opened(), asyncio.timeout(100):
        await terminal("login", line.url, "--email", played.cast.anna.email, given=f"{PASSWORD}\n")
        process = await terminal.begin("run", "Slow", "Go")
        await gate.wait()
        said: list[str] = []
        while not said or "✓" not in said[-1]:
            said.append((await process.stderr.readline()).decode())

        line.cut()
        lost = (await process.stderr.readline()).decode()
        gate.opened.set()
        out, err = await process.communicate()

    assert lost == "! Connection lost. Reconnecting.\n", said
    assert (process.returncode, out.decode()) == (0, "Done.\n")
    assert err.decode().count("✓ gate") == 1


async def test_address_other_than_the_one_signed_in_at_is_not_ignored(anna: Terminal) -> None:
    anna.environ["RETINUE_URL"] = "http://127.0.0.1:1"

    said = await anna("runs", "list")

    assert said.code == 77
    assert anna.url in said.err
    assert "http://127.0.0.1:1" in said.err
    assert "retinue login" in said.err
