"""The address of the console, as it is compared with the origin that browsers send."""

import pytest

from retinue.core.settings import CoreSettings, load


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("HTTPS://Agents.Example.com:443/", "https://agents.example.com"),
        ("http://agents.example.com:80", "http://agents.example.com"),
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:8600", "http://[::1]:8600"),
    ],
)
def test_address_of_the_console_is_that_which_browsers_send(url: str, origin: str) -> None:
    assert load(CoreSettings, {"RETINUE_PUBLIC_URL": url}).public_url == origin
