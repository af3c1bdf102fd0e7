"""Documents of runs_2. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict
from uuid import UUID

from retinue.client.types.common import RunType
from retinue.client.types.runs import AgentDraft, RunInput, TeamDraft

__all__ = ["StartRun", "Thought", "ThoughtPage", "ToolCall", "ToolCallPage", "UpdateRun"]


class StartRun(TypedDict):
    """A run to start."""

    draft: NotRequired[AgentDraft | None]
    input: RunInput
    limits: NotRequired[dict[str, Any] | None]
    metadata: NotRequired[dict[str, str]]
    playground: NotRequired[bool]
    priority: NotRequired[int | None]
    tags: NotRequired[list[str]]
    target_id: str | UUID
    team_draft: NotRequired[TeamDraft | None]
    type: NotRequired[RunType]


class Thought(TypedDict):
    """A node of a run's mind map: input → processing → action → output."""

    agent_id: str | None
    confidence_score: float | None
    content: str
    created_at: str
    id: str
    metadata: dict[str, Any]
    node_id: str
    node_type: str
    parent_node_id: str | None
    processing_time_ms: int | None
    run_id: str


class ThoughtPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Thought]
    next_cursor: str | None


class ToolCall(TypedDict):
    """A call of a tool as the ledger has it."""

    arguments: dict[str, Any]
    attempts: int
    call_id: str
    completed_at: str | None
    created_at: str
    effect: str
    error_message: str | None
    id: str
    result: Any
    run_id: str
    started_at: str | None
    state: str
    step_id: str
    tool_id: str | None
    tool_name: str


class ToolCallPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[ToolCall]
    next_cursor: str | None


class UpdateRun(TypedDict):
    """Fields of a run to change. Omitted fields are not changed."""

    metadata: NotRequired[dict[str, str]]
    tags: NotRequired[list[str]]
