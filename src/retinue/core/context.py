"""Actor and Context: the one thing handed down.

A context is opened at the edge, is one transaction with its tenant set, and is the first argument of every service
function. No context, no tenant, no rows.
"""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from psycopg import AsyncConnection

from retinue.core.clock import Clock
from retinue.core.errors import InvalidError, UnauthenticatedError
from retinue.core.ids import OrganizationId, UserId

if TYPE_CHECKING:
    from retinue.core.resources import Resources

Tx: TypeAlias = "AsyncConnection[Any]"
Check = Callable[[], Awaitable[None]]


class NoOrganizationError(InvalidError):
    """No organization is selected."""

    code = "no_organization"
    remedy = "Send the header X-Retinue-Organization with the id of an organization you belong to."


class ActorKind(StrEnum):
    """Who acts: a signed-in person, an API key, an external agent, a caller without a key, or the platform itself."""

    ANONYMOUS = "anonymous"
    USER = "user"
    API_KEY = "api_key"
    AGENT = "agent"
    VISITOR = "visitor"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class TraceParent:
    """The span of a caller's trace, in lower-case hexadecimal digits: 32 of the trace's id, 16 of the span's."""

    trace_id: str
    span_id: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, for which organization, and what they may do. ``permissions`` is the key's scopes cut by the role.

    ``needs_two_factor``: the organization requires a second factor, and the person, who has none, has no permissions there.
    """

    kind: ActorKind
    user_id: UserId | None = None
    organization_id: OrganizationId | None = None
    role: str | None = None
    permissions: frozenset[str] = frozenset()
    is_superuser: bool = False
    needs_two_factor: bool = False
    session_id: uuid.UUID | None = None
    api_key_id: uuid.UUID | None = None
    agent_id: uuid.UUID | None = None
    """The agent that acts with its own key: it has no permissions, and makes its own calls alone."""
    ip: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    trace: TraceParent | None = None
    """The span of the caller, in which runs that the request starts continue."""

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is signed in."""
        return self.kind is ActorKind.ANONYMOUS


@dataclass(slots=True)
class Context:
    """One transaction: its connection, who asks, the clock, the process's resources, and what to do after commit."""

    tx: Tx
    actor: Actor
    clock: Clock
    resources: "Resources"
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    checks_at_end: list[Check] | None = None
    """Checks of what several verbs make together, for who collects them and makes them at the end; None: made at once."""

    async def check(self, check: Check) -> None:
        """Make a check, or leave it to who collects checks for the end."""
        if self.checks_at_end is None:
            await check()
        else:
            self.checks_at_end.append(check)

    @property
    def now(self) -> datetime:
        """The instant that decides in this transaction: the database's at its beginning."""
        return self.clock.now()

    def grants_changed(self) -> None:
        """Have open streams checked after the commit: a key, session, membership, role or account changed or ended."""
        self.after_commit.append(self.resources.bus.grants_changed)

    @property
    def organization_id(self) -> OrganizationId:
        """The organization asked for. Raises ``NoOrganizationError`` when the actor stands in none."""
        if self.actor.organization_id is None:
            raise NoOrganizationError
        return self.actor.organization_id

    @property
    def user_id(self) -> UserId:
        """The person who asks. Raises ``UnauthenticatedError`` when there is none."""
        if self.actor.user_id is None:
            raise UnauthenticatedError
        return self.actor.user_id


def anonymous() -> Actor:
    """Return the actor of a request that nobody signed."""
    return Actor(ActorKind.ANONYMOUS)


def system(*organization_ids: OrganizationId) -> Actor:
    """Return the platform acting for itself in one organization, with every permission its own code asks for."""
    first = organization_ids[0] if organization_ids else None
    return Actor(ActorKind.SYSTEM, organization_id=first)
