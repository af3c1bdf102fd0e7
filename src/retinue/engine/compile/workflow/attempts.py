"""Attempts of a node: which failures are tried again, and how long a node waits between two attempts."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from retinue.core.errors import Error
from retinue.core.json import Json
from retinue.engine.compile.workflow.recording import NodeFailedError
from retinue.engine.spec.workflow.nodes import Retry
from retinue.engine.spec.workflow.values import seconds_of

LONGEST_SLEEP_SECONDS: Final = 30.0
"""A longer wait is parked: the run holds no worker."""
_SORTS: Final[Mapping[str, frozenset[str]]] = {
    "timeout": frozenset({"timeout"}),
    "model_timeout": frozenset({"timeout"}),
    "model_limited": frozenset({"rate_limit"}),
    "model_unavailable": frozenset({"network", "server_error"}),
    "outbound_unreached": frozenset({"network"}),
}
_NEVER: Final = frozenset({"limit_steps", "limit_tool_calls", "limit_cost", "limit_of_agent", "model_quota_used_up"})
"""What another attempt cannot mend, whatever ``retry_on`` says."""


def is_tried_again(retry: Retry, error: Error) -> bool:
    """Say whether a failure is one after which the node is tried again."""
    return is_retried(retry, error.code, error.failure if isinstance(error, NodeFailedError) else "")


def is_retried(retry: Retry, code: Json, failure: str = "") -> bool:
    """Return the same by the code of an error, and by the sort of a tool's failure."""
    if code in _NEVER:
        return False
    sorts = {*_SORTS.get(str(code), ()), failure}
    return "any" in retry.retry_on or not sorts.isdisjoint(retry.retry_on)


def next_attempt_at(retry: Retry, seed: str, failed: int, failed_at: datetime) -> datetime:
    """Return when a node is tried again after so many failures of this round; the same however often it is asked."""
    delay = seconds_of(retry.initial_interval) * retry.backoff_factor ** (failed - 1)
    delay = min(delay, seconds_of(retry.max_interval))
    if retry.jitter:
        delay *= random.Random(f"{seed}:{failed}").uniform(0.5, 1)  # noqa: S311 - spreads attempts, no secret
    return failed_at + timedelta(seconds=delay)
