"""Values of tools as they leave this package. Credentials are never among them."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from retinue.core.json import Json, JsonObject

VARIABLES: Final = "variables"
"""The key under which a planned tool's settings hold the plain variables that its configuration uses, as frozen."""


class ToolType(StrEnum):
    """Type of a tool."""

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


class CallerType(StrEnum):
    """What may use a tool."""

    AGENT = "agent"
    TEAM = "team"
    WORKFLOW = "workflow"


@dataclass(frozen=True, slots=True)
class ToolCaller:
    """An agent, or a workflow with its tool nodes, that is to use a tool."""

    type: CallerType
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class AllowedCaller:
    """An agent, a team (its members) or a workflow that may use a tool. ``name`` is null when it has been deleted."""

    type: CallerType
    id: uuid.UUID
    name: str | None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool of the organization, or a built-in one (``organization_id`` is null). ``used_by_count`` counts agents.

    ``limits`` holds those that are set: rate_per_minute, timeout_seconds, response_bytes, allowed_hosts. ``connection_id``
    is the connection by OAuth that its calls are made under, if any. ``allowed_for`` names who alone may use the tool; an
    empty list: all agents and workflows of the organization.
    """

    id: uuid.UUID
    organization_id: uuid.UUID | None
    name: str
    description: str
    tool_type: ToolType
    configuration: JsonObject
    parameters_schema: JsonObject
    effect: Effect
    limits: JsonObject
    version: int
    has_credentials: bool
    connection_id: uuid.UUID | None
    is_active: bool
    allowed_for: tuple[AllowedCaller, ...]
    used_by_count: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ToolUser:
    """An agent that has a tool, a team that has such agents, or a workflow that calls the tool; and whether it is active.

    ``is_allowed``: ``allowed_for`` of the tool lets it use it; of a team, one of its agents.
    """

    type: str
    id: uuid.UUID
    name: str
    status: str
    is_allowed: bool
    created_at: datetime


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
    """A file created by a test of a tool. It is not stored. ``size`` in bytes."""

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


class ImportStatus(StrEnum):
    """How an operation of an OpenAPI document compares to the tool that was imported from it before."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class ImportedOperation:
    """An operation of an OpenAPI document, and the tool that an import of it creates or updates.

    ``tool`` is a body that ``POST /tools`` takes as it is, null when no tools were asked for. ``changes`` names what an
    update changes in the tool ``tool_id``; ``warnings`` say what is not sent as the document has it.
    """

    operation_id: str
    method: str
    path: str
    summary: str
    name: str
    status: ImportStatus
    tool_id: uuid.UUID | None
    changes: tuple[str, ...]
    warnings: tuple[str, ...]
    tool: JsonObject | None


@dataclass(frozen=True, slots=True)
class SkippedOperation:
    """An operation that was not imported, and why."""

    operation_id: str
    method: str
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class RemovedOperation:
    """A tool that was imported from an operation which the document no longer has. The tool stays as it is."""

    tool_id: uuid.UUID
    name: str
    operation: str


@dataclass(frozen=True, slots=True)
class ToolImport:
    """What an OpenAPI document offers, and what was imported from it.

    ``operations`` are those of the page that was asked for, of ``operation_count``. ``credentials`` are those that the
    document's security schemes need. ``digest`` identifies the document.
    """

    title: str
    base_url: str | None
    digest: str
    operation_count: int
    operations: tuple[ImportedOperation, ...]
    skipped: tuple[SkippedOperation, ...]
    removed: tuple[RemovedOperation, ...]
    credentials: tuple[JsonObject, ...]
    warnings: tuple[str, ...]
    created: tuple[Tool, ...]
    updated: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class InstalledFunction:
    """A Python function, or a LangGraph graph, that the operator installed as a tool.

    ``error`` says why it cannot be used.
    """

    name: str
    description: str
    parameters_schema: JsonObject
    effect: Effect
    package: str
    is_async: bool
    error: str | None
    is_graph: bool


@dataclass(frozen=True, slots=True)
class GraphTool:
    """An installed graph as a tool of the organization: its name there, and the JSON Schema of its input."""

    name: str
    description: str
    parameters: JsonObject


@dataclass(frozen=True, slots=True)
class KindForm:
    """What a form for tools of a type asks: JSON Schemas of configuration and credentials, and the limits that apply.

    In the schemas ``x-when`` names the values of other fields with which a field is taken, ``x-secret`` a secret, and
    ``x-long`` a text of several lines. ``credentials_when`` is such a condition for the credentials.
    """

    tool_type: ToolType
    configuration_schema: JsonObject
    credentials_schema: JsonObject | None
    credentials_when: JsonObject
    has_hosts: bool
