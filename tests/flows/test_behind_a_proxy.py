"""Two APIs and two workers behind nginx with TLS: the sample of ``deploy/nginx``, with other ports and a certificate."""

import asyncio
import ipaddress
import re
import signal
import ssl
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from benchmarks.installation import OWNER, Installation, installation, stand_in_agent, until
from benchmarks.ports import free_port
from benchmarks.sse import frames
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tools import servers

SAMPLE = Path("deploy/nginx/retinue.conf")
pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Proxied:
    """An installation and where browsers reach it: the proxy."""

    made: Installation
    url: str
    plain_url: str
    tls: ssl.SSLContext

    async def get(self, path: str, *, base: str = "", **headers: str) -> tuple[int, dict[str, str], str]:
        """Get a path through the proxy; return status, headers and body."""
        address = f"{base or self.url}{path}"
        asked = self.made.headers | headers
        async with self.made.http.get(address, headers=asked, ssl=self.tls, allow_redirects=False) as response:
            return response.status, dict(response.headers), await response.text()


def _certificate(folder: Path) -> None:
    """Write a key and a certificate of this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.IPv4Address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=1)).add_extension(names, critical=False)
    signed = builder.sign(key, hashes.SHA256())
    (folder / "fullchain.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "privkey.pem").write_bytes(key.private_bytes(pem, pkcs8, serialization.NoEncryption()))


@contextmanager
def _served(program: str, folder: Path, ports: tuple[int, int], upstreams: list[str]) -> Generator[None]:
    """Run nginx on the sample, in which nothing is replaced but names, ports and files."""
    http, https = ports
    sample = SAMPLE.read_text(encoding="utf-8")
    replaced = {
        "    server 127.0.0.1:8600;\n": "".join(f"    server {each.removeprefix('http://')};\n" for each in upstreams),
        "listen 80;": f"listen 127.0.0.1:{http};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{https} ssl http2;",
        "https://$host$request_uri": f"https://$host:{https}$request_uri",
        "/etc/ssl/retinue/": f"{folder}/",
        "retinue.example.com": "127.0.0.1",
    }
    for old, new in replaced.items():
        assert old in sample, old
        sample = sample.replace(old, new)
    kept = "".join(f"{what}_temp_path {folder}/{what};\n" for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(
        f"daemon off;\nworker_processes 1;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
        f"events {{ worker_connections 512; }}\nhttp {{\naccess_log off;\n{kept}{sample}}}\n"
    )
    process = subprocess.Popen([program, "-c", folder / "nginx.conf", "-e", folder / "error.log"])  # noqa: S603 - ours
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


@asynccontextmanager
async def _proxied(folder: Path) -> AsyncGenerator[Proxied]:
    program = servers.install("nginx")
    if program is None:
        pytest.skip("nginx is not on this machine (Debian: nginx-light); owner: deployment")
    _certificate(folder)
    tls = ssl.create_default_context(cafile=folder / "fullchain.pem")
    ports = free_port(), free_port()
    url = f"https://127.0.0.1:{ports[1]}"
    async with installation(workers=2, apis=2, public_url=url) as made:
        with _served(program, folder, ports, [made.api_url, *made.api_urls]):
            await until((folder / "pid").exists)
            yield Proxied(made, url, f"http://127.0.0.1:{ports[0]}", tls)


@pytest.fixture(scope="module")
async def proxied(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Proxied]:
    """Give an installation behind the proxy, for all tests of this module."""
    folder = tmp_path_factory.mktemp("proxy")
    for each in (folder, folder.parent):
        each.chmod(0o755)
    async with _proxied(folder) as made:
        yield made


async def test_console_is_served_with_tls_alone_and_metrics_stay_inside(proxied: Proxied) -> None:
    status, headers, page = await proxied.get("/", Accept="text/html")
    redirected, leads, _ = await proxied.get("/agents?q=1", base=proxied.plain_url)
    metrics, _, _ = await proxied.get("/metrics")

    assert (status, '<div id="root">' in page) == (200, True)
    assert headers["Strict-Transport-Security"].startswith("max-age")
    assert (redirected, leads["Location"]) == (308, f"{proxied.url}/agents?q=1")
    assert metrics == 404


async def test_tokens_arrive_while_the_run_goes_on_and_waiting_is_answered(proxied: Proxied) -> None:
    made = proxied.made
    slow, quick = await stand_in_agent(made, "stream-100"), await stand_in_agent(made, "answer")
    body = {"type": "agent", "target_id": slow, "input": {"prompt": "Say it."}}
    headers = made.headers | {"Accept": "text/event-stream"}

    async with made.http.post(f"{proxied.url}/api/v1/runs", json=body, headers=headers, ssl=proxied.tls) as response:
        kinds = list[str]()
        async for kind, _ in frames(response):
            kinds.append(kind)
            if kind == "token":
                break
        # The answer takes five seconds: what arrived by now has not waited for its end.
        status = made.query("SELECT status FROM runs ORDER BY created_at DESC LIMIT 1")
    waited = made.headers | {"Prefer": "wait=60"}
    body |= {"target_id": quick}
    async with made.http.post(f"{proxied.url}/api/v1/runs", json=body, headers=waited, ssl=proxied.tls) as response:
        run = await response.json()

    assert (kinds[-1], status) == ("token", [("running",)])
    assert (response.status, run["status"]) == (200, "completed")


async def test_address_of_the_caller_is_the_proxys_word_and_not_the_callers(proxied: Proxied) -> None:
    credentials = {"email": OWNER, "password": proxied.made.password}
    headers = {"Origin": proxied.url, "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
        browser.post(f"{proxied.url}/api/v1/auth/sign-in", json=credentials, headers=headers, ssl=proxied.tls) as response,
    ):
        text = await response.text()
        cookies = response.headers.getall("Set-Cookie")
        assert response.status == 200, text

    (address,) = proxied.made.query("SELECT ip FROM sessions ORDER BY created_at DESC LIMIT 1")
    assert address == ("127.0.0.1",)
    assert all("Secure" in each for each in cookies)


async def test_changes_are_told_over_a_websocket(proxied: Proxied) -> None:
    made = proxied.made
    key = (await made.call("GET", "/realtime"))["publishable_key"]
    credentials = {"email": OWNER, "password": made.password}
    signing = f"{proxied.url}/auth/v1/token?grant_type=password"
    async with made.http.post(signing, json=credentials, headers={"apikey": key}, ssl=proxied.tls) as response:
        token = (await response.json())["access_token"]
    address = f"{proxied.url.replace('https', 'wss')}/realtime/v1/websocket?apikey={key}&vsn=2.0.0"
    changes = [{"event": "INSERT", "schema": "public", "table": "agents"}]
    join = {"config": {"postgres_changes": changes}, "access_token": token}

    async with made.http.ws_connect(address, ssl=proxied.tls) as socket:
        await socket.send_json(["1", "1", "realtime:agents", "phx_join", join])
        await _told(socket, "system")
        await made.call("POST", "/agents", {"name": "Told"})
        told = await _told(socket, "postgres_changes")

    assert told["data"]["record"]["name"] == "Told"


async def _told(socket: aiohttp.ClientWebSocketResponse, event: str) -> Any:
    async with asyncio.timeout(30):
        while (frame := await socket.receive_json())[3] != event:
            pass
    return frame[4]


async def test_no_request_fails_when_an_api_is_killed(proxied: Proxied) -> None:
    made = proxied.made
    made.processes["api-1"].send_signal(signal.SIGKILL)
    made.processes["api-1"].wait(30)

    answers = await asyncio.gather(*(proxied.get("/api/v1/agents?limit=1") for _ in range(40)))

    assert {status for status, _, _ in answers} == {200}
    assert all(re.search('"items"', body) for _, _, body in answers)
