"""Workers and APIs of Retinue are killed around each commit of the work of external agents: one answer ends each run."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from retinue.agents import service as agents
from retinue.agents.types import Runtime, Status
from retinue.core.ids import OrganizationId
from retinue.core.timers import Ticker
from retinue.external.feature import feature
from retinue.external.keys import service as keys
from retinue.external.pushing import pusher_of
from retinue.process import Process
from retinue.runs import service as runs
from retinue.runs.types import StartRun
from retinue.runs.work import service as work
from retinue.runs.work.errors import WorkLostError
from tests.crash.ground import Ground, kill_at

_LEASE = "SELECT lease FROM external_work WHERE run_id = %s"


async def _started(ground: Ground, *, has_webhook: bool = False) -> tuple[UUID, UUID]:
    """Start a run of an external agent; return the agent's id and the run's."""
    process = Process(ground.environ)
    await process.start(is_serving=False)
    try:
        async with process.database.system_context([OrganizationId(ground.organization_id)]) as ctx:
            values: dict[str, Any] = {"name": "Probe", "runtime": Runtime.EXTERNAL}
            values |= {"webhook_url": f"{ground.counter.url}/hook/1"} if has_webhook else {}
            agent = await agents.create(ctx, values, status=Status.ACTIVE)
            await keys.set_webhook_secret(ctx, agent.id)
            run = (await runs.start(ctx, StartRun(agent.id, {"prompt": "Go."}))).run
            return agent.id, run.id
    finally:
        await process.stop()


async def _act(environ: dict[str, str], number: int, place: str, act: str, ids: tuple[UUID, UUID, UUID]) -> None:
    """Claim or complete a run, and die at a commit of that; 0 for not at all."""
    organization, agent_id, run_id = ids
    process = Process(environ)
    await process.start(is_serving=False)
    try:
        if number:
            kill_at(number, place)
        if act == "push":
            ticker = Ticker(process.database, feature.timers)
            await ticker.drain()
            await ticker.settle()
            await pusher_of(process.database).settle()
            return
        async with process.database.system_context([OrganizationId(organization)]) as ctx:
            if act == "claim":
                await work.claim(ctx, agent_id, "test", 600)
            else:
                lease = (await (await ctx.tx.execute(_LEASE, (run_id,))).fetchone() or (0,))[0]
                await work.answer(ctx, agent_id, run_id, lease, {"output": "done"})
    except WorkLostError:
        return
    finally:
        await process.stop()


def _child(environ: dict[str, str], number: int, place: str, act: str, ids: tuple[UUID, UUID, UUID]) -> None:
    asyncio.run(_act(environ, number, place, act, ids))


async def _dies(ground: Ground, number: int, place: str, act: str, ids: tuple[UUID, UUID, UUID]) -> None:
    child = ground.forking.Process(target=_child, args=(ground.environ, number, place, act, ids))
    child.start()
    await asyncio.to_thread(child.join, 30)
    assert child.exitcode == -9


async def _waits(ground: Ground, run_id: UUID) -> None:
    statement = "SELECT count(*) FROM external_work WHERE run_id = %s"
    async with asyncio.timeout(30):
        while ground.rows(statement, run_id)[0][0] == 0:
            await asyncio.sleep(0.03)


def _lose(ground: Ground, run_id: UUID) -> None:
    ground.rows("UPDATE external_work SET lease_until = now() - interval '1 s' WHERE run_id = %s RETURNING 1", run_id)
    ground.rows("UPDATE due_timers SET due_at = now() WHERE subject_id = %s RETURNING 1", run_id)


@pytest.mark.parametrize("place", ["before", "after"])
async def test_a_process_killed_while_it_claims_and_while_it_completes(ground: Ground, place: str) -> None:
    agent_id, run_id = await _started(ground)
    ids = (ground.organization_id, agent_id, run_id)
    await ground.worker()
    await _waits(ground, run_id)

    await _dies(ground, 1, place, "claim", ids)
    _lose(ground, run_id)
    await _act(ground.environ, 0, "", "claim", ids)
    await _dies(ground, 1, place, "complete", ids)
    await _act(ground.environ, 0, "", "complete", ids)  # the agent had no answer, and sends it again

    assert await ground.status(run_id, "completed") == "completed"  # pyright: ignore[reportArgumentType] - a plain id
    events = ground.rows("SELECT type FROM run_event_stream WHERE run_id = %s", run_id)
    assert [kind for (kind,) in events].count("run.completed") == 1


@pytest.mark.parametrize("commit", [1, 2])
async def test_a_worker_killed_after_each_commit_of_a_run_that_waits(ground: Ground, commit: int) -> None:
    agent_id, run_id = await _started(ground)
    ids = (ground.organization_id, agent_id, run_id)
    doomed = await ground.worker(RETINUE_CRASH_AFTER_COMMIT=str(commit))
    await doomed.gone()
    await ground.worker()
    await _waits(ground, run_id)
    await _act(ground.environ, 0, "", "claim", ids)
    await _act(ground.environ, 0, "", "complete", ids)

    assert await ground.status(run_id, "completed") == "completed"  # pyright: ignore[reportArgumentType] - a plain id


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("commit", [1, 2, 3])
async def test_a_worker_killed_at_each_commit_of_a_push(ground: Ground, commit: int, place: str) -> None:
    agent_id, run_id = await _started(ground, has_webhook=True)
    ids = (ground.organization_id, agent_id, run_id)
    doomed = await ground.worker(RETINUE_CRASH_AFTER_COMMIT="2")  # it parks the run, and pushes nothing any more
    await doomed.gone()
    calls = len(ground.counter.calls)
    await _dies(ground, commit, place, "push", ids)
    _lose(ground, run_id)
    await _act(ground.environ, 0, "", "push", ids)
    await ground.worker()

    # The counter's answer has no output, so the run fails, once.
    assert await ground.status(run_id, "failed") == "failed"  # pyright: ignore[reportArgumentType] - a plain id
    events = ground.rows("SELECT type FROM run_event_stream WHERE run_id = %s", run_id)
    assert [kind for (kind,) in events].count("run.failed") == 1
    made = ground.counter.calls[calls:]
    assert 1 <= len(made) <= 2
    assert {call.key for call in made} == {str(run_id)}
