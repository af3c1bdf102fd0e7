"""Values of the sandbox: what is run, within which limits, and the result."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from retinue.core.json import Json, JsonObject

CHECK_SECONDS: Final = 5.0
"""Time in which a source is checked: the check of types alone may take a second."""


class FailureKind(StrEnum):
    """Why a program gave no value."""

    SYNTAX = "syntax"
    ERROR = "error"
    TIME = "time"
    MEMORY = "memory"
    OUTPUT = "output"
    CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a program may use: running time, memory, and the size of its value as JSON and of what it prints."""

    seconds: float = 2.0
    memory_bytes: int = 64 * 1024 * 1024
    output_bytes: int = 256 * 1024
    printed_bytes: int = 16 * 1024
    call_depth: int = 200


@dataclass(frozen=True, slots=True)
class Program:
    """Python source and the call that gives its value.

    ``call`` is an expression that may use ``inputs`` by name; its value must be JSON. ``given`` are values that the source
    finds by name. ``owner`` is whose work it is: one
    owner never holds every worker. ``now`` is what the clock shows and ``seed`` what random numbers begin with, so the same
    program gives the same value.
    """

    source: str
    call: str
    inputs: JsonObject = field(default_factory=dict[str, Json])
    given: JsonObject = field(default_factory=dict[str, Json])
    owner: str = ""
    now: datetime | None = None
    seed: str = ""
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake in source; lines and columns count from 1, and are None where the place is not known."""

    message: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a program gave no value: one sentence, and the place in its source when there is one."""

    kind: FailureKind
    message: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a program gave: ``value`` when ``failure`` is None, and what it printed."""

    value: Json
    printed: str
    failure: Failure | None = None
