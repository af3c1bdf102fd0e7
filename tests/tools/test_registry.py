import re
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest

from tests.agents.conftest import fields_of
from tests.cast import Cast
from tests.conftest import Postgres
from tests.tools.conftest import make_tool

_EXAMPLES = re.findall(r"```json\n(.*?)```", Path("docs/tools.md").read_text(encoding="utf-8"), re.DOTALL)
URL = "https://api.example.com/v1/items/{item_id}"


async def test_a_tool_is_made_by_hand(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"url": URL}, name="get_item", description=" Reads an item. ")
    shown = (await cast.vera.http.get(f"/tools/{tool['id']}")).json

    assert shown == tool
    assert (tool["name"], tool["description"], tool["tool_type"]) == ("get_item", "Reads an item.", "api")
    assert (tool["effect"], tool["is_active"], tool["has_credentials"], tool["used_by_count"]) == (
        "read_only",
        True,
        False,
        0,
    )
    assert tool["organization_id"] == str(cast.acme)
    assert tool["parameters_schema"] == {
        "type": "object",
        "properties": {"item_id": {"type": "string"}},
        "required": ["item_id"],
        "additionalProperties": False,
    }
    assert tool["configuration"]["method"] == "GET"


@pytest.mark.parametrize(
    ("method", "effect"), [("GET", "read_only"), ("PUT", "idempotent"), ("DELETE", "idempotent"), ("POST", "dangerous")]
)
async def test_the_method_says_what_a_repeated_call_does(cast: Cast, method: str, effect: str) -> None:
    tool = await make_tool(cast.anna, {"url": URL, "method": method})
    chosen = await make_tool(cast.anna, {"url": URL, "method": method}, name="chosen", effect="idempotent")

    assert (tool["effect"], chosen["effect"]) == (effect, "idempotent")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "two words"}, "name"),
        ({"name": ""}, "name"),
        ({"tool_type": "magic"}, "tool_type"),
        ({"configuration": {}}, "configuration.url"),
        ({"configuration": {"url": "ftp://example.com"}}, "configuration.url"),
        ({"configuration": {"url": "https://{host}/x"}}, "configuration.url"),
        ({"configuration": {"url": "https://api.{zone}.example.com/x"}}, "configuration.url"),
        ({"configuration": {"url": "{{base}}{path}"}}, "configuration.url"),
        ({"configuration": {"url": "{{base}}.elsewhere.example.com/x"}}, "configuration.url"),
        ({"configuration": {"url": "{{base}}@elsewhere.example.com/x"}}, "configuration.url"),
        ({"configuration": {"url": "https://anna:secret@example.com/x"}}, "configuration.url"),
        ({"configuration": {"url": URL, "method": "BREW"}}, "configuration.method"),
        ({"configuration": {"url": URL, "timeout": 5}}, "configuration.timeout"),
        ({"configuration": {"url": URL, "builtin": "http_fetch"}}, "configuration.builtin"),
        (
            {"configuration": {"url": URL, "headers": {"Authorization": "Bearer x"}}},
            "configuration.headers.Authorization.[key]",
        ),
        ({"configuration": {"url": URL, "headers": {"X Y": "1"}}}, "configuration.headers.X Y.[key]"),
        ({"configuration": {"url": URL, "errors": {"40": "x"}}}, "configuration.errors.40.[key]"),
        ({"configuration": {"url": URL, "response": {"select": "data"}}}, "configuration.response.select"),
        ({"configuration": {"url": URL, "query": {"q": "{other}"}}, "parameters_schema": "SCHEMA"}, "configuration.query.q"),
        ({"parameters_schema": {"type": "array"}}, "parameters_schema.type"),
        ({"effect": "harmless"}, "effect"),
        ({"credentials": {"type": "oauth"}}, "credentials"),
        ({"credentials": {"type": "bearer"}}, "credentials.bearer.token"),
        ({"credentials": {"type": "api_key", "in": "body", "name": "k", "value": "v"}}, "credentials.api_key.in"),
        ({"unknown": 1}, "unknown"),
    ],
)
async def test_wrong_fields_are_named(cast: Cast, change: dict[str, Any], field: str) -> None:
    body: dict[str, Any] = {"name": "call", "tool_type": "api", "configuration": {"url": URL}, **change}
    if body.get("parameters_schema") == "SCHEMA":
        body["parameters_schema"] = {"type": "object", "properties": {"item_id": {"type": "string"}}}

    assert await fields_of(cast.anna, "POST", "/tools", body) == (422, [field])


async def test_a_refused_type_names_what_is_supported(cast: Cast) -> None:
    body: dict[str, Any] = {"name": "call", "tool_type": "telepathy", "configuration": {}}
    answer = await cast.anna.http.post("/tools", json=body)

    (error,) = answer.json["errors"]
    assert error["field"] == "tool_type"
    assert "'mcp'" in error["message"]


async def test_a_name_is_taken_once_in_an_organization(cast: Cast) -> None:
    await make_tool(cast.anna, {"url": URL}, name="mine")
    body = {"name": "mine", "tool_type": "api", "configuration": {"url": URL}}

    assert await fields_of(cast.anna, "POST", "/tools", body) == (409, ["name"])
    assert (await cast.otto.http.post("/tools", json=body)).status == 201


async def test_a_change_changes_what_it_names(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"url": URL, "method": "POST"}, description="Old")
    path = f"/tools/{tool['id']}"

    changed = await cast.anna.http.patch(path, json={"description": "New", "is_active": False})
    derived = await cast.anna.http.patch(
        path, json={"configuration": {"url": "https://api.example.com/x"}, "parameters_schema": None, "effect": None}
    )

    expected = {**tool, "description": "New", "is_active": False, "version": 2, "updated_at": changed.json["updated_at"]}
    assert changed.json == expected
    assert (derived.json["effect"], derived.json["parameters_schema"]["properties"]) == ("read_only", {})


async def test_credentials_are_sealed_and_never_returned(cast: Cast, postgres: Postgres) -> None:
    token = f"token-{cast.marker}"
    body = {
        "name": "signed",
        "tool_type": "api",
        "configuration": {"url": URL},
        "credentials": {"type": "bearer", "token": token},
    }
    made = await cast.anna.http.post("/tools", json=body)
    listed = await cast.anna.http.get("/tools")
    audit = await cast.olga.http.get(f"/audit-log?target_id={made.json['id']}")

    assert made.json["has_credentials"] is True
    assert token not in made.text + listed.text + audit.text
    with psycopg.connect(postgres.owner_url) as connection:
        row = connection.execute(
            "SELECT t::text, credentials_encrypted FROM tools t WHERE id = %s", (made.json["id"],)
        ).fetchone()
    assert row is not None
    assert token not in row[0]
    assert token.encode() not in row[1]


async def test_credentials_do_not_follow_the_tool_to_another_host(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"url": URL}, credentials={"type": "bearer", "token": "abcdef"})
    path = f"/tools/{tool['id']}"
    other = {"configuration": {"url": "https://evil.example.org/{item_id}"}}

    assert await fields_of(cast.anna, "PATCH", path, other) == (422, ["credentials"])
    same_host = await cast.anna.http.patch(path, json={"configuration": {"url": "https://API.example.com/v2/{item_id}"}})
    given = await cast.anna.http.patch(path, json={**other, "credentials": {"type": "bearer", "token": "other1"}})
    taken = await cast.anna.http.patch(path, json={"credentials": None})

    assert (same_host.json["has_credentials"], given.json["has_credentials"], taken.json["has_credentials"]) == (
        True,
        True,
        False,
    )


async def test_a_tool_in_use_keeps_its_name_and_its_place(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"url": URL}, name="used")
    await cast.anna.http.post("/agents", json={"name": "User of it", "config": {"tools": [{"name": "used"}]}})
    path = f"/tools/{tool['id']}"

    renamed = await cast.anna.http.patch(path, json={"name": "other"})
    deleted = await cast.anna.http.delete(path)
    off = await cast.anna.http.patch(path, json={"is_active": False})
    agents = (await cast.anna.http.get("/agents?q=User%20of%20it")).json["items"]

    assert [renamed.json["code"], deleted.json["code"]] == ["tool_in_use", "tool_in_use"]
    assert "User of it" in deleted.json["detail"]
    assert off.json["used_by_count"] == 1
    assert agents[0]["warnings"] == ["The tool used is disabled, so runs are refused."]


async def test_an_unused_tool_is_deleted(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"url": URL})
    path = f"/tools/{tool['id']}"

    assert (await cast.vera.http.delete(path)).status == 403
    assert (await cast.otto.http.delete(path)).status == 404
    assert (await cast.anna.http.delete(path)).status == 204
    assert (await cast.anna.http.get(path)).status == 404


async def test_lists_are_filtered_and_paged(cast: Cast) -> None:
    made = [(await make_tool(cast.anna, {"url": URL}, name=f"t_{number}"))["id"] for number in range(3)]
    await cast.anna.http.patch(f"/tools/{made[0]}", json={"is_active": False})

    async def listed(query: str) -> list[str]:
        return [each["id"] for each in (await cast.vera.http.get(f"/tools?{query}")).json["items"]]

    first = (await cast.vera.http.get("/tools?limit=2")).json
    rest = (await cast.vera.http.get(f"/tools?limit=200&cursor={first['next_cursor']}")).json
    everything = [each["id"] for each in first["items"] + rest["items"]]
    assert everything[:3] == made[::-1]
    assert len(everything) == len(set(everything)) == 3 + 5
    assert await listed("q=t_1") == [made[1]]
    assert await listed("q=T__") == []
    assert await listed("is_active=false") == [made[0]]
    assert set(made) < set(await listed("tool_type=api"))
    assert (await cast.nobody.get("/tools")).status == 401


async def test_another_organizations_tool_cannot_be_used(cast: Cast) -> None:
    await make_tool(cast.anna, {"url": URL}, name="private_one")
    body = {"name": "Spy", "config": {"tools": [{"name": "private_one"}]}}

    assert await fields_of(cast.otto, "POST", "/agents", body) == (422, ["config.tools.0.name"])


async def test_the_example_of_the_documentation_is_taken(cast: Cast) -> None:
    tool, _, use = (orjson.loads(block) for block in _EXAMPLES)
    made = await cast.anna.http.post("/tools", json=tool)
    variables = [{"name": "project", "value": "p"}]
    agent = await cast.anna.http.post("/agents", json={"name": "x", "config": use, "variables": variables})

    assert (made.status, made.json["effect"]) == (201, "dangerous")
    assert (agent.status, agent.json["warnings"]) == (201, [])
