"""Variables of the organization: shared by its agents and tools, secret values never given out, used by, rotation."""

from typing import Any

import psycopg
import pytest

from retinue.agents.variables.service import AgentVariables
from retinue.process import Process
from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.conftest import Postgres
from tests.together import together

_TOOL: dict[str, Any] = {
    "name": "crm",
    "tool_type": "api",
    "configuration": {"method": "GET", "url": "https://crm.example.com/{{region}}"},
}


async def _made(cast: Cast, name: str, value: str | None, **fields: Any) -> dict[str, Any]:
    made = await cast.adam.http.post("/variables", json={"name": name, "value": value, **fields})
    assert made.status == 201, made.text
    return made.json


async def test_a_secret_value_is_never_given_out(cast: Cast, process: Process, postgres: Postgres) -> None:
    secret = f"value-{cast.marker}-hidden"
    made = await _made(cast, "token", secret, is_secret=True)
    agent = await make_agent(cast.anna)

    changed = await cast.adam.http.patch(f"/variables/{made['id']}", json={"description": "The token"})
    listed = await cast.vera.http.get("/variables")
    audit = await cast.olga.http.get(f"/audit-log?target_id={made['id']}")
    values = await AgentVariables(process.database).values(str(cast.acme), agent["id"], ["token", "other"])
    foreign = await AgentVariables(process.database).values(str(cast.globex), agent["id"], ["token"])

    assert (made["value"], made["has_value"], changed.json["has_value"]) == (None, True, True)
    assert secret not in f"{made}{changed.text}{listed.text}{audit.text}"
    assert [each["action"] for each in audit.json["items"]] == [
        "organization_variable.updated",
        "organization_variable.created",
    ]
    with psycopg.connect(postgres.owner_url) as connection:
        row = connection.execute("SELECT * FROM organization_variables WHERE id = %s", (made["id"],)).fetchone()
    assert secret not in str(row)
    assert (values, foreign) == ({"token": secret}, {})


async def test_agents_use_variables_of_the_organization_and_their_own_come_first(cast: Cast, process: Process) -> None:
    await _made(cast, "region", "eu")
    plain = await make_agent(cast.anna, instructions="You sell in {{region}}.")
    own = await make_agent(cast.anna, instructions="You sell in {{region}}.", variables=[{"name": "region", "value": "us"}])
    empty = await make_agent(cast.anna, instructions="You sell in {{region}}.", variables=[{"name": "region"}])

    values = [
        await AgentVariables(process.database).values(str(cast.acme), each["id"], ["region"]) for each in (plain, own, empty)
    ]

    assert [each["warnings"] for each in (plain, own)] == [[], []]
    assert "has no value" in str(empty["warnings"])
    assert values == [{"region": "eu"}, {"region": "us"}, {}]


async def test_a_secret_of_the_organization_in_instructions_is_refused(cast: Cast) -> None:
    await _made(cast, "token", "abcdef", is_secret=True)
    agent = await make_agent(cast.anna, instructions="Say {{token}}.")

    started = await cast.anna.http.post("/runs", json={"type": "agent", "target_id": agent["id"], "input": {"prompt": "x"}})

    assert "is secret" in str(agent["warnings"])
    assert started.status in {409, 422}


async def test_users_are_named_and_a_used_variable_is_not_deleted_or_renamed(cast: Cast) -> None:
    region = await _made(cast, "region", "eu")
    token = await _made(cast, "token", "abcdef", is_secret=True)
    await make_agent(cast.anna, name="Seller", instructions="You sell in {{ region }}.")
    await make_agent(cast.anna, name="Other", instructions="{{region}}", variables=[{"name": "region", "value": "us"}])
    tool = await cast.adam.http.post("/tools", json=_TOOL | {"credentials": {"type": "bearer", "token": "{{token}}"}})
    assert tool.status == 201, tool.text

    of_region = (await cast.vera.http.get(f"/variables/{region['id']}/uses")).json
    of_token = (await cast.vera.http.get(f"/variables/{token['id']}/uses")).json
    deleted = await cast.adam.http.delete(f"/variables/{token['id']}")
    renamed = await cast.adam.http.patch(f"/variables/{region['id']}", json={"name": "area"})
    await cast.adam.http.delete(f"/tools/{tool.json['id']}")
    free = await cast.adam.http.delete(f"/variables/{token['id']}")

    assert [each["name"] for each in of_region["agents"]] == ["Seller"]
    assert [each["name"] for each in of_region["tools"]] == ["crm"]
    assert ([each["name"] for each in of_token["tools"]], of_token["agents"]) == (["crm"], [])
    assert (deleted.status, deleted.json["code"]) == (409, "organization_variable_in_use")
    assert "the tool crm" in deleted.text
    assert renamed.status == 409
    assert free.status == 204


async def test_a_rotation_is_due_after_its_days_and_done_with_a_new_value(cast: Cast, postgres: Postgres) -> None:
    made = await _made(cast, "token", "first", is_secret=True, rotation_days=30)
    with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE organization_variables SET rotated_at = now() - interval '31 days' WHERE id = %s", (made["id"],)
        )

    due = (await cast.vera.http.get(f"/variables/{made['id']}")).json
    described = (await cast.adam.http.patch(f"/variables/{made['id']}", json={"description": "x"})).json
    rotated = (await cast.adam.http.patch(f"/variables/{made['id']}", json={"value": "second"})).json
    audit = (await cast.olga.http.get(f"/audit-log?target_id={made['id']}")).json["items"]

    assert (made["is_rotation_due"], due["is_rotation_due"], described["is_rotation_due"]) == (False, True, True)
    assert rotated["is_rotation_due"] is False
    assert rotated["rotated_at"] > due["rotated_at"]
    assert audit[0]["action"] == "organization_variable.rotated"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a b"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x", "rotation_days": 0}, "rotation_days"),
        ({"name": "x", "rotation_days": 4000}, "rotation_days"),
        ({"name": "x", "value": "y" * 100_001}, "value"),
        ({"name": "x", "other": 1}, "other"),
    ],
)
async def test_bad_variables_name_the_field(cast: Cast, body: dict[str, Any], field: str) -> None:
    answer = await cast.adam.http.post("/variables", json=body)

    assert answer.status == 422, answer.text
    assert [each["field"] for each in answer.json["errors"]] == [field]


async def test_a_secret_becomes_plain_only_with_a_new_value(cast: Cast) -> None:
    made = await _made(cast, "token", "hidden", is_secret=True)

    refused = await cast.adam.http.patch(f"/variables/{made['id']}", json={"is_secret": False})
    plain = await cast.adam.http.patch(f"/variables/{made['id']}", json={"is_secret": False, "value": "open"})

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "value")
    assert "hidden" not in refused.text
    assert plain.json["value"] == "open"


async def test_only_admins_change_variables_and_a_name_is_taken_once(cast: Cast) -> None:
    body = {"name": "region", "value": "eu"}
    await cast.adam.http.get("/variables")  # signs in before the requests that are simultaneous
    denied = [(await person.http.post("/variables", json=body)).status for person in (cast.vera, cast.anna)]
    made = await together(4, lambda _: cast.adam.http.post("/variables", json=body))

    assert denied == [403, 403]
    assert sorted(each.status for each in made) == [201, 409, 409, 409]
    assert {each.json["code"] for each in made if each.status == 409} == {"organization_variable_name_taken"}
