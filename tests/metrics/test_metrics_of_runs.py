"""Runs add to metrics by themselves: each once, whatever happens between its end and its metrics."""

from typing import Any

from retinue.metrics import repository
from tests.metrics.conftest import Meter
from tests.together import together

_NAMES = ("response_time", "duration", "success_rate", "cost", "memory", "run_status", "accuracy")


async def _counts(meter: Meter, agent: str) -> dict[str, str | None]:
    found = {name: await meter.query(name, aggregation="count", agent_id=agent, bucket="day") for name in _NAMES}
    return {
        name: ",".join(f"{series['label'] or ''}{point['value']}" for series in each["series"] for point in series["points"])
        for name, each in found.items()
    }


async def test_ended_runs_add_to_the_metrics_of_their_agent(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    good = await scene.agent({"text": "Done.", "cost_usd": 0.00003})
    bad = await scene.agent({"error": "down"}, name="Broken")
    runs = [await scene.until(await scene.started(agent)) for agent in (good, good, bad)]
    await meter.settle()

    assert await _counts(meter, good) == {
        "response_time": "2",
        "duration": "2",
        "success_rate": "2",
        "cost": "2",
        "memory": "2",
        "run_status": "completed2",
        "accuracy": "",
    }
    assert (await _counts(meter, bad))["run_status"] == "failed1"
    assert await meter.value("cost", "sum", agent_id=good) == "0.00006"
    assert await meter.value("success_rate", "avg") == "66.666666666666666667"
    assert await meter.value("duration", "max", agent_id=bad) == str(runs[2]["duration_ms"])


async def test_a_run_that_is_collected_again_is_counted_once(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    agent = await scene.agent("Done.")
    run = await scene.until(await scene.started(agent))
    await meter.settle()
    before = await _counts(meter, agent)

    window = {"start": run["created_at"], "end": "2999-01-01T00:00:00Z"}
    refused = await scene.cast.adam.http.post("/usage/rebuild", json=window)
    queued = await scene.cast.adam.http.post("/usage/rebuild", json=window | {"end": _after(run)})
    await meter.settle()

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "start")
    assert (queued.status, queued.json) == (202, {"runs": 1})
    assert await _counts(meter, agent) == before


def _after(run: Any) -> str:
    return run["created_at"].replace("Z", "+00:00").replace("2026", "2027")


async def test_several_workers_count_each_run_once(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    agent = await scene.agent("Done.")
    for run in [await scene.started(agent) for _ in range(12)]:
        await scene.until(run)

    await together(4, lambda _: repository.collect(meter.process.database, 5))
    await meter.settle()

    assert (await _counts(meter, agent))["run_status"] == "completed12"


async def test_a_failed_run_that_is_resumed_counts_as_it_ended_last(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    agent = await scene.agent({"error": "down"}, name="Broken")
    run = await scene.started(agent)
    await scene.until(run, "failed")
    await meter.settle()
    assert (await _counts(meter, agent))["run_status"] == "failed1"

    resumed = await scene.cast.anna.http.post(f"/runs/{run}/resume", json={})
    assert resumed.status in (200, 202), resumed.text
    await scene.collect(run)
    await meter.settle()

    points = await scene.owner("SELECT DISTINCT recorded_at FROM agent_metrics WHERE id = %s", run)
    ended = await scene.owner("SELECT completed_at FROM runs WHERE id = %s", run)
    assert (await _counts(meter, agent))["run_status"] == "failed1"
    assert points == ended


async def test_cancelled_runs_count_in_their_status_and_not_in_times(meter: Meter) -> None:
    agent = await meter.scene.agent("Done.")
    run = await meter.scene.started(agent)

    await meter.http.post(f"/runs/{run}/cancel")
    await meter.settle()

    counts = await _counts(meter, agent)
    assert (counts["run_status"], counts["response_time"], counts["success_rate"]) == ("cancelled1", "", "")


async def test_accuracy_follows_the_feedback_on_runs(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    agent = await scene.agent("Done.")
    first, second = [await scene.started(agent) for _ in range(2)]
    for run in (first, second):
        await scene.until(run)
    await scene.cast.anna.http.request("PUT", f"/runs/{first}/feedback", json={"value": "up"})
    await scene.cast.anna.http.request("PUT", f"/runs/{second}/feedback", json={"value": "down"})
    await meter.settle()
    assert await meter.value("accuracy", "avg", agent_id=agent) == "50"

    await scene.cast.vera.http.request("PUT", f"/runs/{second}/feedback", json={"value": "up"})
    await scene.cast.anna.http.delete(f"/runs/{first}/feedback")
    await meter.settle()

    assert await meter.value("accuracy", "avg", agent_id=agent) == "50"
    assert await meter.value("accuracy", "count", agent_id=agent) == "1"


async def test_runs_whose_metrics_cannot_be_written_keep_no_other_back(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    agent = await scene.agent("Done.")
    runs = [await scene.started(agent) for _ in range(11)]
    for run in runs:
        await scene.until(run)
    broken = """UPDATE runs SET resource_usage = '{"cost_usd": "many"}' WHERE id = ANY (%s)"""
    await scene.owner(broken, [runs[0], runs[6], runs[7]])

    await meter.settle()

    assert (await _counts(meter, agent))["run_status"] == "completed8"
    assert await scene.owner("SELECT count(*) FROM run_endings") == [(0,)]


async def test_runs_of_a_bucket_are_listed_by_the_time_of_their_end(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    agent = await scene.agent("Done.")
    first, second = [await scene.until(await scene.started(agent)) for _ in range(2)]

    query = {"agent_id": agent, "ended_after": second["completed_at"], "ended_before": "2100-01-01T00:00:00Z"}
    later = await meter.http.get("/runs", params=query)
    earlier = await meter.http.get("/runs", params={"agent_id": agent, "ended_before": second["completed_at"]})

    assert [each["id"] for each in later.json["items"]] == [second["id"]]
    assert [each["id"] for each in earlier.json["items"]] == [first["id"]]
