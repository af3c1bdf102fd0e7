"""Values of teams as they leave this package."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from retinue.agents.types import Release
from retinue.core.diff import DiffPart, FieldDiff
from retinue.core.json import JsonObject
from retinue.engine.spec.agent import ServingConfig
from retinue.engine.spec.team import MemberLimits, Mode, TeamConfig

TeamType = Annotated[
    Literal["route", "coordinate", "collaborate", "tasks", "broadcast"],
    Field(description="How the team works. `broadcast` is another name of `collaborate`."),
]


def mode_of(value: str) -> Mode:
    """Return the mode that a type names."""
    return Mode.COLLABORATE if value == "broadcast" else Mode(value)


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
    deployment_config: ServingConfig = field(default_factory=ServingConfig)


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
    deployment_config: ServingConfig
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


class MemberChangeKind(StrEnum):
    """How a member changed."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A member that only one of two versions has, that has another role or other limits, or another place.

    ``name`` is its present name, empty when it was deleted; ``before`` and ``after`` are as in the snapshot.
    """

    agent_id: uuid.UUID | None
    team_id: uuid.UUID | None
    name: str
    change: MemberChangeKind
    before: JsonObject | None
    after: JsonObject | None


@dataclass(frozen=True, slots=True)
class TeamVersionDiff:
    """What differs between two versions of a team. ``instructions`` is empty when they are the same.

    ``other`` is everything that is neither instructions, members, model nor limits.
    """

    team_id: uuid.UUID
    version: int
    against: int
    instructions: list[DiffPart]
    members: list[MemberChange]
    model: list[FieldDiff]
    limits: list[FieldDiff]
    other: list[FieldDiff]


@dataclass(frozen=True, slots=True)
class MemberForRun:
    """A member as a run freezes it; ``release`` is its version in a team that is deployed."""

    agent_id: uuid.UUID | None
    team_id: uuid.UUID | None
    name: str
    role: str
    description: str
    config: MemberLimits
    release: Release | None = None


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
