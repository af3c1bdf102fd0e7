import asyncio
import gzip
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from retinue.core.outbound.addresses import OutboundRefusedError, Policy, parse_exceptions
from retinue.core.outbound.client import (
    Outbound,
    OutboundFailedError,
    OutboundRequest,
    OutboundTimeoutError,
    OutboundTooLargeError,
    OutboundUnreachedError,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncGenerator[str]:
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def client(openings: str = "127.0.0.1", names: dict[str, list[str]] | None = None) -> AsyncGenerator[Outbound]:
    async def resolve(host: str, port: int) -> list[str]:
        if names and host in names:
            return names[host]
        infos = await asyncio.get_running_loop().getaddrinfo(host, port)
        return [str(info[4][0]) for info in infos]

    outbound = Outbound(Policy(parse_exceptions(openings)), resolve=resolve)
    try:
        yield outbound
    finally:
        await outbound.close()


async def echo(request: web.Request) -> web.Response:
    return web.json_response({"method": request.method, "headers": dict(request.headers), "body": await request.text()})


async def test_a_call_is_made_and_its_answer_read() -> None:
    async with serving(echo) as url, client() as outbound:
        answer = await outbound.send(OutboundRequest("POST", f"{url}/x?a=1", {"X-Key": "k"}, b"hello"))

    assert answer.status == 200
    assert answer.media_type == "application/json"
    assert '"body": "hello"' in answer.text()
    assert '"X-Key": "k"' in answer.text()


async def test_loopback_is_closed_unless_the_operator_opens_it() -> None:
    async with serving(echo) as url, client(openings="") as outbound:
        with pytest.raises(OutboundRefusedError, match=r"127\.0\.0\.1"):
            await outbound.send(OutboundRequest("GET", url))


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[0:0:0:0:0:ffff:7f00:0001]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "LOCALHOST.",
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
    ],
)
async def test_every_way_to_write_an_inner_address_is_refused(host: str) -> None:
    async with client(openings="") as outbound:
        # A name that this machine does not know is as good as refused; an address is not.
        unknown = OutboundUnreachedError if host == "LOCALHOST." else OutboundRefusedError
        with pytest.raises((OutboundRefusedError, unknown)):
            await outbound.send(OutboundRequest("GET", f"http://{host}/", timeout_seconds=5))


async def test_a_name_that_points_inside_is_refused() -> None:
    async with client(openings="", names={"inside.example": ["10.0.0.1"], "meta.example": ["169.254.169.254"]}) as outbound:
        for name in ("inside.example", "meta.example"):
            with pytest.raises(OutboundRefusedError, match=name):
                await outbound.send(OutboundRequest("GET", f"http://{name}/"))


async def test_a_name_that_changes_its_answer_reaches_only_what_was_checked() -> None:
    asked: list[str] = []

    async with serving(echo) as url:
        port = url.rsplit(":", 1)[1]

        async def resolve(host: str, _port: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

        outbound = Outbound(Policy(parse_exceptions("127.0.0.1")), resolve=resolve)
        answer = await outbound.send(OutboundRequest("GET", f"http://rebind.example:{port}/"))
        with pytest.raises(OutboundRefusedError):
            await outbound.send(OutboundRequest("GET", f"http://rebind.example:{port}/"))
        await outbound.close()

    assert answer.status == 200
    assert asked == ["rebind.example", "rebind.example"]


async def test_of_several_addresses_only_the_open_ones_are_used() -> None:
    async with serving(echo) as url:
        port = url.rsplit(":", 1)[1]
        async with client(names={"two.example": ["10.255.255.1", "127.0.0.1"]}) as outbound:
            answer = await outbound.send(OutboundRequest("GET", f"http://two.example:{port}/", timeout_seconds=5))

    assert answer.status == 200


async def test_a_redirect_inside_is_refused() -> None:
    async def to_metadata(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest/meta-data/"})

    async with serving(to_metadata) as url, client() as outbound:
        with pytest.raises(OutboundRefusedError, match=r"169\.254\.169\.254"):
            await outbound.send(OutboundRequest("GET", url))


@pytest.mark.parametrize("location", ["file:///etc/passwd", "gopher://x/", "http://user:p@127.0.0.1/"])
async def test_a_redirect_to_another_kind_of_address_is_refused(location: str) -> None:
    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": location})

    async with serving(redirect) as url, client() as outbound:
        with pytest.raises(OutboundRefusedError):
            await outbound.send(OutboundRequest("GET", url))


async def test_redirects_end() -> None:
    async def around(_request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/again"})

    async with serving(around) as url, client() as outbound:
        with pytest.raises(OutboundFailedError, match="more than 5 times"):
            await outbound.send(OutboundRequest("GET", url))


async def test_credentials_do_not_follow_a_redirect_to_another_host() -> None:
    async with serving(echo) as other:

        async def redirect(_request: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": f"{other}/x"})

        async with serving(redirect) as url, client() as outbound:
            answer = await outbound.send(
                OutboundRequest("GET", url, {"Authorization": "Bearer s3cret", "X-Api-Key": "s3cret"})
            )

    assert answer.url == f"{other}/x"
    assert "s3cret" not in answer.text()


async def test_content_does_not_follow_a_redirect_to_another_host() -> None:
    async with serving(echo) as other:

        async def redirect(_request: web.Request) -> web.Response:
            return web.Response(status=307, headers={"Location": other})

        async with serving(redirect) as url, client() as outbound:
            with pytest.raises(OutboundRefusedError, match="another host"):
                await outbound.send(OutboundRequest("POST", url, {}, b"private"))


async def test_a_post_becomes_a_get_after_see_other() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/done":
            return await echo(request)
        return web.Response(status=303, headers={"Location": "/done"})

    async with serving(handler) as url, client() as outbound:
        answer = await outbound.send(OutboundRequest("POST", url, {"Content-Type": "text/plain", "X-Key": "k"}, b"x"))

    assert '"method": "GET"' in answer.text()
    assert '"body": ""' in answer.text()
    assert '"X-Key": "k"' in answer.text()


async def test_allowed_hosts_narrow_a_call_and_its_redirects() -> None:
    async def redirect(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"http://other.example:{request.url.port}/"})

    names = {"first.example": ["127.0.0.1"], "other.example": ["127.0.0.1"]}
    async with serving(redirect) as url, client(names=names) as outbound:
        start = url.replace("127.0.0.1", "first.example")
        with pytest.raises(OutboundRefusedError, match=r"other\.example is not among"):
            await outbound.send(OutboundRequest("GET", start, allowed_hosts=("first.example",)))


async def test_an_answer_too_large_is_refused_or_cut() -> None:
    async def large(_request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 300_000)

    async with serving(large) as url, client() as outbound:
        with pytest.raises(OutboundTooLargeError):
            await outbound.send(OutboundRequest("GET", url, max_bytes=1000))
        cut = await outbound.send(OutboundRequest("GET", url, max_bytes=1000, is_cut=True))

    assert (len(cut.body), cut.is_cut) == (1000, True)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_decompression_bomb_stops_at_the_cap(encoding: str) -> None:
    plain = b"\0" * 50_000_000
    packed = gzip.compress(plain) if encoding == "gzip" else zlib.compress(plain)

    async def bomb(_request: web.Request) -> web.Response:
        return web.Response(body=packed, headers={"Content-Encoding": encoding})

    async with serving(bomb) as url, client() as outbound:
        with pytest.raises(OutboundTooLargeError):
            await outbound.send(OutboundRequest("GET", url, max_bytes=100_000))


async def test_compressed_answers_are_read() -> None:
    async def packed(_request: web.Request) -> web.Response:
        return web.Response(body=gzip.compress(b"hello " * 1000), headers={"Content-Encoding": "gzip"})

    async with serving(packed) as url, client() as outbound:
        answer = await outbound.send(OutboundRequest("GET", url))

    assert answer.body == b"hello " * 1000


@pytest.mark.parametrize("headers", [{"Content-Encoding": "br"}, {"Content-Encoding": "gzip"}])
async def test_wrong_compression_is_told(headers: dict[str, str]) -> None:
    async def wrong(_request: web.Request) -> web.Response:
        return web.Response(body=b"not packed", headers=headers)

    async with serving(wrong) as url, client() as outbound:
        with pytest.raises(OutboundFailedError, match="compress"):
            await outbound.send(OutboundRequest("GET", url))


async def test_a_slow_answer_is_given_up() -> None:
    release = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        await release.wait()
        return web.Response()

    async with serving(slow) as url, client() as outbound:
        with pytest.raises(OutboundTimeoutError) as caught:
            await outbound.send(OutboundRequest("GET", url, timeout_seconds=0.1))
        release.set()

    assert caught.value.may_have_arrived


async def test_a_closed_port_was_never_reached() -> None:
    async with serving(echo) as url:
        pass
    async with client() as outbound:
        with pytest.raises(OutboundUnreachedError) as caught:
            await outbound.send(OutboundRequest("POST", url, {}, b"x"))

    assert not caught.value.may_have_arrived


async def test_a_connection_cut_after_sending_may_have_arrived() -> None:
    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with serving(cut) as url, client() as outbound:
        with pytest.raises(OutboundFailedError) as caught:
            await outbound.send(OutboundRequest("POST", url, {}, b"x"))

    assert caught.value.may_have_arrived


@pytest.mark.parametrize(
    "headers", [{"Host": "x"}, {"content-length": "1"}, {"X": "a\r\nB: c"}, {"X Y": "a"}, {"Cookie": "a=b"}]
)
async def test_headers_of_the_transport_cannot_be_set(headers: dict[str, str]) -> None:
    async with client() as outbound:
        with pytest.raises(OutboundRefusedError):
            await outbound.send(OutboundRequest("GET", "http://127.0.0.1/", headers))


async def test_no_cookie_is_kept_and_no_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    async def setting(request: web.Request) -> web.Response:
        response = web.json_response({"cookies": dict(request.cookies)})
        response.set_cookie("track", "1")
        return response

    async with serving(setting) as url, client() as outbound:
        await outbound.send(OutboundRequest("GET", url))
        second = await outbound.send(OutboundRequest("GET", url))

    assert "track" not in second.text()


async def test_declared_character_sets_are_read() -> None:
    async def latin(_request: web.Request) -> web.Response:
        return web.Response(body="Grüße".encode("latin-1"), headers={"Content-Type": "text/plain; charset=ISO-8859-1"})

    async with serving(latin) as url, client() as outbound:
        answer = await outbound.send(OutboundRequest("GET", url))

    assert answer.text() == "Grüße"


async def test_a_connection_to_an_unchecked_address_is_not_opened() -> None:
    async with serving(echo) as url, client() as outbound:
        with pytest.raises(aiohttp.ClientConnectorError):
            await outbound._session_for("GET").get(url)  # pyright: ignore[reportPrivateUsage] - behind the check, on purpose
