"""PostgreSQL dies under running runs: when it is back they all end, each step recorded once, no dangerous call repeated."""

import asyncio
import os
import signal
import tempfile
from pathlib import Path

import pytest

from retinue.core.json import JsonObject
from retinue.embedded.postgres import start_server
from tests.conftest import fresh_database
from tests.crash.ground import grounded

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
                slots = "SELECT held FROM run_slots WHERE organization_id = %s"
                assert ground.rows(slots, ground.organization_id) == [(0,)]
        finally:
            server.stop()
