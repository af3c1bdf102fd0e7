"""The built-in tool ``http_fetch``: a page or document of the web as text, through the safe outbound client."""

import asyncio
from typing import Annotated, cast

from pydantic import Field

from retinue.core.json import JsonObject
from retinue.core.outbound.addresses import OutboundRefusedError
from retinue.core.outbound.client import OutboundFailedError, OutboundRequest, OutboundResponse
from retinue.engine.ports import ToolResult
from retinue.tools.kinds.built_in import BuiltInSettings
from retinue.tools.kinds.html_text import read_page
from retinue.tools.ports import KindCall

_MAX_CHARS = 20_000
_LARGE_BYTES = 65_536
_PAGES = frozenset({"text/html", "application/xhtml+xml"})
_TEXTS = frozenset({"application/json", "application/xml", "application/yaml", "application/javascript", "application/csv"})
_HTTP_ERROR = 400


class Settings(BuiltInSettings):
    """Narrowing: hosts that may be read (``*.example.com`` takes those below), and how much of a text is returned."""

    allowed_hosts: Annotated[list[Annotated[str, Field(min_length=1, max_length=253)]], Field(max_length=200)] | None = None
    max_chars: Annotated[int, Field(ge=100, le=100_000)] = 100_000


async def invoke(call: KindCall) -> ToolResult:
    """Read the address; what cannot be read is told to the model."""
    settings = Settings.model_validate(call.settings)
    max_chars = min(cast("int", call.arguments.get("max_chars") or _MAX_CHARS), settings.max_chars)
    request = OutboundRequest(
        "GET",
        cast("str", call.arguments["url"]).strip(),
        {"Accept": "text/html, application/json;q=0.9, text/*;q=0.8, */*;q=0.1"},
        timeout_seconds=call.timeout_seconds,
        is_cut=True,
        allowed_hosts=None if settings.allowed_hosts is None else tuple(settings.allowed_hosts),
    )
    try:
        response = await call.outbound.send(request)
    except (OutboundRefusedError, OutboundFailedError) as error:
        return ToolResult(error.detail, is_error=True)
    if len(response.body) > _LARGE_BYTES:  # reading a large page would hold up everyone else's calls
        return await asyncio.to_thread(_to_result, response, max_chars)
    return _to_result(response, max_chars)


def _to_result(response: OutboundResponse, max_chars: int) -> ToolResult:
    media_type = response.media_type
    is_text = media_type.startswith("text/") or media_type in _TEXTS | _PAGES or media_type.endswith(("+json", "+xml"))
    title, text = "", ""
    if media_type in _PAGES:
        page = read_page(response.text(), response.url)
        title, text = page.title, page.text
    elif is_text or not media_type:
        text = response.text().replace("\0", "")
    elif response.status < _HTTP_ERROR:
        size = len(response.body)
        return ToolResult(f"The address holds {media_type} ({size} bytes), which cannot be read as text.", is_error=True)
    if response.status >= _HTTP_ERROR:
        return ToolResult(f"The address answered with status {response.status}. {text[:1000]}".strip(), is_error=True)
    told: JsonObject = {"url": response.url, "media_type": media_type, "text": text[:max_chars]}
    if title:
        told["title"] = title
    if response.is_cut or len(text) > max_chars:
        told["is_cut"] = True
    return ToolResult(told)
