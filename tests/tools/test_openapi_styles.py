"""What arrives at a server for each style of parameters. Expected values are those of the specification's tables."""

from typing import Any

import pytest

from tests.cast import Cast
from tests.tools.conftest import Api, make_tool, try_tool
from tests.tools.documents import call, call_each

COLORS = ["blue", "black", "brown"]
RGB = {"R": 100, "G": 200}
ARRAY = {"type": "array", "items": {"type": "string"}}
OBJECT = {"type": "object"}


def _query(schema: Any, **fields: Any) -> dict[str, Any]:
    return {"parameters": [{"name": "color", "in": "query", "schema": schema, **fields}]}


QUERY: list[tuple[dict[str, Any], Any, str]] = [
    (_query(ARRAY), ["red", "a,b"], "color=red&color=a%2Cb"),
    (_query(ARRAY, explode=False), ["red", "a,b"], "color=red,a%2Cb"),
    (_query(ARRAY, style="spaceDelimited", explode=False), COLORS, "color=blue%20black%20brown"),
    (_query(ARRAY, style="pipeDelimited", explode=False), COLORS, "color=blue%7Cblack%7Cbrown"),
    (_query(ARRAY, style="pipeDelimited", explode=True), COLORS, "color=blue&color=black&color=brown"),
    (_query(OBJECT), RGB, "R=100&G=200"),
    (_query(OBJECT, explode=False), RGB, "color=R,100,G,200"),
    (_query(OBJECT, style="spaceDelimited", explode=False), RGB, "color=R%20100%20G%20200"),
    (_query(OBJECT, style="deepObject", explode=True), RGB, "color%5BR%5D=100&color%5BG%5D=200"),
    (_query(OBJECT, style="deepObject"), {"a": {"b": [1, True]}},
     "color%5Ba%5D%5Bb%5D%5B0%5D=1&color%5Ba%5D%5Bb%5D%5B1%5D=true"),
    (_query({"type": "string"}), "a&b=c d", "color=a%26b%3Dc%20d"),
    (_query({"type": "string"}), "", "color="),
    (_query({"type": "string"}, allowReserved=True), "/a/b?c=d&e,f:100%", "color=/a/b?c%3Dd%26e,f:100%25"),
    (_query(ARRAY), [], ""),
    ({"parameters": [{"name": "color", "in": "query", "content": {"application/json": {"schema": OBJECT}}}]}, RGB,
     "color=%7B%22R%22%3A100%2C%22G%22%3A200%7D"),
]  # fmt: skip


async def test_query_parameters_are_sent_in_their_style(cast: Cast, api: Api) -> None:
    answers = await call_each(cast.anna, api, "GET /q", [(operation, {"color": value}) for operation, value, _ in QUERY])

    assert all(each["ok"] for each in answers), answers
    assert [each.path for each in api.seen] == [
        f"/{n}/q" + (f"?{sent}" if sent else "") for n, (_, _, sent) in enumerate(QUERY)
    ]


PATH: list[tuple[dict[str, Any], Any, str]] = [
    ({"schema": {"type": "string"}}, "a/b", "a%2Fb"),
    ({"schema": ARRAY}, ["x,y", "z"], "x%2Cy,z"),
    ({"schema": OBJECT}, RGB, "R,100,G,200"),
    ({"schema": OBJECT, "explode": True}, RGB, "R=100,G=200"),
    ({"schema": {"type": "integer"}, "style": "label"}, 5, ".5"),
    ({"schema": ARRAY, "style": "label"}, COLORS, ".blue,black,brown"),
    ({"schema": ARRAY, "style": "label", "explode": True}, COLORS, ".blue.black.brown"),
    ({"schema": OBJECT, "style": "label", "explode": True}, RGB, ".R=100.G=200"),
    ({"schema": {"type": "integer"}, "style": "matrix"}, 5, ";color=5"),
    ({"schema": ARRAY, "style": "matrix"}, COLORS, ";color=blue,black,brown"),
    ({"schema": ARRAY, "style": "matrix", "explode": True}, COLORS, ";color=blue;color=black;color=brown"),
    ({"schema": OBJECT, "style": "matrix"}, RGB, ";color=R,100,G,200"),
    ({"schema": OBJECT, "style": "matrix", "explode": True}, RGB, ";R=100;G=200"),
]


async def test_path_parameters_are_sent_in_their_style(cast: Cast, api: Api) -> None:
    calls = [
        ({"parameters": [{"name": "color", "in": "path", "required": True, **fields}]}, {"color": value})
        for fields, value, _ in PATH
    ]
    answers = await call_each(cast.anna, api, "GET /{color}/x", calls)

    assert all(each["ok"] for each in answers), answers
    assert [each.path for each in api.seen] == [f"/{n}/{sent}/x" for n, (_, _, sent) in enumerate(PATH)]


async def test_no_style_leaves_the_segment_of_the_path(cast: Cast, api: Api) -> None:
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    calls = [
        ({"parameters": [{**parameter, "style": style}]}, {"id": value})
        for value, style in ((".", "simple"), ("..", "simple"), (".", "label"), ("", "label"))
    ]
    answers = await call_each(cast.anna, api, "GET /{id}/x", calls)

    assert ["in an address" in each["error"] for each in answers] == [True] * 4
    assert not api.seen


HEADER: list[tuple[dict[str, Any], Any, str]] = [
    ({"schema": {"type": "integer"}}, 5, "5"),
    ({"schema": ARRAY}, COLORS, "blue,black,brown"),
    ({"schema": OBJECT}, RGB, "R,100,G,200"),
    ({"schema": OBJECT, "explode": True}, RGB, "R=100,G=200"),
    ({"content": {"application/json": {"schema": OBJECT}}}, RGB, '{"R":100,"G":200}'),
]


async def test_header_parameters_are_sent_in_their_style(cast: Cast, api: Api) -> None:
    calls = [
        ({"parameters": [{"name": "X-Color", "in": "header", **fields}]}, {"X-Color": value}) for fields, value, _ in HEADER
    ]
    await call_each(cast.anna, api, "GET /h", calls)

    assert [each.headers["X-Color"] for each in api.seen] == [sent for _, _, sent in HEADER]


COOKIE: list[tuple[dict[str, Any], Any, str]] = [
    ({"schema": {"type": "string"}}, "a;b c", "color=a%3Bb%20c"),
    ({"schema": ARRAY, "explode": False}, COLORS, "color=blue,black,brown"),
    ({"schema": OBJECT, "explode": False}, RGB, "color=R,100,G,200"),
    ({"schema": ARRAY}, ["x", "y"], "color=x; color=y"),
]


async def test_cookie_parameters_are_sent_as_cookies(cast: Cast, api: Api) -> None:
    calls = [
        ({"parameters": [{"name": "color", "in": "cookie", **fields}]}, {"color": value}) for fields, value, _ in COOKIE
    ]
    await call_each(cast.anna, api, "GET /h", calls)

    assert [each.headers["Cookie"] for each in api.seen] == [sent for _, _, sent in COOKIE]


async def test_a_key_in_a_cookie_joins_the_other_cookies_and_does_not_follow_to_another_origin(cast: Cast, api: Api) -> None:
    tool = await make_tool(
        cast.anna,
        {"url": api.url, "parameters": [{"argument": "lang", "name": "lang", "in": "cookie"}]},
        credentials={"type": "api_key", "in": "cookie", "name": "session", "value": "s3cret-value"},
    )
    await try_tool(cast.anna, tool["id"], {"lang": "de"})
    api.status, api.headers, api.body = 302, {"Location": api.url.replace("127.0.0.1", "localhost") + "/next"}, b""
    await try_tool(cast.anna, tool["id"], {"lang": "de"})

    assert api.seen[0].headers["Cookie"] == "lang=de; session=s3cret-value"
    assert [each.path for each in api.seen[1:3]] == ["/", "/next"]
    assert "Cookie" not in api.seen[2].headers


async def test_one_name_in_path_query_and_header_is_three_arguments(cast: Cast, api: Api) -> None:
    operation = {"parameters": [{"name": "id", "in": place, "required": True, "schema": {"type": "string"}}
                                for place in ("query", "header", "path")]}  # fmt: skip
    arguments = {"id": "1", "id_query": "2", "id_header": "3"}
    answer = await call(cast.anna, api, "GET /things/{id}", operation, arguments)

    assert answer["ok"], answer
    assert api.seen[0].path == "/0/things/1?id=2"
    assert api.seen[0].headers["id"] == "3"


@pytest.mark.parametrize(
    ("parameter", "field"),
    [
        ({"argument": "a", "name": "a", "in": "query", "style": "matrix"}, "configuration.parameters.0"),
        ({"argument": "a", "name": "Host", "in": "header"}, "configuration.parameters.0"),
        ({"argument": "a", "name": "a b", "in": "cookie"}, "configuration.parameters.0"),
        ({"argument": "a", "name": "a", "in": "body"}, "configuration.parameters.0.in"),
        ({"argument": "a", "name": "a", "in": "query", "content_type": "json"}, "configuration.parameters.0.content_type"),
    ],
)
async def test_wrong_parameters_of_a_tool_are_refused_by_field(cast: Cast, parameter: dict[str, Any], field: str) -> None:
    configuration = {"url": "https://api.example.com/x", "parameters": [parameter]}
    answer = await cast.anna.http.post("/tools", json={"name": "t", "tool_type": "api", "configuration": configuration})

    assert (answer.status, [each["field"] for each in answer.json["errors"]]) == (422, [field])
