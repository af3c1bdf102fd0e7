"""Pure decisions about providers: where a kind is by default, and what an address may be."""

import ipaddress
from urllib.parse import urlsplit

from retinue.core.errors import FieldProblem, InvalidError
from retinue.llm.types import ProviderKind

DEFAULT_URLS: dict[ProviderKind, str | None] = {
    ProviderKind.OPENAI: "https://api.openai.com/v1",
    ProviderKind.OPENAI_COMPATIBLE: None,
    ProviderKind.ANTHROPIC: "https://api.anthropic.com",
    ProviderKind.GOOGLE: "https://generativelanguage.googleapis.com",
    ProviderKind.OLLAMA: "http://127.0.0.1:11434",
}
NEEDS_KEY = frozenset({ProviderKind.OPENAI, ProviderKind.ANTHROPIC, ProviderKind.GOOGLE})


class ProviderInvalidError(InvalidError):
    """The provider's settings do not fit together."""

    code = "provider_invalid"


def refuse(field: str, message: str, remedy: str) -> ProviderInvalidError:
    """Make the refusal of one field."""
    return ProviderInvalidError(f"{field}: {message}.", remedy=remedy, fields=(FieldProblem(field, message, remedy),))


def check(kind: ProviderKind, base_url: str | None, *, has_key: bool, private_networks: bool) -> None:
    """Demand that a provider can be called. Raises ``ProviderInvalidError`` that names the field."""
    if kind is ProviderKind.OPENAI_COMPATIBLE and base_url is None:
        raise refuse("base_url", "is needed for openai_compatible", "Give the address that ends in /v1.")
    if kind in NEEDS_KEY and not has_key:
        raise refuse("api_key", f"is needed for {kind}", "Give the provider's key.")
    if base_url is None:
        return
    parts = urlsplit(base_url)
    if parts.username or parts.password:
        raise refuse("base_url", "holds a user name or password", "Put the key into api_key.")
    if not private_networks and _is_private(parts.hostname or ""):
        raise refuse("base_url", "is in a private network, which this installation does not allow", "Give a public address.")


def _is_private(host: str) -> bool:
    if host in {"localhost", ""} or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
