"""The client covers the whole API: each operation has a method in both clients, which sends what the document says."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from tools.client.__main__ import generate, stale
from tools.client.document import Document, Operation, snake

from retinue.client import AsyncRetinue, Download, Retinue

_ROOT = Path(__file__).parents[2]
_DOCUMENT = Document(_ROOT / "docs/reference/openapi.json")
_ID = "01a20000-0000-7000-8000-000000000000"
_END = b"event: end\nid: 1\ndata: {}\n\n"


def test_what_is_generated_is_as_the_document_says() -> None:
    assert stale(_ROOT / "src/retinue/client", generate()) == []


def _answer(operation: Operation) -> httpx.Response:
    if not operation.answers:
        return httpx.Response(204)
    media = next((each for each in operation.answers if each == "application/json"), next(iter(operation.answers)))
    if media == "application/json":
        return httpx.Response(200, json={"items": [1, 2], "next_cursor": None})
    if media == "text/event-stream":
        return httpx.Response(200, headers={"Content-Type": media}, content=b'event: x\nid: 0\ndata: {"a": 1}\n\n' + _END)
    disposition = {"Content-Disposition": 'attachment; filename="note.txt"'}
    return httpx.Response(200, headers={"Content-Type": "text/plain", **disposition}, content=b"note")


def _arguments(operation: Operation) -> tuple[list[Any], dict[str, Any]]:
    given: list[Any] = [7 if name in {"version", "other"} else _ID for name in operation.path_names]
    given += [("note.txt", b"note")] if operation.is_upload else []
    named: dict[str, Any] = {each["name"]: _value(each["schema"]) for each in operation.query}
    if operation.body is not None and "$ref" not in operation.body and not operation.is_upload:
        given.append({"prompt": "Go."})
    return given, named


def _value(schema: dict[str, Any]) -> Any:
    plain = next((each for each in schema.get("anyOf", [schema]) if each.get("type") != "null"), schema)
    if plain.get("format") == "date-time":
        return datetime(2026, 1, 2, tzinfo=UTC)
    return {"integer": 1, "boolean": True, "array": ["a", "b"]}.get(str(plain.get("type")), "a")


def _check(operation: Operation, request: httpx.Request, *, is_iterating: bool = False) -> None:
    path = operation.path
    for name in operation.path_names:
        path = path.replace(f"{{{name}}}", "7" if name in {"version", "other"} else _ID)
    names = {each["name"] for each in operation.query} - ({"cursor"} if is_iterating else set())
    assert (request.method, request.url.path) == (operation.method, f"/api/v1{path}")
    assert set(request.url.params.keys()) == names
    assert request.headers["Authorization"] == "Bearer rtk_key"
    assert {each: request.headers[each] for each in operation.own_headers} == dict.fromkeys(operation.own_headers, "given")
    if "idempotency-key" in operation.headers:
        assert len(request.headers["Idempotency-Key"]) == 36
    if operation.is_upload:
        assert b'name="file"; filename="note.txt"' in request.content
    elif operation.body is not None:
        assert request.headers["Content-Type"] == "application/json"


def _own_headers(operation: Operation) -> dict[str, Any]:
    return {snake(each.removeprefix("X-Retinue-").replace("-", " ")).lower(): "given" for each in operation.own_headers}


def _methods(client: Any, operation: Operation) -> list[tuple[Callable[..., Any], bool]]:
    group = getattr(client, snake(operation.tag))
    iterating = operation.name.replace("list", "iterate", 1)
    pages = [(getattr(group, iterating), True)] if operation.is_paged and iterating != operation.name else []
    return [(getattr(group, operation.name), False), *pages]


def _named(method: Callable[..., Any], named: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in named.items() if name in inspect.signature(method).parameters}


@pytest.mark.parametrize("operation", _DOCUMENT.operations, ids=lambda each: each.id)
def test_operation_has_a_method_that_sends_it(operation: Operation) -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return _answer(operation)

    given, named = _arguments(operation)
    named |= _own_headers(operation)
    with Retinue("http://retinue", "rtk_key", transport=httpx.MockTransport(answer)) as client:
        for method, is_iterating in _methods(client, operation):
            result: Any = method(*given, **_named(method, named))
            if inspect.isgenerator(result):
                result = list(result)
            _check(operation, sent[-1], is_iterating=is_iterating)
            if isinstance(result, Download):
                assert (result.content, result.media_type, result.name) == (b"note", "text/plain", "note.txt")
            else:
                assert (result is None) == (not operation.answers)


@pytest.mark.parametrize("operation", _DOCUMENT.operations, ids=lambda each: each.id)
async def test_operation_has_a_method_for_event_loops(operation: Operation) -> None:
    sent: list[httpx.Request] = []

    async def answer(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0)
        sent.append(request)
        return _answer(operation)

    given, named = _arguments(operation)
    named |= _own_headers(operation)
    async with AsyncRetinue("http://retinue", "rtk_key", transport=httpx.MockTransport(answer)) as client:
        for method, is_iterating in _methods(client, operation):
            made: Any = method(*given, **_named(method, named))
            if isinstance(made, Coroutine):
                await made
            else:
                assert [each async for each in made]
            _check(operation, sent[-1], is_iterating=is_iterating)


def test_names_of_the_main_operations_are_short() -> None:
    names = {each.id: f"{snake(each.tag)}.{each.name}" for each in _DOCUMENT.operations}

    assert names["list_agents"] == "agents.list"
    assert names["create_agent"] == "agents.create"
    assert names["list_run_steps"] == "runs.list_steps"
    assert names["compare_team_versions"] == "teams.compare_versions"
    assert names["get_organization_variable_uses"] == "variables.get_uses"
    assert names["get_current_api_key"] == "api_keys.get_current"
