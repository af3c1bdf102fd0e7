"""Documents that several parts of the API share. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from retinue.client.types.common import (
    AgentMemoryInput,
    CostState,
    ModelChoiceInput,
    ModelParametersInput,
    RunLimitsInput,
    RunStatus,
    RunType,
)

__all__ = [
    "DeploymentStatus",
    "FeedbackSummary",
    "FeedbackValue",
    "InstallationState",
    "OwnOrganization",
    "PartialResultsInput",
    "PartialResultsPolicy",
    "ResourceUsage",
    "Run",
    "RunTrigger",
    "ServingConfig",
    "ServingConfigInput",
    "Session",
    "StepWarning",
    "TeamConfigInput",
    "TeamSharingInput",
    "Unsubscription",
    "User",
]


class ServingConfigInput(TypedDict):
    """When versions are deployed, and how a deployed one may be called. The column ``teams.deployment_config``."""

    anonymous_runs_per_hour: NotRequired[int]
    auto_deploy: NotRequired[bool]
    auto_deploy_delay_seconds: NotRequired[int]
    callers: NotRequired[Literal["key", "anyone"]]
    chat_page: NotRequired[bool]
    frame_ancestors: NotRequired[list[str]]
    greeting: NotRequired[str]
    requests_per_minute: NotRequired[int]


PartialResultsPolicy: TypeAlias = Literal["best_effort", "all", "quorum", "first", "best_effort_until"]


class PartialResultsInput(TypedDict):
    """The policy for partial results, and its figure: ``quorum`` members, or ``seconds``."""

    policy: NotRequired[PartialResultsPolicy]
    quorum: NotRequired[int | None]
    seconds: NotRequired[int | None]


class TeamSharingInput(TypedDict):
    """What members are shown beside their task. By default nothing."""

    answers: NotRequired[bool]
    history: NotRequired[bool]
    state: NotRequired[bool]


class TeamConfigInput(TypedDict):
    """The column ``teams.config``. ``limits`` are those of the leader; ``max_cost_usd`` counts the members too."""

    leader_writes_task: NotRequired[bool]
    limits: NotRequired[RunLimitsInput]
    max_delegations: NotRequired[int]
    max_parallel: NotRequired[int]
    max_rounds: NotRequired[int]
    memory: NotRequired[AgentMemoryInput]
    model: NotRequired[ModelChoiceInput]
    output_schema: NotRequired[dict[str, Any] | None]
    parameters: NotRequired[ModelParametersInput]
    partial_results: NotRequired[PartialResultsInput]
    sharing: NotRequired[TeamSharingInput]


DeploymentStatus: TypeAlias = Literal["pending", "deploying", "deployed", "failed", "stopped"]


FeedbackValue: TypeAlias = Literal["up", "down"]


class FeedbackSummary(TypedDict):
    """How many thumbs a run has, and the caller's own, if any."""

    down: int
    mine: FeedbackValue | None
    up: int


class InstallationState(TypedDict):
    """The installation. ``is_claimed``: someone has an account."""

    is_claimed: bool
    version: str


class StepWarning(TypedDict):
    """A warning about a model's answer."""

    code: str
    message: str
    remedy: str


class ResourceUsage(TypedDict):
    """Resources used by a run."""

    cost_state: CostState
    cost_usd: str | None
    cpu_ms: int
    input_tokens: int
    is_estimated: bool
    model_calls: int
    output_tokens: int
    peak_memory_bytes: int
    steps: int
    tool_calls: int


RunTrigger: TypeAlias = Literal["manual", "api", "schedule", "webhook", "conversation", "external", "n8n", "cli"]


class Run(TypedDict):
    """A run."""

    agent_id: str | None
    agent_version: int | None
    completed_at: str | None
    conversation_id: str | None
    created_at: str
    deployment_id: str | None
    dry_run: bool
    duration_ms: int | None
    error: dict[str, Any] | None
    error_message: str | None
    external_execution_id: str | None
    feedback: FeedbackSummary
    forked_from_run_id: str | None
    id: str
    input: dict[str, Any]
    input_preview: str
    last_sequence: int
    metadata: dict[str, str]
    model: str | None
    organization_id: str
    output: Any
    parent_run_id: str | None
    playground: bool
    priority: int
    queued_ms: int | None
    resource_usage: ResourceUsage
    retry_of_run_id: str | None
    short_id: str
    started_at: str | None
    status: RunStatus
    tags: list[str]
    target_id: str
    target_name: str
    trace_id: str
    trigger: RunTrigger
    triggered_by_id: str | None
    triggered_by_name: str | None
    type: RunType
    waiting_reason: str | None
    warning_count: int
    workflow_id: str | None


class OwnOrganization(TypedDict):
    """An organization one belongs to, and as what."""

    id: str
    name: str
    plan: str
    role: str
    slug: str


class ServingConfig(TypedDict):
    """When versions are deployed, and how a deployed one may be called. The column ``teams.deployment_config``."""

    anonymous_runs_per_hour: int
    auto_deploy: bool
    auto_deploy_delay_seconds: int
    callers: Literal["key", "anyone"]
    chat_page: bool
    frame_ancestors: list[str]
    greeting: str
    requests_per_minute: int


class User(TypedDict):
    """A person with an account."""

    avatar_url: str | None
    created_at: str
    email: str
    full_name: str
    has_two_factor: bool
    id: str
    is_active: bool
    is_superuser: bool
    subscription_tier: str
    updated_at: str
    username: str


class Session(TypedDict):
    """Who is signed in, where, and what they may do there."""

    csrf_token: str
    instance: InstallationState
    needs_two_factor: bool
    organization_id: str | None
    organizations: list[OwnOrganization]
    permissions: list[str]
    role: str | None
    user: User


class Unsubscription(TypedDict):
    """What a link ends: e-mail to an address about some things in an organization."""

    about: list[str]
    address: str
    is_done: bool
    organization_name: str
