"""The dashboard: its figures equal what was run, by window; what it lists; what it shows of private runs."""

from typing import Any

from retinue.alerts import engine
from tests.client import Client
from tests.clock import HandClock
from tests.conversations.test_talking import begin, say
from tests.metrics.conftest import Meter
from tests.teams.conftest import Teams

_NONE = {"cost_usd": None, "cost_state": "none", "previous_cost_usd": None, "previous_cost_state": "none"}


async def _read(http: Client, window: str | None = None) -> Any:
    found = await http.get("/dashboard", params={"range": window} if window else {})
    assert found.status == 200, found.text
    return found.json


def _agent(shown: Any, agent: str) -> Any:
    (found,) = (each for each in shown["agents"] if each["id"] == agent)
    return found


def _values(figure: Any) -> tuple[Any, Any]:
    return figure["value"], figure["previous"]


async def test_a_new_organization_has_no_figures(meter: Meter) -> None:
    shown = await _read(meter.http)

    assert (shown["range"], shown["step_seconds"], len(shown["runs"]["series"])) == ("24h", 3600, 24)
    assert [_values(shown[name]) for name in ("runs", "failure_rate", "response_time_p95")] == [
        ("0", "0"),
        (None, None),
        (None, None),
    ]
    assert set(shown["failure_rate"]["series"]) == {None}
    assert shown["spend"] == _NONE | {"series": [None] * 24}
    assert [shown[name] for name in ("active_runs", "queued_runs", "firing_alerts", "pending_approvals")] == [0] * 4
    assert {(each["run_count"], each["last_run"], each["deployment"]) for each in shown["agents"]} == {(0, None, None)}


async def test_figures_equal_what_was_run(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    good = await scene.agent({"text": "Done.", "cost_usd": 0.00003}, name="Good")
    bad = await scene.agent({"error": "down"}, name="Bad")
    idle = await scene.agent("Done.", name="Idle")
    runs = [await scene.until(await scene.started(agent)) for agent in (good, good, good, bad)]
    await meter.settle()

    day, week = await _read(meter.http), await _read(meter.http, "7d")

    slowest = float(await meter.value("response_time", "p95") or 0)
    for shown, steps in ((day, 24), (week, 28)):
        assert _values(shown["runs"]) == ("4", "0")
        assert (len(shown["runs"]["series"]), sum(map(int, shown["runs"]["series"]))) == (steps, 4)
        assert _values(shown["failure_rate"]) == ("25", None)
        assert float(shown["response_time_p95"]["value"]) == slowest
        assert shown["spend"]["cost_usd"] == "0.00009"
        assert {each for each in shown["spend"]["series"] if each is not None} == {"0.00009"}
        assert shown["end"] > runs[-1]["completed_at"] > shown["start"]
    first = day["agents"][:3]
    assert [(each["id"], each["run_count"], each["failed_count"]) for each in first] == [
        (good, 3, 0),
        (bad, 1, 1),
        (idle, 0, 0),
    ]
    assert [each["last_run"] and each["last_run"]["id"] for each in first] == [runs[2]["id"], runs[3]["id"], None]
    assert day["agents"][1]["last_run"]["status"] == "failed"


async def test_teams_are_listed_with_their_runs_and_what_is_deployed(working_meter: Meter) -> None:
    meter, teams = working_meter, Teams(working_meter.scene)
    member = await meter.scene.agent("Fine.", name="Member")
    idle = await teams.team("Done.", members=[member], name="Idle")
    busy = await teams.team({"error": "down"}, members=[member], name="Busy")
    run = await teams.run(busy)

    shown = (await _read(meter.http))["teams"]
    of_others = (await _read(meter.scene.cast.otto.http))["teams"]

    assert [(each["id"], each["run_count"], each["failed_count"]) for each in shown] == [(busy, 1, 1), (idle, 0, 0)]
    assert shown[0]["last_run"]["id"] == run["id"]
    assert (shown[1]["last_run"], shown[1]["deployment"]) == (None, None)
    assert of_others == []


async def test_figures_of_yesterday_are_those_of_the_window_before(working_meter: Meter, clock: HandClock) -> None:
    meter, scene = working_meter, working_meter.scene
    agent = await scene.agent({"text": "Done.", "cost_usd": 0.5})
    await scene.until(await scene.started(agent))
    await meter.settle()
    clock.move(hours=24)
    meter.sign_in_again()

    day, week = await _read(meter.http), await _read(meter.http, "7d")

    assert (_values(day["runs"]), _values(week["runs"])) == (("0", "1"), ("1", "0"))
    assert (day["failure_rate"]["value"], day["failure_rate"]["previous"]) == (None, "0")
    assert day["response_time_p95"]["previous"] == week["response_time_p95"]["value"]
    assert (day["spend"]["cost_usd"], day["spend"]["previous_cost_usd"]) == (None, "0.5")
    assert (day["spend"]["cost_state"], day["spend"]["previous_cost_state"]) == ("none", "known")
    assert [_agent(shown, agent)["run_count"] for shown in (day, week)] == [0, 1]


async def test_a_cost_without_a_price_is_partial_or_unknown(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    await scene.until(await scene.started(await scene.agent({"text": "Done.", "cost_usd": 0.25})))
    await meter.settle()
    unpriced = "UPDATE usage_hours SET calls = %s, unpriced_calls = %s WHERE organization_id = %s AND kind = 'model_call'"

    await scene.owner(unpriced, 2, 1, scene.cast.acme)
    partial = (await _read(meter.http))["spend"]
    await scene.owner(unpriced, 2, 2, scene.cast.acme)
    unknown = (await _read(meter.http))["spend"]

    assert (partial["cost_usd"], partial["cost_state"]) == ("0.25", "partial")
    assert (unknown["cost_usd"], unknown["cost_state"]) == (None, "unknown")


async def test_what_is_going_on_is_counted(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    asking = await scene.agent(
        {"tool_calls": [{"name": "send", "arguments": {"text": "hi"}}]}, "Done.", tools=("send:approval",), name="Asks"
    )
    await scene.until(await scene.started(asking), "waiting")
    rule = {"name": "Failures", "conditions": {"status": "error"}, "channels": {}}
    made = await meter.http.post("/alert-configs", json=rule)
    assert made.status == 201, made.text
    await scene.until(await scene.started(await scene.agent({"error": "down"}, name="Bad")))
    await scene.owner("UPDATE alert_configs SET next_eval_at = tenant.now() WHERE organization_id = %s", scene.cast.acme)
    await engine.sweep(meter.process.database)

    shown = await _read(scene.cast.vera.http)

    assert (shown["firing_alerts"], shown["pending_approvals"], shown["active_runs"]) == (1, 1, 0)


async def test_private_runs_of_others_are_only_counted(meter: Meter) -> None:
    scene = meter.scene
    conversation = await begin(scene, "Done.")
    private = (await say(scene, conversation, "A private question")).json["run"]["id"]

    own, others = await _read(meter.http), await _read(scene.cast.olga.http)

    assert (own["queued_runs"], others["queued_runs"]) == (1, 1)
    agent = (await meter.http.get(f"/conversations/{conversation}")).json["agent_id"]
    assert _agent(own, agent)["last_run"]["id"] == private
    assert _agent(others, agent)["last_run"] is None
    assert (await _read(scene.cast.otto.http))["queued_runs"] == 0


async def test_agents_have_their_current_deployment_and_their_workflows(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    agent = await scene.agent("Done.")
    deployments = [(await meter.http.post("/deployments", json={"target_id": agent})).json for _ in range(2)]
    deployed = "UPDATE deployments SET status = %s, deployed_at = tenant.now() WHERE id = %s"
    await scene.owner(deployed, "deployed", deployments[0]["id"])
    await scene.owner(deployed, "failed", deployments[1]["id"])
    nodes = [{"id": "ask", "type": "agent", "agent": {"id": agent}, "input": {"prompt": "Go."}}]
    definition = {"format": "retinue.workflow/1", "name": "Desk", "nodes": nodes}
    definition |= {"edges": [{"from": "START", "to": "ask"}, {"from": "ask", "to": "END"}]}
    workflow = (await meter.http.post("/workflows", json={"definition": definition, "agent_id": agent})).json
    published = await meter.http.post(f"/workflows/{workflow['id']}/publish", json={})
    assert published.status == 200, published.text
    started = await meter.http.post(f"/workflows/{workflow['id']}/runs", json={"input": {}})
    await scene.until(started.json["id"])

    shown = _agent(await _read(meter.http), agent)

    assert (shown["deployment"]["id"], shown["deployment"]["status"]) == (deployments[0]["id"], "deployed")
    (desk,) = shown["workflows"]
    assert (desk["id"], desk["name"], desk["is_active"]) == (workflow["id"], "Desk", False)
    assert (desk["execution_count"], desk["success_count"], desk["error_count"]) == (1, 1, 0)


async def test_an_unknown_range_is_refused_with_the_field(meter: Meter) -> None:
    refused = await meter.http.get("/dashboard", params={"range": "30d"})

    assert refused.status == 422
    assert refused.json["errors"][0]["field"] == "range"
