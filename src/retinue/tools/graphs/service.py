"""The tool by which an installed graph is called."""

import asyncio
from dataclasses import dataclass

from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.tools import service as tools
from retinue.tools.graphs import repository
from retinue.tools.graphs.errors import GraphMissingError
from retinue.tools.installed import LoadedFunction, get_installed, list_installed
from retinue.tools.permissions import READ
from retinue.tools.types import ToolDraft, ToolType


@dataclass(frozen=True, slots=True)
class GraphTool:
    """An installed graph as a tool of the organization: its name there, and the JSON Schema of its input."""

    name: str
    description: str
    parameters: JsonObject


async def load_graphs() -> None:
    """Import the installed packages, in a thread and once a process: an operator's package may take its time."""
    await asyncio.to_thread(list_installed)


async def ensure_tool(ctx: Context, name: str) -> GraphTool:
    """Return the tool of an installed graph; write one, and an audit entry, when the organization has none.

    ``load_graphs`` is to be called before, with no transaction open. Raises ``GraphMissingError``.
    """
    require(ctx, READ)
    found = get_installed(name)
    if not isinstance(found, LoadedFunction) or not found.shown.is_graph:
        raise GraphMissingError(name, None if found is None or isinstance(found, LoadedFunction) else found.error)
    known = await repository.find_name(ctx, name)
    if known is None:
        draft = ToolDraft(name, "", ToolType.CUSTOM, {"function": name}, None, None)
        known = (await tools.create(ctx, tools.NewTool(draft))).name
    return GraphTool(known, found.shown.description, found.shown.parameters_schema)
