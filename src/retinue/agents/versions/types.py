"""Values of versions."""

import uuid
from dataclasses import dataclass
from datetime import datetime

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
