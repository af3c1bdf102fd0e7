"""Values of teams as they leave this package."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from retinue.core.json import JsonObject
from retinue.engine.spec.team import MemberLimits, Mode, TeamConfig


@dataclass(frozen=True, slots=True)
class MemberDefinition:
    """A member as it is given: an agent or a team, its role in the team, its limits there. The order is the position."""

    agent_id: uuid.UUID | None = None
    team_id: uuid.UUID | None = None
    role: str = ""
    config: MemberLimits = field(default_factory=MemberLimits)


@dataclass(frozen=True, slots=True)
class TeamDefinition:
    """What a team is: what its versions keep."""

    name: str
    description: str
    icon: str
    type: Mode
    instructions: str
    config: TeamConfig
    members: tuple[MemberDefinition, ...]


@dataclass(frozen=True, slots=True)
class TeamMember:
    """A member of a team; ``status`` is that of an agent, null for a team."""

    agent_id: uuid.UUID | None
    team_id: uuid.UUID | None
    position: int
    role: str
    config: MemberLimits
    name: str
    description: str
    icon: str
    status: str | None


@dataclass(frozen=True, slots=True)
class Team:
    """A team. ``warnings`` say what would make a run be refused."""

    id: uuid.UUID
    organization_id: uuid.UUID
    created_by: uuid.UUID | None
    name: str
    description: str
    icon: str
    type: Mode
    instructions: str
    config: TeamConfig
    members: tuple[TeamMember, ...]
    version: int
    warnings: tuple[str, ...]
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class TeamAuthor:
    """Who made a version; ``full_name`` is empty for a user who has left."""

    id: uuid.UUID
    full_name: str


@dataclass(frozen=True, slots=True)
class TeamVersion:
    """What a team was at one version: ``snapshot`` holds every field of its definition."""

    team_id: uuid.UUID
    version: int
    snapshot: JsonObject
    note: str
    created_by: TeamAuthor | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MemberForRun:
    """A member as a run freezes it."""

    agent_id: uuid.UUID | None
    team_id: uuid.UUID | None
    name: str
    role: str
    description: str
    config: MemberLimits


@dataclass(frozen=True, slots=True)
class TeamForRun:
    """A team as a run freezes it."""

    id: uuid.UUID
    name: str
    version: int
    type: Mode
    instructions: str
    config: TeamConfig
    members: tuple[MemberForRun, ...]
