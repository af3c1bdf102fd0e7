import psycopg
import pytest

from retinue.agents import service
from retinue.agents.errors import AgentNotRunnableError
from retinue.agents.types import AgentDraft
from retinue.agents.variables.service import AgentVariables
from retinue.core.ids import new_id
from retinue.process import Process
from tests.agents.conftest import fields_of, make_agent
from tests.cast import Cast
from tests.conftest import Postgres


async def test_a_secret_value_is_never_given_out(cast: Cast, process: Process, postgres: Postgres) -> None:
    agent = await make_agent(cast.anna)
    path = f"/agents/{agent['id']}/variables"
    secret = f"value-{cast.marker}-hidden"

    made = await cast.anna.http.post(path, json={"name": "token", "value": secret, "is_secret": True})
    changed = await cast.anna.http.patch(f"{path}/{made.json['id']}", json={"description": "The token"})
    listed = await cast.olga.http.get(path)
    audit = await cast.olga.http.get(f"/audit-log?target_id={agent['id']}")

    assert (made.status, made.json["value"], made.json["has_value"], made.json["is_secret"]) == (201, None, True, True)
    assert secret not in made.text + changed.text + listed.text + audit.text
    assert [each["action"] for each in audit.json["items"]][:2] == ["agent_variable.updated", "agent_variable.created"]
    with psycopg.connect(postgres.owner_url) as connection:
        row = connection.execute("SELECT * FROM agent_variables WHERE id = %s", (made.json["id"],)).fetchone()
    assert secret not in str(row)
    values = await AgentVariables(process.database).values(str(cast.acme), agent["id"], ["token", "other"])
    assert values == {"token": secret}


async def test_no_other_organization_opens_a_value(cast: Cast, process: Process) -> None:
    agent = await make_agent(cast.anna, variables=[{"name": "token", "value": "abcdef", "is_secret": True}])

    assert await AgentVariables(process.database).values(str(cast.globex), agent["id"], ["token"]) == {}


async def test_variables_are_changed_and_deleted(cast: Cast) -> None:
    agent = await make_agent(cast.anna)
    path = f"/agents/{agent['id']}/variables"
    made = (await cast.anna.http.post(path, json={"name": "city", "description": "Where", "value": "Bonn"})).json

    changed = (await cast.anna.http.patch(f"{path}/{made['id']}", json={"value": "Köln"})).json
    emptied = (await cast.anna.http.patch(f"{path}/{made['id']}", json={"value": None, "name": "town"})).json
    deleted = await cast.anna.http.delete(f"{path}/{made['id']}")
    again = await cast.anna.http.delete(f"{path}/{made['id']}")

    assert (made["value"], changed["value"], changed["description"]) == ("Bonn", "Köln", "Where")
    assert (emptied["name"], emptied["value"], emptied["has_value"]) == ("town", None, False)
    assert (deleted.status, again.status) == (204, 404)


async def test_a_secret_becomes_plain_only_with_a_new_value(cast: Cast) -> None:
    agent = await make_agent(cast.anna)
    path = f"/agents/{agent['id']}/variables"
    made = (await cast.anna.http.post(path, json={"name": "key", "value": "hidden-value", "is_secret": True})).json

    refused = await cast.anna.http.patch(f"{path}/{made['id']}", json={"is_secret": False})
    plain = await cast.anna.http.patch(f"{path}/{made['id']}", json={"is_secret": False, "value": "open"})
    sealed = await cast.anna.http.patch(f"{path}/{made['id']}", json={"is_secret": True})

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "value")
    assert (plain.json["value"], plain.json["is_secret"]) == ("open", False)
    assert (sealed.json["value"], sealed.json["has_value"], sealed.json["is_secret"]) == (None, True, True)


async def test_a_name_is_taken_once(cast: Cast) -> None:
    agent = await make_agent(cast.anna, variables=[{"name": "a"}, {"name": "b"}])
    path = f"/agents/{agent['id']}/variables"
    items = (await cast.anna.http.get(path)).json["items"]

    assert await fields_of(cast.anna, "POST", path, {"name": "a"}) == (409, ["name"])
    assert await fields_of(cast.anna, "PATCH", f"{path}/{items[1]['id']}", {"name": "a"}) == (409, ["name"])


@pytest.mark.parametrize("name", ["", "9a", "a-b", "a b", "ä", "a" * 65, "{{a}}"])
async def test_wrong_names_are_refused(cast: Cast, name: str) -> None:
    agent = await make_agent(cast.anna)

    assert await fields_of(cast.anna, "POST", f"/agents/{agent['id']}/variables", {"name": name}) == (422, ["name"])


async def test_variables_of_strangers_are_missing(cast: Cast) -> None:
    agent = await make_agent(cast.anna, variables=[{"name": "a", "value": cast.marker}])
    path = f"/agents/{agent['id']}/variables"
    variable = (await cast.anna.http.get(path)).json["items"][0]

    assert (await cast.otto.http.get(path)).status == 404
    assert (await cast.otto.http.post(path, json={"name": "x"})).status == 404
    assert (await cast.otto.http.patch(f"{path}/{variable['id']}", json={"value": "x"})).status == 404
    assert (await cast.otto.http.delete(f"{path}/{variable['id']}")).status == 404
    assert (await cast.vera.http.post(path, json={"name": "x"})).status == 403
    assert (await cast.anna.http.patch(f"{path}/{new_id()}", json={"value": "x"})).status == 404


async def test_a_run_gets_plain_values_and_the_names_of_secret_ones(cast: Cast, process: Process) -> None:
    agent = await make_agent(
        cast.anna,
        instructions="Serve {{who}}.",
        variables=[{"name": "who", "value": "Ada"}, {"name": "key", "value": "abcdef", "is_secret": True}, {"name": "none"}],
    )

    async with process.database.context(cast.anna.actor) as ctx:
        frozen = await service.get_for_run(ctx, agent["id"])

    assert (frozen.instructions, dict(frozen.variables), frozen.secret_names) == ("Serve {{who}}.", {"who": "Ada"}, ("key",))
    assert "abcdef" not in repr(frozen)


async def test_a_run_is_refused_for_variables_without_a_value(cast: Cast, process: Process) -> None:
    agent = await make_agent(
        cast.anna, instructions="{{who}} {{key}}", variables=[{"name": "key", "value": "k", "is_secret": True}]
    )

    async with process.database.context(cast.anna.actor) as ctx:
        with pytest.raises(AgentNotRunnableError) as caught:
            await service.get_for_run(ctx, agent["id"])

    assert ["{{key}}" in caught.value.fields[0].message, "{{who}}" in caught.value.fields[1].message] == [True, True]


async def test_a_draft_takes_the_place_of_what_is_saved(cast: Cast, process: Process) -> None:
    agent = await make_agent(cast.anna, instructions="Saved.")

    async with process.database.context(cast.anna.actor) as ctx:
        draft = AgentDraft(instructions="Tried.", config={"limits": {"max_steps": 2}})
        frozen = await service.get_for_run(ctx, agent["id"], draft=draft)
        with pytest.raises(AgentNotRunnableError) as caught:
            await service.get_for_run(ctx, agent["id"], draft=AgentDraft(config={"limits": {"max_steps": -1}}))

    assert (frozen.instructions, frozen.config.limits.max_steps) == ("Tried.", 2)
    assert caught.value.fields[0].field == "draft.config.limits.max_steps"
