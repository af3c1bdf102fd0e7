"""Documents that several parts of the API share. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

__all__ = [
    "AgentConfigInput",
    "AgentMemory",
    "AgentMemoryInput",
    "AgentPresence",
    "AgentStatus",
    "AgentUseInput",
    "Approval",
    "ApprovalDecision",
    "ApprovalPage",
    "ApprovalStatus",
    "Approver",
    "AtLimit",
    "Budget",
    "BudgetPeriod",
    "BudgetScope",
    "ChildLimitsInput",
    "CostState",
    "EscalationInput",
    "FieldDiff",
    "MemberLimitsInput",
    "MissingDatePolicy",
    "ModelChoice",
    "ModelChoiceInput",
    "ModelParameters",
    "ModelParametersInput",
    "Role",
    "RunLimits",
    "RunLimitsInput",
    "RunStatus",
    "RunType",
    "ScheduleFrequency",
    "TextDiffKind",
    "TextDiffPart",
    "ToolApprovalInput",
    "ToolUseInput",
]


class AgentMemory(TypedDict):
    """How many of the newest messages of a conversation the model receives."""

    history_messages: int


class ModelChoice(TypedDict):
    """Which model: a provider of the organization and a model of it; None means the organization's default."""

    name: str | None
    provider_id: str | None


class ModelParameters(TypedDict):
    """How the model answers. None leaves the provider's own default."""

    max_output_tokens: int | None
    script: dict[str, Any] | None
    seed: int | None
    stop: list[str]
    temperature: float | None
    top_p: float | None


class RunLimits(TypedDict):
    """Limits of a run. A step is one model or tool call. None means no limit."""

    max_cost_usd: float | None
    max_steps: int
    max_tool_calls: int | None
    timeout_seconds: int
    tool_timeout_seconds: int


AgentPresence: TypeAlias = Literal["online", "offline", "error"]


AgentStatus: TypeAlias = Literal["inactive", "active", "paused", "error"]


class AgentMemoryInput(TypedDict):
    """How many of the newest messages of a conversation the model receives."""

    history_messages: NotRequired[int]


class ChildLimitsInput(TypedDict):
    """Limits of one run that another run starts; each may only tighten what its target itself has."""

    max_cost_usd: NotRequired[float | None]
    max_steps: NotRequired[int | None]
    retries: NotRequired[int]
    timeout_seconds: NotRequired[int | None]


class EscalationInput(TypedDict):
    """Who is asked when nobody decided in time, and how long they have: as long as the first ones when left …"""

    assignees: NotRequired[list[str]]
    expires: NotRequired[str | None]
    role: NotRequired[Literal["owner", "admin", "agent_manager"] | None]


class ToolApprovalInput(TypedDict):
    """Who approves the calls of a tool, and how long they have."""

    assignees: NotRequired[list[str]]
    escalate_to: NotRequired[EscalationInput | None]
    expires: NotRequired[str | None]
    on_expiry: NotRequired[Literal["deny", "escalate"]]
    quorum: NotRequired[int]
    role: NotRequired[Literal["owner", "admin", "agent_manager"] | None]


class AgentUseInput(TypedDict):
    """Another agent, or a team, that the agent may call as a tool. Each call is a run of its own."""

    agent_id: NotRequired[str | UUID | None]
    approval: NotRequired[ToolApprovalInput | None]
    description: NotRequired[str]
    limits: NotRequired[ChildLimitsInput]
    name: str
    requires_approval: NotRequired[bool]
    team_id: NotRequired[str | UUID | None]


class ModelChoiceInput(TypedDict):
    """Which model: a provider of the organization and a model of it; None means the organization's default."""

    name: NotRequired[str | None]
    provider_id: NotRequired[str | UUID | None]


class ModelParametersInput(TypedDict):
    """How the model answers. None leaves the provider's own default."""

    max_output_tokens: NotRequired[int | None]
    script: NotRequired[dict[str, Any] | None]
    seed: NotRequired[int | None]
    stop: NotRequired[list[str]]
    temperature: NotRequired[float | None]
    top_p: NotRequired[float | None]


class RunLimitsInput(TypedDict):
    """Limits of a run. A step is one model or tool call. None means no limit."""

    max_cost_usd: NotRequired[float | None]
    max_steps: NotRequired[int]
    max_tool_calls: NotRequired[int | None]
    timeout_seconds: NotRequired[int]
    tool_timeout_seconds: NotRequired[int]


class ToolUseInput(TypedDict):
    """A tool the agent may use, by name; ``settings`` narrow it (allowed hosts, folder) and may use …"""

    approval: NotRequired[ToolApprovalInput | None]
    name: str
    requires_approval: NotRequired[bool]
    settings: NotRequired[dict[str, Any]]


class AgentConfigInput(TypedDict):
    """The column ``agents.config``."""

    agents: NotRequired[list[AgentUseInput]]
    limits: NotRequired[RunLimitsInput]
    memory: NotRequired[AgentMemoryInput]
    model: NotRequired[ModelChoiceInput]
    output_schema: NotRequired[dict[str, Any] | None]
    parameters: NotRequired[ModelParametersInput]
    tools: NotRequired[list[ToolUseInput]]


class FieldDiff(TypedDict):
    """A field that differs, by its path in the document; None: it is not set."""

    after: Any
    before: Any
    field: str


TextDiffKind: TypeAlias = Literal["same", "added", "removed"]


class TextDiffPart(TypedDict):
    """A part of a text."""

    kind: TextDiffKind
    text: str


ApprovalStatus: TypeAlias = Literal["pending", "approved", "rejected", "answered", "expired"]


class ApprovalDecision(TypedDict):
    """What a person decided: approved, rejected or answered. One that they replaced later is not shown."""

    by_link: bool
    comment: str | None
    created_at: str
    full_name: str | None
    id: str
    status: ApprovalStatus
    user_id: str | None


class Approver(TypedDict):
    """A member who is asked."""

    full_name: str | None
    user_id: str


Role: TypeAlias = Literal["owner", "admin", "agent_manager", "viewer"]


class Approval(TypedDict):
    """A request of a run for a decision by a person, and the decision."""

    arguments: dict[str, Any]
    assignees: list[Approver]
    comment: str | None
    created_at: str
    decided_at: str | None
    decided_by: str | None
    decided_by_name: str | None
    decision: dict[str, Any] | None
    decisions: list[ApprovalDecision]
    editable: dict[str, Any] | None
    escalated_at: str | None
    expires_at: str | None
    form: dict[str, Any] | None
    id: str
    is_mine: bool
    kind: str
    node_id: str | None
    prompt: str | None
    quorum: int
    reason: str
    requested_by_name: str | None
    role: Role | None
    run_id: str
    status: ApprovalStatus
    step_id: str
    target_name: str
    tool_name: str


class ApprovalPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Approval]
    next_cursor: str | None


AtLimit: TypeAlias = Literal["refuse", "ask", "downgrade"]


BudgetPeriod: TypeAlias = Literal["day", "month", "total"]


BudgetScope: TypeAlias = Literal["organization", "agent", "team", "workflow", "user", "api_key", "run"]


class Budget(TypedDict):
    """A budget and what is used of it in the present period, which ends at ``resets_at``; null for a total."""

    at_limit: AtLimit
    created_at: str
    enabled: bool
    exhausted_at: str | None
    fallback_model: str | None
    fallback_provider_id: str | None
    forecast_tokens: int | None
    forecast_usd: str | None
    granted_tokens: int
    granted_usd: str
    id: str
    limit_tokens: int | None
    limit_usd: str | None
    name: str
    organization_id: str
    period: BudgetPeriod
    period_start: str | None
    remaining_tokens: int | None
    remaining_usd: str | None
    reserved_tokens: int
    reserved_usd: str
    resets_at: str | None
    scope: BudgetScope
    settled_calls: int
    settled_tokens: int
    settled_usd: str
    subject_id: str | None
    subject_name: str | None
    timezone: str
    unpriced_calls: int
    updated_at: str
    warn_percent: int
    warned_at: str | None


RunStatus: TypeAlias = Literal["pending", "running", "waiting", "completed", "failed", "cancelled"]


CostState: TypeAlias = Literal["none", "known", "partial", "unknown"]


RunType: TypeAlias = Literal["agent", "team", "workflow"]


MissingDatePolicy: TypeAlias = Literal["skip", "last_day"]


ScheduleFrequency: TypeAlias = Literal["hourly", "daily", "weekly", "monthly", "once"]


class MemberLimitsInput(TypedDict):
    """Limits of one member's run; each may only tighten what the member itself has."""

    max_cost_usd: NotRequired[float | None]
    max_steps: NotRequired[int | None]
    retries: NotRequired[int]
    timeout_seconds: NotRequired[int | None]
