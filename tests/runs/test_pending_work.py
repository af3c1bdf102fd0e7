"""Pending work: an idle worker asks the database once for all of it, and does what is named."""

import asyncio
import re

from retinue.core import outbox
from retinue.core.periodic import find_pending, repeat_pending
from retinue.features import FEATURES
from retinue.metrics import tasks as metrics
from retinue.process import Process
from retinue.runs import tasks
from retinue.usage import tasks as usage
from tests.runs.scene import Scene, working

_WRITTEN = frozenset({"metrics.collect", "metrics.roll_up", "usage.add_up"})
_ASKED_FOR = [each for feature in FEATURES for each in feature.periodic if each.when_pending]


async def test_the_database_names_the_work_that_is_asked_for_and_no_other(scene: Scene) -> None:
    ((body,),) = await scene.owner("SELECT prosrc FROM pg_proc WHERE proname = 'pending_work'")

    assert sorted(re.findall(r"SELECT '([a-z0-9_.]+)' WHERE", body)) == sorted(
        [outbox.PENDING, *(each.name for each in _ASKED_FOR)]
    )


async def test_a_run_that_is_pending_has_workers_woken(scene: Scene, process: Process) -> None:
    await scene.started(await scene.agent("Done."))

    assert {"runs.wake", "runs.reconcile"} <= await find_pending(process.database)


async def test_what_a_run_adds_to_metrics_and_usage_is_pending_until_it_is_written(played: Scene, process: Process) -> None:
    await played.until(await played.started(await played.agent("Done.")), "completed")
    before = await find_pending(process.database)

    pending = _WRITTEN
    async with asyncio.timeout(10):
        while pending & _WRITTEN:  # the worker may still be ending the run of another test
            await metrics.collect(process.database)
            await usage.add_up(process.database)
            await metrics.roll_up(process.database)
            pending = await find_pending(process.database)

    assert "metrics.collect" in before
    assert not pending & _WRITTEN


async def test_the_deletion_of_an_organization_is_pending_when_its_time_has_come(scene: Scene, process: Process) -> None:
    (slug,) = (await scene.owner("SELECT slug FROM organizations WHERE id = %s", scene.cast.acme))[0]
    asked = await scene.cast.olga.http.delete(f"/organizations/current?confirm={slug}&grace_seconds=600")
    before = await find_pending(process.database)

    await scene.owner("UPDATE organization_deletions SET erase_after = tenant.now()")

    assert asked.status == 202, asked.text
    assert ("deletions.erase" in before, "deletions.erase" in await find_pending(process.database)) == (False, True)


async def test_a_run_whose_wake_up_was_lost_begins(scene: Scene, process: Process, environ: dict[str, str]) -> None:
    run = await scene.started(await scene.agent("Done."))
    await scene.owner("UPDATE runs SET status = 'waiting', waiting_reason = 'approval' WHERE id = %s", run)
    async with working({**environ, "RETINUE_WORKER_POLL_SECONDS": "600"}, scene.tools):
        await scene.until(await scene.started(await scene.agent("Ready.", name="Other")), "completed")
        await scene.owner("UPDATE runs SET status = 'pending', waiting_reason = NULL WHERE id = %s", run)
        waking = [each for each in _ASKED_FOR if each.run == tasks.wake]
        looking = asyncio.create_task(repeat_pending(process.database, process.clock, waking))

        assert (await scene.until(run))["status"] == "completed"

        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
