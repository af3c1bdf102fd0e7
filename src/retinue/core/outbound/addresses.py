"""Which addresses, ports and URLs the platform may call on behalf of its users: pure decisions, no I/O.

Only what the public Internet routes is open. What an operator names in ``RETINUE_OUTBOUND_ALLOWED_HOSTS`` is open as well.
Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries; the WHATWG Fetch standard's list of bad ports.
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import quote, unquote

from pydantic import Field, field_validator
from yarl import URL

from retinue.core.errors import InvalidError
from retinue.core.settings import Settings

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

URL_CHARACTERS = 8192
_HIGHEST_PORT = 65_535
_CONTROL = re.compile(r"[\x00-\x20\x7f\\]")
_AUTHORITY = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_URL_MARKS = "/?:@!$&'()*+,;=%-._~[]|"
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_.-]{0,252})?")

_CLOSED_4 = tuple(
    ipaddress.IPv4Network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
        *("192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32"),  # the last is Azure's metadata server, on a public address
    )
)
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_CLOSED_6 = tuple(  # protocol assignments with Teredo and ORCHID, documentation twice, 6to4
    ipaddress.IPv6Network(each) for each in ("2001::/23", "2001:db8::/32", "3fff::/20", "2002::/16")
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})

# Fetch's bad ports above 1023, and databases that answer to lines of text.
_BAD_PORTS = frozenset(
    {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080}
    | {1433, 1521, 3306, 5432, 6379, 9042, 11211, 27017}
)


class OutboundRefusedError(InvalidError):
    """Calls to this address are not allowed."""

    code = "outbound_refused"
    remedy = "Use a public http or https URL. An operator can allow others with RETINUE_OUTBOUND_ALLOWED_HOSTS."


class OutboundSettings(Settings):
    """What outgoing calls made for users may reach."""

    outbound_allowed_hosts: str = Field(
        default="",
        description="Hosts and networks open although they are not public, comma-separated: name, *.name, address or "
        "network in CIDR form, each with an optional :port (IPv6 with a port in brackets).",
    )
    outbound_allowed_ports: str = Field(
        default="80,443,1024-65535",
        description="Ports that may be called, as numbers and ranges; well-known ports of other protocols stay closed.",
    )

    @field_validator("outbound_allowed_hosts")
    @classmethod
    def _check_hosts(cls, text: str) -> str:
        parse_exceptions(text)
        return text

    @field_validator("outbound_allowed_ports")
    @classmethod
    def _check_ports(cls, text: str) -> str:
        parse_ports(text)
        return text


@dataclass(frozen=True, slots=True)
class AllowRule:
    """What an operator opened: a name (``*.`` in front takes every name below it) or a network, and a port or any."""

    name: str | None
    network: Network | None
    port: int | None


def parse_exceptions(text: str) -> tuple[AllowRule, ...]:
    """Read the operator's list of openings. Raises ``ValueError`` that names the entry."""
    return tuple(_parse_rule(entry.strip().lower()) for entry in text.split(",") if entry.strip())


def _parse_rule(entry: str) -> AllowRule:
    host, port = entry, None
    if (entry.startswith("[") and "]:" in entry) or entry.count(":") == 1:
        host, _, digits = entry.rpartition(":")
        if not digits.isdigit() or not 0 < int(digits) <= _HIGHEST_PORT:
            raise ValueError(f"{entry}: the port must be a number from 1 to 65535")
        port = int(digits)
    host = host.removeprefix("[").removesuffix("]")
    try:
        return AllowRule(None, ipaddress.ip_network(host), port)
    except ValueError:
        if "/" in host or ":" in host or not _HOST.fullmatch(host):
            raise ValueError(f"{entry}: neither a host name nor an address nor a network") from None
    return AllowRule(host.rstrip("."), None, port)


def parse_ports(text: str) -> tuple[range, ...]:
    """Read a list of ports and ranges. Raises ``ValueError`` that names the entry."""
    found: list[range] = []
    for entry in (part.strip() for part in text.split(",")):
        first, dash, last = entry.partition("-")
        numbers = (first, last if dash else first)
        if not all(number.isdigit() and 0 < int(number) <= _HIGHEST_PORT for number in numbers):
            raise ValueError(f"{entry or 'empty entry'}: not a port or a range of ports")
        found.append(range(int(numbers[0]), int(numbers[1]) + 1))
    return tuple(found)


@lru_cache(maxsize=4096)
def is_public(address: Address) -> bool:
    """Tell whether the public Internet routes an address, whatever form it hides in.

    IPv4 inside IPv6 is unwrapped for IPv4-mapped and NAT64 addresses and refused as 6to4, Teredo, ISATAP and
    IPv4-compatible, which nothing current uses.
    """
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    if address.scope_id is not None:
        return False
    if address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if address in _NAT64:
        return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    if address not in _GLOBAL_6 or (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        return False
    return not any(address in network for network in _CLOSED_6)


def parse_url(text: str) -> URL:
    """Read the URL of an outgoing call by the parser that the call itself uses.

    Raises ``OutboundRefusedError`` for any other scheme than http and https, a user name, a zone, or a malformed URL.
    """
    if len(text) > URL_CHARACTERS:
        raise OutboundRefusedError(f"The address has more than {URL_CHARACTERS} characters.")
    if _CONTROL.search(text):
        raise OutboundRefusedError("The address holds a space, a control character or a backslash.")
    try:
        url = URL(text)
        port = url.port
    except ValueError as error:
        raise OutboundRefusedError(f"The address is not a URL: {error}") from None
    if url.scheme not in {"http", "https"}:
        raise OutboundRefusedError("Only http and https addresses can be called.")
    if not url.raw_host or port is None or not port:
        raise OutboundRefusedError("The address names no host.")
    if url.raw_user is not None or url.raw_password is not None:
        raise OutboundRefusedError("The address holds a user name or password; give it as a credential instead.")
    if "%" in url.raw_host:
        raise OutboundRefusedError("The address names a network zone.")
    return url


def exact_url(text: str, parsed: URL) -> URL:
    """Return a parsed URL whose path and query stay as they are written in its text: "%2C" is not turned into a comma.

    Characters that no URL holds are still encoded; a path with the segments "." or ".." is left resolved.
    """
    rest = quote(_AUTHORITY.sub("", text, count=1).partition("#")[0], safe=_URL_MARKS)
    path, mark, query = rest.partition("?")
    if any(unquote(segment) in {".", ".."} for segment in path.split("/")) or _BAD_PERCENT.search(rest):
        return parsed
    return URL(f"{parsed.origin()}{path or '/'}{mark}{query}", encoded=True)


def demand_host_among(host: str, patterns: tuple[str, ...] | None) -> None:
    """Raise ``OutboundRefusedError`` unless a host is one of the patterns; None allows every host.

    ``*.example.com`` is every name below example.com.
    """
    name = host.lower().rstrip(".")
    if patterns is not None and not any(_matches(name, pattern.lower().rstrip(".")) for pattern in patterns):
        text = f"{host} is not among the hosts allowed here: {', '.join(patterns) or 'none'}."
        raise OutboundRefusedError(text, remedy="Use an allowed host, or change the tool's allowed_hosts.")


def _matches(name: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return name.endswith(pattern[1:]) and name != pattern[1:]
    return name == pattern


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's rules for outgoing calls."""

    openings: tuple[AllowRule, ...] = ()
    ports: tuple[range, ...] = (range(80, 81), range(443, 444), range(1024, _HIGHEST_PORT + 1))

    @classmethod
    def of(cls, settings: OutboundSettings) -> "Policy":
        """Read the rules from the settings."""
        return cls(parse_exceptions(settings.outbound_allowed_hosts), parse_ports(settings.outbound_allowed_ports))

    def permits(self, host: str, port: int, address: Address, protocol_ports: frozenset[int] = frozenset()) -> bool:
        """Tell whether an address that a host resolved to may be connected to at a port.

        ``protocol_ports`` are those of another protocol than HTTP that the caller speaks.
        """
        if self._is_opened(host, port, address):
            return True
        if port in protocol_ports:
            return is_public(address)
        return is_public(address) and port not in _BAD_PORTS and any(port in allowed for allowed in self.ports)

    def _is_opened(self, host: str, port: int, address: Address) -> bool:
        plain = address
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            plain = address.ipv4_mapped
        name = host.lower().rstrip(".")
        for opening in self.openings:
            if opening.port is not None and opening.port != port:
                continue
            if opening.network is not None and plain in opening.network:
                return True
            if opening.name is not None and _matches(name, opening.name):
                return True
        return False
