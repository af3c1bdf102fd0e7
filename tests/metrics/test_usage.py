"""Usage of the API and of models: what is counted, to whom it is attributed, and that it can be rebuilt."""

import csv
import io
from typing import Any

from retinue.process import Process
from retinue.usage.buffer import RequestBuffer
from tests.client import Client
from tests.metrics.conftest import Meter
from tests.teams.conftest import call


def _fresh(client: Client, key: str) -> Client:
    return Client(client.session, client.base_url, headers={"Authorization": f"Bearer {key}"})


async def _key(meter: Meter, *scopes: str) -> tuple[str, Client]:
    olga = meter.scene.cast.olga.http
    made = (await olga.post("/api-keys", json={"name": "=SUM(A1)", "scopes": list(scopes)})).json
    return made["id"], _fresh(olga, made["key"])


async def test_requests_are_counted_by_the_pattern_of_their_route(meter: Meter) -> None:
    agent = await meter.scene.agent("Done.")
    await meter.settle()
    for path in (f"/agents/{agent}", f"/agents/{agent}", "/agents/01a20000-0000-7000-8000-000000000000"):
        await meter.http.get(path)
    await meter.settle()

    rows = (await meter.usage("endpoint", "agent", kind="request"))["items"]

    found = [row for row in rows if row["endpoint"] == "/api/v1/agents/{agent_id}" and row["method"] == "GET"]
    assert {row["agent_name"]: (row["calls"], row["failed_calls"]) for row in found} == {"Scribe": (2, 0), None: (1, 1)}
    assert not any(agent in str(row["endpoint"]) for row in rows)


async def test_usage_is_attributed_to_user_key_agent_and_model(meter: Meter, environ: dict[str, str]) -> None:
    from tests.runs.scene import working  # noqa: PLC0415 - beside the fixture that has no worker

    key_id, key = await _key(meter, "runs:read", "runs:write", "agents:read")
    agent = await meter.scene.agent({"text": "Done.", "cost_usd": 0.00003})
    async with working(environ, meter.scene.tools):
        own = await meter.scene.started(agent)
        its = await meter.scene.started(agent, by=key)
        for run in (own, its):
            await meter.scene.until(run)
    await meter.settle()

    by_key = (await meter.usage("api_key", "model", kind="model_call"))["items"]
    by_user = (await meter.usage("user", kind="model_call"))["items"]
    by_agent = await meter.usage("agent", kind="model_call", agent_id=agent)

    assert {row["api_key_id"]: (row["calls"], row["cost_usd"]) for row in by_key} == {
        key_id: (1, "0.00003"),
        None: (1, "0.00003"),
    }
    assert {row["model"] for row in by_key} == {"scripted"} or all(row["model"] for row in by_key)
    assert {row["user_id"]: row["calls"] for row in by_user} == {
        str(meter.scene.cast.anna.user_id): 1,
        str(meter.scene.cast.olga.user_id): 1,
    }
    assert (by_agent["total"]["cost_usd"], by_agent["total"]["calls"]) == ("0.00006", 2)
    assert by_agent["items"][0]["input_tokens"] > 0


async def test_model_calls_are_rebuilt_from_the_steps_of_runs(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    agent = await scene.agent({"text": "Done.", "cost_usd": 0.5})
    for run in [await scene.started(agent) for _ in range(3)]:
        await scene.until(run)
    await meter.settle()
    stored = "SELECT to_jsonb(u) FROM api_usage u WHERE kind = 'model_call' AND organization_id = %s ORDER BY id"
    before = await scene.owner(stored, scene.cast.acme)
    report = (await meter.usage("agent", kind="model_call"))["items"]

    await scene.owner("DELETE FROM api_usage WHERE kind = 'model_call' AND organization_id = %s", scene.cast.acme)
    await scene.owner("DELETE FROM usage_hours WHERE organization_id = %s", scene.cast.acme)
    window = {"start": "2026-01-01T00:00:00Z", "end": "2028-01-01T00:00:00Z"}
    asked = await scene.cast.adam.http.post("/usage/rebuild", json=window)
    await meter.settle()

    assert (asked.status, asked.json) == (202, {"runs": 3})
    assert len(before) == 3
    assert await scene.owner(stored, scene.cast.acme) == before
    assert (await meter.usage("agent", kind="model_call"))["items"] == report


async def test_steps_that_a_fork_copies_are_the_calls_of_the_other_run(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    scene.tools["look"] = lambda _: "seen"
    turn = {"tool_calls": [call("look")], "cost_usd": 0.25}
    run_id = await scene.started(await scene.agent(turn, {"text": "Done.", "cost_usd": 0.5}, tools=("look",)))
    await scene.until(run_id)
    http = scene.cast.anna.http
    steps = (await http.get(f"/runs/{run_id}/steps")).json["items"]
    last = next(each for each in reversed(steps) if each["step_type"] == "llm_call")
    forked = await http.post(f"/runs/{run_id}/fork", json={"step_id": last["id"]})
    await scene.until(forked.json["id"])

    await meter.settle()

    total = (await meter.usage("agent", kind="model_call"))["total"]
    assert (total["calls"], total["cost_usd"]) == (3, "1.25")


async def test_usage_is_exported_as_csv_without_formulas(meter: Meter) -> None:
    key_id, key = await _key(meter, "agents:read")
    await key.get("/agents")
    await meter.settle()

    sent = await meter.http.get("/usage/export?group_by=api_key")

    rows = list(csv.DictReader(io.StringIO(sent.text)))
    assert (sent.status, sent.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert 'attachment; filename="usage.csv"' in sent.headers["Content-Disposition"]
    own = next(row for row in rows if row["api_key_id"] == key_id)
    assert (own["api_key_name"], own["calls"]) == ("'=SUM(A1)", "1")


async def test_requests_without_an_organization_are_not_counted(meter: Meter) -> None:
    stranger = Client(meter.http.session, meter.http.base_url)
    refused = "SELECT count(*) FROM api_usage WHERE status_code = 401"
    before = await meter.scene.owner(refused)

    await stranger.get("/agents")
    await meter.settle()

    assert await meter.scene.owner(refused) == before


async def test_a_full_buffer_drops_requests_and_counts_them(meter: Meter, process: Process) -> None:
    buffer = process.resources.part(RequestBuffer, lambda: RequestBuffer(process.database))
    before = _dropped(process)
    await meter.settle()
    for _ in range(105):
        await meter.http.get("/agents")
    dropped = _dropped(process) - before
    await meter.settle()

    written = await meter.scene.owner("SELECT count(*) FROM api_usage WHERE organization_id = %s", meter.scene.cast.acme)
    assert dropped >= 1
    assert written[0][0] >= 100
    assert buffer.is_empty


def _dropped(process: Process) -> float:
    return process.resources.telemetry.registry.get_sample_value("retinue_usage_requests_dropped_total") or 0.0


async def test_viewers_do_not_read_usage_and_only_admins_rebuild_it(meter: Meter) -> None:
    window = {"start": "2026-01-01T00:00:00Z", "end": "2028-01-01T00:00:00Z"}
    cast = meter.scene.cast

    statuses = [
        (await cast.vera.http.get("/usage")).status,
        (await cast.vera.http.get("/metrics/query?metric_type=cost")).status,
        (await cast.anna.http.post("/usage/rebuild", json=window)).status,
    ]

    assert statuses == [403, 200, 403]


async def test_a_wrong_query_names_the_field(meter: Meter) -> None:
    asked: list[Any] = [
        await meter.http.get("/usage?group_by=agent&group_by=user&group_by=day"),
        await meter.http.get("/usage?start=2026-01-02T00:00:00Z&end=2026-01-01T00:00:00Z"),
        await meter.http.get("/usage?start=2020-01-02T00:00:00Z"),
    ]

    assert [(each.status, each.json["errors"][0]["field"]) for each in asked] == [
        (422, "group_by"),
        (422, "end"),
        (422, "start"),
    ]
