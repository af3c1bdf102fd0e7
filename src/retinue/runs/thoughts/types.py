"""Thoughts as values."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from retinue.core.json import JsonObject


@dataclass(frozen=True, slots=True)
class Thought:
    """A node of a run's mind map: input → processing → action → output.

    ``confidence_score`` lies in 0..1 and is None unless the model itself gave a figure. ``agent_id`` is null for what a
    team's leader thinks.
    """

    id: UUID
    agent_id: UUID | None
    run_id: UUID
    node_id: str
    node_type: str
    content: str
    metadata: JsonObject
    parent_node_id: str | None
    confidence_score: float | None
    processing_time_ms: int | None
    created_at: datetime
