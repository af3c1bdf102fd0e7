"""Pure decisions about tools."""

from collections.abc import Mapping, Sequence
from typing import Any

from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.engine.spec.agent import ToolUse
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


def named_twice(uses: Sequence[ToolUse]) -> list[FieldProblem]:
    """Name the tools that a configuration names more than once."""
    names = [use.name for use in uses]
    return [
        FieldProblem(f"config.tools.{index}.name", f"names {name} a second time", "Name each tool once.")
        for index, name in enumerate(names)
        if name in names[:index]
    ]


def unknown_tool(index: int, use: ToolUse) -> FieldProblem:
    """Return the problem of a tool that there is not."""
    remedy = "Choose one of the tools under GET /api/v1/tools, or create it first."
    return FieldProblem(f"config.tools.{index}.name", f"names {use.name}, which does not exist", remedy)
