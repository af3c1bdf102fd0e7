"""Values of tools' versions."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from retinue.core.json import Json, JsonObject


@dataclass(frozen=True, slots=True)
class ToolAuthor:
    """Who created a version; ``full_name`` is empty when that user no longer exists."""

    id: uuid.UUID
    full_name: str


@dataclass(frozen=True, slots=True)
class ToolVersion:
    """What a tool was at one version: ``snapshot`` holds name, description, configuration, schema, effect and limits.

    Credentials are never part of it.
    """

    tool_id: uuid.UUID
    version: int
    snapshot: JsonObject
    note: str
    created_by: ToolAuthor | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ToolFieldChange:
    """A field that differs between two versions, by its path (``configuration.host``); null where it is not there."""

    field: str
    before: Json
    after: Json


@dataclass(frozen=True, slots=True)
class ToolVersionChanges:
    """What changed between two versions of a tool, by the names of the fields."""

    tool_id: uuid.UUID
    before: int
    after: int
    changes: tuple[ToolFieldChange, ...]
