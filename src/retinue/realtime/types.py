"""Values of subscriptions: published tables, changes, and what a subscriber asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject

LARGE = "~large"
"""A key of a recorded row that has values too large to be recorded."""


class Operation(StrEnum):
    """What happened to a row."""

    INSERT = "INSERT"
    UPDATE = "UPDATE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Table:
    """A published table: its columns and their types in the order of the table, its key, and who may read it."""

    name: str
    types: Mapping[str, str]
    keys: tuple[str, ...]
    permission: str


@dataclass(frozen=True, slots=True)
class Change:
    """A committed change of one row. ``before``: the row as it was, of an update. Texts are the rows as recorded."""

    id: int
    organization_id: OrganizationId
    table: str
    operation: Operation
    record: JsonObject
    record_text: str
    before: JsonObject | None
    before_text: str | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class RealtimeEndpoint:
    """Where clients of the Supabase protocol connect, and the key that they present."""

    url: str
    publishable_key: str
    websocket_url: str
    tables: list[str]
