"""A process is killed between the end of runs and their metrics, and between points and roll-ups: each run counts once."""

import asyncio
import os
import signal
from uuid import UUID

import psycopg
import pytest

from retinue.agents import service as agents
from retinue.agents.types import Status
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.engine.spec.agent import AgentConfig
from retinue.llm.types import SCRIPTED_ID
from retinue.metrics import tasks as metrics
from retinue.process import Process
from retinue.runs import service as runs
from retinue.runs.types import RunType, StartRun
from retinue.usage import tasks as usage
from tests.crash.ground import Ground

_RUNS = 6
_STATEMENTS = 3
_WORK = (metrics.collect, usage.add_up, metrics.roll_up)


def _kill_at(number: int, place: str) -> None:
    """Have this process die at its so-manieth statement, before the server has it or when it is committed."""
    statement, count = Database.statement, 0

    async def counted(self: Database, text: str, parameters: tuple[object, ...]) -> list[tuple[object, ...]]:
        nonlocal count
        count += 1
        if count == number and place == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        found = await statement(self, text, parameters)  # type: ignore[arg-type] # handed on as it came
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    Database.statement = counted  # type: ignore[method-assign,assignment] # in a child that dies of it


def _kill_within(number: int) -> None:
    """Have the database end this process's session in mid statement, as a kill of the server's process does."""
    statement, count = Database.statement, 0

    async def counted(self: Database, text: str, parameters: tuple[object, ...]) -> list[tuple[object, ...]]:
        nonlocal count
        count += 1
        if count == number:
            async with await psycopg.AsyncConnection.connect(self.url) as connection:
                await connection.execute(text, parameters)  # type: ignore[arg-type] # never committed
                os.kill(os.getpid(), signal.SIGKILL)
        return await statement(self, text, parameters)  # type: ignore[arg-type] # handed on as it came

    Database.statement = counted  # type: ignore[method-assign,assignment] # in a child that dies of it


async def _settle(environ: dict[str, str], number: int, place: str) -> None:
    process = Process(environ)
    await process.start(is_serving=False)
    try:
        if number:
            _kill_within(number) if place == "within" else _kill_at(number, place)
        for work in _WORK:
            await work(process.database)
    finally:
        await process.stop()


def _child(environ: dict[str, str], number: int, place: str) -> None:
    asyncio.run(_settle(environ, number, place))


async def _ended_runs(ground: Ground) -> UUID:
    """Let a worker end runs of a new agent, and kill it at once: its metrics are not written by it."""
    process = Process(ground.environ)
    await process.start(is_serving=False)
    script = {"turns": [{"text": "Done.", "cost_usd": 0.25}]}
    config = AgentConfig.model_validate({"model": {"provider_id": SCRIPTED_ID}, "parameters": {"script": script}})
    try:
        async with process.database.system_context([OrganizationId(ground.organization_id)]) as ctx:
            agent = await agents.create(ctx, {"name": "Scribe", "config": config}, status=Status.ACTIVE)
            for _ in range(_RUNS):
                await runs.start(ctx, StartRun(agent.id, {"prompt": "Go."}, RunType.AGENT))
    finally:
        await process.stop()
    return agent.id


async def _until_ended(ground: Ground, agent: UUID) -> None:
    async with asyncio.timeout(60):
        while ground.rows("SELECT count(*) FROM runs WHERE agent_id = %s AND status = 'completed'", agent) != [(_RUNS,)]:
            await asyncio.sleep(0.01)


def _figures(ground: Ground, agent: UUID) -> list[tuple[object, ...]]:
    points = ground.rows(
        "SELECT count(*), sum(value)::text FROM agent_metrics WHERE agent_id = %s AND metric_type = 'cost'", agent
    )
    rolled = ground.rows(
        "SELECT sum(count)::int, sum(sum)::text FROM metric_rollups WHERE agent_id = %s AND metric_type = 'cost'"
        " AND resolution = 'day'",
        agent,
    )
    calls = ground.rows(
        "SELECT count(*), sum(cost_usd)::text FROM api_usage WHERE agent_id = %s AND kind = 'model_call'", agent
    )
    hours = ground.rows("SELECT sum(calls)::int, sum(cost_usd)::text FROM usage_hours WHERE agent_id = %s", agent)
    return [points[0], rolled[0], calls[0], hours[0]]


@pytest.mark.parametrize("place", ["before", "within", "after"])
@pytest.mark.timeout(300)
async def test_each_run_counts_once_when_its_metrics_are_interrupted(ground: Ground, place: str) -> None:
    for number in range(1, _STATEMENTS + 1):
        agent = await _ended_runs(ground)
        worker = await ground.worker()
        await _until_ended(ground, agent)
        worker.signal(signal.SIGKILL)
        await worker.gone()

        child = ground.forking.Process(target=_child, args=(ground.environ, number, place), daemon=True)
        child.start()
        await asyncio.to_thread(child.join, 60)
        await _settle(ground.environ, 0, place)

        assert child.exitcode == -signal.SIGKILL
        assert _figures(ground, agent) == [(_RUNS, "1.50")] * 4
        assert ground.rows("SELECT count(*) FROM run_endings") == [(0,)]
