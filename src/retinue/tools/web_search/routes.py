"""The web search settings over HTTP."""

from fastapi import APIRouter, Request

from retinue.core.http.context import actor_of, database_of, open_context
from retinue.tools.web_search import service
from retinue.tools.web_search.schemas import SetWebSearch
from retinue.tools.web_search.types import WebSearchSettings, WebSearchTest

router = APIRouter(tags=["tools"])


@router.get("/web-search")
async def get_web_search(request: Request) -> WebSearchSettings:
    """Show which provider the tool `web_search` asks. The API key is never shown."""
    async with open_context(request) as ctx:
        return await service.get(ctx)


@router.put("/web-search")
async def set_web_search(request: Request, body: SetWebSearch) -> WebSearchSettings:
    """Choose the provider of the tool `web_search` for the organization."""
    keeps_key = "api_key" not in body.model_fields_set
    async with open_context(request) as ctx:
        return await service.put(ctx, body.provider, body.url, body.api_key, keeps_key=keeps_key)


@router.delete("/web-search", status_code=204)
async def delete_web_search(request: Request) -> None:
    """Remove the organization's provider; that of the installation, if any, takes its place."""
    async with open_context(request) as ctx:
        await service.delete(ctx)


@router.post("/web-search/test")
async def test_web_search(request: Request) -> WebSearchTest:
    """Search once with the provider that is set."""
    return await service.test(database_of(request), await actor_of(request))
