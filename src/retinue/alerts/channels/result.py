"""What came of an attempt to send."""

from dataclasses import dataclass
from typing import Literal

MOST_SHOWN = 1000


@dataclass(frozen=True, slots=True)
class SendResult:
    """How an attempt went. ``refused`` is a permanent error; with ``ends_channel`` the channel can send nothing any more."""

    outcome: Literal["sent", "failed", "refused"]
    status_code: int | None = None
    response: str | None = None
    error: str | None = None
    retry_after: float | None = None
    ends_channel: bool = False


def shown(body: bytes | str) -> str:
    """Return the beginning of an answer, as text that the database can store."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
    return text.replace("\x00", "")[:MOST_SHOWN]


def retry_after_of(value: str | None) -> float | None:
    """Read a Retry-After in seconds; a date counts as none."""
    return float(value) if value is not None and value.isdigit() else None
