"""Runs of agents whose plan is known to the process: what was changed since is in the very next run, or refuses it."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest

from retinue.llm.types import SCRIPTED_ID
from retinue.runs.starting import plans_of
from tests.runs.scene import Scene
from tests.together import together

Change = Callable[[Scene, str], Awaitable[dict[str, Any]]]
"""Changes something that a plan is made of, and returns what the plan of the next run must hold of it."""

_SCRIPT: dict[str, Any] = {"turns": [{"text": "Done."}]}
_BY_PERSON = """
SELECT r.id::text, r.input ->> 'prompt', a.actor_id, r.xmin::text FROM runs r JOIN audit_log a ON a.target_id = r.id
WHERE r.triggered_by_id = a.actor_id AND r.agent_id = %s AND starts_with(r.input ->> 'prompt', 'Number')
"""
_PLAN = "SELECT control.plan_of(r) FROM runs r WHERE r.id = %s"


async def _known(scene: Scene, agent: str, **options: Any) -> dict[str, Any]:
    """Start a run, so that the agent's plan is known, and one more by that plan; return the plan."""
    first, second = [await scene.started(agent, **options) for _ in range(2)]
    assert plans_of(scene.process.resources).find(scene.cast.acme, UUID(agent)) is not None
    assert await _plan(scene, first) == await _plan(scene, second)
    return await _plan(scene, second)


async def _plan(scene: Scene, run_id: str) -> dict[str, Any]:
    ((plan,),) = await scene.owner(_PLAN, run_id)
    return plan


async def _send(scene: Scene, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    response = await scene.cast.olga.http.request(method, path, json=body)
    assert response.status in (200, 201, 202, 204), response.text
    return response.json


async def _edit_instructions(scene: Scene, agent: str) -> dict[str, Any]:
    await _send(scene, "PATCH", f"/agents/{agent}", {"instructions": "Be brief."})
    return {"instructions": "Be brief.", "agent_version": 2}


async def _set_variable_of_agent(scene: Scene, agent: str) -> dict[str, Any]:
    listed = (await scene.cast.olga.http.get(f"/agents/{agent}/variables")).json["items"]
    await _send(scene, "PATCH", f"/agents/{agent}/variables/{listed[0]['id']}", {"value": "kind"})
    return {"instructions": "Be kind in Rome."}


async def _set_variable_of_organization(scene: Scene, agent: str) -> dict[str, Any]:
    del agent
    listed = (await scene.cast.olga.http.get("/variables")).json["items"]
    (variable,) = [each for each in listed if each["name"] == "place"]
    await _send(scene, "PATCH", f"/variables/{variable['id']}", {"value": "Oslo"})
    return {"instructions": "Be dry in Oslo."}


async def _describe_tool(scene: Scene, agent: str) -> dict[str, Any]:
    plan = await _plan(scene, await scene.started(agent))
    (tool,) = plan["tools"]
    await _send(scene, "PATCH", f"/tools/{tool['tool_id']}", {"description": "Looks things up."})
    return {"tools": [tool | {"description": "Looks things up."}]}


@pytest.mark.parametrize(
    "change", [_edit_instructions, _set_variable_of_agent, _set_variable_of_organization, _describe_tool]
)
async def test_what_was_changed_is_in_the_very_next_run(scene: Scene, change: Change) -> None:
    await _send(scene, "POST", "/variables", {"name": "place", "value": "Rome"})
    tone: dict[str, Any] = {"name": "tone", "value": "dry"}
    agent = await scene.agent("Done.", tools=("look",), instructions="Be {{tone}} in {{place}}.", variables=[tone])
    before = await _known(scene, agent)

    wanted = await change(scene, agent)
    after = await _plan(scene, await scene.started(agent))

    assert {name: before[name] for name in wanted} != wanted
    assert {name: after[name] for name in wanted} == wanted


async def test_a_provider_that_was_changed_is_used_so_by_the_very_next_run(scene: Scene) -> None:
    url = "http://127.0.0.1:{}/v1"
    body: dict[str, Any] = {"kind": "openai_compatible", "name": "Own", "default_model": "one", "save_untested": True}
    provider = await _send(scene, "POST", "/model-providers", body | {"base_url": url.format(9)})
    config: dict[str, Any] = {"model": {"provider_id": provider["id"]}}
    made = await _send(scene, "POST", "/agents", {"name": "Any", "status": "active", "config": config})
    before = await _known(scene, str(made["id"]))

    changes: dict[str, Any] = {"base_url": url.format(10), "default_model": "two", "save_untested": True}
    await _send(scene, "PATCH", f"/model-providers/{provider['id']}", changes)
    after = await _plan(scene, await scene.started(str(made["id"])))
    overrides: dict[str, Any] = {"model_overrides": {"two": {"context_window": 4096}}, "save_untested": True}
    await _send(scene, "PATCH", f"/model-providers/{provider['id']}", overrides)
    overridden = await _plan(scene, await scene.started(str(made["id"])))

    assert (before["model"]["base_url"], before["model"]["name"]) == (url.format(9), "one")
    assert (after["model"]["base_url"], after["model"]["name"]) == (url.format(10), "two")
    assert overridden["model"] != after["model"]


async def test_an_agent_that_was_paused_or_deleted_begins_no_run_by_its_known_plan(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    await _known(scene, agent)

    await _send(scene, "POST", f"/agents/{agent}/pause", {})
    paused = await scene.start(agent)
    await _send(scene, "POST", f"/agents/{agent}/activate", {})
    active = await scene.start(agent)
    for run_id in [row[0] for row in await scene.owner("SELECT id FROM runs WHERE agent_id = %s", agent)]:
        await _send(scene, "POST", f"/runs/{run_id}/cancel", {})
    await _send(scene, "DELETE", f"/agents/{agent}", {})
    deleted = await scene.start(agent)

    assert (paused.status, active.status, deleted.status) == (409, 202, 404)


async def test_a_tool_that_was_disabled_refuses_the_very_next_run(scene: Scene) -> None:
    agent = await scene.agent("Done.", tools=("look",))
    (tool,) = (await _known(scene, agent))["tools"]

    await _send(scene, "PATCH", f"/tools/{tool['tool_id']}", {"is_active": False})

    assert (await scene.start(agent)).status == 422


async def test_a_known_plan_starts_runs_of_its_own_organization_and_role_alone(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    await _known(scene, agent)

    of_other = await scene.start(agent, by=scene.cast.otto.http)
    of_viewer = await scene.start(agent, by=scene.cast.vera.http)
    of_nobody = await scene.start(agent, by=scene.cast.nobody)

    assert (of_other.status, of_viewer.status, of_nobody.status) == (404, 403, 401)


async def test_a_key_starts_one_run_by_a_known_plan(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    await _known(scene, agent)
    key = {"Idempotency-Key": "known"}

    responses = await together(12, lambda _: scene.start(agent, headers=key))
    other = await scene.start(agent, "Something else.", headers=key)

    assert len({response.json["id"] for response in responses}) == 1
    assert sum("Idempotent-Replay" not in response.headers for response in responses) == 1
    assert (other.status, other.json["code"]) == (409, "idempotency_key_reused")


async def test_starts_at_one_moment_share_commits_and_each_is_its_own_persons(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    await _known(scene, agent)
    callers = [scene.cast.olga, scene.cast.anna]
    for each in callers:
        await scene.started(agent, by=each.http)

    responses = await together(40, lambda n: scene.start(agent, f"Number {n}.", by=callers[n % 2].http))
    rows = await scene.owner(
        _BY_PERSON,
        agent,
    )

    wanted = {(response.json["id"], f"Number {n}.", callers[n % 2].actor.user_id) for n, response in enumerate(responses)}
    assert {row[:3] for row in rows} == wanted
    assert len({row[3] for row in rows}) < 20


async def test_of_starts_at_one_moment_only_those_that_cannot_be_are_refused(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    await _known(scene, agent)
    trigger = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      IF NEW.input ->> 'prompt' = 'Bad.' THEN RAISE check_violation; END IF; RETURN NEW; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON runs FOR EACH ROW EXECUTE FUNCTION refuse();
    """
    with psycopg.connect(scene.postgres.owner_url, autocommit=True) as owner:
        owner.execute(trigger)
        try:
            responses = await together(20, lambda n: scene.start(agent, "Bad." if n == 7 else "Good."))
        finally:
            owner.execute("DROP TRIGGER refuse ON runs; DROP FUNCTION refuse")

    assert [n for n, response in enumerate(responses) if response.status != 202] == [7]


async def test_a_run_by_a_known_plan_is_in_the_audit_log_and_names_its_person(scene: Scene) -> None:
    agent = await scene.agent("Done.", name="Clerk")
    await _known(scene, agent)

    run = (await scene.start(agent, tags=["a"], metadata={"order": "17"}, priority=4)).json
    entries = (await scene.cast.olga.http.get("/audit-log", params={"target_id": run["id"]})).json["items"]

    assert run["triggered_by_name"].startswith("Anna")
    assert (run["target_name"], run["tags"], run["metadata"]) == ("Clerk", ["a"], {"order": "17"})
    assert run == await scene.run(run["id"])
    assert [(entry["action"], entry["actor_name"][:4]) for entry in entries] == [("run.started", "Anna")]


async def test_a_run_with_its_own_limits_or_draft_is_no_run_of_the_known_plan(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    plan = await _known(scene, agent)
    config: dict[str, Any] = {"model": {"provider_id": str(SCRIPTED_ID)}, "parameters": {"script": _SCRIPT}}
    draft: dict[str, Any] = {"instructions": "Draft.", "config": config}

    tight = await _plan(scene, await scene.started(agent, limits={"max_steps": 3}))
    trial = await _plan(scene, await scene.started(agent, playground=True, draft=draft))

    assert tight["limits"] == plan["limits"] | {"max_steps": 3}
    assert trial["instructions"] == "Draft."
    assert await _plan(scene, await scene.started(agent)) == plan


@pytest.mark.parametrize("version", [1, 2])
async def test_starts_at_one_moment_make_a_plan_once_that_is_not_known_or_has_changed(scene: Scene, version: int) -> None:
    agent = await scene.agent("Done.")
    if version == 2:
        await _known(scene, agent)
        await _edit_instructions(scene, agent)
    else:
        await scene.started(await scene.agent("Done.", name="Other"))  # the caller has signed in

    responses = await together(20, lambda n: scene.start(agent, f"Number {n}."))
    rows = await scene.owner(_BY_PERSON, agent)
    plans = [await _plan(scene, response.json["id"]) for response in responses]

    assert {row[0] for row in rows} == {response.json["id"] for response in responses}
    assert len({row[3] for row in rows}) < 6
    assert {plan["agent_version"] for plan in plans} == {version}


async def test_starts_at_one_moment_do_not_wait_for_a_plan_that_cannot_be_remembered(scene: Scene) -> None:
    helper = await scene.agent("Done.", name="Helper")
    agent = await scene.agent("Done.", config={"agents": [{"agent_id": helper, "name": "helper"}]})
    for _ in range(2):
        await scene.started(agent)

    responses = await together(12, lambda n: scene.start(agent, f"Number {n}."))
    rows = await scene.owner(_BY_PERSON, agent)

    assert plans_of(scene.process.resources).find(scene.cast.acme, UUID(agent)) is None
    assert [response.status for response in responses] == [202] * 12
    assert len({row[3] for row in rows}) == 12


async def test_where_the_first_start_of_an_agent_is_refused_each_of_the_others_is_told(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    await scene.started(await scene.agent("Done.", name="Other"))
    await _send(scene, "POST", f"/agents/{agent}/pause", {})

    responses = await together(12, lambda _: scene.start(agent))

    assert {(response.status, response.json["code"]) for response in responses} == {(409, "agent_paused")}
    await _send(scene, "POST", f"/agents/{agent}/activate", {})
    assert (await scene.start(agent)).status == 202


async def test_of_streams_opened_at_one_moment_each_reader_has_those_they_may_read(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    runs = [await scene.started(agent) for _ in range(10)]
    readers = [scene.cast.olga.http, scene.cast.otto.http]
    for each in readers:
        await each.get("/auth/session")
    opened: list[tuple[int, str]] = []

    async def open_stream(n: int) -> int:
        http, run = readers[n % 2], runs[n // 2]
        headers = {"Accept": "text/event-stream", "Cookie": "; ".join(f"{k}={v}" for k, v in http.cookies.items())}
        async with http.session.get(f"{http.base_url}/api/v1/runs/{run}/events", headers=headers) as response:
            if response.status == 200:
                opened.append((n % 2, (await response.content.readline()).decode()))
            return response.status

    statuses = await together(20, open_stream)

    assert statuses == [200, 404] * 10
    assert {who for who, _ in opened} == {0}
