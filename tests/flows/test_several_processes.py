"""Two APIs and two workers as processes of their own, on PostgreSQL 18 and on 15: which of them does what does not show."""

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from benchmarks.installation import Installation, agent, installation, stand_in_agent, start_run, start_runs, until
from benchmarks.sse import frames

POSTGRES_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(params=["18", "15"])
def major(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Choose the server's programs: the package's own, or those of Debian's postgresql-15."""
    if request.param == "15":
        if not (POSTGRES_15 / "postgres").exists():
            pytest.skip("PostgreSQL 15 is not on this machine (Debian: postgresql-15); owner: embedded")
        monkeypatch.setenv("PG_BIN_DIR", str(POSTGRES_15))
    return str(request.param)


async def _events(made: Installation, url: str, run_id: str) -> list[tuple[str, Any]]:
    seen: list[tuple[str, Any]] = []
    headers = {**made.headers, "Accept": "text/event-stream"}
    async with made.http.get(f"{url}/api/v1/runs/{run_id}/events", headers=headers) as response:
        assert response.status == 200, await response.text()
        async for event, data in frames(response):
            seen.append((event, json.loads(data) if data else None))
            if event == "end":
                break
    return seen


@pytest.mark.timeout(300)
async def test_a_stream_at_one_api_follows_a_run_started_at_the_other_whichever_worker_does_it(major: str) -> None:
    async with installation(workers=2, apis=2) as made:
        assert made.query("SHOW server_version")[0][0].startswith(major)
        streamed = await stand_in_agent(made, "stream-100")
        runs = [await start_run(made, streamed) for _ in range(4)]

        followed = await asyncio.gather(*(_events(made, made.api_urls[0], run["id"]) for run in runs))

        for events in followed:
            kinds = [kind for kind, _ in events]
            sequences = [data["sequence"] for kind, data in events if data and "sequence" in data and kind != "token"]
            assert kinds[-2:] == ["run.completed", "end"]
            assert "token" in kinds
            assert sequences == list(range(sequences[0], sequences[0] + len(sequences))), "no gap, none twice"


@pytest.mark.timeout(300)
async def test_both_workers_share_the_runs_and_each_run_is_done_once(major: str) -> None:
    del major
    script = {"turns": [{"tool_calls": [{"name": "calculator", "arguments": {"expression": "2+2"}}]}, {"text": "four"}]}
    async with installation(workers=2) as made:
        models = (await made.call("GET", "/models"))["items"]
        scripted = next(each for each in models if each["kind"] == "scripted")
        config = {
            "model": {"provider_id": scripted["provider_id"], "name": scripted["name"]},
            "parameters": {"script": script},
            "tools": [{"name": "calculator"}],
        }
        agent_id = await agent(made, config)

        before = {name: made.cpu_seconds(name) for name in ("worker-0", "worker-1")}
        await start_runs(made, agent_id, 60)
        await until(lambda: made.query("SELECT count(*) FROM runs WHERE status = 'completed'")[0][0] == 60)

        steps = Counter(row[0] for row in made.query("SELECT run_id FROM run_steps WHERE step_type IN ('llm_call', 'tool')"))
        assert set(steps.values()) == {3}
        worked = [made.cpu_seconds(name) - before[name] for name in before]
        assert min(worked) > max(worked) / 20, "both took their share"
