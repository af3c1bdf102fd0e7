"""The kind of a built-in tool: a function, and the settings with which an agent may narrow it."""

from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict

from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.engine.ports import ToolResult
from retinue.tools.errors import ToolBuiltInError
from retinue.tools.kinds.documents import problems_of
from retinue.tools.ports import KindCall
from retinue.tools.types import ToolDraft


class BuiltInSettings(BaseModel):
    """The settings of a built-in tool that has none; the others extend it.

    Types are not strict: a value may come from a variable, which is text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class BuiltIn:
    """A kind made of one function."""

    def __init__(self, settings: type[BuiltInSettings], function: Callable[[KindCall], Awaitable[ToolResult]]) -> None:
        """Take the model of the settings, and what a call does."""
        self._settings = settings
        self._function = function

    def check(self, draft: ToolDraft) -> ToolDraft:
        """Refuse: built-in tools come with the program."""
        raise ToolBuiltInError(f"{draft.name} is built in and cannot be changed.")

    def check_credentials(self, credentials: JsonObject) -> tuple[FieldProblem, ...]:
        """Refuse: a built-in tool signs in nowhere."""
        return (FieldProblem("credentials", "built-in tools take none", "Remove this field."),) if credentials else ()

    def destination(self, configuration: JsonObject) -> str:
        """Return nobody."""
        del configuration
        return ""

    def check_settings(self, configuration: JsonObject, settings: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with an agent's settings."""
        del configuration
        return problems_of(self._settings, settings, "settings")

    def parameters(self, schema: JsonObject, settings: JsonObject) -> JsonObject:
        """Return the schema as it is."""
        del settings
        return schema

    async def invoke(self, call: KindCall) -> ToolResult:
        """Make the call."""
        return await self._function(call)
