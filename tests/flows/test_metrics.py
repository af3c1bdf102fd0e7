"""What API and worker tell on ``/metrics``, and to whom."""

import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from retinue.core.json import JsonObject
from retinue.process import Process
from tests.cast import Cast
from tests.client import Client
from tests.conftest import Postgres, fresh_database
from tests.crash.ground import Ground, free_port, grounded
from tests.runs.conftest import scene
from tests.runs.scene import Scene
from tests.serving import serve

__all__ = ["scene"]

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]
_CALLING: list[JsonObject] = [
    {"tool_calls": [{"name": "look", "arguments": {"number": 1}}]},
    {"text": "Done."},
]


@pytest.fixture
def folder() -> Iterator[str]:
    """Give a folder for the files of runs."""
    with tempfile.TemporaryDirectory(prefix="retinue-test-") as name:
        yield name


@pytest.fixture
async def ground(postgres: Postgres, folder: str) -> AsyncIterator[Ground]:
    """Give an organization in a database of its own."""
    async with grounded(fresh_database(postgres.owner_url), folder) as made:
        yield made


def _read(text: str) -> Samples:
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name, frozenset(sample.labels.items())] = sample.value
    return found


def _value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


async def _metrics_of(port: int) -> Samples:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        assert answer.status == 200
        return _read(await answer.text())


@pytest.mark.timeout(180)
async def test_a_worker_tells_runs_calls_tokens_claims_and_the_journal_on_its_port(ground: Ground) -> None:
    port = free_port()
    await ground.worker(RETINUE_WORKER_PORT=str(port))
    tools = [ground.tool("look", "GET", "read_only")]
    for turns in (_CALLING, _CALLING, [{"error": "The script fails."}]):
        await ground.status(ground.start(turns, tools))

    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/readyz") as ready:
            assert (ready.status, (await ready.json())["status"]) == (200, "ok")
        async with session.get(f"http://127.0.0.1:{port}/healthz") as healthy:
            assert healthy.status == 200
    told = await _metrics_of(port)

    assert _value(told, "retinue_runs_ended_total", status="cancelled", trigger="schedule") == 0
    assert _value(told, "retinue_runs_ended_total", status="completed", trigger="manual") == 2
    assert _value(told, "retinue_runs_ended_total", status="failed", trigger="manual") == 1
    assert _value(told, "retinue_run_claims_total") == 3
    assert _value(told, "retinue_model_calls_total", provider_kind="scripted", outcome="ok") == 4
    assert _value(told, "retinue_tool_calls_total", tool_type="api", outcome="ok") == 2
    assert _value(told, "retinue_model_tokens_total", provider_kind="scripted", direction="input") > 0
    assert _value(told, "retinue_journal_commit_entries_sum") >= 3
    assert _value(told, "retinue_journal_commit_seconds_count") >= 3
    assert _value(told, "retinue_workers") == 1
    assert _value(told, "retinue_database_up") == 1
    assert _value(told, "process_resident_memory_bytes") > 10_000_000


@pytest.mark.timeout(180)
async def test_organizations_are_labels_only_where_the_settings_ask_for_them(ground: Ground) -> None:
    plain, labelled = free_port(), free_port()
    one = await ground.worker(RETINUE_WORKER_PORT=str(plain))
    run_id = ground.start(_CALLING, [ground.tool("look", "GET", "read_only")])
    await ground.status(run_id)
    without = await _text_of(plain)
    one.process.kill()
    await ground.worker(RETINUE_WORKER_PORT=str(labelled), RETINUE_METRICS_BY_ORGANIZATION="true")
    await ground.status(ground.start([{"text": "Done."}], []))
    text = await _text_of(labelled)

    assert str(ground.organization_id) not in without
    organization = str(ground.organization_id)
    assert (
        _value(_read(text), "retinue_organization_runs_ended_total", organization_id=organization, status="completed") == 1
    )
    assert _ids(without) == []
    assert set(_ids(text)) == {organization}


async def _text_of(port: int) -> str:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/metrics") as answer:
        return await answer.text()


def _ids(text: str) -> list[str]:
    return re.findall(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", text)


async def test_an_api_tells_requests_streams_and_its_pool_without_ids(cast: Cast) -> None:
    await cast.anna.http.get("/agents")
    await cast.anna.http.get("/runs/01900000-0000-7000-8000-000000000000")
    async with cast.anna.http.stream("GET", "/live"):
        told = await cast.nobody.get("/metrics")
    samples = _read(told.text)

    assert told.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert _value(samples, "retinue_http_requests_total", method="GET", route="/api/v1/agents", status="200") >= 1
    assert _value(samples, "retinue_http_requests_total", method="GET", route="/api/v1/runs/{run_id}", status="404") >= 1
    assert _value(samples, "retinue_open_streams") >= 1
    assert _value(samples, "retinue_db_pool_max_connections") == 10
    assert _ids(told.text) == []


async def test_a_cancelled_run_is_counted_where_it_was_cancelled(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))
    before = _read((await scene.cast.nobody.get("/metrics")).text)
    await scene.cast.anna.http.post(f"/runs/{run}/cancel")
    after = _read((await scene.cast.nobody.get("/metrics")).text)

    labels = {"status": "cancelled", "trigger": "manual"}
    name = "retinue_runs_ended_total"
    assert _value(after, name, **labels) - _value(before, name, **labels) == 1


async def test_metrics_are_refused_to_other_machines_without_a_token(cast: Cast) -> None:
    refused = await cast.nobody.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})

    assert (refused.status, refused.json["code"]) == (403, "metrics_denied")
    assert "RETINUE_METRICS_TOKEN" in refused.json["remedy"]


async def test_metrics_require_the_token_where_one_is_set(environ: dict[str, str]) -> None:
    async with serve(Process({**environ, "RETINUE_METRICS_TOKEN": "s3cret"})) as client:
        without = await client.get("/metrics")
        wrong = await _with_token(client, "s3cre").get("/metrics")
        right = await _with_token(client, "s3cret").get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})

    assert (without.status, without.json["code"]) == (401, "metrics_token_required")
    assert without.headers["WWW-Authenticate"] == "Bearer"
    assert wrong.status == 401
    assert right.status == 200


def _with_token(client: Client, token: str) -> Client:
    return replace(client, headers={"Authorization": f"Bearer {token}"})


@pytest.mark.timeout(180)
async def test_the_port_of_a_worker_requires_the_token_too(ground: Ground) -> None:
    port = free_port()
    await ground.worker(RETINUE_WORKER_PORT=str(port), RETINUE_METRICS_TOKEN="s3cret")
    url = f"http://127.0.0.1:{port}/metrics"

    async with aiohttp.ClientSession() as session:
        async with session.get(url) as refused:
            assert refused.status == 401
            assert "RETINUE_METRICS_TOKEN" in await refused.text()
        async with session.get(url, headers={"Authorization": "Bearer s3cret"}) as given:
            assert given.status == 200
