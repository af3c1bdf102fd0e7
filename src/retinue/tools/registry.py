"""The kinds of tools there are: one line each. Further kinds come as another file of ``kinds/`` and another line here."""

from collections.abc import Mapping

from retinue.core.json import JsonObject
from retinue.engine.spec.variables import names_in
from retinue.tools.kinds import calculator, current_time, http_fetch, http_request, web_search, write_artifact
from retinue.tools.kinds.api import Api
from retinue.tools.kinds.built_in import BuiltIn, BuiltInSettings
from retinue.tools.kinds.custom import Custom
from retinue.tools.kinds.database.kind import Database
from retinue.tools.kinds.file.kind import File
from retinue.tools.kinds.mcp import Mcp
from retinue.tools.ports import ToolKind

BUILT_INS: Mapping[str, ToolKind] = {
    "calculator": BuiltIn(BuiltInSettings, calculator.invoke),
    "current_time": BuiltIn(current_time.Settings, current_time.invoke),
    "http_fetch": BuiltIn(http_fetch.Settings, http_fetch.invoke),
    "web_search": BuiltIn(web_search.Settings, web_search.invoke),
    "write_artifact": BuiltIn(BuiltInSettings, write_artifact.invoke),
}
"""What a built-in tool's configuration names in its field ``builtin``."""

INSTANT = frozenset({"calculator", "current_time"})
"""The built-in tools whose calls only compute: nothing outside is asked or changed, and work is bounded to milliseconds."""

_OF_NODES: Mapping[str, ToolKind] = {http_request.NAME: BuiltIn(BuiltInSettings, http_request.invoke)}
"""What nodes of workflows call; no agent is given these."""

KINDS: Mapping[str, ToolKind] = {
    "api": Api(),
    "custom": Custom(),
    "database": Database(),
    "file": File(),
    "mcp": Mcp(),
}
"""Tool type → the kind that serves an organization's own tools of it."""

_LITERAL = frozenset({"custom", "mcp"})


def variables_in(tool_type: str, configuration: JsonObject) -> frozenset[str]:
    """Return the {{variables}} that a tool's configuration uses; code and descriptions of a server are taken literally."""
    return frozenset() if tool_type in _LITERAL and "builtin" not in configuration else frozenset(names_in(configuration))


def kind_of(tool_type: str, configuration: JsonObject) -> ToolKind | None:
    """Return the kind that serves a tool; None for a type that cannot be made here yet."""
    name = configuration.get("builtin")
    return BUILT_INS.get(name) or _OF_NODES.get(name) if isinstance(name, str) else KINDS.get(tool_type)
