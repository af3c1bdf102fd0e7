"""The spending guard of a worker: each model call of an organization with budgets is reserved in the ledger, then settled.

What many runs ask at the same time goes to the database in one statement, so that runs of one worker do not wait for each
other's commits. Runs of organizations without budgets ask nothing: the worker knows which have some, is told over the bus
when that changes, and looks for itself every half minute. See docs/decisions/0016.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID, uuid5

import psycopg

from retinue.budgets import repository_ledger as ledger
from retinue.budgets import rules
from retinue.budgets.repository_ledger import Shortage
from retinue.budgets.types import AtLimit
from retinue.core.context import Context
from retinue.core.db.batcher import Batcher
from retinue.core.db.database import Database
from retinue.core.db.outages import CONNECTION_ERRORS, retry_through_outage
from retinue.core.errors import Error
from retinue.core.ids import OrganizationId, new_id
from retinue.core.json import JsonObject
from retinue.core.logging import get_logger
from retinue.engine.ports import ModelRequest, ModelSpec, Usage
from retinue.engine.pricing import cost_text, is_free, load_prices
from retinue.engine.records import LogLine
from retinue.engine.spending import Refusal, Reservation, Spending, worst_case
from retinue.llm import service as llm

_log = get_logger(__name__)

_LOOK_SECONDS = 30.0
_MOST = 100
_UNREADABLE = (psycopg.DataError, psycopg.IntegrityError)
"""A call that the ledger cannot take fails alone, not with all that were asked about in the same moment."""
_MOST_USD = Decimal(1_000_000_000)
_MOST_TOKENS = 10**15
_SPARE_SECONDS = 60.0
"""How long a reservation outlives the time limit of its call: for the way to the database and back."""
_PATIENCE_SECONDS = 30.0
"""How long a call waits for others under way to settle, when only their worst cases stand in its way."""
_PAUSES_SECONDS = (0.05, 0.1, 0.2, 0.4, 0.8)
_STOP_SECONDS = 5.0


class BudgetGuard:
    """The guard of one process; ``runs.ports.SpendingGuard``."""

    def __init__(self, database: Database, *, committed: Callable[[], None] | None = None) -> None:
        """Take the database of the ledger; ``committed`` is called after each commit (crash tests use it)."""
        self.database = database
        self.limited: frozenset[UUID] = frozenset()
        self._committed = committed
        self._reserving: Batcher[JsonObject, Shortage | None] = Batcher(self._reserve, most=_MOST, alone_after=_UNREADABLE)
        self._settling: Batcher[JsonObject, None] = Batcher(self._settle, most=_MOST, alone_after=_UNREADABLE)
        self._endings: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Learn which organizations have budgets, and go on learning it."""
        await self.look()
        self.database.resources.bus.on_budgets_changed = self._changed.set
        self._looking = asyncio.create_task(self._keep_looking(), name="budgets")

    async def stop(self) -> None:
        """Settle what is to be settled, then end."""
        looking, self._looking = self._looking, None
        if looking is not None:
            looking.cancel()
            with suppress(asyncio.CancelledError):
                await looking
        await self.settled()

    async def settled(self) -> None:
        """Wait until what has ended by now is in the ledger, for some seconds at most."""
        if self._endings:
            await asyncio.wait(tuple(self._endings), timeout=_STOP_SECONDS)

    async def look(self) -> None:
        """Learn now which organizations have budgets."""
        self.limited = await retry_through_outage(lambda: ledger.list_limited(self.database))

    def of(self, organization_id: UUID, run_id: UUID, lease: int) -> Spending:
        """Return what one execution of a run asks before each model call."""
        return RunSpending(self, organization_id, run_id, lease)

    async def reserve(self, call: JsonObject) -> Shortage | None:
        """Reserve a call, together with all that are asked now. A caller that is cancelled leaves nothing reserved."""
        asked = asyncio.create_task(self._reserving.ask(call), name="reserve")
        try:
            return await asyncio.shield(asked)
        except asyncio.CancelledError:
            asked.add_done_callback(lambda _: self.end(call, None))
            raise

    def end(self, call: JsonObject, usage: Usage | None) -> None:
        """Settle a call, or release what was reserved for one that was not made; in the background."""
        ending: JsonObject = {"id": call["id"], "organization_id": call["organization_id"], "state": "released"}
        if usage is not None:
            # A provider tells what it likes: less than nothing would add to the budget, and too much fits into no column.
            cost = None if usage.cost_usd is None else cost_text(min(max(usage.cost_usd, Decimal(0)), _MOST_USD))
            tokens = min(max(usage.input_tokens + usage.output_tokens, 0), _MOST_TOKENS)
            ending |= {"state": "settled", "usd": cost, "tokens": tokens}
        task = asyncio.create_task(self._settling.ask(ending), name="settle")
        self._endings.add(task)
        task.add_done_callback(self._ended)

    async def reap_run(self, run_id: UUID, lease: int) -> None:
        """End what earlier executions of a run left reserved: their worker is dead, or shut out."""
        await retry_through_outage(lambda: ledger.reap_run(self.database, run_id, lease))
        self._note()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._endings.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("budgets.not_settled", exc_info=error)

    async def _reserve(self, calls: list[JsonObject]) -> list[Shortage | None]:
        organizations = [str(each["organization_id"]) for each in calls]
        short = await retry_through_outage(lambda: ledger.reserve(self.database, organizations, calls))
        self._note()
        if any(each.is_news for each in short.values()):
            self.database.resources.bus.events_ready()
        return [short.get(UUID(str(each["id"]))) for each in calls]

    async def _settle(self, endings: list[JsonObject]) -> list[None]:
        organizations = [str(each["organization_id"]) for each in endings]
        told = await retry_through_outage(lambda: ledger.settle(self.database, organizations, endings))
        self._note()
        if told:
            self.database.resources.bus.events_ready()
        return [None] * len(endings)

    def _note(self) -> None:
        if self._committed is not None:
            self._committed()

    async def _keep_looking(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._changed.wait()
            self._changed.clear()
            try:
                await self.look()
            except CONNECTION_ERRORS as error:
                _log.warning("budgets.unreachable", error=str(error).strip())


@dataclass(slots=True)
class RunSpending:
    """The budgets that one execution of a run is under; ``engine.spending.Spending``."""

    guard: BudgetGuard
    organization_id: UUID
    run_id: UUID
    lease: int
    agent_id: str | None = None
    _reaping: "asyncio.Task[None] | None" = None

    def of_agent(self, agent_id: str) -> "RunSpending":
        """Return the same with the budgets of an agent that works inside the run."""
        return replace(self, agent_id=agent_id)

    @property
    def is_limited(self) -> bool:
        """Whether the organization has budgets."""
        return self.organization_id in self.guard.limited

    async def reserve(self, request: ModelRequest, step_id: UUID, questions: tuple[str, ...]) -> Reservation | Refusal:
        """Hold the worst case of a call, or of a call of the cheaper model that a budget names."""
        if self.lease > 1:
            if self._reaping is None:
                self._reaping = asyncio.create_task(self.guard.reap_run(self.run_id, self.lease), name="reap")
            await asyncio.shield(self._reaping)
        held = _Held(self.guard, request.model, await self._call(request, step_id, questions))
        short = await self._patiently(held.call)
        if short is None:
            return held
        if short.at_limit != AtLimit.DOWNGRADE:
            return _refused(short, held.call)
        cheaper = await self._cheaper(short, request.model)
        if isinstance(cheaper, Refusal):
            return cheaper
        call = await self._call(replace(request, model=cheaper), step_id, questions)
        line = LogLine(
            "warning", f"The budget {short.name} is used up: {cheaper.name} is called instead of {request.model.name}."
        )
        again = _Held(self.guard, cheaper, {**call, "is_downgraded": True}, (line,))
        short = await self._patiently(again.call)
        return again if short is None else _refused(short, again.call)

    async def _call(self, request: ModelRequest, step_id: UUID, questions: tuple[str, ...]) -> JsonObject:
        model, worst = request.model, worst_case(request)
        if not is_free(model.kind, model.name):
            await load_prices()
        cost = rules.worst_cost(model, worst)
        return {
            "id": str(new_id()),
            "organization_id": str(self.organization_id),
            "run_id": str(self.run_id),
            "agent_id": self.agent_id,
            "step_id": str(step_id),
            "interrupted_id": str(uuid5(step_id, str(self.lease))),
            "lease": self.lease,
            "model": model.name,
            "usd": None if cost is None else cost_text(cost),
            "tokens": worst.input_tokens + worst.output_tokens,
            "seconds": request.timeout_seconds + _SPARE_SECONDS,
            "is_downgraded": False,
            "questions": list(questions),
        }

    async def _patiently(self, call: JsonObject) -> Shortage | None:
        """Reserve a call; when it would fit once calls under way have cost less than their worst case, wait for them."""
        loop = asyncio.get_running_loop()
        until, number = loop.time() + _PATIENCE_SECONDS, 0
        while True:
            short = await self.guard.reserve(call)
            if short is None or short.is_spent or loop.time() >= until:
                return short
            await asyncio.sleep(_PAUSES_SECONDS[min(number, len(_PAUSES_SECONDS) - 1)])
            number += 1

    async def _cheaper(self, short: Shortage, model: ModelSpec) -> ModelSpec | Refusal:
        parameters = {name: value for name, value in model.parameters.items() if name != "script"}

        async def resolve(ctx: Context) -> ModelSpec:
            return await llm.resolve_model(ctx, short.fallback_provider_id, short.fallback_model, parameters)

        try:
            return await self.guard.database.read(OrganizationId(self.organization_id), resolve)
        except Error as error:
            message = f"The budget {short.name} is used up, and its cheaper model cannot be called: {error.detail}"
            return Refusal(message, "Choose another cheaper model for the budget, or raise its limit; then resume the run.")


@dataclass(slots=True)
class _Held:
    """Money and tokens held for one call; ``engine.spending.Reservation``."""

    guard: BudgetGuard
    model: ModelSpec
    call: JsonObject
    lines: tuple[LogLine, ...] = ()
    _is_ended: bool = field(default=False)

    @property
    def notes(self) -> tuple[LogLine, ...]:
        """What the step's log tells of it."""
        if self.call["usd"] is not None:
            return self.lines
        return (
            *self.lines,
            LogLine("warning", f"The price of {self.model.name} is not known: budgets count its tokens alone."),
        )

    def settle(self, usage: Usage | None) -> None:
        """Put what the call used in the place of the reservation, once."""
        if not self._is_ended:
            self._is_ended = True
            self.guard.end(self.call, usage)


def _refused(short: Shortage, call: JsonObject) -> Refusal:
    usd, tokens = call["usd"], call["tokens"]
    return rules.refusal_of(short, None if usd is None else Decimal(str(usd)), int(str(tokens)))
