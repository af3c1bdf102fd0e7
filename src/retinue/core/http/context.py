"""Opening a context inside a handler: authenticate, set the tenant, begin; commit before the reply is made."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Protocol

from fastapi import Request

from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import Database
from retinue.core.http.trace_parent import read_trace_parent

_AGENT_LENGTH = 400


class Authenticate(Protocol):
    """Says who sends a request. Filled by identity at the entry point."""

    async def __call__(self, request: Request) -> Actor:
        """Return the actor; anonymous when nothing was presented. Raises ``UnauthenticatedError`` for a bad credential."""
        ...


def database_of(request: Request) -> Database:
    """Return the process's database."""
    database: Database = request.app.state.database
    return database


def visitor_of(request: Request) -> Actor:
    """Return the request's sender before authentication: an anonymous actor with an address."""
    agent = request.headers.get("user-agent")
    return Actor(
        ActorKind.ANONYMOUS,
        ip=request.client.host if request.client else None,
        user_agent=agent[:_AGENT_LENGTH].replace("\x00", "") if agent else None,
        request_id=getattr(request.state, "request_id", None),
        trace=read_trace_parent(request.headers.getlist("traceparent")),
    )


async def actor_of(request: Request) -> Actor:
    """Return who sends the request, asked once a request."""
    known: Actor | None = getattr(request.state, "actor", None)
    if known is not None:
        return known
    authenticate: Authenticate = request.app.state.authenticate
    actor = await authenticate(request)
    request.state.actor = actor
    return actor


@asynccontextmanager
async def open_context(request: Request) -> AsyncGenerator[Context]:
    """Open one transaction for the request's sender. Leave it before building the reply: commit, then reply."""
    actor = await actor_of(request)
    async with database_of(request).context(actor) as ctx:
        yield ctx
