"""Calls as values, without any input or output: what is sent, how the answer is read, and whether to repeat it.

Those of external agents may be repeated: each has ids, or does the same again. The others are generated: see ``api``.
"""

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from retinue.client.models import Heartbeat, Report, Work

T = TypeVar("T")
Json = dict[str, Any]

_LONG_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a call is attempted, and how long to wait in between: doubled each time, with a random part."""

    attempts: int = 6
    first_seconds: float = 0.5
    most_seconds: float = 20.0

    def pause(self, attempt: int, retry_after: float | None = None) -> float | None:
        """Return the seconds until the next attempt after one that failed (the first is 1); None to give up."""
        if attempt >= self.attempts:
            return None
        if retry_after is not None:
            return min(retry_after, 60.0)
        full = min(self.most_seconds, self.first_seconds * 2 ** (attempt - 1))
        return full * (0.5 + random.random() / 2)  # noqa: S311 - no secret depends on it


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """A call: where it goes, what is sent, and how the answer's JSON is read. ``seconds`` is added to the time allowed.

    ``file`` is the name, content and media type of what is uploaded. ``is_safe``: it may be carried out twice.
    """

    method: str
    path: str
    read: Callable[[Any], T]
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    seconds: float = 0.0
    query: Mapping[str, Any] = field(default_factory=dict[str, Any])
    file: tuple[str, bytes, str] | None = None
    is_safe: bool = True


def heartbeat(agent_id: str, status: str, cpu_percent: float | None, memory_bytes: int | None) -> Call[Heartbeat]:
    """Tell that an agent is alive."""
    body = {"status": status, "cpu_percent": cpu_percent, "memory_bytes": memory_bytes}
    return Call("POST", f"/agents/{agent_id}/heartbeat", Heartbeat.of, _given(body))


def claim(agent_id: str, worker: str, wait_seconds: float, lease_seconds: float) -> Call[Work | None]:
    """Claim a run."""

    def read(data: Json) -> Work | None:
        return None if data["work"] is None else Work.of(data["work"])

    body = {"worker": worker, "wait_seconds": wait_seconds, "lease_seconds": lease_seconds}
    return Call("POST", f"/agents/{agent_id}/work/claim", read, body, seconds=wait_seconds + _LONG_SECONDS)


def extend(agent_id: str, run_id: str, lease: int, lease_seconds: float) -> Call[datetime]:
    """Hold a run for longer, or give it back."""
    body = {"lease": lease, "lease_seconds": lease_seconds}
    path = f"/agents/{agent_id}/work/{run_id}/extend"
    return Call("POST", path, lambda data: datetime.fromisoformat(data["lease_until"]), body)


def complete(agent_id: str, run_id: str, lease: int, answer: Json) -> Call[None]:
    """Complete a run."""
    body = {"lease": lease, **_given(answer)}
    body.setdefault("output", None)
    return Call("POST", f"/agents/{agent_id}/work/{run_id}/complete", _nothing, body)


def fail(agent_id: str, run_id: str, lease: int, answer: Json) -> Call[None]:
    """Fail a run."""
    return Call("POST", f"/agents/{agent_id}/work/{run_id}/fail", _nothing, {"lease": lease, **_given(answer)})


def add_logs(agent_id: str, run_id: str, lines: Sequence[Json]) -> Call[None]:
    """Write log lines of a run."""
    named = [{"id": str(uuid.uuid4()), "timestamp": _now(), **_given(line)} for line in lines]
    return Call("POST", f"/agents/{agent_id}/work/{run_id}/logs", _nothing, {"lines": named})


def add_thoughts(agent_id: str, run_id: str, thoughts: Sequence[Json]) -> Call[None]:
    """Write thoughts of a run."""
    named = [{"node_id": str(uuid.uuid4()), **_given(each)} for each in thoughts]
    return Call("POST", f"/agents/{agent_id}/work/{run_id}/thoughts", _nothing, {"thoughts": named})


def report(agent_id: str, execution: Json) -> Call[Report]:
    """Report an execution."""
    body = _given(execution)
    body.setdefault("external_execution_id", str(uuid.uuid4()))
    body.setdefault("completed_at", _now())
    return Call("POST", f"/agents/{agent_id}/executions", Report.of, body)


def metrics(agent_id: str, points: Sequence[Json]) -> Call[int]:
    """Report points of metrics; the answer is how many were written."""
    named = [{"id": str(uuid.uuid4()), "recorded_at": _now(), **_given(point)} for point in points]
    return Call("POST", f"/agents/{agent_id}/metrics", lambda data: int(data["written"]), {"points": named})


def _given(document: Json) -> Json:
    """Leave out what was not given, and write instants as text."""
    kept = {name: value for name, value in document.items() if value is not None}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in kept.items()}


def _nothing(_data: Any) -> None:  # noqa: ANN401 - the answer says nothing that is needed
    return None


def _now() -> str:
    return datetime.now(UTC).isoformat()
