import ipaddress
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import given
from hypothesis import strategies as st

from retinue.core.outbound.addresses import is_public
from retinue.engine.ports import ModelRequest, ModelSpec
from retinue.llm import rules, service
from retinue.llm.errors import ModelAddressError
from retinue.llm.network import is_open, open_session
from retinue.llm.provider_client import ProviderChatModel
from retinue.llm.rules import ProviderInvalidError
from retinue.llm.types import Endpoint, ProviderKind
from retinue.process import Process
from tests.cast import Cast
from tests.llm.openai_server import Server, event, serving, stream


class _Names(AbstractResolver):
    """Gives every name the same address."""

    def __init__(self, address: str) -> None:
        self.address = address

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host=self.address, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        return


async def _answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    return await stream(request, event({"content": "ok"}, "stop"))


async def _ask(session: aiohttp.ClientSession, server: Server) -> str:
    port = server.url.rsplit(":", 1)[1]

    async def endpoint_of(_request: ModelRequest) -> Endpoint:
        return Endpoint(f"http://model.example:{port}", "key")

    request = ModelRequest(
        "o", ModelSpec("p", "openai_compatible", "m", None, {}), [{"role": "user", "content": "Hello"}], (), 10, "k"
    )
    return (await ProviderChatModel(session, endpoint_of).complete(request, lambda _kind, _chunk: None)).content


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
async def test_a_public_name_that_leads_inside_is_not_called(address: str) -> None:
    async with serving(_answer) as server, open_session(private_networks=False, resolver=_Names(address)) as session:
        with pytest.raises(ModelAddressError, match="does not allow"):
            await _ask(session, server)

        assert server.bodies == []


async def test_a_name_that_leads_to_a_server_of_one_s_own_is_called_where_that_is_allowed() -> None:
    async with serving(_answer) as server, open_session(private_networks=True, resolver=_Names("127.0.0.1")) as session:
        assert await _ask(session, server) == "ok"


async def test_where_clouds_keep_credentials_is_closed_even_then() -> None:
    async with (
        serving(_answer) as server,
        open_session(private_networks=True, resolver=_Names("169.254.169.254")) as session,
    ):
        with pytest.raises(ModelAddressError):
            await _ask(session, server)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "64:ff9b::169.254.169.254",
        "::169.254.169.254",
        "2002:a9fe:a9fe::1",
        "fe80::5efe:a9fe:a9fe",
        "fd00::200:5efe:169.254.169.254",
        "2001:0:4136:e378:8000:63bf:5601:5601",
        "fd00:ec2::254",
        "fe80::1",
    ],
)
def test_addresses_of_credentials_are_closed_in_every_form(address: str) -> None:
    assert not is_open(ipaddress.ip_address(address), private_networks=True)


@given(st.ip_addresses())
def test_closing_private_networks_leaves_nothing_open_that_is_not_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    assert not is_open(address, private_networks=False) or is_public(address)
    assert not is_open(address, private_networks=False) or is_open(address, private_networks=True)


@pytest.mark.parametrize(
    ("kind", "url", "is_allowed"),
    [
        (ProviderKind.OPENAI, None, True),
        (ProviderKind.ANTHROPIC, None, True),
        (ProviderKind.ANTHROPIC, "https://proxy.example", True),
        (ProviderKind.GOOGLE, "https://proxy.example", True),
        (ProviderKind.GOOGLE, "https://192.168.1.5", False),
        (ProviderKind.OPENAI_COMPATIBLE, "http://1.1.1.1:25/v1", False),
        (ProviderKind.OPENAI_COMPATIBLE, "https://models.example/v1", True),
        (ProviderKind.OPENAI_COMPATIBLE, "http://192.168.1.5/v1", False),
        (ProviderKind.OPENAI_COMPATIBLE, "http://localhost:8000/v1", False),
        (ProviderKind.OPENAI_COMPATIBLE, "http://[::1]/v1", False),
        (ProviderKind.OLLAMA, None, False),
        (ProviderKind.OLLAMA, "https://ollama.example", True),
    ],
)
def test_without_private_networks_only_public_addresses_are_accepted_forevery_kind(
    kind: ProviderKind, url: str | None, *, is_allowed: bool
) -> None:
    if is_allowed:
        rules.check_address(kind, url, private_networks=False)
    else:
        with pytest.raises(ProviderInvalidError):
            rules.check_address(kind, url, private_networks=False)


@asynccontextmanager
async def _closed(environ: dict[str, str]) -> AsyncGenerator[Process]:
    process = Process({**environ, "RETINUE_MODEL_PRIVATE_NETWORKS": "false"})
    await process.start(is_serving=False)
    try:
        yield process
    finally:
        await process.stop()


async def test_an_address_saved_before_private_networks_were_closed_is_not_called_after(
    cast: Cast, environ: dict[str, str]
) -> None:
    body = {"name": "Inside", "kind": "openai_compatible", "base_url": "http://127.0.0.1:9/v1", "api_key": "k"}
    made = (await cast.olga.http.post("/model-providers", json={**body, "save_untested": True})).json

    async with _closed(environ) as process:
        async with process.database.context(cast.olga.actor) as ctx:
            with pytest.raises(ProviderInvalidError):
                await service.open_endpoint(ctx, made["id"])
        tested = await service.test_provider(process.database, cast.olga.actor, made["id"])

    assert tested.ok is False
    assert "does not allow" in str(tested.error)
