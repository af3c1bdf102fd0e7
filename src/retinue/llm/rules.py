"""Pure decisions about providers: where a kind is by default, what an address may be, what a change may change."""

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

from retinue.core.errors import FieldProblem, InvalidError
from retinue.llm.network import is_open
from retinue.llm.types import ProviderKind, TestResult

DEFAULT_URLS: dict[ProviderKind, str | None] = {
    ProviderKind.OPENAI: "https://api.openai.com/v1",
    ProviderKind.OPENAI_COMPATIBLE: None,
    ProviderKind.ANTHROPIC: "https://api.anthropic.com",
    ProviderKind.GOOGLE: "https://generativelanguage.googleapis.com",
    ProviderKind.OLLAMA: "http://127.0.0.1:11434",
}
NEEDS_KEY = frozenset({ProviderKind.OPENAI, ProviderKind.ANTHROPIC, ProviderKind.GOOGLE})
MAX_PROVIDERS = 200
_METADATA = frozenset({"metadata", "metadata.google.internal", "metadata.goog", "instance-data"})
"""Names under which clouds serve a machine's credentials."""
_NOT_NULL = frozenset({"name", "models", "is_default"})


class ProviderInvalidError(InvalidError):
    """The provider's settings do not fit together."""

    code = "provider_invalid"


def refuse(field: str, message: str, remedy: str) -> ProviderInvalidError:
    """Make the refusal of one field."""
    return ProviderInvalidError(f"{field}: {message}.", remedy=remedy, fields=(FieldProblem(field, message, remedy),))


def url_of(kind: ProviderKind, base_url: str | None) -> str:
    """Return where calls go; empty when a kind has no address of its own and none is given."""
    return base_url or DEFAULT_URLS.get(kind) or ""


def check(kind: ProviderKind, base_url: str | None, *, has_key: bool, private_networks: bool) -> None:
    """Demand that a provider can be called. Raises ``ProviderInvalidError`` that names the field."""
    if kind is ProviderKind.OPENAI_COMPATIBLE and base_url is None:
        raise refuse("base_url", "is needed for openai_compatible", "Give the address that ends in /v1.")
    if kind in NEEDS_KEY and not has_key:
        raise refuse("api_key", f"is needed for {kind}", "Give the provider's key.")
    check_address(kind, base_url, private_networks=private_networks)


def check_address(kind: ProviderKind, base_url: str | None, *, private_networks: bool) -> None:
    """Demand that a provider's address may be called; names are checked again when they become addresses.

    Asked when a provider is saved, and again at each call: the operator may have closed private networks since.
    """
    parts = urlsplit(url_of(kind, base_url))
    if parts.username or parts.password:
        raise refuse("base_url", "holds a user name or password", "Put the key into api_key.")
    if parts.query or parts.fragment:
        raise refuse("base_url", "holds a query or a fragment", "Give the address without ? and #.")
    host = parts.hostname or ""
    if host.endswith("."):
        raise refuse("base_url", "has a host name that ends with a dot", "Write the host name without the dot.")
    if not _is_open(host, _port_of(parts), private_networks=private_networks):
        raise refuse("base_url", "is at an address that this installation does not allow", "Give a public address.")


def model_to_test(values: Mapping[str, Any]) -> str | None:
    """Return the model with which a server without a list of models is tested."""
    return values["default_model"] or next(iter(values["models"] or ()), None)


def with_listed_models(row: Mapping[str, Any], tested: TestResult) -> dict[str, Any]:
    """Return a provider's values with the models that its test listed, when it has none of its own."""
    if row["models"] or not tested.models:
        return dict(row)
    return {**row, "models": tested.models, "default_model": row["default_model"] or tested.default_model}


def with_changes(
    row: Mapping[str, Any], changes: Mapping[str, Any], tested: TestResult | None, *, is_moved: bool
) -> dict[str, Any]:
    """Return a provider's columns after a change and a test; ``is_moved`` when the former test no longer applies.

    Raises ``ProviderInvalidError`` for a default provider whose last test did not succeed.
    """
    after = {**row, **{name: value for name, value in changes.items() if name in row and name != "api_key"}}
    if is_moved:
        after["last_tested_at"] = None if tested is None else row["at"]
        after["last_test_ok"] = None if tested is None else tested.ok
        after["last_test_error"] = None if tested is None else tested.error
    if changes.get("is_default") and not row["is_default"] and not after["last_test_ok"]:
        raise refuse_untested_default()
    return with_listed_models(after, tested) if tested is not None and tested.ok else after


def check_untested(changes: Mapping[str, Any], *, is_default: bool) -> None:
    """Demand that an untested change does not concern the default provider. Raises ``ProviderInvalidError``."""
    if is_default or changes.get("is_default"):
        remedy = "Make another provider the default first, or save a URL and key that pass the test."
        raise refuse("save_untested", "cannot be used for the default provider", remedy)


def refuse_untested_default() -> ProviderInvalidError:
    """Return the refusal to make a provider the default whose last test did not succeed."""
    return refuse("is_default", "a provider becomes the default only after a successful test", "Test the provider first.")


def check_changes(changes: Mapping[str, Any], *, is_default: bool) -> None:
    """Demand that a change says something: what may not be empty is not null, and one provider stays the default."""
    for field in sorted(_NOT_NULL & changes.keys()):
        if changes[field] is None:
            raise refuse(field, "cannot be null", "Leave it out to keep it as it is.")
    if is_default and changes.get("is_default") is False:
        raise refuse("is_default", "this provider is the default", "Make another provider the default instead.")


def check_key_stays(kind: ProviderKind, before: str | None, after: str | None) -> None:
    """Demand the key again when a provider moves: who may change an address need not know the key that would go there."""
    if _origin(url_of(kind, before)) != _origin(url_of(kind, after)):
        raise refuse("api_key", "is needed again, because base_url moves to another server", "Give the key, or null.")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, _port_of(parts)


def _port_of(parts: SplitResult) -> int:
    return parts.port or (80 if parts.scheme == "http" else 443)


def _is_open(host: str, port: int, *, private_networks: bool) -> bool:
    if host in _METADATA:
        return False
    if host in {"localhost", ""} or host.endswith((".localhost", ".local", ".internal")):
        return private_networks
    try:
        return is_open(ipaddress.ip_address(host), private_networks=private_networks, port=port)
    except ValueError:
        return True
