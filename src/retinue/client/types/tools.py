"""Documents of tools. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

__all__ = [
    "AcceptMcpTool",
    "AllowCaller",
    "AllowedCaller",
    "CallerType",
    "CreateTool",
    "ImportMcp",
    "ImportOpenApi",
    "ImportStatus",
    "ImportedOperation",
    "ImportedTool",
    "InstalledFunction",
    "KindForm",
    "McpImport",
    "McpStatus",
    "RemovedOperation",
    "SearchProvider",
    "ServerInfo",
    "ServerTool",
    "SetWebSearch",
    "SettingsSource",
    "SkippedOperation",
    "TestTool",
    "TestedArtifact",
    "Tool",
    "ToolAuthor",
    "ToolEffect",
    "ToolFieldChange",
    "ToolImport",
    "ToolLimits",
    "ToolPage",
    "ToolTest",
    "ToolType",
]


class AcceptMcpTool(TypedDict):
    """What was reviewed: ``offered.pin`` of the tool's status."""

    pin: str


CallerType: TypeAlias = Literal["agent", "team", "workflow"]


class AllowCaller(TypedDict):
    """An agent, a team (its members) or a workflow that may use a tool."""

    id: str | UUID
    type: CallerType


class AllowedCaller(TypedDict):
    """An agent, a team (its members) or a workflow that may use a tool."""

    id: str
    name: str | None
    type: CallerType


ToolEffect: TypeAlias = Literal["read_only", "idempotent", "dangerous"]


class ToolLimits(TypedDict):
    """The column ``tools.limits``."""

    allowed_hosts: NotRequired[list[str] | None]
    rate_per_minute: NotRequired[int | None]
    response_bytes: NotRequired[int | None]
    timeout_seconds: NotRequired[float | None]


ToolType: TypeAlias = Literal["api", "database", "file", "custom", "mcp"]


class CreateTool(TypedDict):
    """A new tool."""

    allowed_for: NotRequired[list[AllowCaller]]
    configuration: dict[str, Any]
    credentials: NotRequired[dict[str, Any] | None]
    description: NotRequired[str]
    effect: NotRequired[ToolEffect | None]
    is_active: NotRequired[bool]
    limits: NotRequired[ToolLimits]
    name: str
    parameters_schema: NotRequired[dict[str, Any] | None]
    tool_type: ToolType


class ImportedTool(TypedDict):
    """A tool of the server, and the tool to make of it."""

    effect: NotRequired[ToolEffect | None]
    name: NotRequired[str | None]
    tool: str


class ImportMcp(TypedDict):
    """An MCP server, and which tools to make of it. Without ``create`` nothing is stored."""

    command: NotRequired[str | None]
    create: NotRequired[list[ImportedTool]]
    credentials: NotRequired[dict[str, Any] | None]
    name_prefix: NotRequired[str]
    url: NotRequired[str | None]


class ImportOpenApi(TypedDict):
    """An OpenAPI 3.0 or 3.1 or Swagger 2.0 document, given as text or by its URL, and what to import of it."""

    base_url: NotRequired[str | None]
    create: NotRequired[list[str] | Literal["all"]]
    credentials: NotRequired[dict[str, Any] | None]
    digest: NotRequired[str | None]
    document: NotRequired[str | dict[str, Any] | None]
    limit: NotRequired[int]
    name_prefix: NotRequired[str]
    offset: NotRequired[int]
    url: NotRequired[str | None]
    with_tools: NotRequired[bool]


ImportStatus: TypeAlias = Literal["new", "changed", "unchanged"]


class ImportedOperation(TypedDict):
    """An operation of an OpenAPI document, and the tool that an import of it creates or updates."""

    changes: list[str]
    method: str
    name: str
    operation_id: str
    path: str
    status: ImportStatus
    summary: str
    tool: dict[str, Any] | None
    tool_id: str | None
    warnings: list[str]


class InstalledFunction(TypedDict):
    """A Python function, or a LangGraph graph, that the operator installed as a tool."""

    description: str
    effect: ToolEffect
    error: str | None
    is_async: bool
    is_graph: bool
    name: str
    package: str
    parameters_schema: dict[str, Any]


class KindForm(TypedDict):
    """What a form for tools of a type asks: JSON Schemas of configuration and credentials, and the limits …"""

    configuration_schema: dict[str, Any]
    credentials_schema: dict[str, Any] | None
    credentials_when: dict[str, Any]
    has_hosts: bool
    tool_type: ToolType


class ServerInfo(TypedDict):
    """What a server says of itself, and the time it took to answer."""

    duration_ms: int
    instructions: str
    name: str
    protocol_version: str
    version: str


class ServerTool(TypedDict):
    """A tool as a server describes it. ``pin`` is a digest over all that is here, and changes with any of it."""

    description: str
    name: str
    parameters_schema: dict[str, Any]
    pin: str
    suggested_effect: ToolEffect


class Tool(TypedDict):
    """A tool of the organization, or a built-in one (``organization_id`` is null)."""

    allowed_for: list[AllowedCaller]
    configuration: dict[str, Any]
    connection_id: str | None
    created_at: str
    description: str
    effect: ToolEffect
    has_credentials: bool
    id: str
    is_active: bool
    limits: dict[str, Any]
    name: str
    organization_id: str | None
    parameters_schema: dict[str, Any]
    tool_type: ToolType
    updated_at: str
    used_by_count: int
    version: int


class McpImport(TypedDict):
    """The tools that an MCP server offers; ``created``: the tools made of them."""

    created: list[Tool]
    server: ServerInfo
    tools: list[ServerTool]


class McpStatus(TypedDict):
    """How a tool of type ``mcp`` stands at its server now."""

    accepted: ServerTool | None
    checked_at: str
    error: str | None
    offered: ServerTool | None
    server: ServerInfo | None
    sessions: int
    status: str


class RemovedOperation(TypedDict):
    """A tool that was imported from an operation which the document no longer has. The tool stays as it is."""

    name: str
    operation: str
    tool_id: str


SearchProvider: TypeAlias = Literal["searxng", "brave", "tavily"]


class SetWebSearch(TypedDict):
    """The search provider. A key that is left out stays as it is; null removes it."""

    api_key: NotRequired[str | None]
    provider: SearchProvider
    url: NotRequired[str | None]


SettingsSource: TypeAlias = Literal["organization", "installation", "none"]


class SkippedOperation(TypedDict):
    """An operation that was not imported, and why."""

    method: str
    operation_id: str
    path: str
    reason: str


class TestTool(TypedDict):
    """A test call. ``agent_id`` selects the agent whose variables are used."""

    agent_id: NotRequired[str | UUID | None]
    arguments: NotRequired[dict[str, Any]]
    settings: NotRequired[dict[str, Any]]


class TestedArtifact(TypedDict):
    """A file created by a test of a tool. It is not stored. ``size`` in bytes."""

    name: str
    size: int
    type: str


class ToolAuthor(TypedDict):
    """Who created a version; ``full_name`` is empty when that user no longer exists."""

    full_name: str
    id: str


class ToolFieldChange(TypedDict):
    """A field that differs between two versions, by its path (``configuration.host``); null where it is not …"""

    after: Any
    before: Any
    field: str


class ToolImport(TypedDict):
    """What an OpenAPI document offers, and what was imported from it."""

    base_url: str | None
    created: list[Tool]
    credentials: list[dict[str, Any]]
    digest: str
    operation_count: int
    operations: list[ImportedOperation]
    removed: list[RemovedOperation]
    skipped: list[SkippedOperation]
    title: str
    updated: list[Tool]
    warnings: list[str]


class ToolPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Tool]
    next_cursor: str | None


class ToolTest(TypedDict):
    """What a test of a tool gave: ``output`` when ``ok``, else ``error``."""

    artifacts: list[TestedArtifact]
    duration_ms: int
    error: str | None
    ok: bool
    output: Any
