"""Who may read the metrics: anyone who has the token, or, where none is set, anyone who asks from the same machine."""

import hmac
from collections.abc import Mapping
from ipaddress import ip_address

from retinue.core.errors import DeniedError, UnauthenticatedError
from retinue.core.telemetry.settings import TelemetrySettings

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""Headers of a proxy: behind one, a request from elsewhere seems to come from this machine."""


class MetricsTokenError(UnauthenticatedError):
    """The metrics require the token of this installation."""

    code = "metrics_token_required"
    remedy = "Send 'Authorization: Bearer …' with the value of RETINUE_METRICS_TOKEN."


class MetricsDeniedError(DeniedError):
    """The metrics are only served to this machine."""

    code = "metrics_denied"
    remedy = "Set RETINUE_METRICS_TOKEN, and send it as 'Authorization: Bearer …'."


def require_reader(settings: TelemetrySettings, client: str | None, headers: Mapping[str, str]) -> None:
    """Let a request for the metrics pass. Raises ``MetricsTokenError``, and ``MetricsDeniedError`` where no token is set.

    ``client`` is the other end's address; names of headers are in lower case.
    """
    token = settings.metrics_token.get_secret_value()
    if token:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
            raise MetricsTokenError
    elif not _is_loopback(client) or any(name in headers for name in _FORWARDED):
        raise MetricsDeniedError


def _is_loopback(client: str | None) -> bool:
    try:
        address = ip_address((client or "").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or (mapped is not None and mapped.is_loopback)
