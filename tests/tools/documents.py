"""OpenAPI documents for tests, and the import of them over HTTP."""

from collections.abc import Sequence
from typing import Any

from tests.cast import Person
from tests.tools.conftest import Api, try_tool


def document(
    paths: dict[str, Any], *, version: str = "3.0.3", url: str = "https://api.example.com", **fields: Any
) -> dict[str, Any]:
    """Return a document of these paths."""
    return {
        "openapi": version,
        "info": {"title": "Things", "version": "1"},
        "servers": [{"url": url}],
        "paths": paths,
        **fields,
    }


def schemas(**each: Any) -> dict[str, Any]:
    """Return components of these schemas."""
    return {"schemas": each}


def body_of(media_type: str, schema: Any, **fields: Any) -> dict[str, Any]:
    """Return a required request body."""
    return {"required": True, "content": {media_type: {"schema": schema, **fields}}}


async def read(person: Person, given: Any, **fields: Any) -> dict[str, Any]:
    """Read a document and return what it offers."""
    response = await person.http.post("/tools/import-openapi", json={"document": given, **fields})
    assert response.status == 200, response.text
    return response.json


async def one_tool(person: Person, operation: dict[str, Any], *, method: str = "post", **fields: Any) -> dict[str, Any]:
    """Return the tool of the only operation of a document."""
    offer = await read(person, document({"/things": {method: operation}}, **fields))
    assert [each["reason"] for each in offer["skipped"]] == []
    return offer["operations"][0]["tool"]


async def call(person: Person, api: Api, place: str, operation: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """Import one operation of the recording API (``place``: "GET /path") and call its tool; return the test's answer."""
    return (await call_each(person, api, place, [(operation, arguments)]))[0]


async def call_each(
    person: Person, api: Api, place: str, calls: Sequence[tuple[dict[str, Any], dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Import an operation for each call, all at one path below ``/0``, ``/1`` and so on, and call their tools in order."""
    method, path = place.split()
    paths = {
        f"/{n}{path}": {method.lower(): {**operation, "operationId": f"op{n}"}} for n, (operation, _) in enumerate(calls)
    }
    offer = await read(person, document(paths, url=api.url), create="all")
    assert offer["skipped"] == []
    return [
        await try_tool(person, tool["id"], arguments) for tool, (_, arguments) in zip(offer["created"], calls, strict=True)
    ]
