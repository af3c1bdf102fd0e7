"""kill -9 of Redis under load: every run is done once, every request is answered, streams go on, and Redis is used again."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from benchmarks.installation import Installation, installation, stand_in_agent, start_runs, until
from benchmarks.sse import frames

from tests.redis_server import serving_redis

_RUNS = 40


async def _ask(made: Installation, over: asyncio.Event) -> Counter[int]:
    """Send requests one after another until it is over; return how often each status came."""
    seen: Counter[int] = Counter()
    while not over.is_set():
        async with made.http.get(f"{made.api_url}/api/v1/agents?limit=1", headers=made.headers) as response:
            await response.read()
            seen[response.status] += 1
    return seen


async def _follow(made: Installation, run_id: str) -> list[str]:
    kinds: list[str] = []
    headers = {**made.headers, "Accept": "text/event-stream"}
    async with made.http.get(f"{made.api_url}/api/v1/runs/{run_id}/events", headers=headers) as response:
        async for event, _ in frames(response):
            kinds.append(event)
            if event == "end":
                break
    return kinds


async def _warnings(made: Installation) -> dict[str, Any]:
    async with made.http.get(f"{made.api_url}/readyz") as response:
        assert response.status == 200, await response.text()
        return json.loads(await response.read())["warnings"]


@pytest.mark.timeout(180)
async def test_redis_killed_under_load_costs_no_run_no_request_and_no_stream(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving_redis("valkey", tmp_path) as redis:
        monkeypatch.setenv("REDIS_URL", redis.url)
        async with installation(workers=2) as made:
            agent_id = await stand_in_agent(made, "stream-20")
            assert "redis" not in await _warnings(made)
            over = asyncio.Event()
            asking = [asyncio.create_task(_ask(made, over)) for _ in range(4)]
            run_ids = await start_runs(made, agent_id, _RUNS)
            following = [asyncio.create_task(_follow(made, run_id)) for run_id in run_ids[-5:]]
            await until(lambda: made.query("SELECT count(*) FROM runs WHERE status = 'completed'")[0][0] >= 3)

            redis.kill()

            await until(lambda: made.query("SELECT count(*) FROM runs WHERE status = 'completed'")[0][0] == _RUNS)
            streams = await asyncio.gather(*following)
            assert "redis" in await _warnings(made)
            redis.start()
            async with asyncio.timeout(20):
                while "redis" in await _warnings(made):
                    await asyncio.sleep(0.1)
            over.set()
            statuses = sum([await each for each in asking], Counter[int]())

            assert set(statuses) == {200}
            assert all(kinds[-2:] == ["run.completed", "end"] for kinds in streams)
            calls = Counter(row[0] for row in made.query("SELECT run_id FROM run_steps WHERE step_type = 'llm_call'"))
            assert set(calls.values()) == {1}
