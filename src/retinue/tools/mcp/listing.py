"""Reading the tools that a server describes."""

from typing import cast

import mcp_types

from retinue.core.json import JsonObject
from retinue.tools.mcp.types import ServerTool, pin_of
from retinue.tools.types import Effect

_DESCRIPTION_CHARACTERS = 4000


def read_tool(tool: mcp_types.Tool) -> ServerTool:
    """Return a tool as the product describes it; a description is cut where models are not shown more."""
    # Servers name the dialect they were written in; tools here have one, and refer to no other document.
    schema = {key: value for key, value in cast("JsonObject", tool.input_schema).items() if key != "$schema"}
    description = (tool.description or "").strip()[:_DESCRIPTION_CHARACTERS]
    effect = _suggested(tool.annotations)
    return ServerTool(tool.name, description, schema, effect, pin_of(tool.name, description, schema, effect))


def _suggested(annotations: mcp_types.ToolAnnotations | None) -> Effect:
    if annotations is not None and annotations.read_only_hint:
        return Effect.READ_ONLY
    if annotations is not None and annotations.idempotent_hint:
        return Effect.IDEMPOTENT
    return Effect.DANGEROUS
