import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retinue.core.outbound.addresses import (
    OutboundRefusedError,
    OutboundSettings,
    Policy,
    demand_host_among,
    is_public,
    parse_exceptions,
    parse_ports,
    parse_url,
)
from retinue.core.settings import SettingsError, load

CLOSED = [
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:7f00:1::1",
    "2001:db8::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2600::5efe:7f00:1",
    "100::1",
]
OPEN = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.215.14",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "::ffff:1.1.1.1",
    "64:ff9b::101:101",
]


@pytest.mark.parametrize("text", CLOSED)
def test_special_addresses_are_closed(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", OPEN)
def test_public_addresses_are_open(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@given(st.ip_addresses(v=4))
def test_an_address_is_as_open_as_the_form_it_hides_in(address: ipaddress.IPv4Address) -> None:
    number = int(address)
    mapped, nat64 = (ipaddress.IPv6Address(prefix | number) for prefix in (0xFFFF << 32, 0x64FF9B << 96))
    sixtofour = ipaddress.IPv6Address((0x2002 << 112) | (number << 80))

    assert is_public(mapped) == is_public(nat64) == is_public(address)
    assert not is_public(sixtofour)


@given(st.ip_addresses())
def test_nothing_is_open_that_the_standard_library_calls_private(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    closed = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    is_nat64 = address in ipaddress.ip_network("64:ff9b::/96") if address.version == 6 else False

    assert not (closed and is_public(address)) or is_nat64 or getattr(address, "ipv4_mapped", None) is not None


@pytest.mark.parametrize("port", [22, 25, 81, 1023, 3306, 5432, 6379, 6667, 11211])
def test_ports_of_other_protocols_are_closed(port: int) -> None:
    assert not Policy().permits("example.com", port, ipaddress.ip_address("1.1.1.1"))


@pytest.mark.parametrize("port", [80, 443, 8080, 8443, 9000])
def test_ports_of_the_web_are_open(port: int) -> None:
    assert Policy().permits("example.com", port, ipaddress.ip_address("1.1.1.1"))


@pytest.mark.parametrize(
    ("openings", "host", "port", "address"),
    [
        ("127.0.0.1", "127.0.0.1", 22, "127.0.0.1"),
        ("127.0.0.0/8:8080", "localhost", 8080, "127.0.0.2"),
        ("127.0.0.0/8", "::ffff:7f00:1", 80, "::ffff:127.0.0.1"),
        ("ollama.internal:11434", "ollama.internal.", 11434, "10.0.0.5"),
        ("*.corp.example", "api.corp.example", 443, "10.0.0.5"),
        ("[::1]:9000", "::1", 9000, "::1"),
        ("::1", "::1", 80, "::1"),
    ],
)
def test_operator_opens_hosts_and_networks(openings: str, host: str, port: int, address: str) -> None:
    policy = Policy(parse_exceptions(openings))

    assert policy.permits(host, port, ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("openings", "host", "port", "address"),
    [
        ("127.0.0.0/8:8080", "localhost", 8081, "127.0.0.1"),
        ("*.corp.example", "corp.example", 443, "10.0.0.5"),
        ("*.corp.example", "evilcorp.example", 443, "10.0.0.5"),
        ("corp.example", "api.corp.example", 443, "10.0.0.5"),
        ("10.0.0.0/24", "a.example", 443, "10.0.1.1"),
    ],
)
def test_an_opening_opens_nothing_beside_it(openings: str, host: str, port: int, address: str) -> None:
    policy = Policy(parse_exceptions(openings))

    assert not policy.permits(host, port, ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com",
        "example.com",
        "http:///path",
        "http://user:pass@example.com/",
        "http://user@example.com/",
        "http://exa mple.com/",
        "http://example.com\\@127.0.0.1/",
        "http://example.com/\r\nX: y",
        "http://[fe80::1%25eth0]/",
        "http://example.com:99999/",
        "http://example.com:0/",
        "http://[::1",
        "http://" + "a" * 9000,
        "",
    ],
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(OutboundRefusedError):
        parse_url(url)


@given(st.text(max_size=60))
def test_any_text_is_a_url_or_refused(text: str) -> None:
    for candidate in (text, f"http://{text}"):
        try:
            url = parse_url(candidate)
        except OutboundRefusedError:
            continue
        assert url.scheme in {"http", "https"}
        assert url.raw_host
        assert url.raw_user is None


def test_hosts_match_by_name_and_below_a_star() -> None:
    demand_host_among("API.Example.com.", ("api.example.com",))
    demand_host_among("a.b.example.com", ("*.example.com",))
    for host in ("example.com", "notexample.com"):
        with pytest.raises(OutboundRefusedError):
            demand_host_among(host, ("*.example.com",))


@pytest.mark.parametrize("text", ["a b", "host:port", "host:99999", "10.0.0.0/33", "[::1]:x", "http://x"])
def test_a_wrong_opening_is_named_at_start(text: str) -> None:
    with pytest.raises(SettingsError, match="RETINUE_OUTBOUND_ALLOWED_HOSTS"):
        load(OutboundSettings, {"RETINUE_OUTBOUND_ALLOWED_HOSTS": text})


@pytest.mark.parametrize("text", ["", "0", "80-", "a", "443,,80", "70000"])
def test_wrong_ports_are_named_at_start(text: str) -> None:
    with pytest.raises(ValueError, match="port"):
        parse_ports(text)
