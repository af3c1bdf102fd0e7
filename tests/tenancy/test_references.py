"""Things of your own that are made to refer to things of Acme: refused as if those did not exist.

Foreign-key checks do not look at row-level security, so each of these is held by a composite key or by the service.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.cast import Person
from tests.tenancy.world import World

Attempt = Callable[[World, Person], Awaitable[tuple[str, str, Any]]]


async def _own_agent(otto: Person) -> str:
    made = await otto.http.post("/agents", json={"name": "own", "status": "active"})
    assert made.status == 201, made.text
    return made.json["id"]


async def _agent_from_template(world: World, otto: Person) -> tuple[str, str, Any]:
    return "POST", "/agents", {"name": "stolen", "template_id": await world.id_of("template_id")}


async def _agent_with_provider(world: World, otto: Person) -> tuple[str, str, Any]:
    model = {"provider_id": await world.id_of("provider_id"), "name": "model"}
    return "POST", "/agents", {"name": "stolen", "config": {"model": model}}


async def _agent_with_tool(world: World, otto: Person) -> tuple[str, str, Any]:
    await world.id_of("tool_id")
    return "POST", "/agents", {"name": "stolen", "config": {"tools": [{"name": f"tool_{world.cast.marker}"}]}}


async def _own_agent_with_provider(world: World, otto: Person) -> tuple[str, str, Any]:
    model = {"provider_id": await world.id_of("provider_id"), "name": "model"}
    return "PATCH", f"/agents/{await _own_agent(otto)}", {"config": {"model": model}}


async def _variable_of_acme_below_an_own_agent(world: World, otto: Person) -> tuple[str, str, Any]:
    path = f"/agents/{await _own_agent(otto)}/variables/{await world.id_of('variable_id')}"
    return "PATCH", path, {"description": "stolen"}


async def _draft_with_provider(world: World, otto: Person) -> tuple[str, str, Any]:
    model = {"provider_id": await world.id_of("provider_id"), "name": "model"}
    draft = {"config": {"model": model}}
    return "POST", "/runs", {"target_id": await _own_agent(otto), "input": {"prompt": "hello"}, "draft": draft}


async def _message_with_attachment(world: World, otto: Person) -> tuple[str, str, Any]:
    made = await otto.http.post("/conversations", json={"agent_id": await _own_agent(otto)})
    assert made.status == 201, made.text
    body = {"content": "hello", "attachment_ids": [await world.id_of("attachment_id")]}
    return "POST", f"/conversations/{made.json['id']}/messages", body


_ATTEMPTS: list[Attempt] = [
    _agent_from_template,
    _agent_with_provider,
    _agent_with_tool,
    _own_agent_with_provider,
    _variable_of_acme_below_an_own_agent,
    _draft_with_provider,
    _message_with_attachment,
]


@pytest.mark.parametrize("attempt", _ATTEMPTS, ids=[each.__name__.strip("_") for each in _ATTEMPTS])
async def test_a_reference_to_another_organization_is_refused(world: World, otto: Person, attempt: Attempt) -> None:
    method, path, body = await attempt(world, otto)
    before = world.fingerprint()

    response = await otto.http.request(method, path, json=body)

    assert response.status in {404, 409, 422}, response.text
    assert f"secret {world.cast.marker}" not in response.text
    assert world.fingerprint() == before


async def test_a_trial_of_a_tool_is_lent_no_variables_of_another_organizations_agent(world: World, otto: Person) -> None:
    await world.id_of("variable_id")
    configuration = {"method": "GET", "url": "http://127.0.0.1:9/", "headers": {"X-Token": "{{token}}"}}
    made = await otto.http.post("/tools", json={"name": "own", "tool_type": "api", "configuration": configuration})
    agent_id = await world.id_of("agent_id")

    response = await otto.http.post(f"/tools/{made.json['id']}/test", json={"agent_id": agent_id})

    assert response.status == 422, response.text
    assert [each["field"] for each in response.json["errors"]] == ["agent_id"]
    assert world.cast.marker not in response.text
