"""Entries of the tool ledger as values."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from retinue.core.json import Json, JsonObject


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool as the ledger has it.

    ``state`` is started, succeeded, failed or unknown: begun by a worker that died, and nobody knows whether it
    took effect. ``effect`` is what may be done then: read_only, idempotent or dangerous.
    """

    id: UUID
    run_id: UUID
    step_id: UUID
    call_id: str
    tool_id: UUID | None
    tool_name: str
    arguments: JsonObject
    effect: str
    state: str
    attempts: int
    result: Json
    error_message: str | None
    started_at: datetime | None
    completed_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ToolUseRecord:
    """A call of a tool, as the tool's own log tells it: without the arguments and the result, which the run shows.

    ``arguments_bytes`` and ``result_bytes`` are their sizes as JSON; ``duration_ms`` is null while the call lasts.
    """

    id: UUID
    run_id: UUID
    step_id: UUID
    agent_id: UUID
    agent_name: str | None
    effect: str
    state: str
    attempts: int
    arguments_bytes: int
    result_bytes: int
    error_message: str | None
    started_at: datetime | None
    completed_at: datetime | None
    duration_ms: int | None
    created_at: datetime
