"""What Retinue answers external agents, events of runs, and files, as values. Other answers: see ``types``."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Download:
    """A file: its content, its media type, and the name under which Retinue offers it."""

    content: bytes
    media_type: str
    name: str | None

    def save(self, path: "str | Path") -> Path:
        """Write the file, into a folder under its own name; return where it is."""
        target = Path(path)
        if target.is_dir():
            target /= Path(self.name or "download").name
        target.write_bytes(self.content)
        return target


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
