"""Which addresses a model provider may have, and the HTTP session that checks each of them when it connects.

Model servers in private networks are a main use, so private networks are open unless an operator closes them
(``ModelSettings.model_private_networks``). The addresses where clouds serve credentials are never open.
"""

import asyncio
import ipaddress
import socket

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from retinue.core.outbound.addresses import Address, Policy, is_public

_CREDENTIALS = tuple(
    ipaddress.ip_network(each)
    for each in (
        "169.254.0.0/16",
        "fe80::/10",
        "fd00:ec2::254/128",
        "fd20:ce::254/128",
        "100.100.100.200/32",
        "168.63.129.16/32",
        "192.0.0.192/32",
    )
)
"""Link-local addresses, and the metadata servers of AWS and Google (IPv6), Alibaba, Azure and Oracle that are elsewhere."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
_KEPT_SECONDS = 60.0
_PUBLIC = Policy()


class AddressRefusedError(OSError):
    """A provider's address may not be called."""


def is_open(address: Address, *, private_networks: bool, port: int = 443) -> bool:
    """Tell whether a provider may be at an address, in whatever form an IPv4 address is written inside an IPv6 one."""
    forms = [address, *_embedded(address)]
    if any(form in network for form in forms for network in _CREDENTIALS if network.version == form.version):
        return False
    return private_networks or (is_public(address) and _PUBLIC.permits("", port, address))


def _embedded(address: Address) -> list[ipaddress.IPv4Address]:
    """Return the IPv4 addresses that an IPv6 address leads to (RFC 4291, 6052, 3056, 4380, 5214)."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    low = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    is_isatap = (int(address) >> 32) & 0xFDFF_FFFF == 0x5EFE  # noqa: PLR2004 - RFC 5214, 6.1
    last = [low] if address in _NAT64 or address in _COMPATIBLE or is_isatap else []
    found = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()), *last)
    return [each for each in found if each is not None]


class GuardedResolver(AbstractResolver):
    """Gives a connector only the open addresses of a name. Literal addresses do not pass through a resolver."""

    def __init__(self, inner: AbstractResolver, *, private_networks: bool) -> None:
        """Take the resolver that looks names up."""
        self._inner = inner
        self._private_networks = private_networks

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """Return the open addresses of a name. Raises ``AddressRefusedError`` when it has only closed ones."""
        found = await self._inner.resolve(host, port, family)
        allowed = self._private_networks
        opened = [each for each in found if is_open(ipaddress.ip_address(each["host"]), private_networks=allowed, port=port)]
        if not opened:
            raise AddressRefusedError(host)
        return opened

    async def close(self) -> None:
        """Close the resolver that looks names up."""
        await self._inner.close()


def open_session(*, private_networks: bool, resolver: AbstractResolver | None = None) -> aiohttp.ClientSession:
    """Open a session for calls to providers, to be closed by the caller; ``resolver`` is replaced in tests.

    Each address is checked when its socket is made, so neither a literal address nor a name whose answer changes
    between two look-ups gets past the check.
    """

    def checked_socket(info: "tuple[int, int, int, str, tuple[object, ...]]") -> socket.socket:
        family, kind, protocol, _, (host, port, *_) = info
        if not is_open(ipaddress.ip_address(str(host)), private_networks=private_networks, port=int(str(port))):
            raise AddressRefusedError(host)
        return socket.socket(family, kind, protocol)

    inner = resolver or aiohttp.ThreadedResolver(asyncio.get_running_loop())
    connector = aiohttp.TCPConnector(
        limit=0,
        keepalive_timeout=_KEPT_SECONDS,
        ttl_dns_cache=int(_KEPT_SECONDS),
        resolver=GuardedResolver(inner, private_networks=private_networks),
        socket_factory=checked_socket,
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
