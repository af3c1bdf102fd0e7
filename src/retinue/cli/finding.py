"""One finding of `retinue doctor`."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How bad it is."""

    OK = "ok"
    MIND = "mind"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, what was found, and what to do when it is not as it should be."""

    subject: str
    state: State
    text: str
    remedy: str = ""
