from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from retinue.agents import service
from retinue.agents.errors import AgentPausedError
from retinue.agents.tasks import review
from retinue.core.ids import new_id
from retinue.process import Process
from tests.agents.conftest import fields_of, make_agent
from tests.cast import Cast, Person
from tests.conftest import Postgres


async def _status(person: Person, agent: dict[str, Any]) -> tuple[str, str]:
    shown = (await person.http.get(f"/agents/{agent['id']}")).json
    return shown["status"], shown["presence"]


async def test_an_agent_is_activated_and_paused(cast: Cast) -> None:
    agent = await make_agent(cast.anna)
    path = f"/agents/{agent['id']}"

    active = await cast.anna.http.post(f"{path}/activate")
    again = await cast.anna.http.post(f"{path}/activate")
    paused = await cast.anna.http.post(f"{path}/pause")

    assert (active.json["status"], active.json["presence"]) == ("active", "online")
    assert again.json == active.json
    assert (paused.json["status"], paused.json["presence"]) == ("paused", "offline")
    assert paused.json["version"] == 1
    actions = (await cast.olga.http.get(f"/audit-log?target_id={agent['id']}")).json["items"]
    assert [each["action"] for each in actions] == ["agent.paused", "agent.activated", "agent.created"]
    assert (await cast.vera.http.post(f"{path}/activate")).status == 403


async def test_a_paused_agent_refuses_runs_with_a_sentence(cast: Cast, process: Process) -> None:
    agent = await make_agent(cast.anna)
    await cast.anna.http.post(f"/agents/{agent['id']}/pause")

    async with process.database.context(cast.anna.actor) as ctx:
        with pytest.raises(AgentPausedError, match="Helper is paused and begins no runs"):
            await service.get_for_run(ctx, agent["id"])


async def test_the_platform_sets_an_error_with_its_reason(cast: Cast, process: Process) -> None:
    agent = await make_agent(cast.anna)
    await cast.anna.http.post(f"/agents/{agent['id']}/activate")

    async with process.database.system_context([cast.acme]) as ctx:
        await service.mark_failed(ctx, agent["id"], "Its webhook answered with status 500 ten times.")
    shown = (await cast.vera.http.get(f"/agents/{agent['id']}")).json
    activated = (await cast.anna.http.post(f"/agents/{agent['id']}/activate")).json

    assert (shown["status"], shown["presence"]) == ("error", "error")
    assert shown["status_reason"] == "Its webhook answered with status 500 ten times."
    assert (activated["status"], activated["status_reason"]) == ("active", None)


async def test_an_external_agent_is_online_while_it_reports(cast: Cast, postgres: Postgres) -> None:
    agent = await make_agent(cast.anna, runtime="external", webhook_url="https://example.com/hook")
    path = f"/agents/{agent['id']}/heartbeat"
    before = await _status(cast.vera, agent)

    beat = await cast.anna.http.post(path)
    online = await _status(cast.vera, agent)
    await cast.anna.http.post(path, json={"status": "error"})
    failing = await _status(cast.vera, agent)
    with psycopg.connect(postgres.owner_url) as connection:
        connection.execute(
            "UPDATE agents SET last_heartbeat = %s WHERE id = %s", (datetime.now(UTC) - timedelta(minutes=5), agent["id"])
        )
    late = await _status(cast.vera, agent)

    assert (beat.json["presence"], beat.json["next_within_seconds"]) == ("online", 90)
    assert [each[1] for each in (before, online, failing, late)] == ["offline", "online", "error", "offline"]


async def test_a_key_for_heartbeats_can_do_nothing_else(cast: Cast) -> None:
    agent = await make_agent(cast.anna, runtime="external", webhook_url="https://example.com/hook")
    key = (await cast.olga.http.post("/api-keys", json={"name": "edge", "scopes": ["agents:heartbeat"]})).json["key"]
    headers = {"Authorization": f"Bearer {key}"}

    beat = await cast.nobody.post(f"/agents/{agent['id']}/heartbeat", json={}, headers=headers)
    read = await cast.nobody.get(f"/agents/{agent['id']}", headers=headers)

    assert (beat.status, read.status) == (200, 403)


async def test_a_heartbeat_is_no_change(cast: Cast) -> None:
    agent = await make_agent(cast.anna, runtime="external", webhook_url="https://example.com/hook")
    await cast.anna.http.post(f"/agents/{agent['id']}/heartbeat", json={})
    shown = (await cast.anna.http.get(f"/agents/{agent['id']}")).json

    assert (shown["updated_at"], shown["version"]) == (agent["updated_at"], 1)
    assert shown["last_heartbeat"] is not None


async def test_hosted_agents_send_no_heartbeats(cast: Cast) -> None:
    agent = await make_agent(cast.anna)
    answer = await cast.anna.http.post(f"/agents/{agent['id']}/heartbeat", json={})

    assert (answer.status, answer.json["code"]) == (409, "agent_hosted")
    assert await fields_of(cast.anna, "POST", f"/agents/{agent['id']}/heartbeat", {"status": "great"}) == (422, ["status"])


async def test_runs_tell_when_an_agent_last_did_something(cast: Cast, process: Process, postgres: Postgres) -> None:
    agent = await make_agent(cast.anna)
    instant = datetime.now(UTC) - timedelta(hours=1)
    _add_run(postgres, cast, agent, "completed", instant)

    await review(process.database)
    shown = (await cast.anna.http.get(f"/agents/{agent['id']}")).json

    assert datetime.fromisoformat(shown["last_activity"]) == instant
    assert shown["updated_at"] == agent["updated_at"]


async def test_an_agent_whose_runs_all_fail_is_in_error_until_one_completes(
    cast: Cast, process: Process, postgres: Postgres
) -> None:
    agent = await make_agent(cast.anna)
    path = f"/agents/{agent['id']}"
    await cast.anna.http.post(f"{path}/activate")
    seen: list[tuple[str, str | None]] = []

    async def look() -> None:
        await review(process.database)
        shown = (await cast.anna.http.get(path)).json
        seen.append((shown["status"], shown["status_reason"]))

    for _ in range(4):
        _add_run(postgres, cast, agent, "failed", datetime.now(UTC) + timedelta(seconds=1))
    await look()
    _add_run(postgres, cast, agent, "failed", datetime.now(UTC) + timedelta(seconds=2))
    await look()
    await look()
    _add_run(postgres, cast, agent, "completed", datetime.now(UTC) + timedelta(seconds=3))
    await look()
    actions = [each["action"] for each in (await cast.olga.http.get(f"/audit-log?target_id={agent['id']}")).json["items"]]

    failing = ("error", "Its last five runs failed. The last one: It broke.")
    assert seen == [("active", None), failing, failing, ("active", None)]
    assert actions[:2] == ["agent.recovered", "agent.failed"]


async def test_runs_from_before_a_person_activated_it_do_not_count(cast: Cast, process: Process, postgres: Postgres) -> None:
    agent = await make_agent(cast.anna)
    for _ in range(5):
        _add_run(postgres, cast, agent, "failed", datetime.now(UTC) - timedelta(minutes=1))
    await cast.anna.http.post(f"/agents/{agent['id']}/activate")

    await review(process.database)

    assert await _status(cast.anna, agent) == ("active", "online")


def _add_run(postgres: Postgres, cast: Cast, agent: dict[str, Any], status: str, instant: datetime) -> None:
    with psycopg.connect(postgres.owner_url) as connection:
        connection.execute(
            "INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, status, trigger, plan, input,"
            " trace_id, error_message, created_at) VALUES (%s, %s, 'agent', %s, 'x', %s, %s, 'manual', '{}', '{}', 'x',"
            " 'It broke.', %s)",
            (new_id(), cast.acme, agent["id"], agent["id"], status, instant),
        )


async def test_an_agent_with_unfinished_runs_is_not_deleted(cast: Cast, postgres: Postgres) -> None:
    agent = await make_agent(cast.anna)
    run_id = new_id()
    with psycopg.connect(postgres.owner_url) as connection:
        connection.execute(
            "INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, status, trigger, plan, input,"
            " trace_id) VALUES (%s, %s, 'agent', %s, 'Helper', %s, 'waiting', 'manual', '{}', '{}', 'x')",
            (run_id, cast.acme, agent["id"], agent["id"]),
        )
    refused = await cast.anna.http.delete(f"/agents/{agent['id']}")
    with psycopg.connect(postgres.owner_url) as connection:
        connection.execute("UPDATE runs SET status = 'cancelled' WHERE id = %s", (run_id,))
    deleted = await cast.anna.http.delete(f"/agents/{agent['id']}")

    assert (refused.status, refused.json["code"]) == (409, "agent_busy")
    assert deleted.status == 204
