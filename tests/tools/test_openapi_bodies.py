"""What arrives at a server for each type of body."""

import base64
from email import message_from_bytes
from typing import Any

import pytest

from retinue.core.json import loads
from tests.cast import Cast
from tests.tools.conftest import Api, make_tool, try_tool
from tests.tools.documents import body_of, call, call_each

FIELDS = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "address": {"type": "object"},
        "items": {"type": "array", "items": {"type": "object"}},
    },
}
ARGUMENTS = {"name": "a&b", "tags": ["x", "y z"], "address": {"city": "Ulm", "geo": {"lat": 1}}, "items": [{"n": 1}]}


def _parts(api: Api) -> list[tuple[str, str | None, str, str]]:
    """Return name, file name, media type and content of each part that arrived."""
    head = f"Content-Type: {api.seen[0].headers['Content-Type']}\r\n\r\n".encode()
    message = message_from_bytes(head + api.seen[0].body.encode())
    parts: Any = message.get_payload()
    return [
        (
            part.get_param("name", header="Content-Disposition"),
            part.get_filename(),
            part["Content-Type"],
            part.get_payload(decode=True).decode(),
        )
        for part in parts
    ]


async def test_a_json_media_type_is_kept(cast: Cast, api: Api) -> None:
    types = ["application/vnd.api+json", "application/merge-patch+json", "application/json; charset=utf-8"]
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    await call_each(cast.anna, api, "PATCH /j", [({"requestBody": body_of(each, schema)}, {"a": 1}) for each in types])

    assert [(each.headers["Content-Type"], each.body) for each in api.seen] == [(each, '{"a":1}') for each in types]


async def test_a_json_patch_is_one_argument(cast: Cast, api: Api) -> None:
    operation = {"requestBody": body_of("application/json-patch+json", {"type": "array", "items": {"type": "object"}})}
    await call(cast.anna, api, "PATCH /things", operation, {"body": [{"op": "remove", "path": "/a"}]})

    assert api.seen[0].headers["Content-Type"] == "application/json-patch+json"
    assert api.seen[0].body == '[{"op":"remove","path":"/a"}]'


async def test_a_form_repeats_lists_and_keys_objects(cast: Cast, api: Api) -> None:
    operation = {"requestBody": body_of("application/x-www-form-urlencoded", FIELDS)}
    await call(cast.anna, api, "POST /things", operation, ARGUMENTS)

    assert api.seen[0].headers["Content-Type"] == "application/x-www-form-urlencoded"
    sent = "address%5Bcity%5D=Ulm&address%5Bgeo%5D%5Blat%5D=1&items%5B0%5D%5Bn%5D=1&name=a%26b&tags=x&tags=y+z"
    assert sorted(api.seen[0].body.split("&")) == sent.split("&")


async def test_a_form_honours_its_encoding(cast: Cast, api: Api) -> None:
    encoding = {
        "name": {"allowReserved": True},
        "tags": {"style": "pipeDelimited", "explode": False},
        "address": {"contentType": "application/json"},
        "items": {"style": "deepObject", "explode": True},
    }
    operation = {"requestBody": body_of("application/x-www-form-urlencoded", FIELDS, encoding=encoding)}
    arguments = {"name": "a/b:c", "tags": ["x", "y"], "address": {"city": "Ulm"}, "items": [{"n": 1}]}
    await call(cast.anna, api, "POST /things", operation, arguments)

    sent = "address=%7B%22city%22%3A%22Ulm%22%7D&items%5B0%5D%5Bn%5D=1&name=a/b:c&tags=x%7Cy"
    assert sorted(api.seen[0].body.split("&")) == sent.split("&")


async def test_multipart_sends_files_as_text_base64_and_lists(cast: Cast, api: Api) -> None:
    schema = {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "pages": {"type": "array", "items": {"type": "string", "format": "binary"}},
            "meta": {"type": "object"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "history": {"type": "object"},
        },
    }
    encoding = {"file": {"contentType": "image/png, image/jpeg"}, "history": {"contentType": "application/x-history+json"}}
    operation = {"requestBody": body_of("multipart/form-data", schema, encoding=encoding)}
    arguments = {
        "file": {"base64": base64.b64encode(b"P\x01NG").decode(), "filename": 'a "b".png'},
        "pages": [{"text": "one"}, {"text": "two", "content_type": "text/markdown", "filename": "2.md"}],
        "meta": {"k": 1},
        "tags": ["x", "y"],
        "history": {"h": 2},
    }
    answer = await call(cast.anna, api, "POST /things", operation, arguments)

    assert answer["ok"], answer
    assert _parts(api) == [
        ("meta", None, "application/json", '{"k":1}'),
        ("tags", None, "text/plain; charset=utf-8", "x"),
        ("tags", None, "text/plain; charset=utf-8", "y"),
        ("history", None, "application/x-history+json", '{"h":2}'),
        ("file", 'a "b".png', "image/png", "P\x01NG"),
        ("pages", "pages.txt", "text/plain; charset=utf-8", "one"),
        ("pages", "2.md", "text/markdown", "two"),
    ]


WRONG_FILES: list[tuple[dict[str, str], str]] = [
    ({}, "exactly one of text, base64 and artifact"),
    ({"text": "a", "base64": "YQ=="}, "exactly one of text, base64 and artifact"),
    ({"base64": "%%%"}, "base64 is not base64"),
    ({"artifact": "report.pdf"}, "has made no file report.pdf"),
    ({"text": "a", "filename": "a\r\nX-Evil: 1"}, "control characters"),
]


async def test_a_file_that_cannot_be_sent_is_told_to_the_model(cast: Cast, api: Api) -> None:
    operation = {"requestBody": body_of("application/octet-stream", {"type": "string", "format": "binary"})}
    answers = await call_each(cast.anna, api, "POST /f", [(operation, {"body": file}) for file, _ in WRONG_FILES])

    assert [told in each["error"] for each, (_, told) in zip(answers, WRONG_FILES, strict=True)] == [True] * len(answers)
    assert not api.seen


async def test_a_binary_body_is_a_file(cast: Cast, api: Api) -> None:
    types = ["image/png", "image/*"]
    file = {"base64": base64.b64encode(b"GIF8").decode(), "content_type": "image/gif"}
    calls = [({"requestBody": body_of(each, {"type": "string", "format": "binary"})}, {"body": file}) for each in types]
    await call_each(cast.anna, api, "PUT /b", calls)

    assert [(each.headers["Content-Type"], each.body) for each in api.seen] == [("image/png", "GIF8"), ("image/gif", "GIF8")]


async def test_a_text_body_is_sent_as_it_is(cast: Cast, api: Api) -> None:
    types = ["text/plain", "application/xml", "text/csv"]
    calls = [({"requestBody": body_of(each, {"type": "object"})}, {"body": "<a>1</a>"}) for each in types]
    await call_each(cast.anna, api, "POST /t", calls)

    assert [(each.headers["Content-Type"], each.body) for each in api.seen] == [(each, "<a>1</a>") for each in types]


async def test_a_get_with_a_body_sends_it(cast: Cast, api: Api) -> None:
    operation = {"requestBody": body_of("application/json", {"type": "object", "properties": {"query": {"type": "object"}}})}
    await call(cast.anna, api, "GET /search", operation, {"query": {"match_all": {}}})

    assert (api.seen[0].method, api.seen[0].body) == ("GET", '{"query":{"match_all":{}}}')


async def test_fields_whose_names_are_no_argument_names_are_still_arguments(cast: Cast, api: Api) -> None:
    schema = {"type": "object", "properties": {"@type": {"type": "string"}, "filter[a]": {"type": "string"}, "id": {}}}
    operation = {
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "requestBody": body_of("application/json", schema),
    }
    arguments = {"id": "7", "_type": "T", "filter_a_": "f", "id_body": 8}
    answer = await call(cast.anna, api, "POST /things/{id}", operation, arguments)

    assert answer["ok"], answer
    assert api.seen[0].path == "/0/things/7"
    assert loads(api.seen[0].body) == {"@type": "T", "filter[a]": "f", "id": 8}


@pytest.mark.parametrize(
    ("configuration", "field"),
    [
        ({"method": "HEAD", "body": {}}, "configuration"),
        ({"method": "POST", "body_type": "multipart", "body": [1]}, "configuration"),
        ({"method": "POST", "body_type": "binary", "body": {"a": "{a}"}}, "configuration"),
        ({"method": "POST", "body": {}, "content_type": "json"}, "configuration.content_type"),
        ({"method": "POST", "body": {}, "encoding": {"a": {"style": "matrix"}}}, "configuration.encoding.a.style"),
    ],
)
async def test_wrong_bodies_of_a_tool_are_refused_by_field(cast: Cast, configuration: dict[str, Any], field: str) -> None:
    body = {"name": "t", "tool_type": "api", "configuration": {"url": "https://api.example.com", **configuration}}
    answer = await cast.anna.http.post("/tools", json=body)

    assert (answer.status, [each["field"] for each in answer.json["errors"]]) == (422, [field])


async def test_a_tool_by_hand_sends_multipart(cast: Cast, api: Api) -> None:
    configuration = {
        "method": "POST",
        "url": api.url,
        "body_type": "multipart",
        "body": {"title": "{title}", "file": "{file}"},
        "encoding": {"file": {"is_file": True}},
    }
    schema = {"type": "object", "properties": {"title": {"type": "string"}, "file": {"type": "object"}}}
    tool = await make_tool(cast.anna, configuration, parameters_schema=schema)
    await try_tool(cast.anna, tool["id"], {"title": "T", "file": {"text": "hello"}})

    assert [(name, content) for name, _, _, content in _parts(api)] == [("title", "T"), ("file", "hello")]
