"""An installation that keeps its files on S3: a run writes one, a person reads it, and it goes when its time is over."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from retinue.core.storage import StorageUnavailableError
from retinue.llm.types import SCRIPTED_ID
from retinue.process import Process
from retinue.runs import tasks
from retinue.worker import opened, services_of
from tests.agents.conftest import make_agent
from tests.cast import Cast, assemble
from tests.conftest import Postgres
from tests.s3 import S3, serving_s3
from tests.serving import serve

CALL = {"name": "write_artifact", "arguments": {"name": "note.md", "content": "# Grüße"}}
SCRIPT = {"turns": [{"tool_calls": [CALL]}, {"text": "Written."}]}


@pytest.fixture
def store() -> Iterator[S3]:
    with serving_s3() as served:
        yield served


@asynccontextmanager
async def _installed(environ: dict[str, str]) -> AsyncGenerator[tuple[Process, Cast]]:
    """Run an API and a worker with this environment; gives the API's process and a cast of its own."""
    api, worker = Process(environ), Process(environ)
    await api.start()
    try:
        async with opened(worker) as workshop, serve(api) as client, asyncio.timeout(60):
            working = [asyncio.create_task(each) for each in services_of(worker, workshop)]
            try:
                yield api, await assemble(api, client)
            finally:
                for task in working:
                    task.cancel()
                await asyncio.gather(*working, return_exceptions=True)
    finally:
        await api.stop()


async def _run_to_its_end(cast: Cast) -> dict[str, Any]:
    config = {
        "model": {"provider_id": str(SCRIPTED_ID)},
        "tools": [{"name": "write_artifact"}],
        "parameters": {"script": SCRIPT},
    }
    agent = await make_agent(cast.anna, config=config)
    body = {"type": "agent", "target_id": agent["id"], "input": {"prompt": "Write it down."}}
    run: dict[str, Any] = (await cast.anna.http.post("/runs", json=body)).json
    while run["status"] not in {"completed", "failed"}:
        await asyncio.sleep(0.05)
        run = (await cast.anna.http.get(f"/runs/{run['id']}")).json
    return run


async def _make_old(postgres: Postgres, run_id: str) -> None:
    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        await owner.execute("UPDATE runs SET created_at = now() - interval '91 days' WHERE id = %s", (run_id,))


async def test_a_file_of_a_run_is_on_s3_until_its_time_is_over(
    environ: dict[str, str], postgres: Postgres, store: S3
) -> None:
    async with _installed(environ | store.environ()) as (api, cast):
        run = await _run_to_its_end(cast)
        (artifact,) = (await cast.vera.http.get(f"/runs/{run['id']}/artifacts")).json["items"]
        content = await cast.vera.http.get(artifact["url"])
        kept = store.keys()
        await _make_old(postgres, run["id"])
        await tasks.delete_expired(api.database)
        gone = await cast.vera.http.get(f"/runs/{run['id']}")

    assert (run["status"], content.text, gone.status) == ("completed", "# Grüße", 404)
    assert [key.startswith(f"kept/runs/{cast.acme}/{run['id']}/") for key in kept] == [True]
    assert store.keys() == set()


async def test_a_run_stays_until_the_store_has_let_its_file_go(
    environ: dict[str, str], postgres: Postgres, store: S3
) -> None:
    async with _installed(environ | store.environ()) as (api, cast):
        run = await _run_to_its_end(cast)
        await _make_old(postgres, run["id"])
        locked_out = Process(environ | store.environ() | {"RETINUE_ARTIFACTS_SECRET_ACCESS_KEY": "another"})
        await locked_out.start(is_serving=False)
        try:
            with pytest.raises(StorageUnavailableError, match="refuses the access"):
                await tasks.delete_expired(locked_out.database)
        finally:
            await locked_out.stop()
        refused = (await cast.vera.http.get(f"/runs/{run['id']}")).status, len(store.keys())
        await tasks.delete_expired(api.database)
        later = (await cast.vera.http.get(f"/runs/{run['id']}")).status, len(store.keys())

    assert (refused, later) == ((200, 1), (404, 0))
