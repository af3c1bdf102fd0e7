"""Deploying a version: checked in the background, one at a time, rolled back, stopped, at an instant, when saved."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from retinue.core.json import dumps
from retinue.core.outbox import Pump, gather
from retinue.deployments.feature import feature
from tests.clock import HandClock
from tests.deployments.stage import Stage
from tests.together import together


async def test_a_deployment_is_accepted_checked_and_becomes_the_deployed_one(stage: Stage) -> None:
    agent = await stage.agent()

    made = await stage.begin(agent, note="For the shop")
    await stage.finish(agent)
    done = await stage.deployment(made["id"])

    assert (made["status"], made["trigger_type"], made["note"]) == ("pending", "manual", "For the shop")
    assert made["created_by_name"].startswith("Anna")
    assert (done["status"], done["version"], done["error_message"]) == ("deployed", 1, None)
    assert {check["status"] for check in done["checks"]} == {"passed"}
    assert [check["name"] for check in done["checks"]] == [
        "definition",
        "variables",
        "parameters",
        "model",
        "tools",
        "webhook",
    ]
    assert done["deployment_url"].endswith(f"/api/v1/deployed/{agent}/runs")
    assert done["deployed_at"] is not None
    assert done["snapshot"]["deployment_config"]["callers"] == "key"


async def test_an_inactive_agent_is_activated_by_its_first_deployment(stage: Stage) -> None:
    agent = await stage.agent()
    await stage.scene.owner("UPDATE agents SET status = 'inactive' WHERE id = %s", agent)

    done = await stage.deploy(agent)

    assert done["status"] == "deployed", done
    assert (await stage.anna.get(f"/agents/{agent}")).json["status"] == "active"


@pytest.mark.parametrize(
    ("change", "check", "reason"),
    [
        ({"instructions": "Help {{company}}."}, "variables", "company"),
        ({"config": {"model": {"provider_id": "01a20000-0000-7000-8000-000000000001"}}}, "model", "provider"),
    ],
)
async def test_a_deployment_fails_with_the_reason_when_something_is_missing(
    stage: Stage, change: dict[str, object], check: str, reason: str
) -> None:
    agent = await stage.agent()
    await stage.scene.owner(
        """UPDATE agent_versions SET snapshot = snapshot || %s::jsonb WHERE agent_id = %s""",
        dumps(change).decode(),
        agent,
    )

    done = await stage.deploy(agent)

    assert done["status"] == "failed"
    assert reason in done["error_message"]
    failed = [each for each in done["checks"] if each["status"] == "failed"]
    assert [each["name"] for each in failed] == [check]
    assert failed[0]["message"] == done["error_message"]
    assert {each["status"] for each in done["checks"][done["checks"].index(failed[0]) + 1 :]} <= {"pending"}


async def test_a_failed_deployment_leaves_the_one_before_deployed(stage: Stage) -> None:
    agent = await stage.agent()
    first = await stage.deploy(agent)
    await stage.says(agent, "Second.", instructions="Ask {{nobody}}.")

    second = await stage.deploy(agent)

    assert second["status"] == "failed"
    assert "nobody" in second["error_message"]
    assert (await stage.deployment(first["id"]))["status"] == "deployed"


async def test_a_tool_that_is_disabled_or_whose_host_is_down_fails_the_deployment(stage: Stage) -> None:
    application = web.Application()
    server = web.AppRunner(application)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{server.addresses[0][1]}/lookup"
    body = {"name": "lookup", "tool_type": "api", "configuration": {"method": "GET", "url": url}}
    tool = (await stage.scene.cast.olga.http.post("/tools", json=body)).json
    agent = await stage.agent()
    config = (await stage.anna.get(f"/agents/{agent}")).json["config"] | {"tools": [{"name": "lookup"}]}
    await stage.anna.patch(f"/agents/{agent}", json={"config": config})

    reached = await stage.deploy(agent)
    await server.cleanup()
    down = await stage.deploy(agent)
    await stage.scene.cast.olga.http.patch(f"/tools/{tool['id']}", json={"is_active": False})
    off = await stage.deploy(agent)

    assert reached["status"] == "deployed", reached["error_message"]
    assert down["status"] == "failed"
    assert "cannot be called" in down["error_message"]
    assert off["status"] == "failed"
    assert "disabled" in off["error_message"]


async def test_one_version_of_an_agent_is_deployed_and_rolling_back_takes_one_request(stage: Stage) -> None:
    agent = await stage.agent()
    first = await stage.deploy(agent)
    await stage.says(agent, "Second.")
    second = await stage.deploy(agent)
    before = await stage.deployment(first["id"])

    back = await stage.anna.post(f"/deployments/{first['id']}/roll-back")
    await stage.finish(agent)

    assert (before["status"], second["version"]) == ("stopped", 2)
    assert before["stopped_at"] is not None
    assert back.status == 202, back.text
    assert back.json["trigger_config"] == {"rolled_back_to": first["id"]}
    statuses = [(each["version"], each["status"]) for each in await stage.deployments(agent)]
    assert statuses == [(1, "deployed"), (2, "stopped"), (1, "stopped")]


async def test_only_what_was_deployed_before_can_be_gone_back_to(stage: Stage) -> None:
    agent = await stage.agent()
    current = await stage.deploy(agent)
    never = await stage.begin(agent)
    await stage.anna.post(f"/deployments/{never['id']}/stop")

    on_current = await stage.anna.post(f"/deployments/{current['id']}/roll-back")
    on_never = await stage.anna.post(f"/deployments/{never['id']}/roll-back")

    assert (on_current.status, on_current.json["code"]) == (409, "deployment_current")
    assert (on_never.status, on_never.json["code"]) == (409, "deployment_never_deployed")


async def test_a_deployment_is_stopped_in_each_of_its_states(stage: Stage) -> None:
    agent = await stage.agent()
    deployed = await stage.deploy(agent)
    pending = await stage.begin(agent)

    for each in (pending, deployed):
        stopped = await stage.anna.post(f"/deployments/{each['id']}/stop")
        assert (stopped.status, stopped.json["status"]) == (200, "stopped")
    again = await stage.anna.post(f"/deployments/{deployed['id']}/stop")
    await stage.tick()

    assert (again.status, again.json["code"]) == (409, "deployment_over")
    assert {each["status"] for each in await stage.deployments(agent)} == {"stopped"}


async def test_of_several_deployments_at_once_the_last_one_stays_deployed(stage: Stage) -> None:
    agent = await stage.agent()

    made = await together(6, lambda _: stage.anna.post("/deployments", json={"target_id": agent}))
    await stage.finish(agent)

    assert {each.status for each in made} == {202}
    statuses = [each["status"] for each in await stage.deployments(agent)]
    assert statuses.count("deployed") == 1
    assert set(statuses) == {"deployed", "stopped"}


async def test_a_scheduled_deployment_begins_at_its_instant(stage: Stage, clock: HandClock) -> None:
    agent = await stage.agent()
    at = clock.now() + timedelta(hours=2)

    made = await stage.begin(agent, deploy_at=at.isoformat())
    await stage.tick()
    before = await stage.deployment(made["id"])
    clock.move(hours=2)
    await stage.finish(agent)

    assert (made["trigger_type"], made["trigger_config"]) == ("scheduled", {"deploy_at": at.isoformat()})
    assert before["status"] == "pending"
    assert (await stage.deployment(made["id"]))["status"] == "deployed"


async def test_each_saved_version_is_deployed_after_the_delay_when_auto_deploy_is_set(
    stage: Stage, clock: HandClock
) -> None:
    agent = await stage.agent(auto_deploy=True, auto_deploy_delay_seconds=60)
    await stage.says(agent, "Second.")
    third = await stage.says(agent, "Third.")
    await _pump(stage)

    clock.move(seconds=59)
    await stage.tick()
    early = await stage.deployments(agent)
    clock.move(seconds=1)
    await stage.tick()
    await stage.finish(agent)
    found = await stage.deployments(agent)

    assert early == []
    assert [(each["version"], each["status"], each["trigger_type"]) for each in found] == [
        (third, "deployed", "config_change")
    ]
    assert found[0]["trigger_config"] == {"delay_seconds": 60}


async def _pump(stage: Stage) -> None:
    await Pump(stage.scene.process.database, gather(feature.listens)).drain()


async def test_versions_that_are_saved_are_not_deployed_unless_auto_deploy_is_set(stage: Stage, clock: HandClock) -> None:
    agent = await stage.agent()
    await stage.says(agent, "Second.")
    await _pump(stage)
    clock.move(days=1)
    await stage.tick()

    assert await stage.deployments(agent) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"version": 99}, None),
        ({"version": 0}, "version"),
        ({"version": "1"}, "version"),
        ({"target_type": "team"}, None),
        ({"target_type": "workflow"}, None),
        ({"target_type": "thing"}, "target_type"),
        ({"deploy_at": "yesterday"}, "deploy_at"),
        ({"deploy_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat()}, "deploy_at"),
        ({"deploy_at": (datetime.now(UTC) + timedelta(days=400)).isoformat()}, "deploy_at"),
        ({"deploy_at": "2026-12-01T10:00:00"}, "deploy_at"),
        ({"note": "x" * 1001}, "note"),
        ({"unknown": 1}, "unknown"),
        ({"target_id": "not an id"}, "target_id"),
    ],
)
async def test_a_bad_deployment_is_refused_with_its_field_and_leaves_nothing(
    stage: Stage, body: dict[str, object], field: str | None
) -> None:
    agent = await stage.agent()

    refused = await stage.anna.post("/deployments", json={"target_id": agent} | body)

    assert refused.status == (404 if field is None else 422), refused.text
    assert refused.json["remedy"]
    if field is not None:
        assert [each["field"] for each in refused.json["errors"]] == [field]
    assert await stage.deployments(agent) == []


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"callers": "all"}, "callers"),
        ({"auto_deploy_delay_seconds": -1}, "auto_deploy_delay_seconds"),
        ({"requests_per_minute": 0}, "requests_per_minute"),
        ({"frame_ancestors": ["https://a.example; script-src *"]}, "frame_ancestors.0"),
        ({"frame_ancestors": ["javascript:alert(1)"]}, "frame_ancestors.0"),
        ({"greeting": "x" * 501}, "greeting"),
    ],
)
async def test_a_bad_deployment_config_is_refused_with_its_field(
    stage: Stage, config: dict[str, object], field: str
) -> None:
    refused = await stage.anna.post("/agents", json={"name": "Bad", "deployment_config": config})

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == [f"deployment_config.{field}"]


async def test_viewers_see_deployments_and_make_none(stage: Stage) -> None:
    agent = await stage.agent()
    done = await stage.deploy(agent)
    vera = stage.scene.cast.vera.http

    refused = await asyncio.gather(
        vera.post("/deployments", json={"target_id": agent}),
        vera.post(f"/deployments/{done['id']}/stop"),
        vera.post(f"/deployments/{done['id']}/roll-back"),
        stage.call(vera, agent),
    )

    assert [each.status for each in refused] == [403, 403, 403, 403]
    assert len(await stage.deployments(agent)) == 1


async def test_what_happens_to_deployments_is_in_the_audit_log(stage: Stage) -> None:
    agent = await stage.agent()
    done = await stage.deploy(agent)
    await stage.anna.post(f"/deployments/{done['id']}/stop")

    found = await stage.scene.cast.olga.http.get("/audit-log", params={"target_id": done["id"]})

    assert [each["action"] for each in found.json["items"]] == [
        "deployment.stopped",
        "deployment.deployed",
        "deployment.created",
    ]


async def test_an_agent_that_is_deleted_takes_its_deployments_along(stage: Stage) -> None:
    agent = await stage.agent()
    done = await stage.deploy(agent)

    deleted = await stage.anna.delete(f"/agents/{agent}")

    assert deleted.status == 204, deleted.text
    assert (await stage.anna.get(f"/deployments/{done['id']}")).status == 404
    assert (await stage.call(await stage.key(), agent)).status == 404
