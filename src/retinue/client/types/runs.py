"""Documents of runs. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

from retinue.client.types.common import AgentConfigInput, CostState, MemberLimitsInput, RunStatus
from retinue.client.types.common_2 import FeedbackValue, Run, StepWarning, TeamConfigInput

__all__ = [
    "AgentDraft",
    "Artifact",
    "ArtifactPage",
    "EarlierMessage",
    "FeedbackFilter",
    "ForkRun",
    "ImagePart",
    "LogLevel",
    "LogLine",
    "LogLinePage",
    "MemberDraft",
    "ModelRequest",
    "RetryRun",
    "RunActor",
    "RunEvent",
    "RunEventPage",
    "RunFeedback",
    "RunFeedbackPage",
    "RunInput",
    "RunMoment",
    "RunMomentType",
    "RunOutcome",
    "RunOverview",
    "RunPage",
    "RunReference",
    "RunSort",
    "RunStep",
    "RunStepPage",
    "RunStepStatus",
    "SetRunFeedback",
    "TeamDraft",
    "TextPart",
    "ToolSchema",
    "TotalCost",
]


class AgentDraft(TypedDict):
    """An agent with unsaved changes."""

    config: NotRequired[AgentConfigInput | None]
    instructions: NotRequired[str | None]


class Artifact(TypedDict):
    """A file that a run made."""

    checksum: str
    created_at: str
    id: str
    name: str
    run_id: str
    size: int
    step_id: str | None
    type: str
    url: str


class ArtifactPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Artifact]
    next_cursor: str | None


class ImagePart(TypedDict):
    """A picture of a prompt."""

    data: str
    media_type: Literal["image/png", "image/jpeg", "image/gif", "image/webp"]
    type: Literal["image"]


class TextPart(TypedDict):
    """A piece of text of a prompt."""

    text: str
    type: Literal["text"]


class EarlierMessage(TypedDict):
    """A message from before."""

    content: str | list[TextPart | ImagePart]
    role: Literal["user", "assistant"]


FeedbackFilter: TypeAlias = Literal["up", "down", "none"]


RunInput: TypeAlias = dict[str, Any]


class ForkRun(TypedDict):
    """A step to fork from. Tags and metadata are those of the forked run when left out."""

    arguments: NotRequired[dict[str, Any] | None]
    input: NotRequired[RunInput | None]
    metadata: NotRequired[dict[str, str] | None]
    step_id: str | UUID
    tags: NotRequired[list[str] | None]


LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]


class LogLine(TypedDict):
    """A line of a run's log."""

    details: dict[str, Any] | None
    id: str
    level: LogLevel
    message: str
    run_id: str
    step_id: str | None
    timestamp: str


class LogLinePage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[LogLine]
    next_cursor: str | None


class MemberDraft(TypedDict):
    """A member of a team that is tried: an agent or a team."""

    agent_id: NotRequired[str | UUID | None]
    config: NotRequired[MemberLimitsInput]
    role: NotRequired[str]
    team_id: NotRequired[str | UUID | None]


class ToolSchema(TypedDict):
    """A tool as a model sees it; ``parameters`` is a JSON Schema object."""

    description: str
    name: str
    parameters: dict[str, Any]


class ModelRequest(TypedDict):
    """What a model call was sent. ``messages`` begin with the instructions, as the system's message."""

    is_complete: bool
    messages: list[Any]
    model: str
    parameters: dict[str, Any]
    provider_id: str
    provider_kind: str
    timeout_seconds: float
    tools: list[ToolSchema]


class RetryRun(TypedDict):
    """Tags and metadata of a run that is started from another; each is that of the other run when left out."""

    metadata: NotRequired[dict[str, str] | None]
    tags: NotRequired[list[str] | None]


class RunActor(TypedDict):
    """Who did something: ``kind`` is user or api_key; ``name`` is that of the user or of the key, null for a …"""

    id: str
    kind: str
    name: str | None


class RunEvent(TypedDict):
    """A durable event of a run. Sequences of a run begin at 1 and have no gaps."""

    created_at: str
    data: dict[str, Any]
    sequence: int
    type: str


class RunEventPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[RunEvent]
    next_cursor: str | None


class RunFeedback(TypedDict):
    """Feedback of a person on a run; at most one per person and run."""

    comment: str
    created_at: str
    run_id: str
    updated_at: str
    user_id: str
    user_name: str | None
    value: FeedbackValue


class RunFeedbackPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[RunFeedback]
    next_cursor: str | None


RunMomentType: TypeAlias = Literal[
    "created",
    "started",
    "continued",
    "waiting",
    "approval_requested",
    "approval_decided",
    "resumed",
    "completed",
    "failed",
    "cancelled",
]


class RunMoment(TypedDict):
    """A moment of a run's life."""

    actor: RunActor | None
    at: str
    details: dict[str, Any]
    type: RunMomentType


RunOutcome: TypeAlias = Literal["success", "warning", "error"]


class RunReference(TypedDict):
    """Another run, by its ids."""

    created_at: str
    id: str
    short_id: str
    status: RunStatus
    target_name: str


class TotalCost(TypedDict):
    """What a run and all that descend from it cost."""

    cost_state: CostState
    cost_usd: str | None
    input_tokens: NotRequired[int]
    is_estimated: bool
    model_calls: NotRequired[int]
    output_tokens: NotRequired[int]
    run_count: int
    tool_calls: NotRequired[int]


class RunOverview(TypedDict):
    """The overview of a run."""

    children: list[RunReference]
    forked_from: RunReference | None
    forks: list[RunReference]
    id: str
    parent: RunReference | None
    retried_from: RunReference | None
    retries: list[RunReference]
    short_id: str
    timeline: list[RunMoment]
    total_cost: TotalCost
    workflow_version: int | None


class RunPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Run]
    next_cursor: str | None


RunSort: TypeAlias = Literal["-created_at", "-duration_ms", "duration_ms", "-cost_usd", "cost_usd", "-tokens", "tokens"]


RunStepStatus: TypeAlias = Literal["completed", "failed", "waiting", "cancelled", "interrupted"]


class RunStep(TypedDict):
    """A step of a run."""

    completed_at: str | None
    created_at: str
    duration_ms: int | None
    error_message: str | None
    id: str
    input: Any
    item_index: int | None
    node_id: str | None
    output: Any
    parent_step_id: str | None
    run_id: str
    sequence: int
    source: str
    started_at: str
    status: RunStepStatus
    step_name: str
    step_type: str
    usage: dict[str, Any] | None
    visit: int | None
    warnings: list[StepWarning]


class RunStepPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[RunStep]
    next_cursor: str | None


class SetRunFeedback(TypedDict):
    """Your feedback on a run."""

    comment: NotRequired[str]
    value: FeedbackValue


class TeamDraft(TypedDict):
    """A team with unsaved changes: another mode, another roster, another configuration."""

    config: NotRequired[TeamConfigInput]
    instructions: NotRequired[str]
    members: NotRequired[list[MemberDraft]]
    type: NotRequired[Literal["route", "coordinate", "collaborate", "tasks", "broadcast"]]
