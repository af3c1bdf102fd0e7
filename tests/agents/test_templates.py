from typing import Any

import pytest

from retinue.agents import service
from retinue.engine.spec.schemas import schema_problems
from retinue.engine.spec.variables import names_in
from retinue.process import Process
from retinue.tools.service import plan_tools
from tests.agents.conftest import fields_of, make_agent
from tests.cast import Cast, Person
from tests.tools.conftest import AN_AGENT

BUILT_IN = 11


async def _templates(person: Person, query: str = "") -> list[dict[str, Any]]:
    return (await person.http.get(f"/agent-templates?{query}")).json["items"]


def _parameters(template: dict[str, Any]) -> dict[str, Any]:
    return {
        name: "https://example.com" if "url" in name else "something"
        for name in template["required_params"].get("required", [])
    }


async def test_built_in_templates_are_there_foreveryone(cast: Cast) -> None:
    templates = [each for each in await _templates(cast.otto) if each["is_built_in"]]

    assert {"market", "websearch", "media", "alarm"} <= {each["type"] for each in templates}
    assert len(templates) == BUILT_IN
    assert {(each["is_public"], each["organization_id"]) for each in templates} == {(True, None)}
    assert all(schema_problems(each["required_params"], "required_params") == () for each in templates)


async def test_every_built_in_template_makes_an_agent_that_can_run(cast: Cast, process: Process) -> None:
    for template in await _templates(cast.anna):
        made = await make_agent(
            cast.anna, name=template["name"], template_id=template["id"], parameters=_parameters(template)
        )

        assert (made["warnings"], made["is_custom"], made["template_id"]) == ([], False, template["id"]), template["name"]
        async with process.database.context(cast.anna.actor) as ctx:
            frozen = await service.get_for_run(ctx, made["id"])
            plans = await plan_tools(ctx, AN_AGENT, frozen.config.tools, frozen.config.limits, variables=frozen.variables)
        assert names_in(frozen.instructions) == set(template["required_params"]["properties"])
        assert len(plans) == len(made["config"]["tools"])


async def test_parameters_become_variables(cast: Cast) -> None:
    template = (await _templates(cast.anna, "type=websearch"))[0]
    response = await cast.anna.http.post("/agents", json={"template_id": template["id"], "parameters": {"topic": "bees"}})
    variables = (await cast.anna.http.get(f"/agents/{response.json['id']}/variables")).json["items"]

    assert response.json["name"] == template["name"]
    assert {each["name"]: each["value"] for each in variables} == {
        "topic": "bees",
        "language": "English",
    }


async def test_what_is_given_takes_the_place_of_the_template(cast: Cast) -> None:
    template = (await _templates(cast.anna, "type=alarm"))[0]
    made = await make_agent(
        cast.anna,
        name="Mine",
        template_id=template["id"],
        parameters=_parameters(template),
        instructions="Just {{url}}.",
        variables=[{"name": "url", "value": "https://example.org"}],
    )
    variables = (await cast.anna.http.get(f"/agents/{made['id']}/variables")).json["items"]

    assert (made["name"], made["instructions"], made["is_custom"], made["agent_type"]) == (
        "Mine",
        "Just {{url}}.",
        True,
        "automation",
    )
    assert {each["name"]: each["value"] for each in variables}["url"] == "https://example.org"


@pytest.mark.parametrize(
    ("parameters", "field"),
    [({}, "topic"), ({"topic": ""}, "topic"), ({"topic": "x", "colour": "red"}, "colour"), ({"topic": 7}, "topic")],
)
async def test_wrong_parameters_are_told(cast: Cast, parameters: dict[str, Any], field: str) -> None:
    template = (await _templates(cast.anna, "type=websearch"))[0]
    body = {"name": "x", "template_id": template["id"], "parameters": parameters}

    assert await fields_of(cast.anna, "POST", "/agents", body) == (422, [f"parameters.{field}"])


async def test_an_agent_is_saved_as_a_template_without_its_secrets(cast: Cast) -> None:
    agent = await make_agent(
        cast.anna,
        instructions="Greet {{who}} in {{town}}.",
        config={"tools": [{"name": "calculator"}]},
        variables=[
            {"name": "who", "value": "Ada"},
            {"name": "town"},
            {"name": "key", "value": "hidden-value", "is_secret": True},
        ],
    )
    response = await cast.anna.http.post(
        "/agent-templates", json={"agent_id": agent["id"], "name": "Greeter", "type": "greeter"}
    )
    template = response.json
    made = await make_agent(
        cast.anna, name="Second", template_id=template["id"], parameters={"town": "Bonn", "key": "another-secret"}
    )
    variables = (await cast.anna.http.get(f"/agents/{made['id']}/variables")).json["items"]

    assert response.status == 201
    assert "hidden-value" not in response.text
    assert template["required_params"]["required"] == ["key", "town"]
    assert template["organization_id"] == str(cast.acme)
    assert made["instructions"] == agent["instructions"]
    assert {each["name"]: (each["value"], each["is_secret"]) for each in variables} == {
        "who": ("Ada", False),
        "town": ("Bonn", False),
        "key": (None, True),
    }


async def test_a_template_is_private_until_it_is_published(cast: Cast) -> None:
    agent = await make_agent(cast.anna)
    made = (await cast.anna.http.post("/agent-templates", json={"agent_id": agent["id"]})).json
    path = f"/agent-templates/{made['id']}"

    hidden = await cast.otto.http.get(path)
    denied = await cast.anna.http.patch(path, json={"is_public": True})
    published = await cast.adam.http.patch(path, json={"is_public": True, "description": "For all"})
    seen = await cast.otto.http.get(path)
    stolen = [await cast.otto.http.patch(path, json={"name": "x"}), await cast.otto.http.delete(path)]
    withdrawn = await cast.adam.http.patch(path, json={"is_public": False})
    gone = await cast.otto.http.get(path)

    assert [hidden.status, denied.status, published.status, seen.status, withdrawn.status, gone.status] == [
        404,
        403,
        200,
        200,
        200,
        404,
    ]
    assert (seen.json["organization_id"], seen.json["created_by"], seen.json["description"]) == (None, None, "For all")
    assert [each.json["code"] for each in stolen] == ["agent_template_foreign"] * 2


async def _publishable(cast: Cast) -> dict[str, Any]:
    provider = (
        await cast.olga.http.post(
            "/model-providers",
            json={
                "name": "Own",
                "kind": "openai_compatible",
                "base_url": "http://127.0.0.1:9/v1",
                "models": ["m"],
                "save_untested": True,
            },
        )
    ).json
    return await make_agent(
        cast.olga,
        instructions="Greet {{who}} in {{town}}.",
        config={"model": {"provider_id": provider["id"], "name": "m"}, "tools": [{"name": "calculator"}]},
        variables=[
            {"name": "who", "value": "private-customer"},
            {"name": "town", "value": "Bonn"},
            {"name": "key", "value": "hidden-value", "is_secret": True},
        ],
    )


@pytest.mark.parametrize("way", ["post", "patch"])
async def test_publishing_leaves_out_the_model_and_values_that_were_not_chosen(cast: Cast, way: str) -> None:
    agent = await _publishable(cast)
    publish = {"is_public": True, "public_values": ["town"]}
    body = {"agent_id": agent["id"]} | (publish if way == "post" else {})
    template = (await cast.adam.http.post("/agent-templates", json=body)).json
    if way == "patch":
        await cast.adam.http.patch(f"/agent-templates/{template['id']}", json=publish)

    seen = await cast.otto.http.get(f"/agent-templates/{template['id']}")
    made = await cast.otto.http.post(
        "/agents", json={"template_id": template["id"], "parameters": {"who": "Ada", "key": "another-secret"}}
    )
    variables = (await cast.otto.http.get(f"/agents/{made.json['id']}/variables")).json["items"]

    assert "private-customer" not in seen.text
    assert agent["config"]["model"]["provider_id"] not in seen.text
    assert seen.json["default_config"]["config"]["model"] == {"provider_id": None, "name": None}
    assert set(seen.json["required_params"]["required"]) == {"who", "key"}
    assert (made.status, made.json["warnings"]) == (201, [])
    assert {each["name"]: each["value"] for each in variables} == {"who": "Ada", "town": "Bonn", "key": None}


async def test_change_of_a_public_template_publishes_no_further_value(cast: Cast) -> None:
    agent = await _publishable(cast)
    body = {"agent_id": agent["id"], "is_public": True, "public_values": ["town"]}
    path = f"/agent-templates/{(await cast.adam.http.post('/agent-templates', json=body)).json['id']}"
    config = (await cast.adam.http.get(path)).json["default_config"]
    config["config"]["model"] = agent["config"]["model"]
    config["variables"].append({"name": "size", "value": "unpublished"})

    changed = await cast.adam.http.patch(path, json={"description": "Other"})
    extended = await cast.adam.http.patch(path, json={"default_config": config})

    assert [each["value"] for each in changed.json["default_config"]["variables"]] == ["Bonn"]
    assert [each["name"] for each in extended.json["default_config"]["variables"]] == ["town"]
    assert extended.json["default_config"]["config"]["model"]["provider_id"] is None
    assert "size" in extended.json["required_params"]["required"]


@pytest.mark.parametrize("way", ["post", "patch"])
async def test_template_with_a_private_tool_is_not_published(cast: Cast, way: str) -> None:
    configuration = {"method": "GET", "url": "https://example.com/"}
    await cast.olga.http.post("/tools", json={"name": "own_tool", "tool_type": "api", "configuration": configuration})
    agent = await make_agent(cast.olga, config={"tools": [{"name": "calculator"}, {"name": "own_tool"}]})
    body = {"agent_id": agent["id"], "is_public": way == "post"}
    refused = await cast.adam.http.post("/agent-templates", json=body)
    if way == "patch":
        refused = await cast.adam.http.patch(f"/agent-templates/{refused.json['id']}", json={"is_public": True})

    assert (refused.status, refused.json["code"]) == (422, "agent_template_unpublishable")
    assert [each["field"] for each in refused.json["errors"]] == ["config.tools.1.name"]
    assert "own_tool" in refused.json["detail"]


@pytest.mark.parametrize("name", ["key", "nobody"])
async def test_value_that_cannot_be_published_is_named(cast: Cast, name: str) -> None:
    agent = await _publishable(cast)
    body = {"agent_id": agent["id"], "is_public": True, "public_values": ["town", name]}

    assert await fields_of(cast.adam, "POST", "/agent-templates", body) == (422, ["public_values.1"])


async def test_templates_are_changed_and_deleted_by_their_own(cast: Cast) -> None:
    agent = await make_agent(cast.anna)
    made = (await cast.anna.http.post("/agent-templates", json={"agent_id": agent["id"]})).json
    path = f"/agent-templates/{made['id']}"

    changed = await cast.anna.http.patch(path, json={"name": "Other", "type": "Wrong type"})
    renamed = await cast.anna.http.patch(path, json={"name": "Other"})
    wrong = await cast.anna.http.patch(path, json={"required_params": {"type": "object", "properties": {"a-b": {}}}})
    viewer = await cast.vera.http.delete(path)
    deleted = await cast.anna.http.delete(path)

    assert [changed.status, renamed.status, wrong.status, viewer.status, deleted.status] == [422, 200, 422, 403, 204]
    assert renamed.json["name"] == "Other"
    assert (await cast.anna.http.get(path)).status == 404


async def test_built_in_templates_cannot_be_changed(cast: Cast) -> None:
    template = (await _templates(cast.olga))[0]
    path = f"/agent-templates/{template['id']}"

    assert (await cast.olga.http.patch(path, json={"name": "x"})).status == 409
    assert (await cast.olga.http.delete(path)).status == 409
