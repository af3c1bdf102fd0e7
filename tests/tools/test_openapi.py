"""What the operations of a document become: their arguments, schemas and servers."""

from typing import Any

import pytest

from retinue.core.json import dumps
from retinue.engine.spec.schemas import argument_problems, schema_problems
from retinue.tools.openapi.document import parse_document
from retinue.tools.openapi.operations import ReadDocument, read_openapi
from retinue.tools.openapi.problems import DocumentError
from tests.tools.documents import body_of, document, schemas

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
      required: [id, name]
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
"""


def _read(given: str | dict[str, Any], **options: Any) -> ReadDocument:
    text = given if isinstance(given, str) else dumps(given).decode()
    return read_openapi(parse_document(text), **{"source_url": None, "base_url": None, **options})


def _tools(given: str | dict[str, Any], **options: Any) -> dict[str, dict[str, Any]]:
    return {each.operation_id: each.tool for each in _read(given, **options).operations}


def _body_schema(schema: Any, *, version: str = "3.0.3", **components: Any) -> dict[str, Any]:
    """Return the schema of the one argument ``value`` of a body."""
    body = body_of("application/json", {"type": "object", "properties": {"value": schema}})
    read = _read(document({"/a": {"post": {"requestBody": body}}}, version=version, components=schemas(**components)))
    assert read.skipped == ()
    parameters: Any = read.operations[0].tool["parameters_schema"]
    assert schema_problems(parameters, "p") == ()
    return parameters


def test_operations_become_tools() -> None:
    read = _read(PETS)
    tools = _tools(PETS)

    assert (read.title, read.base_url) == ("Pets", "https://eu.example.com/v1")
    assert list(tools) == ["listPets", "create pet", "put/pets/{pet-id}"]
    assert [each.name for each in read.operations] == ["listPets", "create_pet", "put_pets_pet-id"]
    assert tools["listPets"]["description"] == "List pets\n\nAll of them."
    assert tools["listPets"]["configuration"] == {
        "method": "GET",
        "url": "https://eu.example.com/v1/pets",
        "query": {"limit": "{limit}", "filter[kind]": "{filter_kind_}"},
        "headers": {"X-Trace": "{X-Trace}"},
    }
    assert [each["effect"] for each in tools.values()] == ["read_only", "dangerous", "idempotent"]
    assert all(schema_problems(each["parameters_schema"], "p") == () for each in tools.values())


def test_the_fields_of_a_body_are_arguments_without_those_that_are_read_only() -> None:
    tools = _tools(PETS)
    create, replace = tools["create pet"], tools["put/pets/{pet-id}"]

    assert create["configuration"]["body"] == {"name": "{name}", "parent": "{parent}", "born": "{born}"}
    assert create["parameters_schema"]["required"] == ["name"]
    assert create["parameters_schema"]["properties"]["name"] == {"type": ["string", "null"]}
    assert replace["configuration"]["body"] == "{body}"
    assert replace["configuration"]["url"] == "https://eu.example.com/v1/pets/{pet-id}"


def test_exclusive_limits_of_30_become_those_of_json_schema() -> None:
    limit = _tools(PETS)["listPets"]["parameters_schema"]["properties"]["limit"]

    assert limit == {"type": "integer", "exclusiveMinimum": 1, "description": "How many"}


@pytest.mark.parametrize(
    ("text", "field", "reason"),
    [
        ("[1, 2]", "document", "not an object"),
        ("a: [", "document", "neither JSON nor YAML: .* at line"),
        ('{"openapi": "3.0.3", "paths": [}', "document", "not JSON: .* at line 1, column"),
        ('{"swagger": "1.2"}', "document", "Swagger version 1.2"),
        ('{"openapi": "4.0.0"}', "document", "OpenAPI version 4.0.0; 3.0, 3.1 and Swagger 2.0 are supported"),
        ('{"a": 1}', "document", "has no field openapi or swagger"),
        ('{"openapi": "3.1.0", "servers": [{"url": "https://x.example"}], "paths": {}}', "document", "no operation"),
        ('{"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}', "base_url", "names no server with a full URL"),
        ("a: 1\n---\nb: 2", "document", "more than one YAML document"),
        ("openapi: 3.0.3\nopenapi: 3.1.0", "document", "key 'openapi' twice at line 2"),
    ],
)
def test_other_documents_are_refused_by_field(text: str, field: str, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason) as refused:
        _read(text)

    assert refused.value.field == field
    assert refused.value.remedy


def test_yaml_is_read_as_yaml_12() -> None:
    found = parse_document(
        "openapi: 3.1\na: no\nb: on\nc: 0777\nd: 0o17\ne: 2020-01-02\nf: 1:30\ng: 1e3\nh: 0x1F\ni: ~\nj: .5\nk: '1'\n"
        "l: 1_000\nm: Yes\nn: .inf\no: {200: x, true: y, null: z}\np: &p {q: 1}\nr: {<<: *p, s: 2}\nt: !!str 5\n"
    )

    assert found == {
        "openapi": 3.1,
        "a": "no",
        "b": "on",
        "c": 777,
        "d": 15,
        "e": "2020-01-02",
        "f": "1:30",
        "g": 1000.0,
        "h": 31,
        "i": None,
        "j": 0.5,
        "k": "1",
        "l": "1_000",
        "m": "Yes",
        "n": None,
        "o": {"200": "x", "true": "y", "null": "z"},
        "p": {"q": 1},
        "r": {"q": 1, "s": 2},
        "t": "5",
    }


@pytest.mark.parametrize(
    ("path", "operation", "reason"),
    [
        ("/a#b", {}, "its path holds a #"),
        ("/{a}{", {}, "braces that do not enclose a name"),
        ("/a", {"$ref": "file.yml"}, "refers to another document (file.yml); bundle"),
        ("/a", {"$ref": "#/nowhere"}, "refers to #/nowhere, which is not there"),
        ("/a", {"parameters": [{"$ref": "https://evil.example/p.yml"}]}, "another document (https://evil.example/p.yml)"),
        ("/a", {"parameters": [{"name": "x", "in": "query", "schema": {"$ref": "#/components/schemas/No"}}]}, "not there"),
        ("/a", {"parameters": [{"in": "query"}]}, "parameter without a name has no name, or a wrong field in"),
        ("/a", {"parameters": [{"name": "x", "in": "query", "style": "matrix"}]}, "style matrix, which query does not take"),
        ("/a", {"requestBody": body_of("multipart/related", {"type": "object"})}, "multipart/related; multipart/form-data"),
        ("/a", {"servers": [{"url": "ftp://x.example"}]}, "its server is not a full http or https URL"),
        ("/a", {"parameters": [3]}, "no name, or a wrong field in"),
    ],
)
def test_one_bad_operation_is_named_with_its_reason_and_stops_no_other(
    path: str, operation: dict[str, Any], reason: str
) -> None:
    good: dict[str, Any] = {f"/good{n}": {"get": {}} for n in range(9)}
    read = _read(document({**good, path: {"post": operation}}))

    assert len(read.operations) == 9
    assert [(each.method, each.path) for each in read.skipped] == [("POST", path)]
    assert reason in read.skipped[0].reason


def test_odd_operations_are_taken_with_a_warning() -> None:
    parameters = [
        {"name": name, "in": "header", "required": True, "schema": {"type": "string"}}
        for name in ("Host", "Accept-Encoding", "Cookie", "Accept", "X-Own")
    ]
    odd = {
        "parameters": parameters,
        "requestBody": body_of(
            "application/json",
            {"type": "object", "properties": {"a": {"type": "any"}, "b": {"type": "string", "pattern": r"^[\p{L}]+$"}}},
        ),
    }
    read = _read(
        document({"/x/{id}.json": {"post": odd}, "/y": {"get": {"operationId": "same"}, "put": {"operationId": "same"}}})
    )
    tool: Any = read.operations[0].tool

    assert read.skipped == ()
    assert tool["configuration"]["url"] == "https://api.example.com/x/{id}.json"
    assert tool["configuration"]["headers"] == {"X-Own": "{X-Own}"}
    assert tool["parameters_schema"]["required"] == ["X-Own", "id"]
    assert tool["parameters_schema"]["properties"]["a"] == {}
    assert tool["parameters_schema"]["properties"]["b"] == {"type": "string", "description": r"Pattern: ^[\p{L}]+$"}
    assert [" ".join(each.split()[:4]) for each in read.operations[0].warnings] == [
        "The header Host is",
        "The header Accept-Encoding is",
        "The header Cookie is",
        "{id} of the path",
    ]
    assert [each.operation_id for each in read.operations[1:]] == ["same", "put/y"]
    assert "operationId same" in read.operations[2].warnings[0]


def test_references_of_every_form_are_followed() -> None:
    given = document(
        {
            "/a": {"$ref": "#/components/pathItems/A%20b"},
            "/b": {"get": {"$ref": "#/x-operations/~1b~1get"}},
            "/c": {"get": {"parameters": [{"$ref": "#/paths/~1b~1c/get/parameters/0"}]}},
            "/b/c": {"get": {"parameters": [{"name": "n", "in": "query", "schema": {"type": "integer"}}]}},
            "/d": {"post": {"requestBody": {"$ref": "openapi.json#/components/requestBodies/D"}}},
        },
        version="3.1.0",
        components={
            "pathItems": {"A b": {"get": {"operationId": "a"}}},
            "requestBodies": {
                "D": {"$ref": "#/components/requestBodies/E"},
                "E": body_of("application/json", {"$ref": "#/components/schemas/Page%3CUser%3E"}),
            },
            "schemas": {"Page<User>": {"type": "object", "properties": {"page": {"type": "integer"}}}},
        },
    )
    given["x-operations"] = {"/b/get": {"operationId": "b"}}
    tools = _tools(given, source_url="https://api.example.com/openapi.json")

    assert [*tools] == ["a", "b", "get/c", "get/b/c", "post/d"]
    assert tools["get/c"]["parameters_schema"]["properties"] == {"n": {"type": "integer"}}
    assert tools["post/d"]["parameters_schema"]["properties"] == {"page": {"type": "integer"}}


def test_circles_of_references_end() -> None:
    given = document(
        {"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/A"}]}}, "/b": {"get": {}}},
        components={"parameters": {"A": {"$ref": "#/components/parameters/B"}, "B": {"$ref": "#/components/parameters/A"}}},
    )
    node = {
        "type": "object",
        "properties": {
            "next": {"$ref": "#/components/schemas/Node"},
            "all": {"allOf": [{"$ref": "#/components/schemas/Node"}]},
        },
    }
    schema = _body_schema({"$ref": "#/components/schemas/Node"}, Node=node)

    assert "refers to itself" in _read(given).skipped[0].reason
    assert schema["properties"]["value"]["properties"]["next"] == {"description": "As Node above."}


def test_fields_beside_a_reference_count_in_31_and_are_ignored_in_30() -> None:
    name = {"type": "string", "maxLength": 9}
    beside = {"$ref": "#/components/schemas/Name", "description": "Of the pet", "minLength": 2}

    newer = _body_schema(beside, version="3.1.0", Name=name)["properties"]["value"]
    older = _body_schema(beside, Name=name)["properties"]["value"]

    assert newer == {"allOf": [name, {"description": "Of the pet", "minLength": 2}]}
    assert older == {**name, "description": "Of the pet"}


def test_all_of_plain_objects_is_one_object() -> None:
    base = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    whole = {"allOf": [{"$ref": "#/components/schemas/Base"}, {"type": "object", "properties": {"n": {"type": "integer"}}}]}

    assert _body_schema(whole, Base=base)["properties"]["value"] == {
        "type": "object",
        "properties": {"id": {"type": "string"}, "n": {"type": "integer"}},
        "required": ["id"],
    }


@pytest.mark.parametrize("beside", ["allOf", "anyOf", "oneOf"])
def test_nullable_beside_a_combination_takes_null(beside: str) -> None:
    schema = _body_schema({"nullable": True, beside: [{"$ref": "#/components/schemas/N"}]}, N={"type": "integer"})

    assert argument_problems(schema, {"value": None}) == ()
    assert argument_problems(schema, {"value": 1}) == ()
    assert argument_problems(schema, {"value": "x"})


@pytest.mark.parametrize(
    ("mapping", "tags"), [({}, ("Cat", "Dog")), ({"mapping": {"c": "#/components/schemas/Cat", "d": "Dog"}}, ("c", "d"))]
)
def test_a_discriminator_decides_between_the_choices(mapping: dict[str, Any], tags: tuple[str, str]) -> None:
    pet = {"type": "object", "properties": {"kind": {"type": "string"}, "name": {"type": "string"}}}
    choice = {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", **mapping},
    }
    schema = _body_schema(choice, Cat=pet, Dog={**pet, "required": ["name"]})

    assert argument_problems(schema, {"value": {"kind": tags[0]}}) == ()
    assert argument_problems(schema, {"value": {"kind": tags[1], "name": "Rex"}}) == ()
    assert argument_problems(schema, {"value": {"kind": tags[1]}})
    assert argument_problems(schema, {"value": {"kind": "fish", "name": "x"}})
    assert argument_problems(schema, {"value": {"name": "x"}})


def test_a_parent_with_a_discriminator_stands_for_its_children() -> None:
    pet = {"type": "object", "discriminator": {"propertyName": "kind"}, "properties": {"kind": {"type": "string"}}}
    child = {
        "allOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "object", "properties": {"lives": {"type": "integer"}}}]
    }
    schema = _body_schema({"$ref": "#/components/schemas/Pet"}, Pet=pet, Cat=child)

    assert argument_problems(schema, {"value": {"kind": "Cat", "lives": 9}}) == ()
    assert argument_problems(schema, {"value": {"kind": "Cat", "lives": "nine"}})


def test_a_schema_that_swells_is_cut_and_the_operation_stays() -> None:
    swelling: dict[str, Any] = {
        f"S{n}": {"type": "object", "properties": {f"p{i}": {"$ref": f"#/components/schemas/S{n + 1}"} for i in range(8)}}
        for n in range(10)
    }
    schema = _body_schema({"$ref": "#/components/schemas/S0"}, **swelling, S10={"type": "string"})

    assert len(dumps(schema)) < 65_536
    assert schema["properties"]["value"]["properties"]["p7"]["type"] == "object"


def test_servers_of_paths_and_operations_are_used() -> None:
    paths: dict[str, Any] = {
        "/a": {"get": {}},
        "/b": {"servers": [{"url": "https://path.example/{v}", "variables": {"v": {"default": "v2"}}}], "get": {}},
        "/c": {"servers": [{"url": "https://path.example"}], "get": {"servers": [{"url": "/up"}]}},
    }
    named = [each["configuration"]["url"] for each in _tools(document(paths)).values()]
    given = [each["configuration"]["url"] for each in _tools(document(paths), base_url="https://own.example/v9/").values()]

    assert named == ["https://api.example.com/a", "https://path.example/v2/b", "https://api.example.com/up/c"]
    assert given == ["https://own.example/v9/a", "https://path.example/v2/b", "https://own.example/up/c"]


@pytest.mark.parametrize(
    "base_url",
    ["nowhere", "ftp://example.com", "https://anna:pw@example.com", "https://example.com/?v=1", "https://example.com/{id}"],
)
def test_a_server_that_tools_cannot_have_is_refused_by_its_field(base_url: str) -> None:
    with pytest.raises(DocumentError) as refused:
        _read('{"openapi": "3.1.0", "paths": {"/a": {"get": {}}}}', base_url=base_url)

    assert refused.value.field == "base_url"


def test_security_schemes_are_the_credentials_that_are_needed() -> None:
    flows = {"clientCredentials": {"tokenUrl": "https://x.example/token", "scopes": {"read": "Read"}}}
    schemes = {
        "a": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "b": {"type": "apiKey", "in": "query", "name": "key"},
        "c": {"type": "apiKey", "in": "cookie", "name": "sid"},
        "d": {"type": "http", "scheme": "basic"},
        "e": {"type": "http", "scheme": "Bearer"},
        "f": {"type": "oauth2", "flows": flows},
        "g": {"type": "openIdConnect", "openIdConnectUrl": "https://x.example/openid"},
        "h": {"type": "mutualTLS"},
        "i": {"$ref": "other.yml"},
    }
    read = _read(document({"/a": {"get": {}}}, components={"securitySchemes": schemes}))

    assert read.credentials == (
        {"type": "api_key", "in": "header", "name": "X-Key", "scheme": "a"},
        {"type": "api_key", "in": "query", "name": "key", "scheme": "b"},
        {"type": "api_key", "in": "cookie", "name": "sid", "scheme": "c"},
        {"type": "basic", "scheme": "d"},
        {"type": "bearer", "scheme": "e"},
        {
            "type": "bearer",
            "oauth2": {"clientCredentials": {"tokenUrl": "https://x.example/token", "scopes": ["read"]}},
            "scheme": "f",
        },
        {"type": "bearer", "openid_connect_url": "https://x.example/openid", "scheme": "g"},
    )
    assert ["scheme h is not supported" in read.warnings[0], "other.yml" in read.warnings[1]] == [True, True]


SWAGGER = """
swagger: "2.0"
info: {title: Old, version: "1"}
host: old.example.com
basePath: /v1
schemes: [http, https]
consumes: [application/json]
securityDefinitions: {b: {type: basic}, o: {type: oauth2, flow: application, tokenUrl: "https://t.example", scopes: {}}}
parameters: {page: {name: page, in: query, type: integer, minimum: 1}}
definitions: {Pet: {type: object, required: [name], properties: {name: {type: string, x-nullable: true}}}}
paths:
  /pets:
    parameters: [{$ref: "#/parameters/page"}]
    get:
      parameters:
        - {name: tags, in: query, type: array, items: {type: string}, collectionFormat: pipes}
        - {name: ids, in: query, type: array, items: {type: integer}}
        - {name: all, in: query, type: array, items: {type: integer}, collectionFormat: multi}
    post: {parameters: [{name: pet, in: body, required: true, schema: {$ref: "#/definitions/Pet"}}]}
  /photos:
    post:
      parameters:
        - {name: photo, in: formData, type: file, required: true}
        - {name: note, in: formData, type: string}
  /form:
    post: {parameters: [{name: tags, in: formData, type: array, items: {type: string}, collectionFormat: csv}]}
  /tabs:
    get: {parameters: [{name: t, in: query, type: array, items: {type: string}, collectionFormat: tsv}]}
"""


def test_swagger_20_is_converted() -> None:
    read = _read(SWAGGER)
    tools = _tools(SWAGGER)
    photos = tools["post/photos"]

    assert read.base_url == "https://old.example.com/v1"
    assert tools["get/pets"]["configuration"]["query"] == {"page": "{page}"}
    assert tools["get/pets"]["configuration"]["parameters"] == [
        {"argument": "tags", "name": "tags", "in": "query", "style": "pipeDelimited", "explode": False},
        {"argument": "ids", "name": "ids", "in": "query", "explode": False},
        {"argument": "all", "name": "all", "in": "query", "style": "form", "explode": True},
    ]
    assert tools["post/pets"]["configuration"]["body"] == {"name": "{name}"}
    assert tools["post/pets"]["parameters_schema"]["properties"]["name"] == {"type": ["string", "null"]}
    assert photos["configuration"]["body_type"] == "multipart"
    assert photos["configuration"]["encoding"] == {"photo": {"is_file": True}}
    assert photos["parameters_schema"]["required"] == ["photo"]
    assert tools["post/form"]["configuration"]["encoding"] == {"tags": {"style": "form", "explode": False}}
    assert [(each.path, "collectionFormat tsv" in each.reason) for each in read.skipped] == [("/tabs", True)]
    assert [each["type"] for each in read.credentials] == ["basic", "bearer"]
