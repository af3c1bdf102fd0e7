"""A run on the local model that is still being fetched waits for it, and its log says what for."""

import asyncio
from pathlib import Path

from retinue.llm.local import service
from retinue.llm.local_server import FETCHING, LOADING
from retinue.llm.types import LOCAL_ID
from retinue.process import Process
from retinue.worker import opened, services_of
from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.llm.local_runtime import fetching, put_model, put_runtime


async def _messages(cast: Cast, run_id: str) -> list[str]:
    return [each["message"] for each in (await cast.vera.http.get(f"/runs/{run_id}/logs")).json["items"]]


async def _until_over(cast: Cast, run_id: str) -> str:
    while (status := (await cast.vera.http.get(f"/runs/{run_id}")).json["status"]) in {"pending", "running"}:
        await asyncio.sleep(0.05)
    return str(status)


async def test_a_run_waits_for_a_model_that_is_being_fetched_and_says_so(
    cast: Cast, environ: dict[str, str], tmp_path: Path
) -> None:
    process = Process(environ | {"RETINUE_DATA_DIR": str(tmp_path)})
    async with opened(process) as workshop, asyncio.timeout(40):
        working = [asyncio.create_task(each) for each in services_of(process, workshop)]
        try:
            with fetching(tmp_path):
                agent = await make_agent(cast.anna, config={"model": {"provider_id": str(LOCAL_ID)}})
                body = {"type": "agent", "target_id": agent["id"], "input": {"prompt": "Hello?"}}
                run_id = (await cast.anna.http.post("/runs", json=body)).json["id"]
                while FETCHING not in await _messages(cast, run_id):
                    await asyncio.sleep(0.05)
                meanwhile = (await cast.vera.http.get(f"/runs/{run_id}")).json["status"]
                put_runtime(tmp_path)
                put_model(tmp_path, service.get_model("smollm2-135m"))
            status = await _until_over(cast, run_id)
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)

    assert (meanwhile, status) == ("running", "completed")
    messages = await _messages(cast, run_id)
    assert [each for each in messages if each in {FETCHING, LOADING}] == [FETCHING, LOADING]
    assert (await cast.vera.http.get(f"/runs/{run_id}")).json["output"] == {"text": "Hello from here."}
