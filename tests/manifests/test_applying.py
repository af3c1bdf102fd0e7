"""Files applied over HTTP: plans, all or nothing, no second change, and every mistake named at its place."""

from typing import Any

import pytest

from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.manifests.conftest import actions, agents_named, apply, fields, problems
from tests.together import together

TOOL = """\
kind: tool
name: get_weather
description: Returns the weather of a city.
tool_type: api
configuration:
  url: https://weather.example.com/v1/{city}
has_credentials: true
"""
AGENT = """\
kind: agent
name: Weather desk
category: support
status: active
instructions: |
  You answer for {{company}}.
  Use get_weather.
config:
  model:
    provider: scripted
    name: demo
  tools:
    - name: get_weather
      requires_approval: true
    - name: calculator
  limits:
    max_steps: 20
variables:
  - name: company
    value: Acme
  - name: api_token
    is_secret: true
"""
TEMPLATE = """\
kind: template
name: Greeter
type: greeter
category: hr
required_params:
  type: object
  properties:
    town: {type: string, title: Town}
  required: [town]
  additionalProperties: false
default_config:
  instructions: Greet the people of {{town}}.
"""
EVERYTHING = (AGENT, f"{TOOL}---\n{TEMPLATE}")


async def test_apply_creates_what_files_describe_in_the_order_of_dependence(cast: Cast) -> None:
    plan = await apply(cast.anna, *EVERYTHING)
    (agent,) = await agents_named(cast.anna, "Weather desk")
    tools = (await cast.anna.http.get("/tools?q=get_weather")).json["items"]
    variables = (await cast.anna.http.get(f"/agents/{agent['id']}/variables")).json["items"]

    assert plan["is_applied"]
    assert actions(plan) == [
        ("create", "tool", "get_weather"),
        ("create", "template", "Greeter"),
        ("create", "agent", "Weather desk"),
    ]
    assert [each["id"] for each in plan["changes"]][2] == agent["id"]
    assert (agent["status"], agent["instructions"]) == ("active", "You answer for {{company}}.\nUse get_weather.\n")
    assert agent["config"]["model"] == {"provider_id": "00000000-0000-7000-8000-000000000002", "name": "demo"}
    assert [each["name"] for each in agent["config"]["tools"]] == ["get_weather", "calculator"]
    assert [each["effect"] for each in tools] == ["read_only"]
    assert {each["name"]: each["value"] for each in variables} == {"company": "Acme", "api_token": None}
    assert [(each["kind"], each["field"]) for each in plan["missing_secrets"]] == [
        ("tool", "credentials"),
        ("agent", "variables.api_token"),
    ]


async def test_second_apply_changes_nothing(cast: Cast) -> None:
    await apply(cast.anna, *EVERYTHING, source="git/main")
    (agent,) = await agents_named(cast.anna, "Weather desk")
    entries = (await cast.olga.http.get("/audit-log?limit=200")).json["items"]

    again = await apply(cast.anna, *EVERYTHING, source="git/main")
    versions = (await cast.anna.http.get(f"/agents/{agent['id']}/versions")).json["items"]

    assert {each["action"] for each in again["changes"]} == {"unchanged"}
    assert [each["version"] for each in versions] == [1]
    assert len((await cast.olga.http.get("/audit-log?limit=200")).json["items"]) == len(entries)


async def test_plan_names_each_changed_field_with_its_values(cast: Cast) -> None:
    await apply(cast.anna, *EVERYTHING)
    changed = AGENT.replace("max_steps: 20", "max_steps: 50").replace("value: Acme", "value: Globex")
    changed = changed.replace("    - name: calculator\n", "").replace("status: active", "status: paused")

    plan = await apply(cast.anna, changed, TOOL.replace("/v1/", "/v2/"))
    (agent,) = await agents_named(cast.anna, "Weather desk")

    assert fields(plan, "Weather desk") == {
        "status": ("active", "paused"),
        "config.tools.calculator": (
            {"name": "calculator", "requires_approval": False, "approval": None, "settings": {}},
            None,
        ),
        "config.limits.max_steps": (20, 50),
        "variables.company.value": ("Acme", "Globex"),
    }
    assert fields(plan, "get_weather") == {
        "configuration.url": ("https://weather.example.com/v1/{city}", "https://weather.example.com/v2/{city}")
    }
    assert (agent["status"], agent["version"]) == ("paused", 2)


async def test_fields_that_are_left_out_return_to_their_defaults(cast: Cast) -> None:
    await apply(cast.anna, *EVERYTHING)

    plan = await apply(cast.anna, "kind: agent\nname: Weather desk\n")
    (agent,) = await agents_named(cast.anna, "Weather desk")
    variables = (await cast.anna.http.get(f"/agents/{agent['id']}/variables")).json["items"]

    assert fields(plan, "Weather desk")["config.limits.max_steps"] == (20, 50)
    assert (agent["instructions"], agent["config"]["tools"], variables) == ("", [], [])
    assert agent["status"] == "active"


async def test_secret_values_stay_and_are_in_no_plan(cast: Cast) -> None:
    await apply(cast.anna, *EVERYTHING)
    (agent,) = await agents_named(cast.anna, "Weather desk")
    variables = (await cast.anna.http.get(f"/agents/{agent['id']}/variables")).json["items"]
    (token,) = [each["id"] for each in variables if each["is_secret"]]
    await cast.anna.http.patch(f"/agents/{agent['id']}/variables/{token}", json={"value": "hidden-value"})

    plan = await apply(cast.anna, AGENT.replace("is_secret: true", "is_secret: true\n    description: Other"), TOOL)
    (kept,) = [
        each for each in (await cast.anna.http.get(f"/agents/{agent['id']}/variables")).json["items"] if each["is_secret"]
    ]

    assert fields(plan, "Weather desk") == {"variables.api_token.description": ("", "Other")}
    assert (kept["has_value"], kept["id"]) == (True, token)
    assert "hidden-value" not in str(plan)
    assert [each["field"] for each in plan["missing_secrets"]] == ["credentials"]


async def test_dry_run_changes_nothing_and_shows_the_same_plan(cast: Cast) -> None:
    planned = await apply(cast.anna, *EVERYTHING, dry_run=True, source="main")
    before = await agents_named(cast.anna, "Weather desk")
    entries = (await cast.olga.http.get("/audit-log?limit=200")).text

    done = await apply(cast.anna, *EVERYTHING, source="main", digest=planned["digest"])

    assert (before, planned["is_applied"], planned["digest"]) == ([], False, done["digest"])
    assert "Weather desk" not in entries
    assert actions(planned) == actions(done)
    assert {each["id"] for each in planned["changes"]} == {None}


async def test_apply_of_another_plan_than_the_confirmed_one_is_refused(cast: Cast) -> None:
    planned = await apply(cast.anna, AGENT, TOOL, dry_run=True)
    await make_agent(cast.anna, name="Weather desk")

    body = {"files": [{"path": "a.yaml", "text": AGENT}, {"path": "b.yaml", "text": TOOL}], "digest": planned["digest"]}
    refused = await cast.anna.http.post("/apply", json=body)
    (agent,) = await agents_named(cast.anna, "Weather desk")

    assert (refused.status, refused.json["code"]) == (409, "plan_changed")
    assert (agent["version"], agent["instructions"]) == (1, "")


async def test_one_wrong_file_keeps_all_others_from_being_applied(cast: Cast) -> None:
    body = {"files": [{"path": "good.yaml", "text": TOOL}, {"path": "bad.yaml", "text": AGENT + "colour: red\n"}]}
    refused = await cast.anna.http.post("/apply", json=body)

    assert (refused.status, refused.json["code"]) == (422, "manifest_invalid")
    assert [each["field"] for each in refused.json["errors"]] == ["bad.yaml:23:1 colour"]
    assert "Nothing was changed" in refused.json["detail"]
    assert (await cast.anna.http.get("/tools?q=get_weather")).json["items"] == []


_WRONG: tuple[tuple[str, tuple[int, int, str], str, str], ...] = (
    (AGENT.replace("max_steps", "max_stepz"), (17, 5, "config.limits.max_stepz"), "not a known field", "max_steps?"),
    (AGENT.replace("category: support", "category: support2"), (3, 1, "category"), "'support2'", "customer-service"),
    (AGENT.replace("max_steps: 20", "max_steps: many"), (17, 5, "config.limits.max_steps"), "whole number", ""),
    (AGENT.replace("- name: calculator", "- name: abacus"), (15, 7, "config.tools.1.name"), "does not exist", ""),
    (AGENT.replace("provider: scripted", "provider: Nobody"), (10, 5, "config.model.provider"), "no model", "local"),
    (AGENT.replace("name: demo", "name: other"), (11, 5, "config.model.name"), "", ""),
    (AGENT.replace("is_secret: true", "is_secret: true\n    value: x"), (21, 5, "variables.1"), "secret", "PATCH"),
    (AGENT.replace("name: api_token", "name: company"), (21, 5, "variables.1.name"), "second time", ""),
    (AGENT.replace("name: api_token", "name: 1st"), (21, 5, "variables.1.name"), "form", "letters"),
    (AGENT.replace("kind: agent", "kind: agnet"), (1, 1, "kind"), "'agnet'", "Did you mean agent?"),
    (AGENT.replace("kind: agent\n", ""), (1, 1, "kind"), "missing", "agent"),
    (AGENT.replace("name: Weather desk\n", ""), (1, 1, "name"), "missing", "Add"),
    (AGENT + "webhook_url: https://example.com/\n", (23, 1, "webhook_url"), "external", ""),
    (AGENT.replace("    name: demo", "    provider_id: x"), (11, 5, "config.model.provider_id"), "known", "names"),
    (TOOL + "credentials: {type: bearer, token: x}\n", (8, 1, "credentials"), "known", "has_credentials"),
    (TOOL.replace("https://", "ftp://"), (6, 3, "configuration.url"), "https", ""),
    (TOOL.replace("get_weather", "calculator"), (2, 1, "name"), "built-in", "another name"),
    (TOOL.replace("tool_type: api", "tool_type: magic"), (4, 1, "tool_type"), "'magic'", "Use one of"),
    (TEMPLATE.replace("town: {", "to-wn: {"), (8, 5, "required_params.properties.to-wn"), "", ""),
)


async def test_wrong_field_is_named_with_its_place_and_remedy(cast: Cast) -> None:
    for text, where, message, remedy in _WRONG:
        texts = (text,) if text.startswith(("kind: tool", "kind: template")) else (text, TOOL)
        plan = await apply(cast.anna, *texts, dry_run=True)

        (problem,) = plan["problems"]
        assert (problem["file"], problem["line"], problem["column"], problem["field"]) == ("a.yaml", *where)
        assert message in problem["message"], problem
        assert remedy in (problem["remedy"] or ""), problem


async def test_all_problems_of_all_files_are_told_at_once(cast: Cast) -> None:
    found = await problems(cast.anna, "kind: agent\nname: A\nx: 1\ny: 2\n", "a: [", "kind: tool\nname: t\n")

    assert found == [
        ("b.yaml", 2, 1, ""),
        ("a.yaml", 3, 1, "x"),
        ("a.yaml", 4, 1, "y"),
        ("c.yaml", 1, 1, "tool_type"),
        ("c.yaml", 1, 1, "configuration"),
    ]


async def test_same_name_twice_is_refused(cast: Cast) -> None:
    assert await problems(cast.anna, "kind: agent\nname: A", "kind: agent\nname: A") == [("b.yaml", 2, 1, "name")]


async def test_name_that_several_agents_have_is_refused(cast: Cast) -> None:
    for _ in range(2):
        await make_agent(cast.anna, name="Double")

    assert await problems(cast.anna, "kind: agent\nname: Double") == [("a.yaml", 2, 1, "name")]


async def test_active_agent_cannot_become_inactive(cast: Cast) -> None:
    await apply(cast.anna, "kind: agent\nname: A\nstatus: active")

    plan = await apply(cast.anna, "kind: agent\nname: A\nstatus: inactive", dry_run=True)

    assert [(each["field"], each["line"]) for each in plan["problems"]] == [("status", 3)]
    assert "paused" in plan["problems"][0]["remedy"]


async def test_prune_deletes_what_the_source_applied_and_nothing_else(cast: Cast) -> None:
    await make_agent(cast.anna, name="By hand")
    await apply(cast.anna, "kind: agent\nname: Other", source="other")
    await apply(cast.anna, *EVERYTHING, "kind: agent\nname: Old\nconfig: {tools: [{name: get_weather}]}", source="main")

    plan = await apply(cast.anna, "kind: agent\nname: Weather desk", source="main", prune=True)
    again = await apply(cast.anna, "kind: agent\nname: Weather desk", source="main", prune=True)
    left = {each["name"] for each in (await cast.anna.http.get("/agents?limit=200")).json["items"]}

    assert actions(plan) == [
        ("change", "agent", "Weather desk"),
        ("delete", "agent", "Old"),
        ("delete", "template", "Greeter"),
        ("delete", "tool", "get_weather"),
    ]
    assert actions(again) == [("unchanged", "agent", "Weather desk")]
    assert {"By hand", "Other", "Weather desk"} <= left
    assert "Old" not in left


async def test_tool_that_other_agents_use_is_not_pruned_and_nothing_is_changed(cast: Cast) -> None:
    await apply(cast.anna, TOOL, "kind: agent\nname: Old", source="main")
    await make_agent(cast.anna, name="By hand", config={"tools": [{"name": "get_weather"}]})

    files = [{"path": "a.yaml", "text": "kind: agent\nname: New"}]
    refused = await cast.anna.http.post("/apply", json={"files": files, "source": "main", "prune": True})

    assert refused.status == 422
    assert "By hand" in refused.json["detail"]
    assert len(await agents_named(cast.anna, "Old")) == 1
    assert await agents_named(cast.anna, "New") == []


async def test_pruning_needs_a_source(cast: Cast) -> None:
    refused = await cast.anna.http.post("/apply", json={"files": [], "prune": True})

    assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (422, ["source"])


async def test_resource_of_another_source_is_taken_over_visibly(cast: Cast) -> None:
    await apply(cast.anna, "kind: agent\nname: A", source="one")

    plan = await apply(cast.anna, "kind: agent\nname: A", source="two")
    pruned = await apply(cast.anna, "kind: agent\nname: B", source="one", prune=True)

    assert fields(plan, "A") == {"source": ("one", "two")}
    assert actions(pruned) == [("create", "agent", "B")]


async def test_agent_that_was_renamed_by_hand_is_still_the_source_s_agent(cast: Cast) -> None:
    await apply(cast.anna, "kind: agent\nname: A", source="main")
    (agent,) = await agents_named(cast.anna, "A")
    await cast.anna.http.patch(f"/agents/{agent['id']}", json={"name": "Renamed"})

    plan = await apply(cast.anna, "kind: agent\nname: A", source="main")

    assert fields(plan, "A") == {"name": ("Renamed", "A")}
    assert plan["changes"][0]["id"] == agent["id"]


async def test_simultaneous_applies_create_each_resource_once(cast: Cast) -> None:
    await cast.anna.http.get("/agents")

    plans = await together(6, lambda _: apply(cast.anna, *EVERYTHING))

    assert len(await agents_named(cast.anna, "Weather desk")) == 1
    assert sorted(actions(plan)[0][0] for plan in plans) == ["create"] + ["unchanged"] * 5


@pytest.mark.parametrize(("person", "status"), [("vera", 403), ("otto", 200), ("nobody", 401)])
async def test_apply_needs_the_permissions_of_what_it_changes(cast: Cast, person: str, status: int) -> None:
    await apply(cast.anna, AGENT, TOOL)
    client: Any = cast.nobody if person == "nobody" else getattr(cast, person).http

    response = await client.post("/apply", json={"files": [{"path": "a.yaml", "text": "kind: agent\nname: Weather desk"}]})
    (agent,) = await agents_named(cast.anna, "Weather desk")

    assert response.status == status
    assert agent["version"] == 1


async def test_wrong_request_names_the_field(cast: Cast) -> None:
    bodies: dict[str, Any] = {
        "files.0.text": {"files": [{"path": "a", "text": 1}]},
        "files.0.path": {"files": [{"path": "", "text": ""}]},
        "source": {"files": [], "source": "not a source!"},
        "dryrun": {"files": [], "dryrun": True},
        "files": {},
    }
    for field, body in bodies.items():
        response = await cast.anna.http.post("/apply", json=body)

        assert (response.status, [each["field"] for each in response.json["errors"]]) == (422, [field])
