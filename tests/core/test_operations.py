"""What every operation demands of a request, tried on all of them out of the OpenAPI document."""

import io
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from retinue.core.ids import new_id
from tests.cast import Cast
from tests.client import Client
from tests.tenancy.routes import SAFE, Route, all_routes
from tests.tenancy.test_routes import PUBLIC

_ROUTES = all_routes()
_GUARDED = [route for route in _ROUTES if route.key not in PUBLIC]
_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


def _address(path: str) -> str:
    return "/".join(str(new_id()) if part.startswith("{") else part for part in path.split("/"))


def _each(routes: list[Route]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("route", routes, ids=[route.key for route in routes])


async def test_every_operation_documents_its_credentials(server: Client) -> None:
    document = (await server.get("/openapi.json")).json
    schemes = document["components"]["securitySchemes"]

    assert (schemes["bearer"]["type"], schemes["bearer"]["scheme"]) == ("http", "bearer")
    assert (schemes["session"]["in"], schemes["session"]["name"]) == ("cookie", "retinue_session")
    assert (schemes["csrf"]["in"], schemes["csrf"]["name"]) == ("header", "X-CSRF-Token")
    for route in _ROUTES:
        session: dict[str, list[str]] = {"session": []} if route.method in SAFE else {"session": [], "csrf": []}
        expected: list[dict[str, list[str]]] = [] if route.key in PUBLIC else [{"bearer": []}, session]
        assert document["paths"][route.path][route.method.lower()]["security"] == expected, route.key


@_each(_GUARDED)
async def test_anonymous_request_is_refused_before_its_content_is_read(server: Client, route: Route) -> None:
    address = _address(route.path)
    form = aiohttp.FormData()
    form.add_field("nope", b"text", filename="text.txt")
    attempts: list[tuple[str, dict[str, Any]]] = [
        (address, {}),
        (f"{address}?nope=1&limit=x&cursor=", {}),
        (f"{address}?q=%00", {}),
        (route.path.replace("{", "").replace("}", ""), {}),
    ]
    if route.method not in SAFE:
        json_type = {"Content-Type": "application/json"}
        attempts += [
            (address, {"json": {"nope": 1}}),
            (address, {"json": [1]}),
            (address, {"data": b"{", "headers": json_type}),
            (address, {"data": b'{"a": "\\u0000"}', "headers": json_type}),
            (address, {"data": b"", "headers": {**json_type, "Content-Encoding": "gzip"}}),
            (address, {"data": io.BytesIO(b" " * (4 * 1024 * 1024 + 1)), "headers": json_type}),
            (address, {"data": form}),
            (address, {"data": b"--x", "headers": {"Content-Type": "multipart/form-data"}}),
        ]
    for path, options in attempts:
        refused = await server.request(route.method, path, **options)

        assert (refused.status, refused.json["code"]) == (401, "unauthenticated"), f"{path} {options}: {refused.text}"


@_each([route for route in _ROUTES if "cursor" in route.queries])
async def test_empty_cursor_is_refused_and_named(cast: Cast, route: Route) -> None:
    refused = await cast.olga.http.get(f"{_address(route.path)}?cursor=")

    assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (422, ["cursor"]), refused.text


def _kinds(schema: Any) -> set[str]:
    """Return the JSON types that a property takes, null left out; empty where it refers to another schema."""
    kinds = {str(each.get("type", "another")) for each in schema.get("anyOf", [schema])}
    return kinds - {"null"}


_WRONG: dict[str, Any] = {"boolean": "off", "integer": "5", "number": "5"}


async def test_text_is_not_taken_for_a_flag_or_a_number_in_any_body(cast: Cast) -> None:
    document = (await cast.olga.http.get("/openapi.json")).json
    tried: list[str] = []
    for route in _GUARDED:
        body = document["paths"][route.path][route.method.lower()].get("requestBody", {}).get("content", {})
        reference = body.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        for name, schema in document["components"]["schemas"].get(reference, {}).get("properties", {}).items():
            (kind, *others) = sorted(_kinds(schema)) or ["another"]
            if others or kind not in _WRONG:
                continue
            refused = await cast.olga.http.request(route.method, _address(route.path), json={name: _WRONG[kind]})
            named = [each["field"] for each in refused.json.get("errors", [])]
            assert (refused.status, name in named) == (422, True), f"{route.key} {name}: {refused.text}"
            tried.append(name)

    assert {"is_secret", "is_public", "priority", "max_concurrent_runs"} <= set(tried)


@pytest.mark.parametrize("path", sorted({route.path for route in _ROUTES}))
async def test_wrong_method_names_exactly_the_methods_of_the_path(server: Client, path: str) -> None:
    has = {route.method for route in _ROUTES if route.path == path}

    for method in set(_METHODS) - has:
        refused = await server.request(method, _address(path), json={})

        assert (refused.status, refused.headers.get("Allow")) == (405, ", ".join(sorted(has))), f"{method} {path}"


async def test_values_of_bodies_are_not_converted_from_other_json_types(cast: Cast) -> None:
    document = (await cast.olga.http.get("/openapi.json")).json
    wrong: list[str] = []
    tried = 0
    for route in _ROUTES:
        if not route.has_json:
            continue
        operation = document["paths"][route.path][route.method.lower()]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        for place, body in _mistakes(_Schemas(document), schema):
            tried += 1
            refused = await cast.olga.http.request(route.method, _address(route.path), json=body)
            fields: list[str] = [each["field"] for each in refused.json.get("errors", [])]
            if refused.status != 422 or not any(_names(field, place) for field in fields):
                wrong.append(f"{route.key} {'.'.join(map(str, place))} = {body}: {refused.status} {fields}")
    assert wrong == []
    assert tried > 500


def _names(field: str, place: "Place") -> bool:
    """Return whether the parts of a place are in a field's path, in their order; tags of unions may stand between."""
    parts = iter(field.split("."))
    return all(str(each) in parts for each in place)


class _Schemas:
    """The schemas of a document, by reference."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._schemas = document["components"]["schemas"]

    def branches(self, schema: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the alternatives of a schema, references resolved."""
        if "$ref" in schema:
            return self.branches(self._schemas[schema["$ref"].rsplit("/", 1)[-1]])
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return [each for branch in schema[union] for each in self.branches(branch)]
        return [schema]


_CANDIDATES: list[tuple[str, Any]] = [
    ("string", "off"),
    ("string", "5"),
    ("integer", 0),
    ("integer", 1),
    ("boolean", True),
    ("array", []),
    ("object", {}),
]
Place = tuple[str | int, ...]
_DEPTH = 6


def _mistakes(schemas: _Schemas, schema: dict[str, Any], depth: int = 0) -> Iterator[tuple[Place, Any]]:
    """Yield bodies that hold one value of a wrong JSON type, with the place of it."""
    if depth > _DEPTH:
        return
    for branch in schemas.branches(schema):
        if branch.get("type") == "array":
            yield from (((0, *place), [value]) for place, value in _wrong(schemas, branch.get("items", {}), depth))
        needed = {name: _only(schemas, inner) for name, inner in branch.get("properties", {}).items()}
        fixed = {name: value for name, value in needed.items() if value is not None}
        for name, inner in branch.get("properties", {}).items():
            for place, value in _wrong(schemas, inner, depth):
                yield (name, *place), fixed | {name: value}


def _wrong(schemas: _Schemas, schema: dict[str, Any], depth: int) -> Iterator[tuple[Place, Any]]:
    branches = schemas.branches(schema)
    types: set[str | None] = {each.get("type") for each in branches}
    if "number" in types:
        types.add("integer")
    if None in types and not any("const" in each or "enum" in each for each in branches):
        return  # any JSON value
    for kind, value in _CANDIDATES:
        if kind not in types:
            yield (), value
    if any(each.get("format") == "date-time" for each in branches):
        yield (), "1700000000"
    yield from _mistakes(schemas, schema, depth + 1)


def _only(schemas: _Schemas, schema: dict[str, Any]) -> Any:
    """Return the only value a schema allows, such as the tag of a union."""
    found = [each["const"] for each in schemas.branches(schema) if "const" in each]
    return found[0] if len(found) == 1 else None
