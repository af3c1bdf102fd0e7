"""After an erasure, what came from its target is in no table, file or key; the certificate says what went and what stays."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import pytest

from retinue.engine.ports import ToolArtifact, ToolResult
from retinue.erasures import tasks
from retinue.identity.deletions import tasks as deletions
from retinue.process import Process
from tests.cast import Person
from tests.conversations.test_talking import begin, say, upload
from tests.flows.searching import places_of
from tests.runs.scene import Scene

HandOn = Callable[[], Awaitable[int]]


async def _ask(person: Person, kind: str, target: Any, confirm: str) -> Any:
    return await person.http.post("/erasures", json={"kind": kind, "target_id": str(target), "confirm": confirm})


async def _end(process: Process, person: Person, asked: Any) -> tuple[Any, Any]:
    """Carry an erasure out as workers do; return it and its certificate."""
    assert asked.status == 202, asked.text
    assert asked.headers["Location"] == f"/api/v1/erasures/{asked.json['id']}"
    await tasks.work(process.database)
    await deletions.erase(process.database)
    with psycopg.connect(process.resources.core.database_url) as owner:
        owner.execute("UPDATE erasures SET claimed_until = now() WHERE id = %s", (asked.json["id"],))
    await tasks.work(process.database)
    shown = (await person.http.get(f"/erasures/{asked.json['id']}")).json
    return shown, await person.http.get(f"/erasures/{asked.json['id']}/certificate")


async def _agent(scene: Scene, mark: str) -> tuple[str, str]:
    """Make an agent that leaves marks wherever an agent can, run it, talk to it; return its id and a file's storage key."""
    olga = scene.cast.olga.http
    artifact = ToolArtifact(f"{mark}.md", "text/plain", mark.encode())
    scene.tools["write"] = lambda _: ToolResult(f"written {mark}", artifacts=(artifact,))
    call = {"name": "write", "arguments": {"text": mark}}
    agent = await scene.agent({"tool_calls": [call]}, f"Done {mark}.", tools=("write",))
    changed = {"name": f"Agent {mark}", "description": mark, "instructions": f"Say {mark}."}
    assert (await olga.patch(f"/agents/{agent}", json=changed)).status == 200
    variable = {"name": "word", "value": mark}
    assert (await olga.post(f"/agents/{agent}/variables", json=variable)).status == 201
    schedule = {
        "name": f"Daily {mark}",
        "target_id": agent,
        "frequency": "daily",
        "timezone": "UTC",
        "input": {"prompt": mark},
    }
    assert (await olga.post("/schedules", json=schedule)).status == 201
    budget = {"name": f"Budget {mark}", "scope": "agent", "subject_id": agent, "limit_usd": "5", "period": "month"}
    assert (await olga.post("/budgets", json=budget)).status == 201
    webhook = {"name": f"Hook {mark}", "url": "https://example.com/hook", "events": ["run.failed"], "target_id": agent}
    assert (await olga.post("/webhooks", json=webhook)).status == 201
    point = {"points": [{"metric_type": "words", "value": 1, "unit": "words", "metadata": {"word": mark}}]}
    assert (await olga.post(f"/agents/{agent}/metrics", json=point)).status in {200, 201, 202}
    await scene.process.resources.kv.set(f"agent:{agent}:status", mark, ttl_seconds=600)
    run = await scene.started(agent, prompt=f"Write {mark}")
    await scene.until(run, "completed")
    of_n8n = (scene.cast.acme, run, f'"{mark}"')
    await scene.owner(
        "INSERT INTO n8n_executions (organization_id, run_id, workflow_id, state, callback)"
        " VALUES (%s, %s, gen_random_uuid(), 'ended', %s)",
        *of_n8n,
    )
    await scene.owner(
        "INSERT INTO n8n_resumes (organization_id, run_id, resume_url_encrypted, last_error, state)"
        " VALUES (%s, %s, '', %s, 'dead')",
        *of_n8n,
    )
    ((key,),) = await scene.owner("SELECT storage_key FROM run_artifacts WHERE run_id = %s", run)
    return agent, str(key)


async def test_erased_agent_is_nowhere(played: Scene, process: Process, hand_on: HandOn) -> None:
    mark = f"mark{secrets.token_hex(8)}"
    agent, key = await _agent(played, mark)
    other = await played.agent("Other.")
    kept = await played.started(other)
    await played.until(kept, "completed")
    conversation = (await played.cast.anna.http.post("/conversations", json={"agent_id": agent})).json["id"]
    said = await say(played, conversation, f"Hello {mark}")
    await played.until(said.json["run"]["id"], "completed")
    while await hand_on():
        pass
    before = set(places_of(played.postgres, mark))

    wrong = await _ask(played.cast.olga, "agent", agent, "Agent")
    denied = await _ask(played.cast.anna, "agent", agent, f"Agent {mark}")
    asked = await _ask(played.cast.olga, "agent", agent, f"Agent {mark}")
    again = await _ask(played.cast.olga, "agent", agent, f"Agent {mark}")
    early = await played.cast.olga.http.get(f"/erasures/{asked.json['id']}/certificate")
    shown, certificate = await _end(process, played.cast.olga, asked)
    while await hand_on():
        pass

    assert {"public.agents", "public.runs", "public.run_events", "public.messages", "public.agent_schedules"} <= before
    assert {"public.n8n_executions", "public.n8n_resumes", "public.budgets", "public.webhook_endpoints"} <= before
    assert [wrong.status, denied.status, again.status, early.status] == [409, 403, 409, 409]
    assert (shown["phase"], shown["attempts"], shown["error"]) == ("finished", 1, None)
    assert places_of(played.postgres, mark) == []
    with pytest.raises(Exception, match="content is no longer in the storage"):
        await process.resources.storage.read(key)
    assert (await played.run(kept))["status"] == "completed"
    tables = {each["table"]: each for each in certificate.json["tables"]}
    assert tables["runs"]["deleted"] == 2
    once = ("agents", "conversations", "budgets", "webhook_endpoints")
    assert [tables[each]["deleted"] for each in once] == [1] * len(once)
    assert tables["audit_log"]["anonymized"] >= 1
    assert {each["bucket"]: each["deleted"] for each in certificate.json["buckets"]} == {"files": 2, "key-value store": 1}
    assert shown["rows_deleted"] == sum(each["deleted"] for each in certificate.json["tables"])
    named = {each["table"] for each in certificate.json["kept"]}
    assert named == {f"{each.removeprefix('public.')}" for each in places_of(played.postgres, agent)} - {"erasures"}
    assert all(each["reason"] for each in certificate.json["kept"])


async def test_figures_of_an_erased_agent_leave_the_totals_of_the_organization(scene: Scene, process: Process) -> None:
    olga, mark = scene.cast.olga.http, f"words_{secrets.token_hex(4)}"
    goes, stays = [(await olga.post("/agents", json={"name": name})).json["id"] for name in ("Goes", "Stays")]
    for agent, metric, value in ((goes, mark, 1), (goes, "words", 5), (stays, "words", 7)):
        point = {"points": [{"metric_type": metric, "value": value, "unit": "words"}]}
        assert (await olga.post(f"/agents/{agent}/metrics", json=point)).status in {200, 201, 202}
    await scene.owner("SELECT tenant.roll_up_metrics(1000)")
    totals = (
        "SELECT metric_type, sum::integer FROM metric_totals WHERE organization_id = %s AND resolution = 'day' ORDER BY 1"
    )
    before = await scene.owner(totals, scene.cast.acme)

    _, certificate = await _end(process, scene.cast.olga, await _ask(scene.cast.olga, "agent", goes, "Goes"))

    tables = {each["table"]: each["deleted"] for each in certificate.json["tables"]}
    assert before == [("words", 12), (mark, 1)]
    assert await scene.owner(totals, scene.cast.acme) == [("words", 7)]
    assert places_of(scene.postgres, mark) == []
    assert tables["metric_rollups"] == 6


async def _decide_for_others(scene: Scene, mark: str) -> None:
    """Let Anna decide, with a comment, on a call of a run that Adam started."""
    scene.tools["send"] = lambda _: ToolResult("Sent.")
    agent = await scene.agent(
        {"tool_calls": [{"name": "send", "arguments": {"text": "-"}}]}, "Sent.", tools=("send:approval",), name="Sender"
    )
    started = await scene.cast.adam.http.post(
        "/runs", json={"type": "agent", "target_id": agent, "input": {"prompt": "Send."}}
    )
    assert started.status == 202, started.text
    await scene.until(started.json["id"], "waiting")
    (approval,) = (await scene.cast.anna.http.get(f"/runs/{started.json['id']}/approvals")).json["items"]
    body = {"decision": "approve", "comment": f"For me, {mark}."}
    assert (await scene.cast.anna.http.post(f"/approvals/{approval['id']}/decide", json=body)).status == 200
    await scene.until(started.json["id"], "completed")


async def test_erased_person_is_nowhere(played: Scene, process: Process, hand_on: HandOn) -> None:
    mark = f"mark{secrets.token_hex(8)}"
    cast = played.cast
    await cast.anna.http.patch("/users/me", json={"full_name": f"Person {mark}", "username": f"user-{mark}"})
    conversation = await begin(played, "Done.")
    sent = await upload(cast.anna.http, "note.txt", f"note {mark}".encode(), "text/plain")
    said = await say(played, conversation, f"I am {mark}", attachment_ids=[sent.json["id"]])
    await played.until(said.json["run"]["id"], "completed")
    run = await played.started(await played.agent("Done."), prompt=f"From {mark}")
    await played.until(run, "completed")
    await _decide_for_others(played, mark)
    while await hand_on():
        pass

    denied = await _ask(cast.adam, "person", cast.anna.user_id, cast.anna.email)
    wrong = await _ask(cast.anna, "person", cast.anna.user_id, "other@example.com")
    asked = await _ask(cast.anna, "person", cast.anna.user_id, cast.anna.email)
    await tasks.work(process.database)
    while await hand_on():
        pass

    assert [denied.status, wrong.status, asked.status] == [403, 409, 202]
    assert (await cast.anna.http.get("/users/me")).status == 401
    assert places_of(played.postgres, cast.anna.email) == []
    assert places_of(played.postgres, mark) == []
    ((phase, document),) = await played.owner("SELECT phase, certificate FROM erasures WHERE id = %s", asked.json["id"])
    tables = {each["table"]: each for each in document["tables"]}
    assert phase == "finished"
    assert tables["users"]["deleted"] == 1
    assert tables["runs"]["deleted"] == 2
    assert tables["messages"]["deleted"] == 2
    assert tables["audit_log"]["anonymized"] >= 1
    assert document["is_search_complete"] is True
    assert [each for each in document["kept"] if each["names"]] == []
    assert {each["table"] for each in document["kept"]} >= {"audit_log"}
    assert await played.owner("SELECT terms_encrypted FROM erasures WHERE id = %s", asked.json["id"]) == [(None,)]


async def test_erased_organization_is_nowhere(played: Scene, process: Process, hand_on: HandOn) -> None:
    mark = f"mark{secrets.token_hex(8)}"
    olga = played.cast.olga
    _, key = await _agent(played, mark)
    await played.owner(
        "INSERT INTO n8n_connections (id, organization_id, base_url, api_key_encrypted, last_error)"
        " VALUES (gen_random_uuid(), %s, 'http://127.0.0.1:9', '', %s)",
        *(played.cast.acme, mark),
    )
    slug = (await olga.http.get("/organizations/current")).json["slug"]
    foreign = await _ask(played.cast.otto, "organization", played.cast.acme, slug)

    asked = await _ask(olga, "organization", played.cast.acme, slug)
    shut = await olga.http.get("/agents")
    shown, certificate = await _end(process, olga, asked)
    while await hand_on():
        pass

    assert (foreign.status, shut.status, shown["phase"]) == (404, 403, "finished")
    assert places_of(played.postgres, mark) == []
    with pytest.raises(Exception, match="content is no longer in the storage"):
        await process.resources.storage.read(key)
    tables = {each["table"]: each["deleted"] for each in certificate.json["tables"]}
    assert tables["runs"] == 1
    assert tables["organizations"] == 1
    assert {each["table"] for each in certificate.json["kept"]} == {"audit_log", "organization_deletions"}


async def test_organization_whose_deletion_is_cancelled_is_not_erased(played: Scene, process: Process) -> None:
    olga = played.cast.olga
    slug = (await olga.http.get("/organizations/current")).json["slug"]
    asked = await _ask(olga, "organization", played.cast.acme, slug)
    (deletion,) = (await olga.http.get("/organization-deletions")).json["items"]
    await olga.http.post(f"/organization-deletions/{deletion['id']}/cancel")

    await tasks.work(process.database)

    assert asked.status == 202
    assert (await olga.http.get("/agents")).status == 200
    assert (await olga.http.get(f"/erasures/{asked.json['id']}")).status == 404


async def test_agent_of_a_team_is_not_erased_and_the_team_is_named(scene: Scene) -> None:
    olga = scene.cast.olga
    agent = (await olga.http.post("/agents", json={"name": "Member"})).json["id"]
    team = {"name": "Team of one", "type": "route", "members": [{"agent_id": agent, "role": "all"}]}
    assert (await olga.http.post("/teams", json=team)).status == 201

    refused = await _ask(olga, "agent", agent, "Member")

    assert (refused.status, refused.json["code"]) == (409, "agent_in_use")
    assert "Team of one" in refused.json["detail"]
