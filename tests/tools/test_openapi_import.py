"""Importing documents over HTTP: what is shown, chosen, created, updated and refused."""

from typing import Any

import pytest

from tests.agents.conftest import fields_of
from tests.cast import Cast
from tests.tools.conftest import Api, try_tool
from tests.tools.documents import body_of, document, read
from tests.tools.test_openapi import PETS

BEARER = {"type": "bearer", "token": "pets-token"}


async def test_a_document_is_read_and_its_tools_called(cast: Cast, api: Api) -> None:
    answer = await read(
        cast.anna,
        PETS,
        base_url=f"{api.url}/v9",
        create=["listPets", "create pet"],
        name_prefix="pets_",
        credentials=BEARER,
    )
    created = {each["name"]: each for each in answer["created"]}

    listed = await try_tool(cast.anna, created["pets_listPets"]["id"], {"limit": 2})
    await try_tool(cast.anna, created["pets_create_pet"]["id"], {"name": None})
    wrong = await try_tool(cast.anna, created["pets_listPets"]["id"], {"limit": 1})

    assert (answer["operation_count"], len(answer["operations"])) == (3, 3)
    assert listed["output"]["path"] == "/v9/pets"
    assert api.seen[0].headers["Authorization"] == "Bearer pets-token"
    assert (api.seen[1].method, api.seen[1].body) == ("POST", '{"name":null}')
    assert "limit: 1 is less than or equal to the minimum of 1" in wrong["error"]


async def test_a_document_is_fetched_by_its_url(cast: Cast, api: Api) -> None:
    api.headers, api.body = (
        {"Content-Type": "application/yaml"},
        PETS.replace("https://{region}.example.com/v1", "/v1").encode(),
    )
    url = {"url": f"{api.url}/openapi.yaml"}
    found = await cast.anna.http.post("/tools/import-openapi", json=url)
    api.body += b"\nx-more: 1\n"
    changed = await cast.anna.http.post("/tools/import-openapi", json={**url, "digest": found.json["digest"]})
    api.status = 404
    missing = await cast.anna.http.post("/tools/import-openapi", json=url)
    inner = await cast.anna.http.post("/tools/import-openapi", json={"url": "http://169.254.169.254/openapi.yaml"})

    assert (found.json["base_url"], found.json["created"]) == (f"{api.url}/v1", [])
    assert (changed.status, changed.json["code"]) == (409, "openapi_changed")
    assert (missing.status, missing.json["errors"][0]["field"]) == (422, "url")
    assert (inner.status, inner.json["code"]) == (422, "outbound_refused")


async def test_importing_again_updates_what_changed_and_duplicates_nothing(cast: Cast) -> None:
    first = await read(cast.anna, PETS, create="all")
    listed = next(each for each in first["created"] if each["name"] == "listPets")
    own = {**listed["configuration"], "errors": {"404": "No such pets."}}
    await cast.anna.http.patch(f"/tools/{listed['id']}", json={"configuration": own, "is_active": False})

    newer = PETS.replace("description: How many", "description: How many pets").replace("/pets/{pet-id}", "/dogs/{pet-id}")
    shown = await read(cast.anna, newer)
    second = await read(cast.anna, newer, create="all")
    third = await read(cast.anna, newer, create="all")
    now = (await cast.anna.http.get(f"/tools/{listed['id']}")).json

    assert [(each["operation_id"], each["status"]) for each in shown["operations"]] == [
        ("listPets", "changed"),
        ("create pet", "changed"),
        ("put/dogs/{pet-id}", "new"),
    ]
    assert shown["operations"][0]["tool_id"] == listed["id"]
    assert shown["operations"][0]["changes"] == ["parameters_schema"]
    assert [(each["name"], each["operation"]) for each in shown["removed"]] == [("put_pets_pet-id", "PUT /pets/{pet-id}")]
    assert [each["name"] for each in second["updated"]] == ["listPets", "create_pet"]
    assert [each["name"] for each in second["created"]] == ["put_dogs_pet-id"]
    assert (third["created"], third["updated"]) == ([], [])
    assert {each["status"] for each in third["operations"]} == {"unchanged"}
    assert now["parameters_schema"]["properties"]["limit"]["description"] == "How many pets"
    assert (now["configuration"]["errors"], now["is_active"]) == ({"404": "No such pets."}, False)


async def test_names_that_are_taken_or_too_long_are_changed_the_same_way_each_time(cast: Cast) -> None:
    long = "a_very_long_operation_id_that_two_operations_share_up_to_its_last_character_"
    given = document(
        {
            "/1": {"get": {"operationId": "calculator"}},
            "/2": {"get": {"operationId": f"{long}1"}},
            "/3": {"get": {"operationId": f"{long}2"}},
            "/4": {"get": {"operationId": "a.b"}, "put": {"operationId": "a b"}},
        }
    )
    created = (await read(cast.anna, given, create="all"))["created"]
    other = {**given, "info": {"title": "Other", "version": "1"}}
    again = (await read(cast.anna, other, create=["a.b"]))["created"]

    assert [each["name"] for each in created] == ["calculator_2", long[:64], long[:62] + "_2", "a_b", "a_b_2"]
    assert [each["name"] for each in again] == ["a_b_3"]


async def test_an_operation_that_cannot_be_updated_is_named_and_stops_no_other(cast: Cast) -> None:
    await read(cast.anna, PETS, create="all", credentials=BEARER)
    moved = PETS.replace("https://{region}.example.com/v1", "https://moved.example.com").replace(
        "/pets/{pet-id}", "/new/{pet-id}"
    )
    answer = await read(cast.anna, moved, create="all")
    given = await read(cast.anna, moved, create="all", credentials=BEARER)

    assert [each["name"] for each in answer["created"]] == ["put_new_pet-id"]
    assert [each["operation_id"] for each in answer["skipped"]] == ["listPets", "create pet"]
    assert "calls another host" in answer["skipped"][0]["reason"]
    assert [each["name"] for each in given["updated"]] == ["listPets", "create_pet"]


async def test_credentials_go_to_the_server_of_the_document_alone(cast: Cast) -> None:
    paths: dict[str, Any] = {
        "/a": {"get": {"operationId": "a"}},
        "/b": {"get": {"operationId": "b", "servers": [{"url": "https://elsewhere.example"}]}},
        "/c": {"get": {"operationId": "c", "security": []}},
    }
    answer = await read(cast.anna, document(paths), create="all", credentials=BEARER)

    assert {each["name"]: each["has_credentials"] for each in answer["created"]} == {"a": True, "b": False, "c": False}
    assert answer["warnings"] == ["GET /b calls https://elsewhere.example; it got no credentials. Give them to its tool."]


async def test_a_large_document_is_shown_in_chunks_and_imported(cast: Cast) -> None:
    filling = "It holds a text that fills the document. " * 165
    paths = {f"/things/{n}": {"get": {"operationId": f"thing{n}", "x-filling": filling}} for n in range(1500)}
    given = document(paths)
    first = await cast.anna.http.post("/tools/import-openapi", json={"document": str_of(given), "limit": 50})
    last = await read(cast.anna, str_of(given), offset=1450, with_tools=False, create=["thing0", "thing1499"])

    assert first.status == 200, first.text[:500]
    assert (first.json["operation_count"], len(first.json["operations"])) == (1500, 50)
    assert [len(last["operations"]), last["operations"][0]["operation_id"]] == [50, "thing1450"]
    assert last["operations"][0]["tool"] is None
    assert [each["name"] for each in last["created"]] == ["thing0", "thing1499"]


def str_of(given: Any) -> str:
    import json  # noqa: PLC0415

    text = json.dumps(given)
    assert 10_000_000 < len(text) <= 10_485_760
    return text


async def test_documents_over_the_limits_are_refused_by_field(cast: Cast) -> None:
    large = await cast.anna.http.post("/tools/import-openapi", json={"document": "x" * 10_485_761})
    many = document({f"/{n}": {"get": {}} for n in range(2001)})
    refused = await cast.anna.http.post("/tools/import-openapi", json={"document": many})

    assert (large.status, large.json["errors"][0]["field"]) == (422, "document")
    assert (refused.status, refused.json["errors"][0]["message"]) == (422, "has more than 2,000 operations")
    assert refused.json["remedy"] == "Split it into several documents."


async def test_the_offered_tool_is_a_body_that_is_taken(cast: Cast) -> None:
    offered = (await read(cast.anna, PETS))["operations"][0]
    made = await cast.anna.http.post("/tools", json=offered["tool"])

    assert offered["status"] == "new"
    assert made.status == 201, made.text


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "document"),
        ({"document": PETS, "url": "https://example.com"}, "document"),
        ({"document": PETS, "create": ["none"]}, "create.0"),
        ({"document": "not: openapi"}, "document"),
        ({"document": PETS, "name_prefix": "a b"}, "name_prefix"),
        ({"document": PETS, "base_url": "nowhere"}, "base_url"),
        ({"document": PETS, "create": "all", "credentials": {"type": "bearer"}}, "credentials.bearer.token"),
        ({"document": PETS, "limit": 2001}, "limit"),
    ],
)
async def test_wrong_imports_are_named(cast: Cast, body: dict[str, Any], field: str) -> None:
    before = (await cast.anna.http.get("/tools")).json

    assert await fields_of(cast.anna, "POST", "/tools/import-openapi", body) == (422, [field])
    assert (await cast.anna.http.get("/tools")).json == before


async def test_exact_integers_of_a_schema_are_kept(cast: Cast) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": -9223372036854776000, "maximum": 10**30}}}
    given = document({"/a": {"post": {"requestBody": body_of("application/json", schema)}}})
    created = (await read(cast.anna, given, create="all"))["created"][0]

    assert created["parameters_schema"]["properties"]["n"]["minimum"] == -9223372036854776000
    assert created["parameters_schema"]["properties"]["n"]["maximum"] == 10**30
