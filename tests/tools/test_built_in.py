from datetime import datetime

import psycopg
import pytest

from retinue.engine.spec.schemas import schema_problems
from retinue.tools.kinds.html_text import read_page
from retinue.tools.registry import BUILT_INS as KNOWN
from tests.cast import Cast
from tests.conftest import Postgres
from tests.tools.conftest import BUILT_INS, Api, try_tool


def test_every_built_in_tool_is_a_row_and_a_kind(postgres: Postgres) -> None:
    with psycopg.connect(postgres.owner_url) as connection:
        rows = connection.execute(
            "SELECT name, configuration ->> 'builtin', parameters_schema FROM tools WHERE organization_id IS NULL"
        ).fetchall()

    assert {(name, kind) for name, kind, _ in rows} == {(name, name) for name in KNOWN}
    assert [schema_problems(schema, "parameters_schema") for _, _, schema in rows] == [()] * len(rows)


async def test_the_calculator_calculates(cast: Cast) -> None:
    answer = await try_tool(cast.anna, BUILT_INS["calculator"], {"expression": "0.1 + 0.2"})

    assert (answer["ok"], answer["output"], answer["error"]) == (True, "0.3", None)
    assert answer["duration_ms"] >= 0


async def test_wrong_arguments_are_told_to_the_model(cast: Cast) -> None:
    answer = await try_tool(cast.anna, BUILT_INS["calculator"], {"expresion": "1"})

    assert answer["ok"] is False
    assert "'expression' is a required property" in answer["error"]
    assert "'expresion' was unexpected" in answer["error"]


async def test_current_time_takes_a_timezone(cast: Cast) -> None:
    answer = await try_tool(cast.anna, BUILT_INS["current_time"], {"timezone": "asia/kolkata"})

    assert answer["output"]["timezone"] == "Asia/Kolkata"
    assert answer["output"]["utc_offset"] == "+05:30"
    assert datetime.fromisoformat(answer["output"]["iso"]).timestamp() == answer["output"]["unix"]


async def test_the_zone_of_the_settings_is_used_when_none_is_asked_for(cast: Cast) -> None:
    answer = await try_tool(cast.anna, BUILT_INS["current_time"], {}, settings={"timezone": "America/New_York"})

    assert answer["output"]["timezone"] == "America/New_York"


async def test_an_unknown_zone_is_told_with_a_hint(cast: Cast) -> None:
    answer = await try_tool(cast.anna, BUILT_INS["current_time"], {"timezone": "Berlin"})

    assert "Europe/Berlin" in answer["error"]


async def test_a_wrong_setting_is_refused(cast: Cast) -> None:
    body = {"arguments": {}, "settings": {"timezone": "Mars/Base", "x": 1}}
    answer = await cast.anna.http.post(f"/tools/{BUILT_INS['current_time']}/test", json=body)

    assert answer.status == 422
    assert {each["field"] for each in answer.json["errors"]} == {"settings.timezone", "settings.x"}


async def test_a_page_is_read_as_text(cast: Cast, api: Api) -> None:
    api.headers = {"Content-Type": "text/html; charset=utf-8"}
    api.body = b"<title>News</title><script>x()</script><h1>Hello</h1><p>See <a href='/more'>more</a> &amp; more"
    answer = await try_tool(cast.anna, BUILT_INS["http_fetch"], {"url": f"{api.url}/page"})

    assert answer["output"]["title"] == "News"
    assert answer["output"]["text"] == f"# Hello\n\nSee [more]({api.url}/more) & more"
    assert "x()" not in answer["output"]["text"]


async def test_a_long_text_is_cut(cast: Cast, api: Api) -> None:
    api.headers, api.body = {"Content-Type": "text/plain"}, b"word " * 50_000
    answer = await try_tool(cast.anna, BUILT_INS["http_fetch"], {"url": api.url, "max_chars": 500})

    assert len(answer["output"]["text"]) == 500
    assert answer["output"]["is_cut"] is True


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest/meta-data/", "http://[::1]/", "http://10.0.0.1/", "http://127.0.0.2/"]
)
async def test_inner_addresses_cannot_be_fetched(cast: Cast, url: str) -> None:
    answer = await try_tool(cast.anna, BUILT_INS["http_fetch"], {"url": url})

    assert answer["ok"] is False
    assert "may not be called" in answer["error"]


async def test_allowed_hosts_narrow_what_is_fetched(cast: Cast, api: Api) -> None:
    settings = {"allowed_hosts": ["*.example.com"]}
    answer = await try_tool(cast.anna, BUILT_INS["http_fetch"], {"url": api.url}, settings=settings)

    assert "is not among the hosts allowed" in answer["error"]
    assert not api.seen


async def test_error_pages_and_other_types_are_told(cast: Cast, api: Api) -> None:
    api.status, api.headers, api.body = 404, {"Content-Type": "text/plain"}, b"no such page"
    missing = await try_tool(cast.anna, BUILT_INS["http_fetch"], {"url": api.url})
    api.status, api.headers, api.body = 200, {"Content-Type": "image/png"}, b"\x89PNG"
    picture = await try_tool(cast.anna, BUILT_INS["http_fetch"], {"url": api.url})

    assert "status 404" in missing["error"]
    assert "image/png" in picture["error"]


async def test_an_artifact_is_written(cast: Cast) -> None:
    answer = await try_tool(cast.anna, BUILT_INS["write_artifact"], {"name": "report.md", "content": "# Grüße"})

    assert answer["artifacts"] == [{"name": "report.md", "type": "text/markdown", "size": 9}]
    assert "report.md" in answer["output"]


@pytest.mark.parametrize("name", ["../x", "a/b.txt", "a\\b", "..", " ", "a\nb", "x\u202egpj.exe"])
async def test_an_artifact_needs_a_plain_name(cast: Cast, name: str) -> None:
    answer = await try_tool(cast.anna, BUILT_INS["write_artifact"], {"name": name, "content": ""})

    assert answer["ok"] is False


async def test_built_in_tools_cannot_be_changed(cast: Cast) -> None:
    path = f"/tools/{BUILT_INS['calculator']}"

    changed = await cast.olga.http.patch(path, json={"description": "mine"})
    deleted = await cast.olga.http.delete(path)
    copied = await cast.olga.http.post(
        "/tools", json={"name": "calculator", "tool_type": "api", "configuration": {"url": "https://example.com"}}
    )

    assert [each.json["code"] for each in (changed, deleted, copied)] == [
        "tool_built_in",
        "tool_built_in",
        "tool_name_taken",
    ]
    assert [each.status for each in (changed, deleted, copied)] == [409, 409, 409]


def test_broken_pages_are_read_in_time_that_grows_with_their_length() -> None:
    for page in (
        "<a>" * 50_000,
        "<!" * 200_000,
        "<svg>" * 50_000 + "</script>" * 50_000,
        '<a href="' * 50_000,
        "<" * 200_000,
    ):
        assert read_page(page, "https://example.com/").title == ""


def test_code_keeps_its_lines_and_lists_their_numbers() -> None:
    listed = "<ol start=3><li>One<li>Two<ul><li>Inner</ul><li>Three</ol><ul><li>Dot</ul>"
    page = f"<p>Run:<pre>def f():\n    return  1 &lt; 2\n</pre>{listed}"

    text = read_page(page, "https://example.com/").text

    assert "```\ndef f():\n    return  1 < 2\n\n```" in text
    assert [line for line in text.split("\n") if line[:1] in "-345" and line] == [
        "3. One",
        "4. Two",
        "- Inner",
        "5. Three",
        "- Dot",
    ]


def test_links_follow_the_first_base_of_the_page() -> None:
    page = '<base target=_top><base href="/docs/"><base href="https://evil.example/"><a href="a.html">A</a> <pre>open'

    text = read_page(page, "https://example.com/x/y").text

    assert text == "[A](https://example.com/docs/a.html)\n\n```\nopen\n```"
