"""Redirects and addresses: every kind of provider is called through the same checks."""

import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from retinue.core.errors import Error
from retinue.engine.ports import ChatModel, ModelRequest, ModelSpec
from retinue.llm.attempts import RetryPolicy
from retinue.llm.errors import ModelAddressError, ModelUnavailableError
from retinue.llm.langchain_adapter import LangChainChatModel
from retinue.llm.network import open_session
from retinue.llm.provider_client import ProviderChatModel
from retinue.llm.types import Endpoint

pytestmark = pytest.mark.filterwarnings("ignore")  # warnings of the provider packages

KEY = "key-of-the-provider"
MODELS = {"openai": "gpt-4o", "anthropic": "claude-sonnet-4-5", "google": "gemini-2.5-flash", "ollama": "llama3.2"}
CLIENTS = [*(("lean", kind) for kind in MODELS), *(("langchain", kind) for kind in MODELS)]
ONCE = RetryPolicy(attempts=1, connect_seconds=5)


class _Rebinding(AbstractResolver):
    """Resolves every name to a public address first and to loopback afterwards."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        address = self.addresses.pop(0) if len(self.addresses) > 1 else self.addresses[0]
        return [ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        return


def _client(client: str, session: aiohttp.ClientSession, url: str) -> ChatModel:
    async def endpoint_of(_request: ModelRequest) -> Endpoint:
        return Endpoint(url, KEY)

    made = ProviderChatModel if client == "lean" else LangChainChatModel
    return made(session, endpoint_of, ONCE)


async def _ask(client: str, kind: str, session: aiohttp.ClientSession, url: str) -> str:
    spec = ModelSpec("p", kind, MODELS[kind], url, {})
    request = ModelRequest("o", spec, [{"role": "user", "content": "Hello"}], (), 10, "run:step")
    return (await _client(client, session, url).complete(request, lambda _kind, _chunk: None)).content


@asynccontextmanager
async def _server(status: int, text: str, **headers: str) -> AsyncGenerator[tuple[str, list[web.Request]]]:
    """Serve one answer at every path, and record the requests."""
    asked: list[web.Request] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response(status=status, text=text, headers=headers)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", asked
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(("client", "kind"), CLIENTS)
async def test_a_redirect_of_a_provider_is_refused(client: str, kind: str, status: int) -> None:
    async with (
        open_session(private_networks=True) as session,
        _server(500, "content of the other host") as (elsewhere, stolen),
        _server(status, "moved", Location=f"{elsewhere}/v1/secret") as (url, asked),
    ):
        with pytest.raises(ModelAddressError, match="redirect") as refused:
            await _ask(client, kind, session, url)

    assert len(asked) == 1
    assert stolen == []
    assert "content of the other host" not in f"{refused.value.detail}{refused.value.remedy_text}"


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254"])
@pytest.mark.parametrize(("client", "kind"), CLIENTS)
async def test_a_name_that_resolves_to_a_closed_address_is_not_called(client: str, kind: str, address: str) -> None:
    async with _server(200, "never read") as (url, asked):
        port = url.rsplit(":", 1)[1]
        async with open_session(private_networks=False, resolver=_Rebinding(address)) as session:
            with pytest.raises(ModelAddressError, match="does not allow"):
                await _ask(client, kind, session, f"http://model.example:{port}")

    assert asked == []


@pytest.mark.parametrize(("client", "kind"), CLIENTS)
async def test_a_literal_address_is_checked_when_it_is_connected_to(client: str, kind: str) -> None:
    async with _server(200, "never read") as (url, asked), open_session(private_networks=False) as session:
        with pytest.raises(ModelAddressError, match="does not allow"):
            await _ask(client, kind, session, url)

    assert asked == []


@pytest.mark.parametrize(("client", "kind"), CLIENTS)
async def test_no_proxy_of_the_environment_is_used(client: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with _server(500, "of the proxy") as (proxy, proxied), _server(500, "of the provider") as (url, asked):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        async with open_session(private_networks=True) as session:
            with pytest.raises(Error):
                await _ask(client, kind, session, url)

    assert len(asked) == 1
    assert proxied == []


@pytest.mark.parametrize(("client", "kind"), CLIENTS)
async def test_a_page_of_html_becomes_status_and_reason(client: str, kind: str) -> None:
    page = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body>" + "<p>nginx/1.27</p>" * 100
    async with (
        open_session(private_networks=True) as session,
        _server(502, page, **{"Content-Type": "text/html"}) as (url, _),
    ):
        with pytest.raises(ModelUnavailableError) as failed:
            await _ask(client, kind, session, url)

    assert failed.value.detail == "The provider answered 502 (Bad Gateway)."
    assert failed.value.remedy_text


@pytest.mark.parametrize(("client", "kind"), CLIENTS)
async def test_a_refused_connection_is_a_sentence(client: str, kind: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        async with open_session(private_networks=True) as session:
            with pytest.raises(ModelUnavailableError) as failed:
                await _ask(client, kind, session, f"http://127.0.0.1:{port}")

    assert failed.value.detail == f"No connection to 127.0.0.1, port {port}: the connection was refused."


@pytest.mark.parametrize(("client", "kind"), CLIENTS)
async def test_an_unknown_host_name_is_a_sentence(client: str, kind: str) -> None:
    class _Nobody(AbstractResolver):
        async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:  # type: ignore[override]
            raise OSError(None, "nodename nor servname provided")

        async def close(self) -> None:
            return

    async with open_session(private_networks=True, resolver=_Nobody()) as session:
        with pytest.raises(ModelUnavailableError) as failed:
            await _ask(client, kind, session, "http://models.example:8080")

    assert failed.value.detail == "No connection to models.example, port 8080: the host name is unknown."
