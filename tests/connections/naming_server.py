"""An MCP server on loopback that refuses every request, and names one of two authorization servers."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from aiohttp import web

from tests.connections.oauth_server import at_two_addresses


@dataclass
class NamingServer:
    """Which authorization server it names, what that says of itself, and what tokens the two were asked for.

    ``answers`` take the place of its own, by path; ``iss`` goes with the code, ``challenge`` with each refusal.
    """

    url: str = ""
    inner_url: str = ""
    named: str = "one"
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    asked: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    registered: list[str] = field(default_factory=list[str])
    paths: list[str] = field(default_factory=list[str])
    inner_paths: list[str] = field(default_factory=list[str])
    challenge: str = "Bearer"
    iss: str | None = None
    answers: dict[str, web.Response] = field(default_factory=dict[str, web.Response])

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request to any of the three."""
        path, which = request.path, request.path.strip("/").split("/")[0]
        (self.inner_paths if request.host.startswith("127.0.0.2") else self.paths).append(path)
        if path in self.answers:
            kept = self.answers[path]
            return web.Response(status=kept.status, headers=kept.headers, body=kept.body)
        if path == "/.well-known/oauth-protected-resource/mcp":
            return web.json_response({"resource": f"{self.url}/mcp", "authorization_servers": [f"{self.url}/{self.named}"]})
        if path.startswith("/.well-known/oauth-authorization-server/"):
            return web.json_response(self._described(path.rpartition("/")[2]))
        return await self._answer_of(which, path, request)

    async def _answer_of(self, which: str, path: str, request: web.Request) -> web.Response:
        if path.endswith("/register"):
            self.registered.append(which)
            return web.json_response({**await request.json(), "client_id": f"client-of-{which}"}, status=201)
        if path.endswith("/authorize"):
            back = f"{request.query['redirect_uri']}?code=c&state={request.query['state']}"
            back += "" if self.iss is None else f"&iss={quote(self.iss, safe='')}"
            return web.Response(status=302, headers={"Location": back})
        if path.endswith("/token"):
            self.asked.append((which, str((await request.post())["grant_type"])))
            token = {"access_token": f"a-{which}", "refresh_token": f"r-{which}", "token_type": "Bearer", "expires_in": 5}
            return web.json_response(token)
        return web.Response(status=401, headers={"WWW-Authenticate": self.challenge})

    def _described(self, which: str) -> dict[str, Any]:
        issuer = f"{self.url}/{which}"
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "registration_endpoint": f"{issuer}/register",
            "response_types_supported": ["code"],
            "code_challenge_methods_supported": ["S256"],
            **self.metadata,
        }


@asynccontextmanager
async def naming_server() -> AsyncGenerator[NamingServer]:
    """Serve all of it for a while."""
    made = NamingServer()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", made.answer)
    async with at_two_addresses(application) as (made.url, made.inner_url):
        yield made
