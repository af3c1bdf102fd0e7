"""Starts of which all is known: one statement makes the run, where nothing of what its plan is made of has changed.

A process remembers the hash of an agent's stored plan, and the versions of the rows that the plan was made of. The statement
compares them, so that a plan is never older than the start; where they differ, nothing is made.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar
from uuid import UUID

import psycopg

from retinue.core import audit
from retinue.core.bus.bus import Bus
from retinue.core.context import Actor, ActorKind
from retinue.core.db.batcher import Batchers
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId, RunId, new_id
from retinue.core.json import Json, JsonObject
from retinue.core.permissions import require_of
from retinue.core.resources import Resources
from retinue.runs import permissions, repository_starting, rules
from retinue.runs.errors import OrganizationShutError
from retinue.runs.repository_starting import KnownStart
from retinue.runs.showing import shown
from retinue.runs.types import NewRun, RunType, Started, StartOutcome, StartRun

_T = TypeVar("_T")
_MOST = 2000
_MOST_TOGETHER = 50
_ALONE_AFTER = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.LockNotAvailable, OrganizationShutError)
"""Errors that one start of several may have caused."""
_LOCAL = "local"
"""The model of this machine is chosen by what is installed, which no row tells."""


@dataclass(frozen=True, slots=True)
class KnownPlan:
    """A plan that is stored: its hash, what it was made of, and what a run shows of it."""

    hash: bytes
    sources: str
    name: str
    version: int | None


_Key = tuple[OrganizationId, UUID]


class KnownPlans:
    """The plans of agents that this process started runs of last, and who is making one."""

    def __init__(self) -> None:
        """Begin with none."""
        self._plans: OrderedDict[_Key, KnownPlan] = OrderedDict()
        self._never_known: OrderedDict[_Key, None] = OrderedDict()
        self._making: dict[_Key, asyncio.Future[None]] = {}
        self.waiting = 0
        """How many starts wait for a plan that another one makes."""

    def find(self, organization_id: OrganizationId, agent_id: UUID) -> KnownPlan | None:
        """Return the plan of an agent, if it is known."""
        return self._plans.get((organization_id, agent_id))

    def note(self, organization_id: OrganizationId, agent_id: UUID, plan: KnownPlan) -> None:
        """Remember the plan of an agent."""
        _put(self._plans, (organization_id, agent_id), plan)
        self._never_known.pop((organization_id, agent_id), None)

    def forget(self, organization_id: OrganizationId, agent_id: UUID, plan: KnownPlan) -> None:
        """Forget a plan of an agent: what it is made of has changed."""
        if self._plans.get((organization_id, agent_id)) is plan:
            del self._plans[organization_id, agent_id]

    async def make(self, key: _Key, tried: KnownPlan | None, start: Callable[[], Awaitable[Started]]) -> Started | None:
        """Start a run by ``start``, which makes the plan of its agent; None after another start has made it instead.

        Nobody waits where the plan that was ``tried`` is still the known one, or where none can be remembered.
        """
        known = self._plans.get(key)
        if known is not None and known is not tried:
            return None
        if known is not None or key in self._never_known:
            return await start()
        if (making := self._making.get(key)) is not None:
            self.waiting += 1
            try:
                await asyncio.shield(making)
            finally:
                self.waiting -= 1
            return None
        self._making[key] = making = asyncio.get_running_loop().create_future()
        try:
            started = await start()
        finally:
            del self._making[key]
            making.set_result(None)
        if key not in self._plans:
            _put(self._never_known, key, None)
        return started


def _put(known: OrderedDict[_Key, _T], key: _Key, value: _T) -> None:
    known[key] = value
    known.move_to_end(key)
    if len(known) > _MOST:
        known.popitem(last=False)


def plans_of(resources: Resources) -> KnownPlans:
    """Return the process's known plans."""
    return resources.part(KnownPlans, KnownPlans)


class StartsTogether:
    """Starts that one organization asks for at the same time, in one statement: its fixed cost is paid once.

    An organization waits for its own starts alone. A start with an idempotency key may wait for another's commit, and goes
    by itself.
    """

    def __init__(self, database: Database) -> None:
        """Take where runs are made."""
        self._ask = partial(repository_starting.start_known, database)
        self._batchers: Batchers[OrganizationId, KnownStart, StartOutcome | None] = Batchers(
            self._ask, most=_MOST_TOGETHER, alone_after=_ALONE_AFTER
        )

    @property
    def waiting(self) -> int:
        """The number of starts that wait for the statement after the one under way."""
        return self._batchers.waiting

    async def start(self, organization_id: OrganizationId, start: KnownStart) -> StartOutcome | None:
        """Make a run as ``repository_starting.start_known`` does, together with others of its organization."""
        if start.new.idempotency_key is not None:
            return (await self._ask(organization_id, [start]))[0]
        return await self._batchers.ask(organization_id, start)


def starts_of(database: Database) -> StartsTogether:
    """Return the process's starts under way."""
    return database.resources.part(StartsTogether, lambda: StartsTogether(database))


def is_plain(request: StartRun) -> bool:
    """Whether a start asks for a run of an agent as it is saved, so that its plan may be known."""
    return (
        request.type is RunType.AGENT
        and not (request.limits or request.pins)
        and not (request.playground or request.dry_run or request.is_begun)
        and request.draft is None
        and request.released is None
    )


def is_remembered(plan: JsonObject) -> bool:
    """Whether a plan is made of rows alone, and may be remembered."""
    model = plan.get("model")
    return isinstance(model, dict) and model.get("kind") != _LOCAL


def new_of(actor: Actor, request: StartRun, name: str, version: int | None, plan: JsonObject | None) -> NewRun:
    """Return the run that a start makes. ``plan`` is None where its hash is known."""
    run_id, caller = RunId(new_id()), rules.trace_parent_of(actor)
    return NewRun(
        id=run_id,
        type=request.type,
        target_id=request.target_id,
        target_name=name,
        agent_id=request.target_id if request.type is RunType.AGENT else None,
        agent_version=version,
        plan=plan,
        input=request.input,
        trigger=request.trigger or rules.trigger_of(actor),
        playground=request.playground or request.dry_run or bool(request.pins),
        dry_run=request.dry_run,
        trace_id=run_id.hex if caller is None else caller.trace_id,
        caller_span_id=None if caller is None else caller.span_id,
        conversation_id=request.conversation_id,
        parent_run_id=request.parent_run_id,
        deployment_id=None if request.released is None else request.released.deployment_id,
        visitor_id=None if request.released is None else request.released.visitor_id,
        triggered_by_id=actor.user_id,
        idempotency_key=request.idempotency_key,
        request_hash=None if request.idempotency_key is None else request.request_hash or rules.hash_of(request),
        priority=request.priority,
        labels=request.labels,
    )


def entry_of(actor: Actor, new: NewRun, action: str) -> JsonObject:
    """Return the entry of the audit log about a run that is made."""
    facts: dict[str, Json] = {"target_id": str(new.target_id), "target_name": new.target_name, "trigger": str(new.trigger)}
    for name in ("retry_of_run_id", "forked_from_run_id"):
        if (origin := getattr(new, name)) is not None:
            facts[name] = str(origin)
    return audit.entry(actor, action, ("run", new.id), after=facts)


def tell_pending(bus: Bus, organization_id: OrganizationId, run_id: RunId, sequence: int) -> None:
    """Wake a worker for a run that is pending since a commit, and those who watch."""
    bus.job_ready()
    bus.run_changed(organization_id, run_id, sequence, status="pending")


async def start_at_once(
    database: Database, actor: Actor, request: StartRun, start: Callable[[], Awaitable[Started]]
) -> Started:
    """Start a run in one statement where its plan is known, else by ``start``, which is ``service.start``.

    Starts of one agent that come while its plan is being made wait for it, and are then one statement together. Raises what
    ``service.start`` does.
    """
    if actor.organization_id is None or actor.kind not in (ActorKind.USER, ActorKind.API_KEY) or not is_plain(request):
        return await start()
    key = (actor.organization_id, request.target_id)
    plans = plans_of(database.resources)
    known = plans.find(*key)
    started = None if known is None else await _start_known(database, actor, known, request)
    started = started or await plans.make(key, known, start)
    if started is None and (made := plans.find(*key)) is not None:
        started = await _start_known(database, actor, made, request)
    return started or await start()


async def _start_known(database: Database, actor: Actor, known: KnownPlan, request: StartRun) -> Started | None:
    """Start a run by a known plan; None when it is another by now, or the idempotency key was used before: nothing was made.

    Raises what ``require`` raises, and ``OrganizationShutError``.
    """
    organization_id = actor.organization_id
    assert organization_id is not None  # noqa: S101 - start_at_once asks
    require_of(actor, permissions.WRITE)
    new = replace(new_of(actor, request, known.name, known.version, None), plan_hash=known.hash, sources=known.sources)
    start = KnownStart(new, entry_of(actor, new, "run.started"), database.entering(actor))
    made = await starts_of(database).start(organization_id, start)
    if made is None:
        plans_of(database.resources).forget(organization_id, request.target_id, known)
        return None
    if not made.is_new:
        return None
    tell_pending(database.resources.bus, organization_id, new.id, 0)
    return Started(shown(organization_id, new, made), is_replay=False)
