from dataclasses import asdict
from typing import Any

import orjson
import pytest

from retinue.engine.spec.schemas import schema_problems
from retinue.tools.errors import OpenApiInvalidError
from retinue.tools.kinds.openapi import OpenApi, parse_document, read_openapi
from retinue.tools.types import ImportedOperation
from tests.agents.conftest import fields_of
from tests.cast import Cast
from tests.tools.conftest import Api, try_tool

PETS = """
openapi: 3.0.3
info: {title: Pets, version: "1"}
servers:
  - url: https://{region}.example.com/v1
    variables: {region: {default: eu}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
    login: {type: http, scheme: bearer}
  parameters:
    limit: {name: limit, in: query, description: How many, schema: {type: integer, minimum: 1, exclusiveMinimum: true}}
  schemas:
    Pet:
      type: object
      required: [name]
      properties:
        id: {type: integer, readOnly: true}
        name: {type: string, nullable: true}
        parent: {$ref: "#/components/schemas/Pet"}
        born: {type: string, format: date, default: 2020-01-02}
paths:
  /pets:
    parameters:
      - {$ref: "#/components/parameters/limit"}
    get:
      operationId: listPets
      summary: List pets
      description: All of them.
      parameters:
        - {name: "filter[kind]", in: query, schema: {type: string}}
        - {name: X-Trace, in: header, schema: {type: string}}
        - {name: Authorization, in: header, required: true, schema: {type: string}}
    post:
      operationId: create pet
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: "#/components/schemas/Pet"}}
  /pets/{pet-id}:
    put:
      parameters: [{name: pet-id, in: path, required: true, schema: {type: integer}}]
      requestBody:
        content:
          application/json: {schema: {type: array, items: {type: string}}}
    delete:
      operationId: deletePet
      parameters:
        - {name: pet-id, in: path, required: true, schema: {type: integer}}
        - {name: session, in: cookie, required: true, schema: {type: string}}
  /upload:
    post:
      operationId: upload
      requestBody: {content: {multipart/form-data: {schema: {type: object}}}}
"""


def _read(text: str, **options: Any) -> OpenApi:
    return read_openapi(parse_document(text), **{"source_url": None, "base_url": None, **options})


def _plain(operation: ImportedOperation) -> dict[str, Any]:
    return asdict(operation)


def test_operations_become_tools() -> None:
    read = _read(PETS)
    tools = {each.operation_id: each.tool for each in read.operations}

    assert (read.title, read.base_url) == ("Pets", "https://eu.example.com/v1")
    assert list(tools) == ["listPets", "create pet", "put/pets/{pet-id}"]
    assert [each["name"] for each in tools.values()] == ["listPets", "create_pet", "put_pets_pet-id"]
    assert tools["listPets"]["description"] == "List pets\n\nAll of them."
    assert tools["listPets"]["configuration"] == {
        "method": "GET",
        "url": "https://eu.example.com/v1/pets",
        "query": {"limit": "{limit}", "filter[kind]": "{filter_kind_}"},
        "headers": {"X-Trace": "{X-Trace}"},
    }
    assert [each["effect"] for each in tools.values()] == ["read_only", "dangerous", "idempotent"]
    assert all(schema_problems(each.parameters_schema, "p") == () for each in read.operations)


def test_bodies_are_flat_where_they_can_be() -> None:
    create, replace = (_plain(each) for each in _read(PETS).operations[1:])

    assert create["tool"]["configuration"]["body"] == {"name": "{name}", "parent": "{parent}", "born": "{born}"}
    assert create["parameters_schema"]["required"] == ["name"]
    assert create["parameters_schema"]["properties"]["name"] == {"type": ["string", "null"]}
    assert replace["tool"]["configuration"]["body"] == "{body}"
    assert replace["tool"]["configuration"]["url"] == "https://eu.example.com/v1/pets/{pet-id}"


def test_old_ways_are_made_new() -> None:
    limit = _plain(_read(PETS).operations[0])["parameters_schema"]["properties"]["limit"]

    assert limit == {"type": "integer", "exclusiveMinimum": 1, "description": "How many"}


def test_what_cannot_be_called_is_left_out_and_named() -> None:
    warnings = _read(PETS).warnings

    assert ["cookie" in warnings[0], "multipart/form-data" in warnings[1]] == [True, True]
    assert _read(PETS).credentials == ({"type": "api_key", "in": "header", "name": "X-Key"}, {"type": "bearer"})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1, 2]", "not an object"),
        ("a: [", "neither JSON nor YAML at line"),
        ('{"swagger": "2.0"}', "Swagger 2.0"),
        ('{"openapi": "4.0.0"}', "no version 3.0 or 3.1"),
        ('{"openapi": "3.1.0", "servers": [{"url": "https://x.example"}], "paths": {}}', "no operation"),
        ('{"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}', "base_url"),
        (
            '{"openapi": "3.1.0", "servers": [{"url": "https://x.example"}], "paths": {"/a": {"$ref": "other.yaml"}}}',
            "another document",
        ),
    ],
)
def test_other_documents_are_refused(text: str, reason: str) -> None:
    with pytest.raises(OpenApiInvalidError, match=reason):
        _read(text)


def test_a_document_that_swells_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    with pytest.raises(OpenApiInvalidError, match="parts"):
        parse_document("openapi: 3.1.0\n" + "\n".join(lines))


def test_a_document_that_holds_itself_is_refused() -> None:
    with pytest.raises(OpenApiInvalidError):
        parse_document("openapi: 3.1.0\npaths: &p {a: *p}")


def test_schemas_that_swell_are_left_out() -> None:
    schemas: dict[str, Any] = {
        f"S{n}": {"type": "object", "properties": {f"p{i}": {"$ref": f"#/components/schemas/S{n + 1}"} for i in range(8)}}
        for n in range(10)
    }
    schemas["S10"] = {"type": "string"}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "servers": [{"url": "https://x.example"}],
        "components": {"schemas": schemas},
        "paths": {
            "/big": {
                "post": {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S0"}}}}}
            },
            "/small": {"get": {}},
        },
    }
    read = _read(orjson.dumps(document).decode())

    assert [each.path for each in read.operations] == ["/small"]
    assert "parts" in read.warnings[0]


@pytest.mark.parametrize(
    "base_url",
    ["nowhere", "ftp://example.com", "https://anna:pw@example.com", "https://example.com/?v=1", "https://example.com/{id}"],
)
def test_a_server_that_tools_cannot_have_is_refused_by_its_field(base_url: str) -> None:
    with pytest.raises(OpenApiInvalidError) as refused:
        _read('{"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}', base_url=base_url)

    assert [each.field for each in refused.value.fields] == ["base_url"]
    assert refused.value.fields[0].remedy


async def test_a_document_is_read_and_its_tools_called(cast: Cast, api: Api) -> None:
    body = {
        "document": PETS,
        "base_url": f"{api.url}/v9",
        "create": ["listPets", "create pet"],
        "name_prefix": "pets_",
        "credentials": {"type": "bearer", "token": "pets-token"},
    }
    answer = await cast.anna.http.post("/tools/import-openapi", json=body)
    created = {each["name"]: each for each in answer.json["created"]}

    listed = await try_tool(cast.anna, created["pets_listPets"]["id"], {"limit": 2})
    await try_tool(cast.anna, created["pets_create_pet"]["id"], {"name": None})
    wrong = await try_tool(cast.anna, created["pets_listPets"]["id"], {"limit": 1})

    assert answer.status == 200
    assert len(answer.json["operations"]) == 3
    assert listed["output"]["path"] == "/v9/pets"
    assert api.seen[0].headers["Authorization"] == "Bearer pets-token"
    assert (api.seen[1].method, api.seen[1].body) == ("POST", '{"name":null}')
    assert "limit: 1 is less than or equal to the minimum of 1" in wrong["error"]


async def test_a_document_is_fetched_by_its_address(cast: Cast, api: Api) -> None:
    api.headers, api.body = (
        {"Content-Type": "application/yaml"},
        PETS.replace("https://{region}.example.com/v1", "/v1").encode(),
    )
    read = await cast.anna.http.post("/tools/import-openapi", json={"url": f"{api.url}/openapi.yaml"})
    api.status = 404
    missing = await cast.anna.http.post("/tools/import-openapi", json={"url": f"{api.url}/openapi.yaml"})
    inner = await cast.anna.http.post("/tools/import-openapi", json={"url": "http://169.254.169.254/openapi.yaml"})

    assert (read.json["base_url"], read.json["created"]) == (f"{api.url}/v1", [])
    assert (missing.status, missing.json["errors"][0]["field"]) == (422, "url")
    assert (inner.status, inner.json["code"]) == (422, "outbound_refused")


async def test_a_taken_name_makes_no_tool_at_all(cast: Cast) -> None:
    body = {"document": PETS, "create": "all"}
    first = await cast.anna.http.post("/tools/import-openapi", json=body)
    before = (await cast.anna.http.get("/tools")).json
    second = await cast.anna.http.post("/tools/import-openapi", json={**body, "create": ["create pet", "listPets"]})

    assert [each["name"] for each in first.json["created"]] == ["listPets", "create_pet", "put_pets_pet-id"]
    assert (second.status, second.json["code"]) == (409, "tool_name_taken")
    assert (await cast.anna.http.get("/tools")).json == before


async def test_the_offered_tool_is_a_body_that_is_taken(cast: Cast) -> None:
    read = await cast.anna.http.post("/tools/import-openapi", json={"document": PETS})
    made = await cast.anna.http.post("/tools", json=read.json["operations"][0]["tool"])

    assert made.status == 201, made.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "document"),
        ({"document": PETS, "url": "https://example.com"}, "document"),
        ({"document": PETS, "create": ["none"]}, "create"),
        ({"document": "not: openapi"}, "document"),
        ({"document": PETS, "name_prefix": "a b"}, "name_prefix"),
    ],
)
async def test_wrong_imports_are_named(cast: Cast, body: dict[str, Any], field: str) -> None:
    assert await fields_of(cast.anna, "POST", "/tools/import-openapi", body) == (422, [field])
