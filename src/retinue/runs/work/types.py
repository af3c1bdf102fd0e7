"""Work of external agents, as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.core.json import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Work:
    """A run that its agent has claimed until ``lease_until``, when another may claim it.

    ``lease`` is the fencing token: it is sent with whatever is done about the run, and refused once a newer one was given.
    At ``expires_at`` the run fails, also while it is held.
    """

    run_id: UUID
    agent_id: UUID
    agent_version: int | None
    lease: int
    lease_until: datetime
    expires_at: datetime
    input: JsonObject


@dataclass(frozen=True, slots=True)
class Claim:
    """Work as the database gives it: with the stored plan, and how many times the run was pushed by now.

    ``is_capped`` comes without a run: there might be one, but the agent carries out as many as it may.
    """

    run_id: UUID | None
    lease: int | None
    lease_until: datetime | None
    expires_at: datetime | None
    pushes: int | None
    plan: str | None
    input: JsonObject | None
    claimed_at: datetime | None
    is_capped: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How the work of a run stands, as the run's execution finds it."""

    state: str
    answer: JsonObject | None
    is_late: bool
    created_at: datetime


class AnswerFate(StrEnum):
    """The outcome of an answer."""

    TAKEN = "taken"
    REPEATED = "repeated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Execution:
    """What an agent carried out elsewhere, as it reports it. ``status`` is success, warning or error."""

    status: str
    input: JsonObject
    output: Json
    message: str
    details: JsonObject | None
    started_at: datetime
    completed_at: datetime
    usage: JsonObject | None
    external_execution_id: str | None
    logs: tuple[JsonObject, ...] = ()
    thoughts: tuple[JsonObject, ...] = ()


@dataclass(frozen=True, slots=True)
class ReportedExecution:
    """A run that an agent has carried out by itself. ``is_replay``: it was reported before."""

    run_id: UUID
    status: str
    is_replay: bool
