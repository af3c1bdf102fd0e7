"""Documents of teams. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

from retinue.client.types.common import (
    AgentMemory,
    FieldDiff,
    MemberLimitsInput,
    ModelChoice,
    ModelParameters,
    RunLimits,
    TextDiffPart,
)
from retinue.client.types.common_2 import PartialResultsPolicy, ServingConfig, ServingConfigInput, TeamConfigInput

__all__ = [
    "ChosenMember",
    "CreateTeam",
    "MemberLimits",
    "NewTeamMember",
    "PartialResults",
    "RoutePreview",
    "Team",
    "TeamAuthor",
    "TeamConfig",
    "TeamMember",
    "TeamMemberChange",
    "TeamMemberChangeKind",
    "TeamMode",
    "TeamPage",
    "TeamSharing",
    "TeamVersion",
    "TeamVersionDiff",
    "TeamVersionPage",
    "UpdateTeam",
]


class ChosenMember(TypedDict):
    """The member that would answer."""

    agent_id: str | None
    name: str
    team_id: str | None


class NewTeamMember(TypedDict):
    """A member: an agent or a team."""

    agent_id: NotRequired[str | UUID | None]
    config: NotRequired[MemberLimitsInput]
    role: NotRequired[str]
    team_id: NotRequired[str | UUID | None]


class CreateTeam(TypedDict):
    """A new team."""

    config: NotRequired[TeamConfigInput]
    deployment_config: NotRequired[ServingConfigInput]
    description: NotRequired[str]
    icon: NotRequired[str]
    instructions: NotRequired[str]
    members: NotRequired[list[NewTeamMember]]
    name: str
    note: NotRequired[str]
    type: Literal["route", "coordinate", "collaborate", "tasks", "broadcast"]


class MemberLimits(TypedDict):
    """Limits of one member's run; each may only tighten what the member itself has."""

    max_cost_usd: float | None
    max_steps: int | None
    retries: int
    timeout_seconds: int | None


class PartialResults(TypedDict):
    """The policy for partial results, and its figure: ``quorum`` members, or ``seconds``."""

    policy: PartialResultsPolicy
    quorum: int | None
    seconds: int | None


class RoutePreview(TypedDict):
    """What a leader chose."""

    confidence: float | None
    cost_usd: str | None
    input_tokens: int
    member: ChosenMember | None
    model: str
    output_tokens: int
    reason: str | None
    team_id: str


class TeamSharing(TypedDict):
    """What members are shown beside their task. By default nothing."""

    answers: bool
    history: bool
    state: bool


class TeamConfig(TypedDict):
    """The column ``teams.config``. ``limits`` are those of the leader; ``max_cost_usd`` counts the members too."""

    leader_writes_task: bool
    limits: RunLimits
    max_delegations: int
    max_parallel: int
    max_rounds: int
    memory: AgentMemory
    model: ModelChoice
    output_schema: dict[str, Any] | None
    parameters: ModelParameters
    partial_results: PartialResults
    sharing: TeamSharing


class TeamMember(TypedDict):
    """A member of a team; ``status`` is that of an agent, null for a team."""

    agent_id: str | None
    config: MemberLimits
    description: str
    icon: str
    name: str
    position: int
    role: str
    status: str | None
    team_id: str | None


TeamMode: TypeAlias = Literal["route", "coordinate", "collaborate", "tasks"]


class Team(TypedDict):
    """A team. ``warnings`` say what would make a run be refused."""

    config: TeamConfig
    created_at: str
    created_by: str | None
    deployment_config: ServingConfig
    description: str
    icon: str
    id: str
    instructions: str
    members: list[TeamMember]
    name: str
    organization_id: str
    type: TeamMode
    updated_at: str
    version: int
    warnings: list[str]


class TeamAuthor(TypedDict):
    """Who made a version; ``full_name`` is empty for a user who has left."""

    full_name: str
    id: str


TeamMemberChangeKind: TypeAlias = Literal["added", "removed", "changed", "moved"]


class TeamMemberChange(TypedDict):
    """A member that only one of two versions has, that has another role or other limits, or another place."""

    after: dict[str, Any] | None
    agent_id: str | None
    before: dict[str, Any] | None
    change: TeamMemberChangeKind
    name: str
    team_id: str | None


class TeamPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Team]
    next_cursor: str | None


class TeamVersion(TypedDict):
    """What a team was at one version: ``snapshot`` holds every field of its definition."""

    created_at: str
    created_by: TeamAuthor | None
    note: str
    snapshot: dict[str, Any]
    team_id: str
    version: int


class TeamVersionDiff(TypedDict):
    """What differs between two versions of a team. ``instructions`` is empty when they are the same."""

    against: int
    instructions: list[TextDiffPart]
    limits: list[FieldDiff]
    members: list[TeamMemberChange]
    model: list[FieldDiff]
    other: list[FieldDiff]
    team_id: str
    version: int


class TeamVersionPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[TeamVersion]
    next_cursor: str | None


class UpdateTeam(TypedDict):
    """What to change; a field that is left out stays as it is."""

    config: NotRequired[TeamConfigInput]
    deployment_config: NotRequired[ServingConfigInput]
    description: NotRequired[str]
    icon: NotRequired[str]
    instructions: NotRequired[str]
    members: NotRequired[list[NewTeamMember]]
    name: NotRequired[str]
    note: NotRequired[str]
    type: NotRequired[Literal["route", "coordinate", "collaborate", "tasks", "broadcast"]]
    version: NotRequired[int]
