"""Pure decisions: what is sent, and when it is sent again."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from retinue.core.json import JsonObject, dumps

GIVE_UP = timedelta(hours=12)
DEAD_ENOUGH = 5
"""So many deliveries in a row that were given up disable a webhook."""
_PAUSES = (0, 10, 60, 300, 1800, 7200, 21_600)
"""Seconds before each attempt."""
_JITTER = 0.2
_LONGEST_RETRY_AFTER = 3600.0
_MOST_BYTES = 60 * 1024


def next_attempt(attempts: int, now: datetime, retry_after: float | None, draw: random.Random) -> datetime | None:
    """Return when to send again after so many attempts; None when that was the last one."""
    if attempts >= len(_PAUSES):
        return None
    seconds = _PAUSES[attempts] * draw.uniform(1 - _JITTER, 1 + _JITTER)
    if retry_after is not None:
        seconds = max(seconds, min(retry_after, _LONGEST_RETRY_AFTER))
    return now + timedelta(seconds=seconds)


def payload_of(kind: str, run: Mapping[str, Any], console: str, *, includes_output: bool) -> JsonObject:
    """Return the body that tells of the end of a run. An output that is too large is left out, and the body reports that."""
    names = ("id", "type", "target_id", "target_name", "status", "trigger", "trace_id", "parent_run_id", "duration_ms")
    told: JsonObject = {name: _text(run[name]) for name in names}
    told |= {name: _text(run[name]) for name in ("created_at", "started_at", "completed_at")}
    told |= {"tags": [*run["tags"]], "metadata": run["metadata"], "warning_count": run["warning_count"]}
    told |= {"usage": run["resource_usage"], "error": run["error"], "url": f"{console}/runs/{run['id']}"}
    told |= {"output": None, "is_output_omitted": False}
    if includes_output and run["output"] is not None:
        is_small = len(dumps(run["output"])) <= _MOST_BYTES
        told |= {"output": run["output"] if is_small else None, "is_output_omitted": not is_small}
    at = run["completed_at"].isoformat()
    return {"type": kind, "timestamp": at, "organization_id": str(run["organization_id"]), "data": {"run": told}}


def _text(value: Any) -> Any:  # noqa: ANN401 - JSON
    if value is None or isinstance(value, int | str):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)
