"""Erasures as values: what is erased, how far it is, and the certificate."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retinue.core.ids import OrganizationId, UserId

FORMAT = "retinue.erasure/1"


class ErasureKind(StrEnum):
    """What is erased."""

    PERSON = "person"
    AGENT = "agent"
    ORGANIZATION = "organization"


class ErasurePhase(StrEnum):
    """How far an erasure is. In ``requested`` nothing is deleted yet; ``search`` looks for what is left."""

    REQUESTED = "requested"
    RUNS = "runs"
    ROWS = "rows"
    SEARCH = "search"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure with its progress. It outlives what was erased, without its name.

    ``name_hash`` is the SHA-256 of the id, a colon and the name, in hexadecimal. ``attempts``: how many workers carried it
    out; more than one means that a worker ended early and another went on. ``error`` is why the last attempt failed.
    """

    id: uuid.UUID
    kind: ErasureKind
    target_id: uuid.UUID
    organization_id: OrganizationId | None
    name_hash: str
    requested_by: UserId | None
    requested_at: datetime
    phase: ErasurePhase
    attempts: int
    rows_deleted: int
    rows_anonymized: int
    files_deleted: int
    error: str | None
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class ErasedTable:
    """What happened in one table: rows deleted, and rows that lost what named the target."""

    table: str
    deleted: int
    anonymized: int


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Rows that still name the target by its id, or by a name, at the end; and why they stay."""

    table: str
    rows: int
    names: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ErasedBucket:
    """What was deleted outside of the tables: ``files`` of the storage, ``keys`` of the key-value store."""

    bucket: str
    deleted: int


@dataclass(frozen=True, slots=True)
class Certificate:
    """What an erasure deleted, what it made anonymous, and what stays and why.

    ``searched_tables``: how many tables were searched at the end for the id and for names. ``is_search_complete`` is false
    when the names were no longer known to the process that searched.
    """

    format: str
    id: uuid.UUID
    kind: ErasureKind
    target_id: uuid.UUID
    name_hash: str
    requested_at: datetime
    started_at: datetime
    attempts: int
    tables: tuple[ErasedTable, ...]
    buckets: tuple[ErasedBucket, ...]
    kept: tuple[KeptRows, ...]
    searched_tables: int
    is_search_complete: bool
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """What an erasure must know when the rows that have it are gone, stored sealed: names, and keys of the store."""

    names: list[str]
    keys: list[str]


@dataclass(frozen=True, slots=True)
class Claimed:
    """An erasure that this worker carries out for now."""

    id: uuid.UUID
    kind: ErasureKind
    target_id: uuid.UUID
    organization_id: OrganizationId | None
    phase: ErasurePhase
    attempts: int
    terms_encrypted: bytes | None
