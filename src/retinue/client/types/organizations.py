"""Documents of organizations. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

from retinue.client.types.common_2 import OwnOrganization

__all__ = [
    "Certificate",
    "CreateOrganization",
    "DeletionPhase",
    "Destination",
    "ErasedBucket",
    "ErasedTable",
    "Erasure",
    "ErasureKind",
    "ErasurePage",
    "ErasurePhase",
    "ExpiredRows",
    "KeptRows",
    "Organization",
    "OrganizationDeletion",
    "OrganizationDeletionPage",
    "OwnOrganizationPage",
    "RequestErasure",
    "Retention",
    "RetentionKind",
    "RetentionPreview",
    "RetentionRule",
    "SetRetention",
    "SetTracing",
    "Tracing",
    "UpdateOrganization",
]


class ErasedBucket(TypedDict):
    """What was deleted outside of the tables: ``files`` of the storage, ``keys`` of the key-value store."""

    bucket: str
    deleted: int


class ErasedTable(TypedDict):
    """What happened in one table: rows deleted, and rows that lost what named the target."""

    anonymized: int
    deleted: int
    table: str


ErasureKind: TypeAlias = Literal["person", "agent", "organization"]


class KeptRows(TypedDict):
    """Rows that still name the target by its id, or by a name, at the end; and why they stay."""

    names: bool
    reason: str
    rows: int
    table: str


class Certificate(TypedDict):
    """What an erasure deleted, what it made anonymous, and what stays and why."""

    attempts: int
    buckets: list[ErasedBucket]
    format: str
    id: str
    is_search_complete: bool
    kept: list[KeptRows]
    kind: ErasureKind
    name_hash: str
    remarks: list[str]
    requested_at: str
    searched_tables: int
    started_at: str
    tables: list[ErasedTable]
    target_id: str


class CreateOrganization(TypedDict):
    """A new organization; without a slug one is made of the name."""

    name: str
    slug: NotRequired[str | None]


DeletionPhase: TypeAlias = Literal["scheduled", "stopping", "files", "rows", "finished", "cancelled"]


Destination: TypeAlias = Literal["otlp", "langfuse"]


ErasurePhase: TypeAlias = Literal["requested", "runs", "rows", "search", "finished"]


class Erasure(TypedDict):
    """An erasure with its progress. It outlives what was erased, without its name."""

    attempts: int
    error: str | None
    files_deleted: int
    finished_at: str | None
    id: str
    kind: ErasureKind
    name_hash: str
    organization_id: str | None
    phase: ErasurePhase
    requested_at: str
    requested_by: str | None
    rows_anonymized: int
    rows_deleted: int
    started_at: str | None
    target_id: str


class ErasurePage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Erasure]
    next_cursor: str | None


RetentionKind: TypeAlias = Literal[
    "runs", "logs", "events", "thoughts", "files", "messages", "alerts", "metrics", "usage", "audit", "notifications"
]


class ExpiredRows(TypedDict):
    """What would be deleted of a kind, and the oldest of it. With ``is_more`` counting stopped at ``rows``."""

    days: int
    is_more: bool
    kind: RetentionKind
    oldest_at: str | None
    rows: int


class Organization(TypedDict):
    """A tenant. ``max_concurrent_runs``: 1 to 100,000."""

    audit_retention_days: int
    created_at: str
    created_by: str | None
    id: str
    max_concurrent_runs: int
    name: str
    plan: str
    require_two_factor: bool
    run_retention_days: int
    slug: str
    updated_at: str


class OrganizationDeletion(TypedDict):
    """The deletion of an organization, which outlives it."""

    erase_after: str
    error: str | None
    files_deleted: int
    finished_at: str | None
    id: str
    name_hash: str
    organization_id: str
    organization_name: str | None
    phase: DeletionPhase
    requested_at: str
    requested_by: str | None
    rows_deleted: int
    rows_total: int | None
    started_at: str | None


class OrganizationDeletionPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[OrganizationDeletion]
    next_cursor: str | None


class OwnOrganizationPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[OwnOrganization]
    next_cursor: str | None


class RequestErasure(TypedDict):
    """What is to be erased, confirmed by its name."""

    confirm: str
    kind: ErasureKind
    target_id: str | UUID


class RetentionRule(TypedDict):
    """How long a kind is kept, in days."""

    days: int | None
    effective_days: int
    follows: str | None
    kind: RetentionKind
    maximum_days: int
    minimum_days: int


class Retention(TypedDict):
    """How long an organization keeps each kind of record."""

    rules: list[RetentionRule]


class RetentionPreview(TypedDict):
    """What the next maintenance would delete, were these the settings."""

    expired: list[ExpiredRows]
    rows: int


class SetRetention(TypedDict):
    """Days for which each kind is kept. Null, or left out: as long as runs, or as the installation says."""

    alerts: NotRequired[int | None]
    audit: int
    events: NotRequired[int | None]
    files: NotRequired[int | None]
    logs: NotRequired[int | None]
    messages: NotRequired[int | None]
    metrics: NotRequired[int | None]
    notifications: NotRequired[int | None]
    runs: int
    thoughts: NotRequired[int | None]
    usage: NotRequired[int | None]


class SetTracing(TypedDict):
    """What leaves with the traces of the organization's runs."""

    allows_content: bool


class Tracing(TypedDict):
    """How runs of an organization are traced."""

    allows_content: bool
    destinations: list[Destination]
    link: str | None
    sends_content: bool


class UpdateOrganization(TypedDict):
    """Fields to change. Omitted fields are not changed."""

    audit_retention_days: NotRequired[int]
    max_concurrent_runs: NotRequired[int]
    name: NotRequired[str]
    plan: NotRequired[str]
    require_two_factor: NotRequired[bool]
    run_retention_days: NotRequired[int]
    slug: NotRequired[str]
