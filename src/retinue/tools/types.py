"""Values of tools as they leave this room. Credentials are never among them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from retinue.core.json import Json, JsonObject

VARIABLES: Final = "variables"
"""The key under which a planned tool's settings hold the plain variables that its configuration uses, as frozen."""


class ToolType(StrEnum):
    """What a tool stands on."""

    API = "api"
    DATABASE = "database"
    FILE = "file"
    CUSTOM = "custom"
    MCP = "mcp"


class Effect(StrEnum):
    """What a repeated call does: nothing at all, nothing more than the first, or the same again."""

    READ_ONLY = "read_only"
    IDEMPOTENT = "idempotent"
    DANGEROUS = "dangerous"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of the organization, or a built-in one (``organization_id`` is null). ``used_by_count`` counts agents."""

    id: uuid.UUID
    organization_id: uuid.UUID | None
    name: str
    description: str
    tool_type: ToolType
    configuration: JsonObject
    parameters_schema: JsonObject
    effect: Effect
    has_credentials: bool
    is_active: bool
    used_by_count: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ToolDraft:
    """A tool before it is stored: what a kind checks and completes. ``effect`` None leaves the choice to the kind."""

    name: str
    description: str
    tool_type: ToolType
    configuration: JsonObject
    parameters_schema: JsonObject | None
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class TestedArtifact:
    """A file that a test of a tool made; it is told, not kept. ``size`` in bytes."""

    name: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class ToolTest:
    """What a test of a tool gave: ``output`` when ``ok``, else ``error``."""

    ok: bool
    output: Json
    error: str | None
    duration_ms: int
    artifacts: tuple[TestedArtifact, ...]


@dataclass(frozen=True, slots=True)
class ImportedOperation:
    """An operation of an OpenAPI document, and the tool it makes: a body that ``POST /tools`` takes as it is."""

    operation_id: str
    method: str
    path: str
    summary: str
    parameters_schema: JsonObject
    tool: JsonObject


@dataclass(frozen=True, slots=True)
class ToolImport:
    """What an OpenAPI document offers. ``credentials``: the ways to sign in; ``created``: the tools made."""

    title: str
    base_url: str
    operations: tuple[ImportedOperation, ...]
    credentials: tuple[JsonObject, ...]
    warnings: tuple[str, ...]
    created: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class InstalledFunction:
    """A Python function that the operator installed as a tool. ``error`` says why it cannot be used."""

    name: str
    description: str
    parameters_schema: JsonObject
    effect: Effect
    package: str
    is_async: bool
    error: str | None
