"""The tool by which an installed graph is called."""

from collections.abc import Awaitable, Callable

from retinue.core.context import Context
from retinue.core.permissions import require
from retinue.tools import repository
from retinue.tools.errors import GraphMissingError
from retinue.tools.installed import LoadedFunction, get_installed
from retinue.tools.permissions import READ
from retinue.tools.types import GraphTool, Tool, ToolDraft, ToolType


async def ensure(ctx: Context, name: str, create: Callable[[ToolDraft], Awaitable[Tool]]) -> GraphTool:
    """Return the tool of an installed graph; create one when the organization has none. Raises ``GraphMissingError``."""
    require(ctx, READ)
    found = get_installed(name)
    if not isinstance(found, LoadedFunction) or not found.shown.is_graph:
        raise GraphMissingError(name, None if found is None or isinstance(found, LoadedFunction) else found.error)
    known = await repository.find_name(ctx, name)
    if known is None:
        known = (await create(ToolDraft(name, "", ToolType.CUSTOM, {"function": name}, None, None))).name
    return GraphTool(known, found.shown.description, found.shown.parameters_schema)
