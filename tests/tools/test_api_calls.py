import base64
from typing import Any

import orjson
import pytest

from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.tools.conftest import Api, make_tool, try_tool

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "q": {"type": "string"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "count": {"type": "integer"},
        "note": {"type": ["string", "null"]},
    },
    "required": ["id"],
}


async def test_arguments_go_where_the_templates_say(cast: Cast, api: Api) -> None:
    tool = await make_tool(
        cast.anna,
        {
            "method": "POST",
            "url": api.url + "/items/{id}",
            "query": {"q": "{q}", "tags": "{tags}", "fixed": "1"},
            "headers": {"X-Note": "n={note}"},
            "body": {"count": "{count}", "note": "{note}", "text": "q is {q}", "graph": "{ user {name} }", "left": "{q}"},
        },
        parameters_schema=SCHEMA,
    )
    await try_tool(cast.anna, tool["id"], {"id": "a/b?c", "tags": ["x", "y z"], "count": 3, "note": None})
    seen = api.seen[0]

    assert seen.path in {"/items/a%2Fb%3Fc?tags=x,y%20z&fixed=1", "/items/a%2Fb%3Fc?tags=x%2Cy%20z&fixed=1"}
    assert orjson.loads(seen.body) == {"count": 3, "note": None, "graph": "{ user {name} }"}
    assert seen.headers["Content-Type"] == "application/json"
    assert "X-Note" not in seen.headers
    assert seen.headers["Idempotency-Key"].startswith("test:")


@pytest.mark.parametrize("value", ["", ".", ".."])
async def test_an_argument_does_not_climb_out_of_its_path(cast: Cast, api: Api, value: str) -> None:
    tool = await make_tool(cast.anna, {"url": api.url + "/public/{id}"}, parameters_schema=SCHEMA)
    answer = await try_tool(cast.anna, tool["id"], {"id": value})

    assert answer["ok"] is False
    assert not api.seen


async def test_an_argument_is_never_read_as_a_template(cast: Cast, api: Api) -> None:
    agent = await make_agent(cast.anna, variables=[{"name": "key", "value": "hidden-value", "is_secret": True}])
    tool = await make_tool(
        cast.anna,
        {"url": api.url, "query": {"q": "{q}", "k": "{{key}}"}},
        parameters_schema={"type": "object", "properties": {"q": {}}},
    )
    answer = await try_tool(cast.anna, tool["id"], {"q": "{{key}} {q}"}, agent_id=agent["id"])

    assert api.seen[0].query == {"q": "{{key}} {q}", "k": "hidden-value"}
    assert answer["output"]["query"] == {"q": "{{key}} {q}", "k": "[secret]"}


async def test_a_variable_may_name_the_server(cast: Cast, api: Api) -> None:
    agent = await make_agent(cast.anna, variables=[{"name": "base", "value": api.url}])
    tool = await make_tool(cast.anna, {"url": "{{base}}/x/{id}"}, parameters_schema=SCHEMA)

    answer = await try_tool(cast.anna, tool["id"], {"id": "7"}, agent_id=agent["id"])
    alone = await try_tool(cast.anna, tool["id"], {"id": "7"})

    assert answer["ok"], answer
    assert api.seen[0].path == "/x/7"
    assert "{{base}}" in alone["error"]


async def test_forms_and_texts_are_sent(cast: Cast, api: Api) -> None:
    form = await make_tool(
        cast.anna,
        {"method": "POST", "url": api.url, "body": {"id": "{id}", "q": "{q}"}, "body_type": "form"},
        parameters_schema=SCHEMA,
    )
    text = await make_tool(
        cast.anna,
        {"method": "PUT", "url": api.url, "body": "id={id}", "body_type": "text"},
        name="text",
        parameters_schema=SCHEMA,
    )
    await try_tool(cast.anna, form["id"], {"id": "a b&c"})
    await try_tool(cast.anna, text["id"], {"id": "ä"})

    assert [each.body for each in api.seen] == ["id=a+b%26c", "id=ä"]
    assert api.seen[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("credentials", "header", "query"),
    [
        ({"type": "bearer", "token": "{{key}}"}, ("Authorization", "Bearer s3cret-value"), {}),
        (
            {"type": "api_key", "in": "header", "name": "X-Api-Key", "value": "s3cret-value"},
            ("X-Api-Key", "s3cret-value"),
            {},
        ),
        ({"type": "api_key", "in": "query", "name": "key", "value": "{{key}}"}, None, {"key": "s3cret-value"}),
        (
            {"type": "basic", "username": "ada", "password": "s3cret-value"},
            ("Authorization", f"Basic {base64.b64encode(b'ada:s3cret-value').decode()}"),
            {},
        ),
    ],
)
async def test_calls_are_signed_and_what_signs_does_not_come_back(
    cast: Cast, api: Api, credentials: dict[str, Any], header: tuple[str, str] | None, query: dict[str, str]
) -> None:
    agent = await make_agent(cast.anna, variables=[{"name": "key", "value": "s3cret-value", "is_secret": True}])
    tool = await make_tool(cast.anna, {"url": api.url}, credentials=credentials)
    api.body = orjson.dumps({"s3cret-value": ["you sent s3cret-value", "YWRhOnMzY3JldC12YWx1ZQ=="]})

    answer = await cast.anna.http.post(f"/tools/{tool['id']}/test", json={"arguments": {}, "agent_id": agent["id"]})

    seen = api.seen[0]
    assert header is None or seen.headers[header[0]] == header[1]
    assert seen.query == query
    assert "s3cret-value" not in answer.text
    assert answer.json["output"]["[secret]"][0] == "you sent [secret]"
    if credentials["type"] == "basic":
        assert "YWRhOnMzY3JldC12YWx1ZQ==" not in answer.text


async def test_answers_are_shaped(cast: Cast, api: Api) -> None:
    api.body = orjson.dumps({"data": {"items": [{"name": "x" * 500}], "a/b": 1}})
    picked = await make_tool(cast.anna, {"url": api.url, "response": {"select": "/data/a~1b"}}, name="picked")
    cut = await make_tool(cast.anna, {"url": api.url, "response": {"select": "/data/items", "max_chars": 100}}, name="cut")
    missing = await make_tool(cast.anna, {"url": api.url, "response": {"select": "/data/none"}}, name="missing")

    assert (await try_tool(cast.anna, picked["id"], {}))["output"] == 1
    assert "513 characters, 100 shown" in (await try_tool(cast.anna, cut["id"], {}))["output"]
    assert "nothing at /data/none" in (await try_tool(cast.anna, missing["id"], {}))["error"]


async def test_other_answers_are_told(cast: Cast, api: Api) -> None:
    tool = await make_tool(cast.anna, {"url": api.url})
    api.body = b""
    empty = await try_tool(cast.anna, tool["id"], {})
    api.headers, api.body = {"Content-Type": "application/json"}, b"{broken"
    broken = await try_tool(cast.anna, tool["id"], {})
    api.headers, api.body = {"Content-Type": "image/png"}, b"\x89PNG"
    picture = await try_tool(cast.anna, tool["id"], {})
    api.headers, api.body = {"Content-Type": "text/plain"}, b"a\0b"
    text = await try_tool(cast.anna, tool["id"], {})

    assert "the answer is empty" in empty["output"]
    assert broken["output"] == "{broken"
    assert "image/png (4 bytes)" in picture["output"]
    assert text["output"] == "ab"


async def test_errors_are_mapped_to_sentences(cast: Cast, api: Api) -> None:
    tool = await make_tool(cast.anna, {"url": api.url, "errors": {"404": "There is no such item.", "5xx": "It is down."}})
    api.status, api.body = 404, b"{}"
    missing = await try_tool(cast.anna, tool["id"], {})
    api.status, api.headers = 503, {"Retry-After": "7", "Content-Type": "text/plain"}
    down = await try_tool(cast.anna, tool["id"], {})

    assert "status 404. There is no such item." in missing["error"]
    assert "It is down. It asks to wait 7 s." in down["error"]


async def test_settings_fix_arguments(cast: Cast, api: Api) -> None:
    agent = await make_agent(cast.anna, variables=[{"name": "account", "value": "acme-7"}])
    tool = await make_tool(cast.anna, {"url": api.url + "/{id}", "query": {"q": "{q}"}}, parameters_schema=SCHEMA)
    path = f"/tools/{tool['id']}/test"
    settings = {"arguments": {"id": "{{account}}"}}

    fixed = await cast.anna.http.post(path, json={"arguments": {"q": "x"}, "settings": settings, "agent_id": agent["id"]})
    unknown = await cast.anna.http.post(path, json={"arguments": {}, "settings": {"arguments": {"zip": 1}}})
    other = await cast.anna.http.post(path, json={"arguments": {}, "settings": {"allowed_hosts": []}})

    assert fixed.json["ok"], fixed.text
    assert api.seen[0].path == "/acme-7?q=x"
    assert unknown.json["errors"][0]["field"] == "settings.arguments.zip"
    assert other.json["errors"][0]["field"] == "settings.allowed_hosts"


async def test_inner_addresses_cannot_be_called(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"url": "http://169.254.169.254/latest/meta-data/"})
    answer = await try_tool(cast.anna, tool["id"], {})

    assert answer["ok"] is False
    assert "may not be called" in answer["error"]


async def test_a_test_needs_the_right_to_change_tools(cast: Cast, api: Api) -> None:
    tool = await make_tool(cast.anna, {"url": api.url})
    path = f"/tools/{tool['id']}/test"

    assert (await cast.vera.http.post(path, json={})).status == 403
    assert (await cast.otto.http.post(path, json={})).status == 404
    assert not api.seen


@pytest.mark.parametrize("query", [{"k": "{{key}}"}, {}])
async def test_another_organizations_agent_is_unknown_to_a_test_of_a_tool(
    cast: Cast, api: Api, query: dict[str, str]
) -> None:
    agent = await make_agent(cast.anna, variables=[{"name": "key", "value": "acme-secret", "is_secret": True}])
    tool = await make_tool(cast.otto, {"url": api.url, "query": query})

    answer = await cast.otto.http.post(f"/tools/{tool['id']}/test", json={"agent_id": agent["id"]})

    assert answer.status == 422
    assert [each["field"] for each in answer.json["errors"]] == ["agent_id"]
    assert answer.json["remedy"]
    assert not api.seen
