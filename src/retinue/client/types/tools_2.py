"""Documents of tools_2. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from retinue.client.types.tools import (
    AllowCaller,
    SearchProvider,
    SettingsSource,
    ToolAuthor,
    ToolEffect,
    ToolFieldChange,
    ToolLimits,
)

__all__ = [
    "ToolUseRecord",
    "ToolUseRecordPage",
    "ToolUser",
    "ToolUserPage",
    "ToolVersion",
    "ToolVersionChanges",
    "ToolVersionPage",
    "UpdateTool",
    "WebSearchSettings",
    "WebSearchTest",
]


class ToolUseRecord(TypedDict):
    """A call of a tool, as the tool's own log tells it: without the arguments and the result, which the run …"""

    agent_id: str
    agent_name: str | None
    arguments_bytes: int
    attempts: int
    completed_at: str | None
    created_at: str
    duration_ms: int | None
    effect: str
    error_message: str | None
    id: str
    result_bytes: int
    run_id: str
    started_at: str | None
    state: str
    step_id: str


class ToolUseRecordPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[ToolUseRecord]
    next_cursor: str | None


class ToolUser(TypedDict):
    """An agent that has a tool, a team that has such agents, or a workflow that calls the tool; and whether …"""

    created_at: str
    id: str
    is_allowed: bool
    name: str
    status: str
    type: str


class ToolUserPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[ToolUser]
    next_cursor: str | None


class ToolVersion(TypedDict):
    """What a tool was at one version: ``snapshot`` holds name, description, configuration, schema, effect and …"""

    created_at: str
    created_by: ToolAuthor | None
    note: str
    snapshot: dict[str, Any]
    tool_id: str
    version: int


class ToolVersionChanges(TypedDict):
    """What changed between two versions of a tool, by the names of the fields."""

    after: int
    before: int
    changes: list[ToolFieldChange]
    tool_id: str


class ToolVersionPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[ToolVersion]
    next_cursor: str | None


class UpdateTool(TypedDict):
    """Fields to change. Omitted fields are not changed."""

    allowed_for: NotRequired[list[AllowCaller]]
    configuration: NotRequired[dict[str, Any]]
    credentials: NotRequired[dict[str, Any] | None]
    description: NotRequired[str]
    effect: NotRequired[ToolEffect | None]
    is_active: NotRequired[bool]
    limits: NotRequired[ToolLimits | None]
    name: NotRequired[str]
    parameters_schema: NotRequired[dict[str, Any] | None]


class WebSearchSettings(TypedDict):
    """The search provider of an organization: its own, else that of the installation, else none."""

    has_api_key: bool
    provider: SearchProvider | None
    source: SettingsSource
    updated_at: str | None
    url: str | None


class WebSearchTest(TypedDict):
    """The result of a trial search: how many results came, or the error with its remedy."""

    error: str | None
    ok: bool
    result_count: int
