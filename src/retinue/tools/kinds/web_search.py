"""The built-in tool ``web_search``: results of the organization's search provider, each with title, address and text."""

from typing import Annotated, cast

from pydantic import Field

from retinue.core.json import Json
from retinue.core.validation import form
from retinue.engine.ports import ToolResult
from retinue.tools.kinds.built_in import BuiltInSettings
from retinue.tools.ports import KindCall
from retinue.tools.web_search import service
from retinue.tools.web_search.errors import NOT_SET
from retinue.tools.web_search.service import MAX_RESULTS, Query, SearchFailedError

_USUAL_RESULTS = 5


class Settings(BuiltInSettings):
    """Narrowing: how many results a search returns at most, and in which language they are preferred."""

    max_results: Annotated[int, Field(ge=1, le=MAX_RESULTS)] = MAX_RESULTS
    language: (
        Annotated[
            str,
            Field(
                pattern=form(r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})?$", "must be the code of a language, such as en or pt-BR")
            ),
        ]
        | None
    ) = None


async def invoke(call: KindCall) -> ToolResult:
    """Search; what cannot be searched is told to the model."""
    if call.credentials is None:
        return ToolResult(NOT_SET, is_error=True)
    settings = Settings.model_validate(call.settings)
    text = " ".join(cast("str", call.arguments["query"]).split())
    if not text:
        return ToolResult("The query is empty. Give the words to search for.", is_error=True)
    count = min(cast("int", call.arguments.get("max_results") or _USUAL_RESULTS), settings.max_results)
    access = service.access_of(call.credentials)
    try:
        found = await service.search(call.outbound, access, Query(text, count, settings.language), call.timeout_seconds)
    except SearchFailedError as error:
        return ToolResult(str(error), is_error=True)
    return ToolResult({"query": text, "results": cast("Json", found)})
