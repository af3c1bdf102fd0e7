"""Pure decisions about tools."""

from collections.abc import Mapping
from typing import Any

from retinue.core.json import JsonObject
from retinue.tools.types import Tool, ToolDraft


def is_effect_open(before: Tool, changes: Mapping[str, Any]) -> bool:
    """Tell whether the effect is chosen again: ``allow_writes`` of the configuration changes, on which it depends."""
    configuration = changes.get("configuration", before.configuration)
    return configuration.get("allow_writes") is not before.configuration.get("allow_writes")


def snapshot_of(tool: Tool, draft: ToolDraft | None = None, limits: JsonObject | None = None) -> JsonObject:
    """Return what a version keeps of a tool, or of a draft of it."""
    shown = draft or tool
    return {
        "name": shown.name,
        "description": shown.description,
        "configuration": shown.configuration,
        "parameters_schema": shown.parameters_schema,
        "effect": shown.effect,
        "limits": tool.limits if limits is None else limits,
    }
