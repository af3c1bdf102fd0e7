"""Values of versions."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retinue.core.diff import DiffPart, FieldDiff
from retinue.core.json import JsonObject


@dataclass(frozen=True, slots=True)
class Author:
    """Who made a version; ``full_name`` is empty for someone who has left."""

    id: uuid.UUID
    full_name: str


@dataclass(frozen=True, slots=True)
class AgentVersion:
    """What an agent was at one version: ``snapshot`` holds every field of its definition."""

    agent_id: uuid.UUID
    version: int
    snapshot: JsonObject
    note: str
    created_by: Author | None
    created_at: datetime


class ToolChangeKind(StrEnum):
    """How a tool changed."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ToolChange:
    """A tool that only one of two versions uses, or that both use in another way."""

    name: str
    change: ToolChangeKind
    before: JsonObject | None
    after: JsonObject | None


@dataclass(frozen=True, slots=True)
class VersionDiff:
    """What differs between two versions. ``instructions`` is empty when they are the same.

    ``variables_added`` and ``variables_removed`` name what instructions and tool settings use; ``other`` is everything
    that is neither instructions, tools, model nor limits.
    """

    agent_id: uuid.UUID
    version: int
    against: int
    instructions: list[DiffPart]
    tools: list[ToolChange]
    variables_added: list[str]
    variables_removed: list[str]
    model: list[FieldDiff]
    limits: list[FieldDiff]
    other: list[FieldDiff]
