"""What external agents report: executions, heartbeats, metrics; it is seen where that of hosted agents is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from retinue.metrics.tasks import collect, roll_up
from tests.external.conftest import Outside, external_agent, holding
from tests.together import together


async def test_a_reported_execution_is_a_run(outside: Outside) -> None:
    ended = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)
    reported = await outside.send(
        "executions", 201, status="success", message="Read 3 gauges.", details={"gauges": 3}, input={"round": 7},
        output={"mean": 20.5}, usage={"input_tokens": 5, "cost_usd": "0.25"}, external_execution_id="e-7",
        started_at=(ended - timedelta(seconds=3)).isoformat(), completed_at=ended.isoformat(),
        logs=[{"message": "Gauge 1.", "level": "debug"}],
        thoughts=[{"node_id": "a", "node_type": "output", "content": "All well.", "confidence_score": 0.9}],
    )  # fmt: skip
    run = await outside.scene.run(reported["run_id"])
    http = outside.scene.cast.vera.http
    logs = (await http.get(f"/runs/{run['id']}/logs")).json["items"]
    thoughts = (await http.get(f"/runs/{run['id']}/thoughts")).json["items"]
    events = await outside.scene.collect(run["id"])
    listed = (await http.get(f"/runs?trigger=external&agent_id={outside.agent}")).json["items"]

    assert (run["status"], run["trigger"], run["input"], run["output"]) == (
        "completed",
        "external",
        {"round": 7},
        {"mean": 20.5},
    )
    assert (run["duration_ms"], run["external_execution_id"], run["warning_count"]) == (3000, "e-7", 0)
    assert datetime.fromisoformat(run["completed_at"]) == ended
    assert (run["resource_usage"]["cost_usd"], run["resource_usage"]["input_tokens"]) == ("0.25", 5)
    assert {(line["message"], line["level"]) for line in logs} == {("Read 3 gauges.", "info"), ("Gauge 1.", "debug")}
    assert {"gauges": 3} in [line["details"] for line in logs]
    assert [(each["node_type"], each["confidence_score"]) for each in thoughts] == [("output", 0.9)]
    assert [sent.event for sent in events][-2:] == ["run.completed", "end"]
    assert [each["id"] for each in listed] == [run["id"]]


async def test_a_reported_warning_counts_and_a_reported_error_fails(outside: Outside) -> None:
    found: list[Any] = []
    for status in ("warning", "error"):
        reported = await outside.send("executions", 201, status=status, message="The gauge is old.")
        run = await outside.scene.run(reported["run_id"])
        found.append((run["status"], run["warning_count"], run["error_message"]))

    assert found == [("completed", 1, None), ("failed", 0, "The gauge is old.")]


async def test_an_execution_is_written_once_however_often_it_is_reported(outside: Outside) -> None:
    body = {"status": "success", "external_execution_id": "once", "output": "done"}

    async def report(_: int) -> Any:
        return await outside.send("executions", 201, **body)

    told = await together(6, report)
    changed = await outside.post("executions", **body | {"output": "other"})
    other = await external_agent(outside.scene.cast, name="Other")
    of_other = await (await holding(outside.scene.cast, other)).post(f"/agents/{other}/executions", json=body)
    runs = (await outside.scene.cast.vera.http.get(f"/runs?agent_id={outside.agent}")).json["items"]

    assert len({each["run_id"] for each in told}) == 1
    assert sorted(each["is_replay"] for each in told) == [False] + [True] * 5
    assert (changed.status, changed.json["code"]) == (409, "execution_changed")
    assert of_other.json["is_replay"] is False
    assert len(runs) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"status": "success", "started_at": "2027-01-02T00:00:00Z", "completed_at": "2027-01-01T00:00:00Z"}, "started_at"),
        ({"status": "success", "completed_at": "2999-01-01T00:00:00Z"}, "completed_at"),
        ({"status": "success", "completed_at": "2020-01-01T00:00:00Z"}, "started_at"),
        ({"status": "error"}, "message"),
        ({"status": "great"}, "status"),
        ({"status": "success", "thoughts": [{"node_id": "a", "content": "x", "confidence_score": 2}]}, "thoughts"),
        ({"status": "success", "usage": {"cost_usd": -1}}, "usage"),
    ],
)
async def test_a_report_that_is_not_valid_names_the_field(outside: Outside, body: Any, field: str) -> None:
    answer = await outside.post("executions", **body)

    assert answer.status == 422, answer.text
    assert answer.json["errors"][0]["field"].startswith(field)


async def test_reports_and_heartbeats_become_metrics(
    outside: Outside,
) -> None:
    for status, message in (("success", ""), ("error", "Broken.")):
        await outside.send("executions", 201, status=status, message=message, usage={"cost_usd": "0.00003"})
    await outside.send("heartbeat", cpu_percent=12.5, memory_bytes=1_000_000)
    await outside.send("metrics", 202, points=[{"metric_type": "gauge.mean", "value": 20, "unit": "celsius"}])
    await collect(outside.scene.process.database)
    await roll_up(outside.scene.process.database)
    values = {name: await _metric(outside, name) for name in ("success_rate", "cpu", "memory", "gauge.mean", "cost")}

    assert float(values["success_rate"]) == 50
    assert (float(values["cpu"]), float(values["memory"]), float(values["gauge.mean"])) == (12.5, 1_000_000, 20)
    assert float(values["cost"]) == 0.00006


async def _metric(outside: Outside, name: str) -> str:
    path = f"/metrics/query?metric_type={name}&agent_id={outside.agent}&bucket=day"
    answer = await outside.scene.cast.vera.http.get(path)
    assert answer.status == 200, answer.text
    return str(answer.json["series"][0]["points"][-1]["value"])


async def test_presence_follows_the_period_and_grace_of_the_agent(outside: Outside) -> None:
    deployment = {"heartbeat": {"every_seconds": 300, "grace_seconds": 100}}
    agent = await external_agent(outside.scene.cast, deployment_config=deployment)
    outside.agent, outside.http = agent, await holding(outside.scene.cast, agent)
    receipt = await outside.send("heartbeat")
    found: list[str] = []
    for seconds in (0, 399, 401):
        statement = "UPDATE agents SET last_heartbeat = now() - make_interval(secs => %s) WHERE id = %s"
        await outside.scene.owner(statement, seconds, agent)
        found.append((await outside.scene.cast.vera.http.get(f"/agents/{agent}")).json["presence"])

    assert (receipt["next_within_seconds"], receipt["every_seconds"]) == (400, 300)
    assert found == ["online", "online", "offline"]


async def test_the_last_heartbeats_are_shown(outside: Outside) -> None:
    for status in ("online", "error"):
        await outside.send("heartbeat", status=status, cpu_percent=7)
    history = (await outside.scene.cast.vera.http.get(f"/agents/{outside.agent}/heartbeats")).json

    assert [(each["status"], float(each["cpu_percent"])) for each in history["items"]] == [("error", 7), ("online", 7)]
    assert (history["presence"], history["every_seconds"], history["grace_seconds"]) == ("error", 60, 30)


async def test_lines_of_the_line_protocol_are_taken_for_the_agent_of_the_key_alone(outside: Outside) -> None:
    other = await external_agent(outside.scene.cast, name="Other")
    own = await outside.http.post("/api/v2/write?org=a&bucket=b", data=f"gauge,agent={outside.agent} level=3")
    foreign = await outside.http.post("/api/v2/write?org=a&bucket=b", data=f"gauge,agent={other} level=3")

    assert own.status == 204, own.text
    assert foreign.status == 400
    assert "is not the agent of the key" in foreign.text
