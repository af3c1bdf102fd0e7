"""The console's files over HTTP: caching, compression, the page for addresses of the browser, and none for the API's."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from retinue.core.http import console

PAGE = '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><div id="root"></div>'
SCRIPT = b"console.log('hello');" * 100
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def build(tmp_path: Path) -> Path:
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (assets / "index-abc123.js").write_bytes(SCRIPT)
    (assets / "index-abc123.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / ".vite").mkdir()
    (tmp_path / ".vite" / "manifest.json").write_text("{}")
    return tmp_path


@pytest.fixture
async def client(build: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    console.install(app.router, build)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_an_address_of_the_console_gets_its_page_under_a_strict_policy(client: httpx.AsyncClient) -> None:
    first = await client.get("/runs/123?tab=logs", headers=BROWSER)
    second = await client.get("/", headers=BROWSER)

    policy = first.headers["content-security-policy"]
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert first.status_code == 200
    assert first.headers["cache-control"] == "no-cache"
    assert f'content="{nonce}"' in first.text
    assert "script-src 'self';" in policy
    assert policy.endswith("frame-ancestors 'none'")
    assert nonce not in second.text


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api", "/assets/index-old.js"])
async def test_no_page_for_the_api_nor_for_a_file_of_an_older_build(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path, headers=BROWSER)).status_code == 404


async def test_no_page_for_a_program_that_asks_for_something_else(client: httpx.AsyncClient) -> None:
    assert (await client.get("/runs", headers={"Accept": "application/json"})).status_code == 404
    assert (await client.post("/runs", headers=BROWSER)).status_code == 404


async def test_the_address_itself_has_its_page_for_programs_that_take_anything(client: httpx.AsyncClient) -> None:
    assert (await client.get("/", headers={"Accept": "*/*"})).status_code == 200
    assert (await client.get("/runs", headers={"Accept": "*/*"})).status_code == 404


async def test_a_hashed_file_is_kept_forever_and_sent_compressed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/index-abc123.js", headers={"Accept-Encoding": "gzip"})
    plain = await client.get("/assets/index-abc123.js", headers={"Accept-Encoding": "gzip;q=0"})

    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.content == SCRIPT
    assert "content-encoding" not in plain.headers
    assert plain.headers["etag"] != answer.headers["etag"]


async def test_what_did_not_change_is_not_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get("/favicon.svg")
    again = await client.get("/favicon.svg", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["cache-control"] == "no-cache"
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/.vite/manifest.json", "/%2e%2e/secret", "/assets/index-abc123.js.gz", "/../secret"])
async def test_nothing_else_is_served(client: httpx.AsyncClient, build: Path, path: str) -> None:
    (build.parent / "secret").write_text("secret")

    assert (await client.get(path)).status_code == 404


async def test_without_a_build_a_person_is_told_how_to_make_one(tmp_path: Path) -> None:
    app = FastAPI()
    console.install(app.router, tmp_path / "static")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        before = await client.get("/", headers=BROWSER)
        (tmp_path / "static").mkdir()
        (tmp_path / "static" / "index.html").write_text(PAGE)
        after = await client.get("/", headers=BROWSER)

    assert before.status_code == 503
    assert "npm run build" in before.text
    assert after.status_code == 200
