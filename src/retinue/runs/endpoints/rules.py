"""Pure decisions: what is sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from retinue.core.json import JsonObject, dumps

_MOST_BYTES = 60 * 1024


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
