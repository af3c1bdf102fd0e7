"""Means to make agents over HTTP."""

from typing import Any

from tests.cast import Person


async def make_agent(person: Person, **fields: Any) -> dict[str, Any]:
    """Make an agent, active unless said otherwise."""
    response = await person.http.post("/agents", json={"name": "Helper", "status": "active", **fields})
    assert response.status == 201, response.text
    return response.json


async def fields_of(person: Person, method: str, path: str, json: Any) -> tuple[int, list[str]]:
    """Send what must be refused; return the status and the fields that are named."""
    response = await person.http.request(method, path, json=json)
    return response.status, [each["field"] for each in response.json.get("errors", [])]
