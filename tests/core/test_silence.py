"""A silent database, or a lock held in it: requests are refused soon and with a reason, and all goes on after it."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psycopg
import pytest

from retinue.process import Process
from tests.cast import Cast, assemble
from tests.client import Response
from tests.conftest import Postgres
from tests.relay import Relay
from tests.runs.scene import Scene, working
from tests.serving import serve

_REFUSED_SECONDS = 3.0
_HEALED_SECONDS = 15.0
_BUSY_MACHINE_SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Line:
    """An API behind a line that may fall silent, with its people."""

    relay: Relay
    process: Process
    cast: Cast
    environ: dict[str, str]


@pytest.fixture
async def line(environ: dict[str, str], postgres: Postgres) -> AsyncIterator[Line]:
    relay = Relay(postgres.app_url)
    async with relay.up():
        behind = {**environ, "RETINUE_APP_DATABASE_URL": relay.url}
        async with _served(behind) as (process, cast):
            yield Line(relay, process, cast, behind)


@asynccontextmanager
async def _served(environ: dict[str, str]) -> AsyncGenerator[tuple[Process, Cast]]:
    process = Process(environ)
    await process.start()
    try:
        async with serve(process) as client:
            yield process, await assemble(process, client)
    finally:
        await process.stop()


async def _timed(cast: Cast, path: str = "/agents") -> tuple[Response, float]:
    began = time.monotonic()
    answer = await cast.olga.http.get(path)
    return answer, time.monotonic() - began


async def test_a_request_is_refused_in_time_while_the_database_is_silent_and_served_soon_after(line: Line) -> None:
    await asyncio.gather(*(line.cast.olga.http.get("/agents") for _ in range(20)))  # several connections in the pool

    line.relay.fall_silent()
    refusals = [await _timed(line.cast) for _ in range(3)]
    line.relay.speak()
    began = time.monotonic()
    while (await line.cast.olga.http.get("/agents")).status != 200:
        assert time.monotonic() - began < _HEALED_SECONDS

    for answer, seconds in refusals:
        assert answer.status == 503
        assert answer.headers["Retry-After"]
        assert seconds < _REFUSED_SECONDS + _BUSY_MACHINE_SECONDS


async def test_connections_that_died_silently_cost_one_refusal_and_not_one_each(line: Line) -> None:
    await asyncio.gather(*(line.cast.olga.http.get("/agents") for _ in range(20)))

    line.relay.kill_silently()
    answers = [await _timed(line.cast) for _ in range(12)]

    assert [answer.status for answer, _ in answers] == [503] + [200] * 11
    assert sum(seconds for _, seconds in answers) < _HEALED_SECONDS


async def test_a_run_goes_on_after_its_workers_connections_died_silently(line: Line, postgres: Postgres) -> None:
    scene = Scene(line.cast, line.process, postgres)
    await scene.cast.anna.http.get("/auth/session")
    reached = asyncio.Event()

    async def look(_arguments: object) -> str:
        reached.set()
        line.relay.kill_silently()
        return "seen"

    scene.tools["look"] = look
    async with working(line.environ, scene.tools):
        run = await scene.started(await scene.agent({"tool_calls": [{"name": "look"}]}, "Done.", tools=("look",)))
        async with asyncio.timeout(20):
            await reached.wait()
        began = time.monotonic()
        async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
            status = ""
            while status != "completed":
                assert time.monotonic() - began < _HEALED_SECONDS + _BUSY_MACHINE_SECONDS, status
                row = await (await owner.execute("SELECT status FROM runs WHERE id = %s", (run,))).fetchone()
                status = row[0] if row else ""
                await asyncio.sleep(0.1)


async def test_a_lock_on_runs_refuses_requests_for_runs_and_no_others(cast: Cast, postgres: Postgres) -> None:
    assert (await cast.olga.http.get("/runs")).status == 200
    async with await psycopg.AsyncConnection.connect(postgres.owner_url) as owner:
        await owner.execute("LOCK TABLE runs IN ACCESS EXCLUSIVE MODE")
        refused = [asyncio.create_task(_timed(cast, "/runs")) for _ in range(30)]
        others = [await _timed(cast, "/tools") for _ in range(10)]
        answers = await asyncio.gather(*refused)
    after = await cast.olga.http.get("/runs")

    assert {answer.status for answer, _ in others} == {200}
    assert max(seconds for _, seconds in others) < 1 + _BUSY_MACHINE_SECONDS
    assert {answer.status for answer, _ in answers} == {503}
    assert {answer.json["code"] for answer, _ in answers} <= {"database_locked", "database_busy"}
    assert "database_locked" in {answer.json["code"] for answer, _ in answers}
    assert all(answer.headers["Retry-After"] for answer, _ in answers)
    assert after.status == 200


async def test_without_a_database_a_request_is_refused_in_time(environ: dict[str, str], postgres: Postgres) -> None:
    relay = Relay(postgres.app_url)
    async with relay.up():
        behind = {**environ, "RETINUE_APP_DATABASE_URL": relay.url}
        process = Process(behind)
        await process.start()
        async with serve(process) as client:
            cast = await assemble(process, client)
            await cast.olga.http.get("/agents")
            relay.hang_up()
            answer, seconds = await _timed(cast)
            relay.speak()
        await process.stop()

    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
    assert seconds < _REFUSED_SECONDS + _BUSY_MACHINE_SECONDS
