"""An installation inside this process: its API without a port, and a worker that carries out runs and does periodic work."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from retinue.api import create_app
from retinue.core.context import Actor, ActorKind
from retinue.core.http import csrf
from retinue.core.ids import OrganizationId, UserId
from retinue.demo.errors import DemoRefusedError
from retinue.identity.organizations import service as organizations
from retinue.identity.sessions import service as sessions
from retinue.process import Process
from retinue.worker import opened, services_of


@dataclass(frozen=True, slots=True)
class Inside:
    """The API, as one person of one organization speaks to it."""

    process: Process
    http: httpx.AsyncClient

    async def call(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Call the API and return its JSON. Raises DemoRefusedError with the API's own words for a refusal."""
        answer = await self.http.request(method, f"/api/v1{path}", json=body)
        if answer.is_error:
            raise DemoRefusedError(f"{method} {path} was refused: {answer.text[:500]}")
        return answer.json() if answer.content else None

    async def post(self, path: str, body: object = None) -> Any:  # noqa: ANN401 - as above
        """Send a POST."""
        return await self.call("POST", path, body)


@asynccontextmanager
async def entered(
    environ: Mapping[str, str], user_id: UserId, *, organization: OrganizationId | None, new: tuple[str, str] | None = None
) -> AsyncGenerator[tuple[Inside, OrganizationId]]:
    """Enter an organization as a person, or a new one of this name and slug, with a worker beside. Its session ends."""
    process = Process(environ)
    await process.start()
    actor = Actor(ActorKind.USER, user_id=user_id)
    try:
        async with process.database.context(actor) as ctx:
            if new is not None:
                organization = (await organizations.create(ctx, *new)).id
            session = await sessions.open_session(ctx, organization)
        assert organization is not None  # noqa: S101 - one of the two is given
        try:
            async with _client(process, session.token) as http, _working(environ):
                yield Inside(process, http), organization
        finally:
            await sessions.discard(process.database, session.token)
    finally:
        await process.stop()


def _client(process: Process, token: str) -> httpx.AsyncClient:
    origin = process.resources.core.public_url
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(process)),
        base_url=origin,
        headers={"Origin": origin, csrf.CSRF_HEADER: csrf.token_of(token)},
        cookies={csrf.SESSION_COOKIE: token},
        timeout=60,
    )


@asynccontextmanager
async def _working(environ: Mapping[str, str]) -> AsyncGenerator[None]:
    process = Process(environ)
    async with opened(process) as execution:
        tasks = [asyncio.create_task(each) for each in services_of(process, execution)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
