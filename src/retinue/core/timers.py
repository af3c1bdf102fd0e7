"""Timers: work that falls due at an instant, as rows. The one way to do something later: schedules, waits, delays.

``schedule`` writes a timer in the transaction of what asks for it. A ticker in every worker sleeps until the next one falls
due, by the database's clock, and is woken for an earlier one. A short effect is a ``TimerHandler``: it and the removal of
the timer are one commit, so it happens exactly once. Long work is ``TimerWork``: the timer is leased, the work runs
without a transaction, and its last commit removes the timer with ``finish``; if the worker dies, another starts again.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import ConflictError
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.core.logging import get_logger

_log = get_logger(__name__)

_BATCH = 100
_MAX_ATTEMPTS = 8
_WORK_AT_ONCE = 8
_ORGANIZATIONS_AT_ONCE = 3
"""While one transaction waits for the database, others go on; each takes a connection."""
_GAP_SECONDS = 0.05
"""Between two looks at least, so that many timers set at once cost few looks."""
_HELD_SECONDS = 1.0
"""Until the next look, when what is due is held by other workers, who may die."""
_IDLE_SECONDS = 60.0
"""Until the next look at most: for a wake-up that was lost."""


class TimerLostError(ConflictError):
    """The timer was removed, set again, or handed to another worker."""

    code = "timer_lost"


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that is due: ``kind`` as deployments.deploy, the thing it is about, and a small document.

    ``attempts`` counts the attempts that were begun, this one included.
    """

    id: int
    organization_id: OrganizationId
    kind: str
    subject_id: UUID
    payload: JsonObject
    due_at: datetime
    attempts: int


@dataclass(frozen=True, slots=True)
class TimerHandler:
    """What a due timer brings about in one transaction of its organization, which also removes the timer.

    ``handle`` makes no network call. It may set the same timer again for later, which then stays. ``handle_many`` takes
    several due timers of an organization at once, which costs fewer statements; when it fails, ``handle`` takes each.
    Those that ``rests`` are left alone while their organization is being deleted.
    """

    handle: Callable[[Context, Timer], Awaitable[None]]
    handle_many: Callable[[Context, Sequence[Timer]], Awaitable[None]] | None = None
    rests: bool = False


@dataclass(frozen=True, slots=True)
class TimerWork:
    """What a due timer brings about when it takes time. ``work`` ends with a commit that calls ``finish``.

    A worker that has not finished within ``lease_seconds`` loses the timer to the next one, which starts again.
    """

    work: Callable[[Database, Timer], Awaitable[None]]
    lease_seconds: float = 120.0


Effect = TimerHandler | TimerWork

_SCHEDULE: LiteralString = """
INSERT INTO due_timers (organization_id, kind, subject_id, payload, due_at)
VALUES (%(organization_id)s, %(kind)s, %(subject_id)s, %(payload)s, greatest(%(due_at)s, tenant.now()))
ON CONFLICT ON CONSTRAINT due_timers_organization_id_kind_subject_id_key DO UPDATE SET
  id = DEFAULT, payload = EXCLUDED.payload, due_at = EXCLUDED.due_at, attempts = 0, failed_at = NULL, error = NULL
"""


_SCHEDULE_MANY: LiteralString = """
INSERT INTO due_timers (organization_id, kind, subject_id, due_at)
SELECT %(organization_id)s, %(kind)s, t.subject_id, greatest(t.due_at, tenant.now())
FROM unnest(%(subjects)s::uuid[], %(due)s::timestamptz[]) AS t (subject_id, due_at)
ON CONFLICT ON CONSTRAINT due_timers_organization_id_kind_subject_id_key DO UPDATE SET
  id = DEFAULT, payload = EXCLUDED.payload, due_at = EXCLUDED.due_at, attempts = 0, failed_at = NULL, error = NULL
"""


async def schedule(ctx: Context, kind: str, subject_id: UUID, due_at: datetime, payload: JsonObject | None = None) -> None:
    """Set a timer of the context's organization; one of the same kind and subject is replaced. An instant passed is now."""
    values = {
        "organization_id": ctx.organization_id,
        "kind": kind,
        "subject_id": subject_id,
        "payload": Jsonb(payload or {}),
        "due_at": due_at,
    }
    await ctx.tx.execute(_SCHEDULE, values, prepare=True)
    ctx.after_commit.append(ctx.resources.bus.timer_set)


async def schedule_many(ctx: Context, kind: str, due: Mapping[UUID, datetime]) -> None:
    """Set timers of one kind without a document, by their subjects, as ``schedule`` does."""
    if not due:
        return
    values = {"organization_id": ctx.organization_id, "kind": kind, "subjects": list(due), "due": list(due.values())}
    await ctx.tx.execute(_SCHEDULE_MANY, values, prepare=True)
    ctx.after_commit.append(ctx.resources.bus.timer_set)


_CANCEL: LiteralString = "DELETE FROM due_timers WHERE organization_id = %s AND kind = %s AND subject_id = %s"


async def cancel(ctx: Context, kind: str, subject_id: UUID) -> bool:
    """Remove a timer of the context's organization; say whether there was one. Waits for a worker that handles it now."""
    cursor = await ctx.tx.execute(_CANCEL, (ctx.organization_id, kind, subject_id), prepare=True)
    return cursor.rowcount > 0


_FINISH: LiteralString = "DELETE FROM due_timers WHERE id = %s AND attempts = %s"


async def finish(ctx: Context, timer: Timer) -> None:
    """Remove a timer whose work ends with this commit. Raises ``TimerLostError`` when it is no longer this worker's."""
    cursor = await ctx.tx.execute(_FINISH, (timer.id, timer.attempts), prepare=True)
    if cursor.rowcount == 0:
        raise TimerLostError


_ORGANIZATIONS: LiteralString = "SELECT tenant.organizations_with_due_timers(kinds => %s, resting => %s)"
_NEXT: LiteralString = "SELECT tenant.seconds_to_next_timer(kinds => %s, resting => %s)"
# The organization is looked at once, if timers that rest are due, and stays open until what they bring about is committed.
_TAKE: LiteralString = """
SELECT id, organization_id, kind, subject_id, payload, due_at, attempts + 1 AS attempts FROM due_timers
WHERE organization_id = %(organization_id)s AND kind = ANY (%(kinds)s) AND failed_at IS NULL AND due_at <= tenant.now()
  AND (kind <> ALL (%(resting)s) OR (SELECT tenant.hold_open(%(organization_id)s)))
ORDER BY due_at, id LIMIT %(most)s FOR UPDATE SKIP LOCKED
"""
_LEASE: LiteralString = """
UPDATE due_timers SET due_at = tenant.now() + make_interval(secs => %s), attempts = attempts + 1
WHERE id IN (
  SELECT id FROM due_timers
  WHERE organization_id = %s AND kind = ANY (%s) AND failed_at IS NULL AND due_at <= tenant.now()
  ORDER BY due_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING id, organization_id, kind, subject_id, payload, due_at, attempts
"""
_REMOVE: LiteralString = "DELETE FROM due_timers WHERE id = ANY (%s)"
_PUT_OFF: LiteralString = """
UPDATE due_timers SET attempts = %(attempts)s, due_at = tenant.now() + make_interval(secs => %(seconds)s), error = %(error)s,
  failed_at = CASE WHEN %(is_given_up)s THEN tenant.now() END
WHERE id = %(id)s AND attempts <= %(attempts)s
"""


class Ticker:
    """Brings about what is due, in any number of workers: each timer is with one of them at a time."""

    def __init__(self, database: Database, effects: Mapping[str, Effect]) -> None:
        """Take what each kind of timer brings about. Timers of other kinds are left to workers that know them."""
        self._database = database
        self._effects = effects
        self._handled = [kind for kind, effect in effects.items() if isinstance(effect, TimerHandler)]
        self._resting = [kind for kind, effect in effects.items() if isinstance(effect, TimerHandler) and effect.rests]
        self._worked = {kind: effect for kind, effect in effects.items() if isinstance(effect, TimerWork)}
        self._wake = asyncio.Event()
        self._working: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Look for due timers now: some were set, here or elsewhere."""
        self._wake.set()

    async def run(self) -> None:
        """Tick until cancelled; work under way is then cancelled too, and begun again by another worker."""
        try:
            while True:
                self._wake.clear()
                pause = _HELD_SECONDS
                try:
                    await self.drain()
                    pause = await self._pause()
                except Exception as error:  # noqa: BLE001 - the border of the ticker: it must outlive what it stands on
                    _log.warning("timers.ticking_failed", error=str(error))
                await asyncio.sleep(_GAP_SECONDS)
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
        finally:
            for task in self._working:
                task.cancel()
            await asyncio.gather(*self._working, return_exceptions=True)

    async def drain(self) -> int:
        """Bring about what is due and not held by others, until nothing is; return how many timers these were."""
        total = 0
        while True:
            found = 0
            organizations = [organization_id for (organization_id,) in await self._ask(_ORGANIZATIONS)]
            for begin in range(0, len(organizations), _ORGANIZATIONS_AT_ONCE):
                some = organizations[begin : begin + _ORGANIZATIONS_AT_ONCE]
                handled = await asyncio.gather(*map(self._handle, some), return_exceptions=True)
                found += sum(_raised(each) for each in handled)
                for organization_id in some:
                    found += await self._lease(organization_id)
            total += found
            if not found:
                return total

    async def settle(self) -> None:
        """Wait until the work that was begun has ended. For tests, which otherwise could not tell."""
        while self._working:
            await asyncio.wait(set(self._working))

    async def _ask(self, statement: LiteralString) -> list[tuple[Any, ...]]:
        return await self._database.statement(statement, (list(self._effects), self._resting))

    async def _pause(self) -> float:
        ((seconds,),) = await self._ask(_NEXT)
        if not isinstance(seconds, float):
            return _IDLE_SECONDS
        return min(seconds, _IDLE_SECONDS) if seconds > 0 else _HELD_SECONDS

    async def _handle(self, organization_id: OrganizationId, most: int = _BATCH) -> int:
        """Handle due timers of an organization together, or one after the other when one of them fails."""
        taken: list[Timer] = []
        values = {"organization_id": organization_id, "kinds": self._handled, "resting": self._resting, "most": most}
        try:
            async with self._database.system_context([organization_id]) as ctx:
                async with ctx.tx.cursor(row_factory=class_row(Timer)) as cursor:
                    await cursor.execute(_TAKE, values, prepare=True)
                    taken = await cursor.fetchall()
                # Removed first, so that an effect may set the same timer again.
                await ctx.tx.execute(_REMOVE, ([timer.id for timer in taken],), prepare=True)
                await self._carry_out(ctx, taken)
        except psycopg.OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 - the border of a subscriber
            if len(taken) == 1:
                await self._put_off(taken[0], error)
                return 1
            return sum([await self._handle(organization_id, 1) for _ in taken])
        return len(taken)

    async def _carry_out(self, ctx: Context, taken: list[Timer]) -> None:
        by_kind: defaultdict[str, list[Timer]] = defaultdict(list)
        for timer in taken:
            by_kind[timer.kind].append(timer)
        for kind, timers in by_kind.items():
            effect = self._effects[kind]
            if not isinstance(effect, TimerHandler):
                continue
            if effect.handle_many is not None and len(timers) > 1:
                await effect.handle_many(ctx, timers)
            else:
                for timer in timers:
                    await effect.handle(ctx, timer)

    async def _lease(self, organization_id: OrganizationId) -> int:
        leased = 0
        for kind, effect in self._worked.items():
            room = _WORK_AT_ONCE - len(self._working)
            if room <= 0:
                break
            values = (effect.lease_seconds, organization_id, [kind], room)
            async with (
                self._database.system_context([organization_id]) as ctx,
                ctx.tx.cursor(row_factory=class_row(Timer)) as cursor,
            ):
                timers = await (await cursor.execute(_LEASE, values, prepare=True)).fetchall()
            for timer in timers:
                task = asyncio.create_task(self._work(effect, timer), name=f"timer {timer.kind}")
                self._working.add(task)
                task.add_done_callback(self._end)
            leased += len(timers)
        return leased

    def _end(self, task: asyncio.Task[None]) -> None:
        self._working.discard(task)
        self._wake.set()

    async def _work(self, effect: TimerWork, timer: Timer) -> None:
        try:
            async with asyncio.timeout(effect.lease_seconds):
                await effect.work(self._database, timer)
        except TimerLostError:
            _log.warning("timers.lost", timer_kind=timer.kind, subject_id=str(timer.subject_id))
        except Exception as error:  # noqa: BLE001 - the border of a subscriber
            with suppress(psycopg.OperationalError):  # then the lease ends by itself
                await self._put_off(timer, error)

    async def _put_off(self, timer: Timer, error: Exception) -> None:
        is_given_up = timer.attempts >= _MAX_ATTEMPTS
        _log.error(
            "timers.laid_aside" if is_given_up else "timers.handling_failed",
            timer_kind=timer.kind,
            subject_id=str(timer.subject_id),
            attempts=timer.attempts,
            exc_info=error,
        )
        values = {
            "id": timer.id,
            "attempts": timer.attempts,
            "seconds": 2**timer.attempts,
            "error": f"{type(error).__name__}: {error}"[:500],
            "is_given_up": is_given_up,
        }
        async with self._database.system_context([timer.organization_id]) as ctx:
            await ctx.tx.execute(_PUT_OFF, values)


def _raised(result: int | BaseException) -> int:
    """Return a result, or raise what it failed with."""
    if isinstance(result, BaseException):
        raise result
    return result


def gather(*offers: Mapping[str, Effect]) -> dict[str, Effect]:
    """Put together what several features bring about."""
    return {kind: effect for offer in offers for kind, effect in offer.items()}
