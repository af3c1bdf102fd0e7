from typing import Any

import pytest

from retinue.core.ids import new_id
from retinue.llm.types import LOCAL_ID, SCRIPTED_ID
from tests.agents.conftest import fields_of, make_agent
from tests.cast import Cast


async def test_an_agent_is_made_with_every_field(cast: Cast) -> None:
    config: dict[str, Any] = {
        "model": {"provider_id": str(SCRIPTED_ID), "name": "demo"},
        "parameters": {
            "temperature": 0.5,
            "top_p": 0.9,
            "max_output_tokens": 100,
            "seed": 7,
            "stop": ["END"],
            "script": None,
        },
        "tools": [{"name": "calculator", "requires_approval": True, "approval": None, "settings": {}}],
        "agents": [],
        "limits": {
            "max_steps": 5,
            "max_tool_calls": 3,
            "max_cost_usd": 0.1,
            "timeout_seconds": 60,
            "tool_timeout_seconds": 10,
        },
        "memory": {"history_messages": 3},
        "output_schema": {"type": "object", "properties": {"count": {"type": "integer"}}},
    }
    body: dict[str, Any] = {
        "name": "Desk",
        "description": "Counts.",
        "icon": "calculator",
        "category": "engineering",
        "agent_type": "automation",
        "runtime": "hosted",
        "instructions": "Count for {{name}}.",
        "config": config,
        "deployment_config": {
            "max_concurrent_runs": 2,
            "priority": 5,
            "auto_deploy": True,
            "auto_deploy_delay_seconds": 30,
            "callers": "anyone",
            "requests_per_minute": 20,
            "anonymous_runs_per_hour": 50,
            "chat_page": True,
            "frame_ancestors": ["https://www.example.com"],
            "greeting": "Hello.",
            "heartbeat": {"every_seconds": 30, "grace_seconds": 90},
        },
        "variables": [{"name": "name", "value": "Ada"}, {"name": "token", "value": "s3cret-token", "is_secret": True}],
    }
    made = await make_agent(cast.anna, **body)
    agent = (await cast.vera.http.get(f"/agents/{made['id']}")).json

    assert agent == made
    assert {name: agent[name] for name in body if name != "variables"} == {n: v for n, v in body.items() if n != "variables"}
    assert (agent["status"], agent["presence"], agent["version"], agent["is_custom"]) == ("active", "online", 1, True)
    assert (agent["created_by"], agent["organization_id"]) == (str(cast.anna.user_id), str(cast.acme))
    assert (agent["template_id"], agent["webhook_url"], agent["warnings"]) == (None, None, [])
    assert agent["created_at"].endswith("Z")


async def test_the_least_agent_has_defaults(cast: Cast) -> None:
    agent = await make_agent(cast.anna)

    assert (agent["category"], agent["agent_type"], agent["runtime"], agent["icon"]) == (
        "support",
        "assistive",
        "hosted",
        "bot",
    )
    assert agent["config"]["limits"]["max_steps"] == 50
    assert agent["config"]["model"] == {"provider_id": None, "name": None}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": "x", "color": "red"}, "color"),
        ({"name": "x", "category": "legal"}, "category"),
        ({"name": "x", "agent_type": "robot"}, "agent_type"),
        ({"name": "x", "config": {"limits": {"max_steps": 0}}}, "config.limits.max_steps"),
        ({"name": "x", "config": {"parameters": {"temperature": 3}}}, "config.parameters.temperature"),
        ({"name": "x", "config": {"memory": {"vectors": True}}}, "config.memory.vectors"),
        ({"name": "x", "config": {"tools": [{"name": "teleport"}]}}, "config.tools.0.name"),
        ({"name": "x", "config": {"tools": [{"name": "calculator"}, {"name": "calculator"}]}}, "config.tools.1.name"),
        ({"name": "x", "config": {"model": {"provider_id": str(new_id())}}}, "config.model.provider_id"),
        ({"name": "x", "config": {"parameters": {"script": {"turns": []}}}}, "config.parameters.script"),
        ({"name": "x", "webhook_url": "https://example.com/hook"}, "webhook_url"),
        ({"name": "x", "runtime": "external", "webhook_url": "ftp://example.com"}, "webhook_url"),
        ({"name": "x", "runtime": "external", "webhook_url": "https://u:p@example.com"}, "webhook_url"),
        ({"name": "x", "variables": [{"name": "2nd"}]}, "variables.0.name"),
        ({"name": "x", "template_id": "x"}, "template_id"),
        ({"name": "x", "parameters": {"a": 1}}, "parameters"),
        ({"name": "x", "deployment_config": {"max_concurrent_runs": 0}}, "deployment_config.max_concurrent_runs"),
    ],
)
async def test_wrong_fields_are_named(cast: Cast, body: dict[str, Any], field: str) -> None:
    assert await fields_of(cast.anna, "POST", "/agents", body) == (422, [field])


async def test_a_change_changes_what_it_names_and_nothing_else(cast: Cast) -> None:
    made = await make_agent(cast.anna, description="Old", config={"tools": [{"name": "calculator"}]})
    changed = await cast.adam.http.patch(f"/agents/{made['id']}", json={"description": "New", "version": 1})

    assert changed.status == 200
    assert changed.json == {
        **made,
        "description": "New",
        "version": 2,
        "updated_at": changed.json["updated_at"],
    }
    assert changed.json["updated_at"] > made["updated_at"]


async def test_a_change_from_an_older_version_tells_who_was_first(cast: Cast) -> None:
    made = await make_agent(cast.anna)
    path = f"/agents/{made['id']}"
    await cast.adam.http.patch(path, json={"instructions": "Be brief.", "version": 1})

    late = await cast.anna.http.patch(path, json={"instructions": "Be long.", "version": 1})

    assert (late.status, late.json["code"]) == (409, "agent_changed")
    assert f"Adam {cast.marker} saved version 2" in late.json["detail"]
    assert late.json["errors"][0]["field"] == "version"
    assert (await cast.anna.http.get(path)).json["instructions"] == "Be brief."


async def test_the_tools_of_an_agent_count_as_used(cast: Cast) -> None:
    made = await make_agent(cast.anna, config={"tools": [{"name": "calculator"}, {"name": "http_fetch"}]})

    async def used() -> dict[str, int]:
        items = (await cast.vera.http.get("/tools")).json["items"]
        return {each["name"]: each["used_by_count"] for each in items}

    before = await used()
    await cast.anna.http.patch(f"/agents/{made['id']}", json={"config": {"tools": [{"name": "http_fetch"}]}})
    after = await used()

    assert before["calculator"] - after["calculator"] == 1
    assert before["http_fetch"] == after["http_fetch"]


async def test_unknown_and_secret_variables_are_warned_of(cast: Cast) -> None:
    made = await make_agent(
        cast.anna,
        instructions="Hello {{who}}, key {{key}}, {{empty}}.",
        config={"tools": [{"name": "current_time", "settings": {"timezone": "{{zone}}"}}]},
        variables=[{"name": "key", "value": "abcdef", "is_secret": True}, {"name": "empty"}],
    )

    assert [each.partition(":")[0] for each in made["warnings"]] == [
        "instructions",
        "instructions",
        "instructions",
        "config.tools.0.settings",
    ]
    assert "{{who}}" in made["warnings"][2]
    assert "secret" in made["warnings"][1]
    assert "no value" in made["warnings"][0]


async def test_a_copy_has_the_variables_and_starts_again(cast: Cast) -> None:
    made = await make_agent(
        cast.anna, variables=[{"name": "a", "value": "1"}, {"name": "b", "value": "secret1", "is_secret": True}]
    )
    await cast.anna.http.post(f"/agents/{made['id']}/activate")

    copy = (await cast.anna.http.post(f"/agents/{made['id']}/duplicate")).json
    variables = (await cast.anna.http.get(f"/agents/{copy['id']}/variables")).json["items"]

    assert (copy["name"], copy["status"], copy["version"]) == ("Helper (copy)", "inactive", 1)
    assert [(each["name"], each["value"], each["has_value"]) for each in variables] == [("a", "1", True), ("b", None, True)]


async def test_a_deleted_agent_is_gone(cast: Cast) -> None:
    made = await make_agent(cast.anna)
    path = f"/agents/{made['id']}"

    assert (await cast.anna.http.delete(path)).status == 204
    assert (await cast.anna.http.get(path)).status == 404
    assert (await cast.anna.http.delete(path)).status == 404


async def test_viewers_read_and_strangers_see_nothing(cast: Cast) -> None:
    made = await make_agent(cast.anna)
    path = f"/agents/{made['id']}"

    assert (await cast.vera.http.get(path)).status == 200
    assert (await cast.vera.http.patch(path, json={"name": "Mine"})).status == 403
    assert (await cast.vera.http.delete(path)).status == 403
    assert (await cast.nobody.get(path)).status == 401
    for method, where in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/duplicate"), ("POST", "/activate")):
        answer = await cast.otto.http.request(method, f"{path}{where}", **({"json": {}} if method == "PATCH" else {}))
        assert answer.status == 404, (method, where)
    assert made["id"] not in (await cast.otto.http.get("/agents")).text


async def test_the_local_model_may_be_named(cast: Cast) -> None:
    made = await make_agent(cast.anna, config={"model": {"provider_id": str(LOCAL_ID)}})

    assert made["config"]["model"]["provider_id"] == str(LOCAL_ID)


async def test_changes_are_in_the_audit_log_without_tokens(cast: Cast) -> None:
    made = await make_agent(
        cast.anna, runtime="external", webhook_url="https://example.com/hook?token=t0ken-t0ken", status="inactive"
    )
    await cast.anna.http.patch(f"/agents/{made['id']}", json={"name": "Renamed"})

    entries = (await cast.olga.http.get(f"/audit-log?target_id={made['id']}")).json["items"]

    assert [each["action"] for each in entries] == ["agent.updated", "agent.created"]
    assert entries[0]["before"] == {"name": "Helper"}
    assert entries[0]["after"] == {"name": "Renamed", "version": 2}
    assert "t0ken" not in str(entries)
