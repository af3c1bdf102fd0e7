"""The tool ``web_search`` with each provider, and the settings that choose one."""

from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from retinue.core.settings import SettingsError
from retinue.process import Process
from tests.cast import Cast, assemble
from tests.conftest import Postgres
from tests.serving import serve
from tests.tools.conftest import try_tool
from tests.tools.search_servers import KEY, SearchServer, search_server, settings_of

__all__ = ["search_server"]

WEB_SEARCH = "01900000-0000-7000-8000-000000000010"


async def _search(cast: Cast, query: str = "bees", **fields: Any) -> dict[str, Any]:
    arguments = {"query": query} | fields.pop("arguments", {})
    return await try_tool(cast.anna, WEB_SEARCH, arguments, **fields)


async def _set(cast: Cast, settings: dict[str, Any]) -> dict[str, Any]:
    response = await cast.adam.http.request("PUT", "/web-search", json=settings)
    assert response.status == 200, response.text
    return response.json


@pytest.mark.parametrize("provider", ["searxng", "brave", "tavily"])
async def test_each_provider_is_asked_as_it_documents(cast: Cast, search_server: SearchServer, provider: str) -> None:
    await _set(cast, settings_of(search_server, provider))

    answer = await _search(cast, " bees\n and   honey ", arguments={"max_results": 2}, settings={"language": "de-DE"})

    assert answer["error"] is None
    assert search_server.queries == ["bees and honey"]
    assert answer["output"]["query"] == "bees and honey"
    assert [{name: each[name] for name in ("title", "url", "text")} for each in answer["output"]["results"]] == [
        {"title": "Bees", "url": f"{search_server.url}/pages/bees", "text": "About bees & more."},
        {"title": "Honey", "url": f"{search_server.url}/pages/honey", "text": "About honey."},
    ]
    language = {"searxng": ("language", "de-DE"), "brave": ("search_lang", "de"), "tavily": ("max_results", 2)}
    name, value = language[provider]
    assert search_server.asked[0][name] == value


async def test_search_without_a_provider_says_what_to_set(cast: Cast) -> None:
    answer = await _search(cast)
    tested = await cast.adam.http.post("/web-search/test")

    assert answer["ok"] is False
    assert "Settings, Web search" in answer["error"]
    assert "RETINUE_WEB_SEARCH_PROVIDER" in answer["error"]
    assert (tested.status, tested.json["code"]) == (422, "web_search_unset")


async def test_results_are_bounded(cast: Cast, search_server: SearchServer) -> None:
    await _set(cast, settings_of(search_server, "searxng"))
    long = {"title": "t" * 5000, "url": "https://example.com/", "content": "<b>x</b> " * 2_000}
    wrong = [7, {"title": "no address"}, {"url": "javascript:alert(1)"}, {"url": "https://example.com/" + "x" * 3000}]
    search_server.results = [*wrong, *[long] * 40]

    usual = await _search(cast)
    most = await _search(cast, arguments={"max_results": 20})
    narrowed = await _search(cast, arguments={"max_results": 20}, settings={"max_results": 3})

    assert [len(each["output"]["results"]) for each in (usual, most, narrowed)] == [5, 20, 3]
    (first, *_) = most["output"]["results"]
    assert (len(first["title"]), len(first["text"]) <= 1501, "<b>" in first["text"]) == (301, True, False)


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (401, "", "API key"),
        (403, "", "API key"),
        (429, "", "limit"),
        (432, "", "limit"),
        (500, "", "500"),
        (302, "", "302"),
        (200, "<html>", "no search results"),
        (200, "[1]", "no search results"),
        (200, '{"results": 7}', "no search results"),
    ],
)
async def test_what_a_provider_refuses_is_told(
    cast: Cast, search_server: SearchServer, status: int, body: str, text: str
) -> None:
    await _set(cast, settings_of(search_server, "tavily"))
    search_server.status, search_server.body = status, body

    answer = await _search(cast)
    tested = (await cast.adam.http.post("/web-search/test")).json

    assert answer["ok"] is tested["ok"] is False
    assert text in answer["error"]
    assert text in tested["error"]
    assert KEY not in str(answer) + str(tested)


async def test_searxng_without_json_says_how_to_enable_it(cast: Cast, search_server: SearchServer) -> None:
    await _set(cast, settings_of(search_server, "searxng"))
    search_server.has_json = False

    assert "search.formats" in (await _search(cast))["error"]


async def test_address_that_is_closed_is_not_asked(cast: Cast) -> None:
    await _set(cast, {"provider": "searxng", "url": "http://10.255.255.1:8080"})

    answer = await _search(cast)

    assert answer["ok"] is False
    assert "searxng cannot be asked" in answer["error"]
    assert "10.255.255.1" in answer["error"]


async def test_settings_are_shown_without_the_key_and_tested(
    cast: Cast, search_server: SearchServer, postgres: Postgres
) -> None:
    none = (await cast.vera.http.get("/web-search")).json
    made = await _set(cast, settings_of(search_server, "brave"))
    tested = (await cast.adam.http.post("/web-search/test")).json
    log = (await cast.olga.http.get("/audit-log?limit=50")).text
    with psycopg.connect(postgres.owner_url) as connection:
        (row,) = connection.execute("SELECT w::text FROM web_search_settings w WHERE organization_id = %s", (cast.acme,))

    assert none == {"source": "none", "provider": None, "url": None, "has_api_key": False, "updated_at": None}
    assert (made["source"], made["provider"], made["has_api_key"]) == ("organization", "brave", True)
    assert (await cast.vera.http.get("/web-search")).json == made
    assert tested == {"ok": True, "result_count": 3, "error": None}
    assert "web_search.updated" in log
    assert KEY not in str(made) + log + row[0]


async def test_key_stays_for_the_same_address_only(cast: Cast, search_server: SearchServer) -> None:
    settings = settings_of(search_server, "tavily")
    await _set(cast, settings)
    keyless = {name: value for name, value in settings.items() if name != "api_key"}

    kept = await _set(cast, keyless)
    works = await _search(cast)
    moved = await cast.adam.http.request("PUT", "/web-search", json=keyless | {"url": "https://elsewhere.example.com"})
    removed = await cast.adam.http.request("PUT", "/web-search", json=settings | {"api_key": None})

    assert (kept["has_api_key"], works["ok"]) == (True, True)
    assert [(each.status, each.json["errors"][0]["field"]) for each in (moved, removed)] == [(422, "api_key")] * 2


async def test_wrong_settings_name_the_field(cast: Cast) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"provider": "bing"}, "provider"),
        ({"provider": "searxng"}, "url"),
        ({"provider": "searxng", "url": "ftp://example.com"}, "url"),
        ({"provider": "searxng", "url": "https://example.com/?q=x"}, "url"),
        ({"provider": "brave"}, "api_key"),
        ({"provider": "tavily", "api_key": ""}, "api_key"),
        ({"provider": "brave", "api_key": "x", "colour": "red"}, "colour"),
        ({}, "provider"),
    ]
    for body, field in wrong:
        response = await cast.adam.http.request("PUT", "/web-search", json=body)
        assert (response.status, [each["field"] for each in response.json["errors"]]) == (422, [field]), body
    assert (await cast.vera.http.get("/web-search")).json["source"] == "none"


async def test_administrators_alone_choose_the_provider_of_their_organization(
    cast: Cast, search_server: SearchServer
) -> None:
    settings = settings_of(search_server, "searxng")
    denied = [
        await cast.anna.http.request("PUT", "/web-search", json=settings),
        await cast.vera.http.delete("/web-search"),
        await cast.anna.http.post("/web-search/test"),
    ]
    await _set(cast, settings)
    strangers = (await cast.otto.http.get("/web-search")).json
    deleted = [(await cast.adam.http.delete("/web-search")).status for _ in range(2)]

    assert [each.status for each in denied] == [403] * 3
    assert strangers["source"] == "none"
    assert deleted == [204, 204]
    assert (await cast.vera.http.get("/web-search")).json["source"] == "none"


@pytest.fixture
async def equipped(environ: dict[str, str], search_server: SearchServer, postgres: Postgres) -> AsyncIterator[Cast]:
    """Give people of an installation with a search provider."""
    settings = settings_of(search_server, "tavily")
    own = {
        "RETINUE_WEB_SEARCH_PROVIDER": "tavily",
        "RETINUE_WEB_SEARCH_URL": settings["url"],
        "RETINUE_WEB_SEARCH_API_KEY": KEY,
    }
    process = Process(environ | own)
    await process.start()
    async with serve(process) as client:
        yield await assemble(process, client)
    await process.stop()


async def test_installation_s_provider_serves_organizations_without_one(equipped: Cast, search_server: SearchServer) -> None:
    shown = (await equipped.vera.http.get("/web-search")).json
    answer = await _search(equipped)
    await _set(equipped, settings_of(search_server, "searxng"))
    own = (await equipped.vera.http.get("/web-search")).json

    assert (shown["source"], shown["provider"], shown["url"], shown["has_api_key"]) == ("installation", "tavily", None, True)
    assert answer["ok"] is True
    assert (own["source"], own["provider"]) == ("organization", "searxng")


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"RETINUE_WEB_SEARCH_PROVIDER": "bing"}, "RETINUE_WEB_SEARCH_PROVIDER"),
        ({"RETINUE_WEB_SEARCH_PROVIDER": "brave"}, "RETINUE_WEB_SEARCH_API_KEY"),
        ({"RETINUE_WEB_SEARCH_PROVIDER": "searxng"}, "RETINUE_WEB_SEARCH_URL"),
    ],
)
def test_wrong_setting_of_the_installation_stops_the_start(
    environ: dict[str, str], settings: dict[str, str], name: str
) -> None:
    with pytest.raises(SettingsError, match=name):
        Process(environ | settings)
