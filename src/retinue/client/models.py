"""What Retinue answers, as values. ``data`` has the whole document, with fields that this version does not name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

OVER = frozenset({"completed", "failed", "cancelled"})
"""The statuses in which a run has ended."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run. ``error`` is {code, message, remedy, kind, step}."""

    id: str
    status: str
    output: Any
    error: dict[str, Any] | None
    error_message: str | None
    data: dict[str, Any]

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.status in OVER

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Run":
        """Read an answer."""
        fields = (data["id"], data["status"], data.get("output"), data.get("error"), data.get("error_message"))
        return cls(*fields, data=data)


@dataclass(frozen=True, slots=True)
class RunEvent:
    """An event of a run's stream. ``id`` is its sequence; pieces of text have none."""

    type: str
    id: int | None
    data: Any


@dataclass(frozen=True, slots=True)
class Work:
    """A run that an agent has claimed. ``lease`` is sent with whatever is done about it."""

    run_id: str
    lease: int
    lease_until: datetime
    expires_at: datetime
    input: dict[str, Any]
    data: dict[str, Any]

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Work":
        """Read an answer."""
        until, expires = (datetime.fromisoformat(data[name]) for name in ("lease_until", "expires_at"))
        return cls(data["run_id"], data["lease"], until, expires, data["input"], data)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The answer to a heartbeat: how often the next ones are expected."""

    presence: str
    every_seconds: int
    next_within_seconds: int

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Heartbeat":
        """Read an answer."""
        return cls(data["presence"], data["every_seconds"], data["next_within_seconds"])


@dataclass(frozen=True, slots=True)
class Report:
    """The run that a reported execution has become."""

    run_id: str
    status: str
    is_replay: bool

    @classmethod
    def of(cls, data: dict[str, Any]) -> "Report":
        """Read an answer."""
        return cls(data["run_id"], data["status"], data["is_replay"])
