"""Admission: several workers that claim at once never begin more runs than an organization or an agent may have."""

import asyncio
import random
from collections import Counter
from typing import Self
from uuid import UUID

import psycopg
import pytest

from tests.runs.scene import Scene, working

_REGISTER = "SELECT worker_id FROM dispatch.procrastinate_register_worker_v1()"
_TAKE = "SELECT run_id::text FROM journal.take(%s, %s, %s) WHERE run_id IS NOT NULL"
_COPY = """
INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, trigger, plan_hash, input, trace_id)
SELECT gen_random_uuid(), organization_id, type, target_id, target_name, agent_id, trigger, plan_hash, input, trace_id
FROM runs, generate_series(1, 300) WHERE id = %s::uuid
"""
_CLAIM = "SELECT lease, last_sequence FROM journal.claim(%s, 'another')"
_TELL = """
INSERT INTO run_events (organization_id, run_id, sequence, type, data)
SELECT organization_id, id, last_sequence + n, 'step.completed', '{}' FROM runs, generate_series(1, 3) n WHERE id = %s
"""
_IS_BLOCKED = "SELECT cardinality(pg_blocking_pids(%s)) > 0"
_END = """
UPDATE runs SET status = 'completed', completed_at = now() WHERE id::text = ANY (%s)
"""


class Takers:
    """Connections of workers that take runs, each of its own."""

    def __init__(self, scene: Scene, count: int) -> None:
        self._scene = scene
        self._count = count
        self._connections: list[psycopg.AsyncConnection] = []
        self._owners: list[psycopg.AsyncConnection] = []
        self._ids: list[int] = []

    async def __aenter__(self) -> Self:
        """Connect, and leave no pending runs of others to be taken."""
        await self._scene.owner(
            "UPDATE runs SET status = 'cancelled' WHERE status = 'pending' AND organization_id <> %s", self._scene.cast.acme
        )
        for _ in range(self._count):
            connection = await psycopg.AsyncConnection.connect(self._scene.postgres.app_url, autocommit=True)
            self._connections.append(connection)
            self._owners.append(await psycopg.AsyncConnection.connect(self._scene.postgres.owner_url, autocommit=True))
            row = await (await connection.execute(_REGISTER)).fetchone()
            assert row is not None
            self._ids.append(row[0])
        return self

    async def __aexit__(self, *_: object) -> None:
        """Disconnect, and remove their jobs."""
        for connection in (*self._connections, *self._owners):
            await connection.close()
        await self._scene.owner("DELETE FROM dispatch.procrastinate_jobs WHERE worker_id = ANY (%s)", self._ids)

    async def take(self, most: int) -> list[str]:
        """Let all of them take at once; return the runs that they got."""
        got = await asyncio.gather(*(self.take_one(number, most) for number in range(self._count)))
        return [run for runs in got for run in runs]

    async def take_one(self, number: int, most: int = 1) -> list[str]:
        """Let one of them take."""
        values = (self._ids[number], f"taker {number}", most)
        return [row[0] for row in await (await self._connections[number].execute(_TAKE, values)).fetchall()]

    async def end(self, number: int, runs: list[str]) -> None:
        """End runs, by your own connection to the database."""
        async with self._owners[number].transaction():
            await self._owners[number].execute(_END, (runs,))


@pytest.mark.parametrize("seed", range(6))
async def test_limits_are_exact_however_many_workers_claim_at_once(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a reproducible choice
    limit, agent_limit, most = chance.randint(1, 7), chance.randint(1, 3), chance.randint(1, 5)
    await scene.slots(limit)
    capped = await scene.agent("Done.", deployment={"max_concurrent_runs": agent_limit})
    free = await scene.agent("Done.")
    agent_of = {await scene.started(agent): agent for agent in chance.choices([capped, free], k=14)}
    running = Counter[str]()
    taken: list[str] = []

    async with Takers(scene, 4) as takers:
        while len(taken) < len(agent_of):
            got = [run for run in await takers.take(most) if run in agent_of]
            taken += got
            running.update(agent_of[run] for run in got)
            waiting = Counter(agent_of[run] for run in agent_of.keys() - set(taken))

            assert running.total() <= limit
            assert running[capped] <= agent_limit
            may_begin = (running.total() < limit) and (waiting[free] or (waiting[capped] and running[capped] < agent_limit))
            assert got or not may_begin, "nobody got a run that might have begun"

            ended = chance.sample(taken, k=max(1, len(taken) // 2))
            still = await scene.owner("SELECT id::text FROM runs WHERE id::text = ANY (%s) AND status = 'running'", ended)
            await scene.owner(_END, [row[0] for row in still])
            running.subtract(agent_of[row[0]] for row in still)

    assert sorted(taken) == sorted(agent_of)


async def test_a_limit_of_two_holds_while_workers_claim_and_end_runs_without_a_pause(scene: Scene) -> None:
    await scene.slots(2)
    first = await scene.started(await scene.agent("Done."))
    await scene.owner(_COPY, first)
    running, most, left = 0, 0, 301

    async with Takers(scene, 4) as takers:

        async def work(number: int) -> None:
            nonlocal running, most, left
            while left > 0:
                got = await takers.take_one(number)
                running += len(got)
                most = max(most, running)
                left -= len(got)
                running -= len(got)  # before they end in the database, where there are never fewer than here
                await takers.end(number, got)

        async with asyncio.timeout(120):
            await asyncio.gather(*map(work, range(4)))

    assert most <= 2


async def test_a_run_is_given_to_one_worker(scene: Scene) -> None:
    await scene.slots(50)
    agent = await scene.agent("Done.")
    runs = [await scene.started(agent) for _ in range(12)]

    async with Takers(scene, 4) as takers:
        got = [run for run in await takers.take(12) if run in runs]

    assert sorted(got) == sorted(runs)
    assert await asyncio.wait_for(scene.running(), 5) == 12


async def test_a_run_that_cannot_be_begun_fails_and_keeps_no_other_from_beginning(
    scene: Scene, environ: dict[str, str]
) -> None:
    agent = await scene.agent("Done.")
    broken, sound = await scene.started(agent), await scene.started(agent)
    unreadable = '{"limits": {"timeout_seconds": "soon"}}'
    await scene.owner("UPDATE runs SET plan = %s::jsonb WHERE id = %s", unreadable, broken)

    async with working(environ, scene.tools):
        done = await scene.until(sound)
        failed = await scene.until(broken)

    assert done["status"] == "completed"
    assert (failed["status"], failed["error"]["code"]) == ("failed", "run_unreadable")
    told = "SELECT count(*) FROM outbox WHERE type = 'run.failed' AND payload ->> 'run_id' = %s"
    assert await scene.owner(told, failed["id"]) == [(1,)]


async def test_a_run_is_claimed_whose_worker_tells_events_in_that_moment(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))
    async with Takers(scene, 1) as takers:
        assert await takers.take(1) == [run]
    async with (
        await psycopg.AsyncConnection.connect(scene.postgres.owner_url) as holder,
        await psycopg.AsyncConnection.connect(scene.postgres.app_url, autocommit=True) as other,
    ):
        await holder.execute("SELECT FROM runs WHERE id = %s FOR NO KEY UPDATE", (run,))
        await holder.execute(_TELL, (run,))
        claiming = asyncio.create_task(other.execute(_CLAIM, ([UUID(run)],)))
        async with asyncio.timeout(30):
            while await scene.owner(_IS_BLOCKED, other.info.backend_pid) != [(True,)]:
                assert not claiming.done(), "the claim did not wait for the worker's commit"
        await holder.commit()
        claimed = await (await claiming).fetchall()

    events = await scene.owner("SELECT sequence FROM run_event_stream WHERE run_id = %s ORDER BY sequence", run)
    assert claimed == [(2, 5)]
    assert events == [(number,) for number in range(1, 6)]
