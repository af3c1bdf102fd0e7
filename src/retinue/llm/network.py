"""Where a provider may be, checked at the moment a name becomes an address; and the HTTP session that does so.

Model servers of one's own are a main use, so private networks are open unless an operator closes them
(``ModelSettings.model_private_networks``). Where clouds keep their machines' credentials is never open.
"""

import asyncio
import ipaddress
import socket

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from retinue.core.http.addresses import Address, is_public

_CREDENTIALS = tuple(
    ipaddress.ip_network(each)
    for each in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::254/128",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
    )
)
"""Link-local addresses, and the metadata servers of AWS (IPv6), Alibaba, Azure and Oracle that are elsewhere."""
_KEPT_SECONDS = 60.0


class AddressRefusedError(OSError):
    """A provider's name leads to an address that may not be called."""


def is_open(address: Address, *, private_networks: bool) -> bool:
    """Tell whether a provider may be at an address."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if any(address in network for network in _CREDENTIALS if network.version == address.version):
        return False
    return private_networks or is_public(address)


class GuardedResolver(AbstractResolver):
    """Gives a connector only the addresses of a name that are open. Addresses written as numbers do not come here."""

    def __init__(self, inner: AbstractResolver, *, private_networks: bool) -> None:
        """Take the resolver that knows names."""
        self._inner = inner
        self._private_networks = private_networks

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """Return the open addresses of a name. Raises ``AddressRefusedError`` when it has none but closed ones."""
        found = await self._inner.resolve(host, port, family)
        allowed = self._private_networks
        opened = [each for each in found if is_open(ipaddress.ip_address(each["host"]), private_networks=allowed)]
        if not opened:
            raise AddressRefusedError(f"{host} is at an address that this installation does not allow")
        return opened

    async def close(self) -> None:
        """Close the resolver that knows names."""
        await self._inner.close()


def open_session(*, private_networks: bool, resolver: AbstractResolver | None = None) -> aiohttp.ClientSession:
    """Open a session for calls of providers, to be closed by the caller; ``resolver`` is replaced in tests."""
    inner = resolver or aiohttp.ThreadedResolver(asyncio.get_running_loop())
    connector = aiohttp.TCPConnector(
        limit=0,
        keepalive_timeout=_KEPT_SECONDS,
        ttl_dns_cache=int(_KEPT_SECONDS),
        resolver=GuardedResolver(inner, private_networks=private_networks),
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
