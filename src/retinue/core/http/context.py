"""Opening a context inside a handler: authenticate, set the tenant, begin; commit before the reply is made."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import ClassVar, Protocol

from fastapi import Request
from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationInfo, field_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import Database
from retinue.core.http.trace_parent import read_trace_parent
from retinue.core.strict import StrictTypes

_AGENT_LENGTH = 400


class Body(StrictTypes, BaseModel):
    """The base of every request body: unknown fields are refused, and values are not converted from other JSON types."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Change(Body):
    """The base of what a PATCH takes: a field that is left out stays as it is, and only a clearable one may be null."""

    clearable: ClassVar[frozenset[str]] = frozenset()
    """Fields whose value null removes. Null for any other is refused: it could only be ignored."""

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_null(cls, value: object, info: ValidationInfo) -> object:
        if value is None and info.field_name not in cls.clearable:
            raise PydanticCustomError("null", "may not be null")
        return value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe fields that are not clearable without null."""
        described = handler(schema)
        for name, field in handler.resolve_ref_schema(described)["properties"].items():
            if name not in cls.clearable and field.get("default", "") is None:
                del field["default"]
                kinds = [kind for kind in field.pop("anyOf") if kind != {"type": "null"}]
                field.update(kinds[0] if len(kinds) == 1 else {"anyOf": kinds})
        return described


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
