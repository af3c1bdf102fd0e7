"""A machine whose clock is wrong: what expires, is deleted or falls due follows the database's clock all the same."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from retinue.core import outbox as events
from retinue.core.clock import DatabaseClock, told
from retinue.core.dispatch.port import Claims
from retinue.core.dispatch.repository_workers import WorkerProcess
from retinue.core.feature import Periodic
from retinue.core.ids import new_id
from retinue.core.periodic import repeat, repeat_pending
from retinue.features import FEATURES
from retinue.process import Process
from retinue.runs.execution.repository import take_runs
from retinue.worker import stay_known
from tests.cast import Cast
from tests.conversations.test_talking import begin, messages_of, say, upload
from tests.runs.scene import Scene
from tests.serving import serve


class WrongClock:
    """A machine's clock that is off by a fixed time."""

    def __init__(self, **by: float) -> None:
        self.by = timedelta(**by)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by


@asynccontextmanager
async def on_a_machine(environ: dict[str, str], clock: WrongClock) -> AsyncGenerator[Process]:
    process = Process(environ, clock=clock)
    await process.start(is_serving=False, is_working=True)
    try:
        yield process
    finally:
        await process.stop()


async def test_a_worker_a_hundred_days_ahead_erases_nothing(played: Scene, environ: dict[str, str]) -> None:
    http = played.cast.anna.http
    run = await played.started(await played.agent("Done."))
    await played.until(run, "completed")
    kept = await upload(http, "draft.txt", b"not sent yet", "text/plain")

    async with on_a_machine(environ, WrongClock(days=100)) as ahead:
        for item in (item for feature in FEATURES for item in feature.periodic):
            await item.run(ahead.database)  # as though it did not know that it is wrong

    assert (await http.get(f"/runs/{run}")).status == 200
    assert (await http.get(kept.json["url"])).status == 200
    assert (await http.get("/auth/session")).status == 200


async def test_a_key_is_valid_for_an_api_a_year_ahead(cast: Cast, environ: dict[str, str]) -> None:
    expires_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    body = {"name": "ci", "scopes": ["agents:read"], "expires_at": expires_at}
    made = (await cast.olga.http.post("/api-keys", json=body)).json
    ahead = Process(environ, clock=WrongClock(days=365))

    async with serve(ahead) as client:
        bearer = replace(client, headers={"Authorization": f"Bearer {made['key']}"})
        assert (await bearer.get("/agents")).status == 200
        ready = (await client.get("/readyz")).json

    assert ready["status"] == "ok"
    assert "365 days ahead of the database's" in ready["warnings"]["clock"]


async def test_five_seconds_behind_do_not_delay_the_reply_of_a_chat(played: Scene, environ: dict[str, str]) -> None:
    conversation = await begin(played, "Hello to you.")
    run = (await say(played, conversation, "Hi")).json["run"]["id"]
    await played.until(run, "completed")

    async with on_a_machine(environ, WrongClock(seconds=-5)) as behind:
        pump = events.Pump(behind.database, events.gather(*(feature.listens for feature in FEATURES)))
        await pump.drain()

    assert [each["content"] for each in await messages_of(played, conversation)] == ["Hi", "Hello to you."]


@pytest.mark.parametrize(("seconds", "times"), [(0, 1), (-60, 0), (60, 0)])
async def test_a_worker_whose_clock_is_off_does_no_maintenance(environ: dict[str, str], seconds: int, times: int) -> None:
    done: list[str] = []

    async def work(_: object) -> None:
        done.append("swept")

    async with on_a_machine(environ, WrongClock(seconds=seconds)) as process:
        item = Periodic("sweep", 0.01, work)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await repeat(process.database, process.clock, item)

    assert min(len(done), 1) == times


async def test_a_worker_half_a_minute_off_takes_no_runs_until_its_clock_is_set(
    scene: Scene, environ: dict[str, str], process: Process
) -> None:
    clock = WrongClock(seconds=40)
    taken = asyncio.Event()

    async def carry(_: object) -> bool:
        taken.set()
        return False

    me = WorkerProcess(new_id(), "wrong:1", "0", 1)
    async with on_a_machine(environ, clock) as wrong:

        async def claim(worker_id: int, most: int) -> Claims:
            return (await take_runs(wrong.database, worker_id, "wrong", most)).claims

        claiming = asyncio.create_task(wrong.resources.dispatch.run_worker(carry, 5, claim))
        beating = asyncio.create_task(stay_known(wrong, me))
        waking = [each for feature in FEATURES for each in feature.periodic if each.name == "runs.wake"]
        looking = asyncio.create_task(repeat_pending(wrong.database, wrong.clock, waking))
        await scene.started(await scene.agent("Done."))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(4):
                await taken.wait()
        shown = await process.remarks()["clock"]()

        clock.by = timedelta(0)
        async with asyncio.timeout(20):  # the next sign of life, then the next look for pending work
            await taken.wait()
        for task in (claiming, beating, looking):
            task.cancel()
        await asyncio.gather(claiming, beating, looking, return_exceptions=True)

    assert shown is not None
    assert "Worker wrong:1: its clock is 40.0 s ahead of the database's." in shown


def test_a_slow_answer_does_not_make_a_right_clock_look_wrong() -> None:
    clock, instant = DatabaseClock(WrongClock()), datetime(2027, 1, 1, tzinfo=UTC)

    clock.observe(instant, asked_at=instant - timedelta(seconds=9), heard_at=instant + timedelta(seconds=9))
    assert clock.skew_seconds == 0

    clock.observe(instant, asked_at=instant + timedelta(seconds=3), heard_at=instant + timedelta(seconds=5))
    assert clock.skew_seconds == 3
    assert told(clock.skew_seconds) == "3.0 s ahead of"
