"""Every folder of ``examples``, applied with the command line and run: real but for the model, which follows a script."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import orjson
import pytest

from retinue.llm.types import SCRIPTED_ID
from tests.cast import Cast, Person
from tests.cli.conftest import Terminal
from tests.flows.test_templates_at_work import call, finished
from tests.tools.conftest import Api, api, tool_folder
from tests.tools.search_servers import SearchServer, search_server, settings_of

__all__ = ["api", "search_server", "tool_folder"]

_FOLDERS = ("support-desk", "market-brief", "incident-review", "nightly-report", "document-triage")
_ORDER = {"order_id": "A-1001", "status": "shipped", "arrives": "2026-02-03"}
_SORTED = {"queue": "orders", "urgency": "high", "summary": "Where is A-1001?"}


async def _applied(cast: Cast, home: Path, folder: str) -> list[str]:
    """Apply an example twice; the second time nothing differs. Return the names of its agents."""
    key: Any = {"name": "ci", "scopes": ["agents:read", "agents:write", "tools:read", "tools:write", "models:read"]}
    kinds = ("teams", "workflows", "schedules", "runs")
    key["scopes"] += [f"{kind}:{what}" for kind in kinds for what in ("read", "write")]
    made = (await cast.olga.http.post("/api-keys", json=key)).json["key"]
    terminal = Terminal(home, cast.anna.http.base_url, {"RETINUE_URL": cast.anna.http.base_url, "RETINUE_API_KEY": made})
    path = str(Path("examples") / folder)
    first = await terminal("apply", "-f", path, "--source", path, "--yes", "--json")
    second = await terminal("apply", "-f", path, "--source", path, "--dry-run", "--exit-code")
    assert (first.code, second.code) == (0, 0), first.err + second.err
    changes = orjson.loads(first.out)["changes"]
    assert {each["action"] for each in changes} == {"create"}
    return [each["name"] for each in changes if each["kind"] == "agent"]


async def _run(person: Person, name: str, turns: list[Any], prompt: str = "Go.") -> dict[str, Any]:
    """Run an agent with a script in place of its model, until it ends or waits."""
    agent_id = await _play(person, "agents", name, turns)
    body = {"type": "agent", "target_id": agent_id, "input": {"prompt": prompt}}
    started = await person.http.post("/runs", json=body)
    assert started.status == 202, started.text
    return await finished(person, started.json["id"])


async def _run_team(
    person: Person, name: str, turns: list[Any], members: dict[str, list[Any]], prompt: str = "Go."
) -> dict[str, Any]:
    """Run a team with scripts in place of its leader's and its members' models, until it ends or waits for a person."""
    for member, script in members.items():
        await _play(person, "agents", member, script)
    team_id = await _play(person, "teams", name, turns)
    started = await person.http.post("/runs", json={"type": "team", "target_id": team_id, "input": {"prompt": prompt}})
    assert started.status == 202, started.text
    return await _settled(person, started.json["id"])


async def _play(person: Person, kind: str, name: str, turns: list[Any]) -> str:
    """Put a script in the place of a model; return the id of the agent or team."""
    (summary,) = [each for each in (await person.http.get(f"/{kind}?q={name}")).json["items"] if each["name"] == name]
    found = (await person.http.get(f"/{kind}/{summary['id']}")).json
    assert found["warnings"] == []
    script = {"turns": [{"text": turn} if isinstance(turn, str) else turn for turn in turns]}
    config = found["config"] | {"model": {"provider_id": str(SCRIPTED_ID), "name": None}}
    config["parameters"] = config["parameters"] | {"script": script}
    changed = await person.http.patch(f"/{kind}/{found['id']}", json={"config": config})
    assert changed.status == 200, changed.text
    return str(found["id"])


async def _settled(person: Person, run_id: str) -> dict[str, Any]:
    """Wait until a run ends or waits for a person, not for its members."""
    run = await finished(person, run_id)
    while run["waiting_reason"] == "members":
        await asyncio.sleep(0.1)
        run = await finished(person, run_id)
    return run


async def _start_workflow(person: Person, name: str, given: Any) -> dict[str, Any]:
    """Run a workflow until it ends or waits for a person."""
    (workflow,) = (await person.http.get(f"/workflows?q={name}")).json["items"]
    started = await person.http.post(f"/workflows/{workflow['id']}/runs", json={"input": given})
    assert started.status == 202, started.text
    return await _settled(person, started.json["id"])


async def _set(person: Person, name: str, variable: str, value: str) -> None:
    (agent,) = [each for each in (await person.http.get(f"/agents?q={name}")).json["items"] if each["name"] == name]
    variables = (await person.http.get(f"/agents/{agent['id']}/variables")).json["items"]
    (found,) = [each["id"] for each in variables if each["name"] == variable]
    await person.http.patch(f"/agents/{agent['id']}/variables/{found}", json={"value": value})


async def _keep_prices(person: Person, file: Path) -> None:
    """Let the tool of the example read a database of SQLite, which needs no server."""
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE monthly_prices (product text, month text, price_eur integer)")
        database.execute("INSERT INTO monthly_prices VALUES ('e-bike', '2026-01', 1499)")
    (tool,) = (await person.http.get("/tools?q=price_history")).json["items"]
    statement = str(tool["configuration"]["statement"]).replace("$1", "?")
    changes = {"configuration": {"engine": "sqlite", "path": str(file), "statement": statement, "parameters": ["product"]}}
    changed = await person.http.patch(f"/tools/{tool['id']}", json=changes)
    assert changed.status == 200, changed.text


def test_every_example_is_tried_here() -> None:
    assert {each.name for each in Path("examples").iterdir() if each.is_dir()} == {*_FOLDERS, "external-agent"}


@pytest.mark.usefixtures("worker")
async def test_support_desk(cast: Cast, api: Api, tmp_path: Path) -> None:
    names = await _applied(cast, tmp_path, "support-desk")
    for name in ("Order support", "Billing support"):
        await _set(cast.anna, name, "shop_url", api.url)
    api.body = orjson.dumps(_ORDER)
    look_up = call("find_order", order_id="A-1001")

    sorted_out = await _run(cast.anna, "Support triage", [orjson.dumps(_SORTED).decode()])
    answered = await _run(cast.anna, "Order support", [look_up, call("current_time"), "It arrives on Tuesday."])
    asked = await _run(cast.anna, "Billing support", [look_up, "10 EUR."])

    choice = {"tool_calls": [{"name": "delegate", "arguments": {"member": "order-support", "confidence": 0.9}}]}
    routed = await _run_team(cast.anna, "Support desk", [choice], {}, "Where is A-1001?")

    looked_up = [each.path for each in api.seen]
    desk = await _start_workflow(cast.anna, "Order desk", {"message": "Where is A-1001?", "order_id": "A-1001"})
    api.status = 404
    unknown = await _start_workflow(cast.anna, "Order desk", {"message": "Where is B-1?", "order_id": "B-1"})

    assert (desk["status"], desk["output"]) == ("completed", {"queue": "orders", "answer": "It arrives on Tuesday."})
    assert unknown["output"]["answer"].startswith("We do not find the order B-1."), unknown
    assert sorted(names) == ["Billing support", "Order support", "Support triage"]
    assert sorted_out["output"] == _SORTED
    assert (answered["status"], looked_up) == ("completed", ["/orders/A-1001", "/orders/A-1001"])
    assert routed["output"] == {"text": "It arrives on Tuesday."}
    assert asked["status"] == "waiting"


@pytest.mark.usefixtures("worker")
async def test_market_brief(cast: Cast, search_server: SearchServer, tool_folder: Path, tmp_path: Path) -> None:
    await _applied(cast, tmp_path, "market-brief")
    await _keep_prices(cast.anna, tool_folder / "prices.sqlite")
    await cast.adam.http.request("PUT", "/web-search", json=settings_of(search_server, "brave"))
    read = call("http_fetch", url=f"{search_server.url}/pages/honey")
    sum_up = call("calculator", expression="12 / 10 - 1")
    save = call("write_artifact", name="brief.md", content="# Brief")

    research = [call("web_search", query="price", max_results=20), read, "12 EUR."]
    analysis = [call("price_history", product="e-bike"), sum_up, save, "20 per cent more."]
    tasks = [call("delegate", member=f"market-{member}", task="Go.") for member in ("researcher", "analyst")]
    members = {"Market researcher": research, "Market analyst": analysis}
    brief = await _run_team(cast.anna, "Market brief", [*tasks, "Prices rose."], members)
    children = (await cast.anna.http.get(f"/runs?parent_run_id={brief['id']}")).json["items"]
    written, found = children
    artifacts = (await cast.anna.http.get(f"/runs/{written['id']}/artifacts")).json["items"]
    calls = (await cast.anna.http.get(f"/runs/{written['id']}/steps?limit=200")).json["items"]
    (schedule,) = (await cast.anna.http.get("/schedules")).json["items"]

    assert (brief["status"], brief["output"]) == ("completed", {"text": "Prices rose."})
    assert (found["status"], search_server.asked[0]["count"]) == ("completed", "8")
    assert (written["status"], [each["name"] for each in artifacts]) == ("completed", ["brief.md"])
    assert "1499" in orjson.dumps([each["output"] for each in calls if each["step_type"] == "tool"]).decode()
    assert (schedule["target_name"], schedule["status"]) == ("Market brief", "paused")


@pytest.mark.usefixtures("worker")
async def test_incident_review(cast: Cast, tmp_path: Path) -> None:
    await _applied(cast, tmp_path, "incident-review")
    save = call("write_artifact", name="review.md", content="# Review")

    order = [call("current_time"), "09:00 The shop is down."]
    members = {"Incident timeline": order, "Incident review": [save, "A full disk."]}
    board = await _run_team(cast.anna, "Incident board", ["A full disk at 09:00."], members)
    reviewed, ordered = (await cast.anna.http.get(f"/runs?parent_run_id={board['id']}")).json["items"]
    artifacts = (await cast.anna.http.get(f"/runs/{reviewed['id']}/artifacts")).json["items"]

    assert (board["output"], ordered["status"], reviewed["status"]) == (
        {"text": "A full disk at 09:00."},
        "completed",
        "completed",
    )
    assert [each["name"] for each in artifacts] == ["review.md"]


async def _decide(person: Person, run_id: str, **decision: Any) -> dict[str, Any]:
    """Decide the approval that a run waits for; return the run once it has ended or waits again."""
    (approval,) = (await person.http.get(f"/runs/{run_id}/approvals")).json["items"]
    decided = await person.http.post(f"/approvals/{approval['id']}/decide", json=decision)
    assert decided.status == 200, decided.text
    return await _settled(person, run_id)


@pytest.mark.usefixtures("worker")
async def test_nightly_report(cast: Cast, api: Api, tmp_path: Path) -> None:
    await _applied(cast, tmp_path, "nightly-report")
    await _set(cast.anna, "Report writer", "mail_url", api.url)
    await _play(cast.anna, "agents", "News scout", ["2026-11-29: A factory opened."])
    await _play(cast.anna, "agents", "Report writer", ["A factory opened. " * 12])
    given = {"topics": ["batteries", "heat pumps"], "readers": ["vera@example.com"]}

    asked = await _start_workflow(cast.anna, "Nightly report", given)
    sent_before = len(api.seen)
    sent = await _decide(cast.anna, asked["id"], decision="approve", value={"report": "Edited by Anna."})
    refused = await _decide(cast.anna, (await _start_workflow(cast.anna, "Nightly report", given))["id"], decision="reject")
    posted = [(each.method, each.path, orjson.loads(each.body)) for each in api.seen]
    api.status = 500
    last = await _start_workflow(cast.anna, "Nightly report", given)
    failed = await _decide(cast.anna, last["id"], decision="approve")
    (schedule,) = (await cast.anna.http.get("/schedules")).json["items"]

    assert (asked["status"], asked["waiting_reason"], sent_before) == ("waiting", "approval", 0), asked
    assert sent["output"] == {"report": "Edited by Anna.", "delivery": "sent"}, sent
    message = {"to": ["vera@example.com"], "subject": "Report on batteries, heat pumps", "text": "Edited by Anna."}
    assert posted == [("POST", "/messages", message)]
    assert (refused["output"]["delivery"], failed["output"]["delivery"]) == ("refused", "failed")
    assert (schedule["target_name"], schedule["status"]) == ("Nightly report", "paused")


def _document(number: int) -> dict[str, str]:
    """Return a document whose text is the script of the model that reads it; one in fifty cannot be read."""
    found = {
        "kind": ["invoice", "order"][number % 2],
        "urgency": ["low", "high"][number % 3 == 0],
        "summary": f"No. {number}",
    }
    turn = {"error": "Refused.", "error_kind": "refused"} if number % 50 == 49 else {"text": orjson.dumps(found).decode()}
    return {"id": f"{number}.txt", "text": f"```script\n{orjson.dumps({'turns': [turn]}).decode()}\n```"}


@pytest.mark.usefixtures("worker")
async def test_document_triage(cast: Cast, tmp_path: Path) -> None:
    await _applied(cast, tmp_path, "document-triage")
    (summary,) = (await cast.anna.http.get("/workflows?q=Document triage")).json["items"]
    definition = (await cast.anna.http.get(f"/workflows/{summary['id']}")).json["definition"]
    definition["nodes"][0]["body"]["nodes"][0]["model"] = {"provider_id": str(SCRIPTED_ID)}
    await cast.anna.http.patch(f"/workflows/{summary['id']}", json={"definition": definition})
    await cast.anna.http.post(f"/workflows/{summary['id']}/publish", json={})

    run = await _start_workflow(cast.anna, "Document triage", {"documents": [_document(each) for each in range(200)]})

    assert run["status"] == "completed", run["error"]
    output = run["output"]
    assert (output["unread"], output["counts"]) == (4, {"invoice": 100, "order": 96, "unread": 4})
    assert len({each["id"] for each in output["documents"]}) == 200
    ranks = [["high", "normal", "low"].index(each["urgency"]) for each in output["documents"]]
    assert ranks == sorted(ranks)
    assert {"id": "7.txt", "kind": "order", "urgency": "low", "summary": "No. 7"} in output["documents"]
