"""Deletions of organizations as values."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retinue.core.ids import OrganizationId, UserId


class Phase(StrEnum):
    """How far a deletion is. Until ``scheduled`` ends it can be cancelled; from ``files`` on data is deleted."""

    SCHEDULED = "scheduled"
    STOPPING = "stopping"
    FILES = "files"
    ROWS = "rows"
    FINISHED = "finished"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Deletion:
    """The deletion of an organization, which outlives it.

    ``organization_name`` is null once the organization is gone; ``name_hash`` is the SHA-256 of its id, a colon and its
    name, in hexadecimal. Nothing is deleted before ``erase_after``. ``rows_total`` is null until the rows are counted.
    ``error`` is why the last attempt failed; it is made again.
    """

    id: uuid.UUID
    organization_id: OrganizationId
    organization_name: str | None
    name_hash: str
    requested_by: UserId | None
    requested_at: datetime
    erase_after: datetime
    phase: Phase
    rows_total: int | None
    rows_deleted: int
    files_deleted: int
    error: str | None
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A deletion that this worker carries out for now."""

    id: uuid.UUID
    organization_id: OrganizationId
    phase: Phase
    requested_by: UserId | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Where a batch of rows ended: the table, its last id where it has ids, and how many rows were deleted."""

    table: str | None = None
    after: uuid.UUID | None = None
    deleted: int = 0
