"""Search providers on loopback, shaped by their public documentation, strict about what they are asked.

SearXNG: ``GET /search?q=…&format=json``, refused with 403 where JSON is not enabled. Brave: ``GET /res/v1/web/search``
with the header ``X-Subscription-Token``, ``count`` up to 20. Tavily: ``POST /search`` with a bearer token, ``max_results``
up to 20.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

KEY = "search-key-0123456789"
FACTS = [("Bees", "About bees & more."), ("Honey", "About honey."), ("Wax", "About wax.")]


@dataclass(slots=True)
class SearchServer:
    """The providers, what they were asked, the pages that results name, and how they are told to fail."""

    url: str = ""
    queries: list[str] = field(default_factory=list[str])
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    status: int = 200
    body: str | None = None
    results: list[Any] | None = None
    has_json: bool = True

    def _facts(self) -> list[tuple[str, str, str]]:
        return [(title, f"{self.url}/pages/{title.lower()}", text) for title, text in FACTS]

    def _told(self, query: str, asked: dict[str, Any]) -> web.Response | None:
        self.queries.append(query)
        self.asked.append(asked)
        if self.body is not None or self.status != 200:
            return web.Response(status=self.status, text=self.body or "", content_type="text/html")
        return None

    async def searxng(self, request: web.Request) -> web.Response:
        """Answer as SearXNG does."""
        if request.query.get("format") != "json" or not self.has_json:
            return web.Response(status=403, text="<h1>Forbidden</h1>", content_type="text/html")
        told = self._told(request.query["q"], dict(request.query) | {"token": request.headers.get("Authorization")})
        results = [
            {"url": url, "title": title, "content": text, "engine": "test", "score": 1.0, "publishedDate": None}
            for title, url, text in self._facts()
        ]
        body = {"query": request.query["q"], "number_of_results": 0, "results": results, "answers": [], "suggestions": []}
        return told or web.json_response(body | ({} if self.results is None else {"results": self.results}))

    async def brave(self, request: web.Request) -> web.Response:
        """Answer as Brave's web search does."""
        if request.headers.get("X-Subscription-Token") != KEY:
            return web.json_response(
                {"type": "ErrorResponse", "error": {"status": 422}}, status=422 if self.status == 200 else 401
            )
        count = int(request.query.get("count", "20"))
        if not 1 <= count <= 20 or not request.query.get("q"):
            return web.json_response({"type": "ErrorResponse"}, status=422)
        told = self._told(request.query["q"], dict(request.query))
        results = [
            {
                "title": title,
                "url": url,
                "description": f"<strong>{text.split()[0]}</strong> {' '.join(text.split()[1:]).replace('&', '&amp;')}",
                "page_age": "2026-01-31T12:00:00",
            }
            for title, url, text in self._facts()[:count]
        ]
        return told or web.json_response({"type": "search", "query": {}, "web": {"type": "search", "results": results}})

    async def tavily(self, request: web.Request) -> web.Response:
        """Answer as Tavily's search does."""
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return web.json_response({"detail": {"error": "Unauthorized: missing or invalid API key."}}, status=401)
        asked = await request.json()
        if not 0 <= asked["max_results"] <= 20 or asked.get("search_depth") not in {"basic", "advanced"}:
            return web.json_response({"detail": "invalid"}, status=422)
        told = self._told(asked["query"], asked)
        results = [{"title": title, "url": url, "content": text, "score": 0.9} for title, url, text in self._facts()]
        return told or web.json_response({"query": asked["query"], "results": results, "response_time": 0.1})

    async def page(self, request: web.Request) -> web.Response:
        """Show a page that a result names."""
        name = request.match_info["name"]
        text = f"<html><head><title>{name}</title></head><body><p>The page about {name}: 12 EUR.</p></body></html>"
        return web.Response(text=text, content_type="text/html")


@pytest.fixture
async def search_server() -> AsyncIterator[SearchServer]:
    """Serve the providers for one test."""
    made = SearchServer()
    application = web.Application()
    application.router.add_get("/search", made.searxng)
    application.router.add_get("/res/v1/web/search", made.brave)
    application.router.add_post("/search", made.tavily)
    application.router.add_get("/pages/{name}", made.page)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


def settings_of(server: SearchServer, provider: str) -> dict[str, Any]:
    """Return the settings that reach a provider of the server."""
    urls = {"searxng": server.url, "brave": f"{server.url}/res/v1/web/search", "tavily": f"{server.url}/search"}
    key = {} if provider == "searxng" else {"api_key": KEY}
    return {"provider": provider, "url": urls[provider], **key}
