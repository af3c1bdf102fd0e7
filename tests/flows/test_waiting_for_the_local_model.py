"""A run on the local model that is still being fetched, or about to be, waits for it, and its log says what for."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from retinue.llm.local import service
from retinue.llm.local.catalogue import RUNTIME
from retinue.llm.local.errors import LocalModelNotFetchedError
from retinue.llm.local_server import FETCHING, LOADING
from retinue.llm.types import LOCAL_ID
from retinue.process import Process
from retinue.worker import opened, services_of
from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.llm.local_runtime import expecting, fetching, put_model, put_runtime


@asynccontextmanager
async def _working(environ: dict[str, str], data_dir: Path) -> AsyncGenerator[None]:
    """Let a worker work on this data folder, for forty seconds at most."""
    process = Process(environ | {"RETINUE_DATA_DIR": str(data_dir)})
    async with opened(process) as workshop, asyncio.timeout(40):
        tasks = [asyncio.create_task(each) for each in services_of(process, workshop)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _begin_waiting(cast: Cast) -> str:
    """Start a run on the local model, and return its id when its log says that it waits."""
    agent = await make_agent(cast.anna, config={"model": {"provider_id": str(LOCAL_ID)}})
    body = {"type": "agent", "target_id": agent["id"], "input": {"prompt": "Hello?"}}
    run_id = str((await cast.anna.http.post("/runs", json=body)).json["id"])
    while FETCHING not in await _messages(cast, run_id):
        assert (await _run(cast, run_id))["status"] in {"pending", "running"}
        await asyncio.sleep(0.05)
    return run_id


async def _run(cast: Cast, run_id: str) -> dict[str, Any]:
    run: dict[str, Any] = (await cast.vera.http.get(f"/runs/{run_id}")).json
    return run


async def _messages(cast: Cast, run_id: str) -> list[str]:
    return [each["message"] for each in (await cast.vera.http.get(f"/runs/{run_id}/logs")).json["items"]]


async def _until_over(cast: Cast, run_id: str) -> dict[str, Any]:
    while (run := await _run(cast, run_id))["status"] in {"pending", "running"}:
        await asyncio.sleep(0.05)
    return run


@pytest.mark.parametrize("coming", [fetching, expecting])
async def test_a_run_waits_for_a_model_that_is_being_fetched_and_logs_it(
    cast: Cast, environ: dict[str, str], tmp_path: Path, coming: Callable[[Path], AbstractContextManager[None]]
) -> None:
    async with _working(environ, tmp_path):
        with coming(tmp_path):
            run_id = await _begin_waiting(cast)
            while_waiting = (await _run(cast, run_id))["status"]
            put_runtime(tmp_path)
            put_model(tmp_path, service.get_model("smollm2-135m"))
        run = await _until_over(cast, run_id)

    assert (while_waiting, run["status"]) == ("running", "completed")
    assert [each for each in await _messages(cast, run_id) if each in {FETCHING, LOADING}] == [FETCHING, LOADING]
    assert run["output"] == {"text": "Hello from here."}


async def test_a_waiting_run_fails_with_the_reason_when_fetching_fails(
    cast: Cast, environ: dict[str, str], tmp_path: Path
) -> None:
    nowhere = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": "/dev/null", "PATH": "/usr/bin:/bin"}
    async with _working(environ, tmp_path):
        with expecting(tmp_path):
            run_id = await _begin_waiting(cast)
            with pytest.raises(LocalModelNotFetchedError):
                service.install(tmp_path, "smollm2-135m", _unheard, nowhere)
        run = await _until_over(cast, run_id)

    assert run["status"] == "failed"
    assert run["error_message"].startswith(
        "No local model is installed, because fetching it failed. "
        f"The package {RUNTIME.package} {RUNTIME.version} could not be fetched: "
    )
    assert run["error"]["remedy"] == "Run 'retinue models install', or set up a model provider."


def _unheard(_what: str, _done: int, _total: int) -> None:
    pass
