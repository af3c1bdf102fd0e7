"""Documents of agents. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

from retinue.client.types.common import (
    AgentConfigInput,
    AgentMemory,
    AgentPresence,
    AgentStatus,
    FieldDiff,
    ModelChoice,
    ModelParameters,
    RunLimits,
    TextDiffPart,
)

__all__ = [
    "Agent",
    "AgentCategory",
    "AgentConfig",
    "AgentPage",
    "AgentRuntime",
    "AgentTemplate",
    "AgentTemplatePage",
    "AgentType",
    "AgentUse",
    "AgentVersion",
    "AgentVersionDiff",
    "AgentVersionPage",
    "ChildLimits",
    "CreateAgent",
    "CreateTemplate",
    "CreateVariable",
    "DeploymentConfig",
    "DeploymentConfigInput",
    "Escalation",
    "HeartbeatConfig",
    "HeartbeatConfigInput",
    "TemplateConfig",
    "TemplateVariable",
    "ToolApproval",
    "ToolChange",
    "ToolChangeKind",
    "ToolUse",
    "VersionAuthor",
]

AgentCategory: TypeAlias = Literal["customer-service", "sales", "engineering", "support", "marketing", "it", "hr", "popular"]


class ChildLimits(TypedDict):
    """Limits of one run that another run starts; each may only tighten what its target itself has."""

    max_cost_usd: float | None
    max_steps: int | None
    retries: int
    timeout_seconds: int | None


class Escalation(TypedDict):
    """Who is asked when nobody decided in time, and how long they have: as long as the first ones when left …"""

    assignees: list[str]
    expires: str | None
    role: Literal["owner", "admin", "agent_manager"] | None


class ToolApproval(TypedDict):
    """Who approves the calls of a tool, and how long they have."""

    assignees: list[str]
    escalate_to: Escalation | None
    expires: str | None
    on_expiry: Literal["deny", "escalate"]
    quorum: int
    role: Literal["owner", "admin", "agent_manager"] | None


class AgentUse(TypedDict):
    """Another agent, or a team, that the agent may call as a tool. Each call is a run of its own."""

    agent_id: str | None
    approval: ToolApproval | None
    description: str
    limits: ChildLimits
    name: str
    requires_approval: bool
    team_id: str | None


class ToolUse(TypedDict):
    """A tool the agent may use, by name; ``settings`` narrow it (allowed hosts, folder) and may use …"""

    approval: ToolApproval | None
    name: str
    requires_approval: bool
    settings: dict[str, Any]


class AgentConfig(TypedDict):
    """The column ``agents.config``."""

    agents: list[AgentUse]
    limits: RunLimits
    memory: AgentMemory
    model: ModelChoice
    output_schema: dict[str, Any] | None
    parameters: ModelParameters
    tools: list[ToolUse]


AgentRuntime: TypeAlias = Literal["hosted", "external"]


AgentType: TypeAlias = Literal["automation", "assistive"]


class HeartbeatConfig(TypedDict):
    """How often an external agent sends heartbeats, and how late one may be before the agent counts as offline."""

    every_seconds: int
    grace_seconds: int


class DeploymentConfig(TypedDict):
    """The column ``agents.deployment_config``: how runs are admitted, and how a deployed version may be called."""

    anonymous_runs_per_hour: int
    auto_deploy: bool
    auto_deploy_delay_seconds: int
    callers: Literal["key", "anyone"]
    chat_page: bool
    frame_ancestors: list[str]
    greeting: str
    heartbeat: HeartbeatConfig | None
    max_concurrent_runs: int | None
    priority: int
    requests_per_minute: int


class Agent(TypedDict):
    """An agent. ``warnings`` say what would make a run fail or do less than is written."""

    agent_type: AgentType
    category: AgentCategory
    config: AgentConfig
    created_at: str
    created_by: str | None
    deployment_config: DeploymentConfig
    description: str
    icon: str
    id: str
    instructions: str
    is_custom: bool
    last_activity: str | None
    last_heartbeat: str | None
    name: str
    organization_id: str
    presence: AgentPresence
    runtime: AgentRuntime
    status: AgentStatus
    status_reason: str | None
    template_id: str | None
    type: str
    updated_at: str
    version: int
    warnings: list[str]
    webhook_url: str | None


class AgentPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Agent]
    next_cursor: str | None


class TemplateVariable(TypedDict):
    """A variable that an agent of the template begins with."""

    description: str
    is_secret: bool
    name: str
    value: str | None


class TemplateConfig(TypedDict):
    """The column ``agent_templates.default_config``: what an agent of the template begins with."""

    agent_type: Literal["automation", "assistive"]
    config: AgentConfig
    deployment_config: DeploymentConfig
    instructions: str
    variables: list[TemplateVariable]


class AgentTemplate(TypedDict):
    """A template. ``required_params`` is a JSON Schema object; each parameter becomes a variable of the agent."""

    category: str
    created_at: str
    created_by: str | None
    default_config: TemplateConfig
    description: str
    icon: str
    id: str
    is_built_in: bool
    is_public: bool
    name: str
    organization_id: str | None
    required_params: dict[str, Any]
    type: str
    updated_at: str


class AgentTemplatePage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[AgentTemplate]
    next_cursor: str | None


class VersionAuthor(TypedDict):
    """Who made a version; ``full_name`` is empty for someone who has left."""

    full_name: str
    id: str


class AgentVersion(TypedDict):
    """What an agent was at one version: ``snapshot`` holds every field of its definition."""

    agent_id: str
    created_at: str
    created_by: VersionAuthor | None
    note: str
    snapshot: dict[str, Any]
    version: int


ToolChangeKind: TypeAlias = Literal["added", "removed", "changed"]


class ToolChange(TypedDict):
    """A tool that only one of two versions uses, or that both use in another way."""

    after: dict[str, Any] | None
    before: dict[str, Any] | None
    change: ToolChangeKind
    name: str


class AgentVersionDiff(TypedDict):
    """What differs between two versions. ``instructions`` is empty when they are the same."""

    against: int
    agent_id: str
    instructions: list[TextDiffPart]
    limits: list[FieldDiff]
    model: list[FieldDiff]
    other: list[FieldDiff]
    tools: list[ToolChange]
    variables_added: list[str]
    variables_removed: list[str]
    version: int


class AgentVersionPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[AgentVersion]
    next_cursor: str | None


class CreateVariable(TypedDict):
    """A new variable. The value of a secret one is stored encrypted and never returned."""

    description: NotRequired[str]
    is_secret: NotRequired[bool]
    name: str
    value: NotRequired[str | None]


class HeartbeatConfigInput(TypedDict):
    """How often an external agent sends heartbeats, and how late one may be before the agent counts as offline."""

    every_seconds: NotRequired[int]
    grace_seconds: NotRequired[int]


class DeploymentConfigInput(TypedDict):
    """The column ``agents.deployment_config``: how runs are admitted, and how a deployed version may be called."""

    anonymous_runs_per_hour: NotRequired[int]
    auto_deploy: NotRequired[bool]
    auto_deploy_delay_seconds: NotRequired[int]
    callers: NotRequired[Literal["key", "anyone"]]
    chat_page: NotRequired[bool]
    frame_ancestors: NotRequired[list[str]]
    greeting: NotRequired[str]
    heartbeat: NotRequired[HeartbeatConfigInput | None]
    max_concurrent_runs: NotRequired[int | None]
    priority: NotRequired[int]
    requests_per_minute: NotRequired[int]


class CreateAgent(TypedDict):
    """A new agent."""

    agent_type: NotRequired[AgentType]
    category: NotRequired[AgentCategory]
    config: NotRequired[AgentConfigInput]
    deployment_config: NotRequired[DeploymentConfigInput]
    description: NotRequired[str]
    icon: NotRequired[str]
    instructions: NotRequired[str]
    name: NotRequired[str | None]
    note: NotRequired[str]
    parameters: NotRequired[dict[str, Any]]
    runtime: NotRequired[AgentRuntime]
    status: NotRequired[Literal["inactive", "active"]]
    template_id: NotRequired[str | UUID | None]
    type: NotRequired[str]
    variables: NotRequired[list[CreateVariable]]
    webhook_url: NotRequired[str | None]


class CreateTemplate(TypedDict):
    """A template made of an agent: its instructions, configuration and variables."""

    agent_id: str | UUID
    category: NotRequired[AgentCategory | None]
    description: NotRequired[str | None]
    icon: NotRequired[str | None]
    is_public: NotRequired[bool]
    name: NotRequired[str | None]
    public_values: NotRequired[list[str]]
    required_params: NotRequired[dict[str, Any] | None]
    type: NotRequired[str | None]
