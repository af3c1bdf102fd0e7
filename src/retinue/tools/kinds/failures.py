"""The sort of a failed request, as the ``retry_on`` of a workflow's nodes names it."""

from typing import Final

from retinue.core.outbound.client import OutboundFailedError, OutboundTimeoutError

_TIMEOUTS: Final = frozenset({408, 504})
_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERROR: Final = 500


def failure_of(failed: OutboundFailedError | int) -> str:
    """Return timeout, network, rate_limit or server_error for a failed request or a status; empty for any other."""
    if isinstance(failed, OutboundFailedError):
        return "timeout" if isinstance(failed, OutboundTimeoutError) else "network"
    if failed in _TIMEOUTS:
        return "timeout"
    if failed == _TOO_MANY_REQUESTS:
        return "rate_limit"
    return "server_error" if failed >= _SERVER_ERROR else ""
