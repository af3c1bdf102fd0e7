"""PostgreSQL dies under running runs: when it is back they all end, each step recorded once, no dangerous call repeated."""

import asyncio
import os
import signal
import tempfile
import time
from pathlib import Path

import aiohttp
import psycopg
import pytest

from retinue.core.json import JsonObject
from retinue.embedded.postgres import start_server
from tests.conftest import fresh_database
from tests.crash.ground import free_port, grounded

_RUNS = 20
_TURNS: list[JsonObject] = [
    {
        "tool_calls": [{"name": "look", "arguments": {"number": 1}}, {"name": "pay", "arguments": {"number": 2}}],
        "delay_ms": 300,
    },
    {"tool_calls": [{"name": "look", "arguments": {"number": 3}}], "delay_ms": 300},
    {"text": "Done.", "delay_ms": 300},
]


@pytest.mark.timeout(240)
async def test_runs_outlive_the_database(folder: str) -> None:
    with tempfile.TemporaryDirectory(prefix="retinue-crash-") as home:
        server = start_server(Path(home))
        try:
            async with grounded(fresh_database(server.owner_url), folder) as ground:
                await ground.worker()
                await ground.worker()
                tools = [ground.tool("look", "GET", "read_only"), ground.tool("pay", "POST", "dangerous")]
                runs = [ground.start(_TURNS, tools) for _ in range(_RUNS)]
                for pause in (0.4, 0.7):
                    await asyncio.sleep(pause)
                    os.kill(server.pid, signal.SIGKILL)
                    while server.is_alive():
                        await asyncio.sleep(0.05)
                    await asyncio.sleep(0.5)
                    server.restart()

                for run_id in runs:
                    assert await ground.settle(run_id) == "completed"
                    ground.check_record_of_steps(run_id, steps=6)
                assert len(ground.counter.numbers("pay")) == _RUNS
                assert ground.unfinished() == 0
        finally:
            server.stop()


_OUT_SECONDS = 7.5
_BACK_SECONDS = 2.0


async def _is_ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/readyz") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


@pytest.mark.timeout(120)
async def test_the_api_is_ready_again_within_two_seconds_of_the_database(folder: str) -> None:
    with tempfile.TemporaryDirectory(prefix="retinue-crash-") as home:
        server = start_server(Path(home))
        try:
            postgres = fresh_database(server.owner_url)
            async with grounded(postgres, folder) as ground, aiohttp.ClientSession() as session, asyncio.timeout(60):
                url = f"http://127.0.0.1:{(port := free_port())}"
                ground.api(port)
                while not await _is_ready(session, url):
                    await asyncio.sleep(0.1)

                os.kill(server.pid, signal.SIGKILL)
                out_until = time.monotonic() + _OUT_SECONDS
                while server.is_alive() or time.monotonic() < out_until:
                    await _is_ready(session, url)
                    await asyncio.sleep(0.1)
                server.restart()
                psycopg.connect(postgres.owner_url).close()
                accepts_at = time.monotonic()
                while not await _is_ready(session, url):
                    await asyncio.sleep(0.02)

                assert time.monotonic() - accepts_at < _BACK_SECONDS
        finally:
            server.stop()
