"""``retinue.client``: it needs nothing of the server, and real agents in processes of their own work with it."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from retinue.client import (
    ApiError,
    AsyncExternalAgent,
    ConnectionFailedError,
    ExternalAgent,
    Retry,
    SyncTask,
    Task,
    TaskWarning,
    WebhookError,
    WorkLostError,
    verify_webhook,
)
from tests.external.conftest import Outside, external_agent, holding

_EXAMPLE = Path(__file__).parents[2] / "examples" / "external-agent"
_QUICK = Retry(attempts=4, first_seconds=0.01)
_ALONE = """
import re, sys
from importlib.metadata import packages_distributions, requires
def plain(name):
    return re.match("[A-Za-z0-9_.-]+", name)[0].lower().replace("_", "-")
needed = {plain(each) for each in requires("retinue")} - {"httpx", "anyio", "certifi", "idna", "h11", "httpcore"}
blocked = {name for name, sources in packages_distributions().items() if {plain(each) for each in sources} & needed}
assert {"pydantic", "fastapi", "psycopg", "aiohttp", "orjson"} <= blocked, blocked
class Blocked:
    def find_spec(self, name, path=None, target=None):
        own = name.startswith("retinue.") and not name.startswith("retinue.client")
        if own or name.partition(".")[0] in blocked:
            raise ImportError("blocked: " + name)
sys.meta_path.insert(0, Blocked())
import retinue.client
print(retinue.client.verify_webhook.__name__)
"""


def _url(outside: Outside) -> str:
    return str(outside.http.base_url)


def _key(outside: Outside) -> str:
    return outside.http.headers["Authorization"].removeprefix("Bearer ")


@asynccontextmanager
async def _process(program: str, **environ: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RETINUE_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(_EXAMPLE / program), env=kept | environ, stdout=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_the_client_is_imported_without_the_server_and_its_dependencies() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _ALONE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    output, errors = await process.communicate()

    assert process.returncode == 0, errors.decode()
    assert output.decode().strip() == "verify_webhook"


async def test_an_agent_in_a_process_of_its_own_carries_out_its_runs(outside: Outside) -> None:
    async with _process("agent.py", RETINUE_URL=_url(outside), AGENT=outside.agent, AGENT_KEY=_key(outside)):
        runs = [await outside.scene.started(outside.agent, prompt) for prompt in ("one two three", "four")]
        ended = [await outside.scene.until(run) for run in runs]
    http = outside.scene.cast.vera.http
    agent = (await http.get(f"/agents/{outside.agent}")).json
    thoughts = (await http.get(f"/runs/{runs[0]}/thoughts")).json["items"]
    reported = (await http.get(f"/runs?trigger=external&agent_id={outside.agent}")).json["items"]
    heartbeats = (await http.get(f"/agents/{outside.agent}/heartbeats")).json["items"]

    assert [run["output"] for run in ended] == [{"words": 3}, {"words": 1}]
    assert thoughts[0]["confidence_score"] == 1
    assert agent["presence"] == "online"
    assert heartbeats[0]["memory_bytes"] > 1_000_000
    assert [run["status"] for run in reported] == ["completed"]


async def test_the_run_of_a_killed_agent_is_claimed_by_the_next_one(outside: Outside) -> None:
    run = await outside.parked("five six")
    work = await outside.claim(worker="first", lease_seconds=600)  # of a process that was killed
    environ = {"RETINUE_URL": _url(outside), "AGENT": outside.agent, "AGENT_KEY": _key(outside)}
    async with _process("agent.py", **environ):
        await outside.lose(run)
        ended = await outside.scene.until(run)
    late = await outside.post(f"work/{run}/complete", lease=work["lease"], output="late")

    assert ended["output"] == {"words": 2}
    assert late.json["code"] == "work_lost"


async def test_a_server_that_checks_calls_with_the_client_is_pushed_to(outside: Outside) -> None:
    outside.agent = await external_agent(outside.scene.cast)
    made = await outside.scene.cast.anna.http.post(f"/agents/{outside.agent}/webhook-secret", json={})
    async with _process("webhook.py", RETINUE_WEBHOOK_SECRET=made.json["secret"], PORT="0") as process:
        assert process.stdout is not None
        port = int(await process.stdout.readline())
        change = {"webhook_url": f"http://127.0.0.1:{port}/"}
        changed = await outside.scene.cast.anna.http.patch(f"/agents/{outside.agent}", json=change)
        assert changed.status == 200, changed.text
        run = await outside.parked("one two")
        await outside.push()
        ended = await outside.scene.until(run)

    assert ended["output"] == {"words": 2}


async def test_a_handler_that_raises_fails_its_run_or_warns(outside: Outside) -> None:
    async def handle(task: Task) -> object:
        if task.prompt == "warn":
            raise TaskWarning("The gauge is old.", {"celsius": 21})
        if task.prompt == "set":
            return {1, 2}
        raise ValueError("The gauge is broken.")

    found: list[Any] = []
    async with AsyncExternalAgent(_url(outside), outside.agent, _key(outside)) as agent:
        for prompt in ("warn", "fail", "set"):
            run = await outside.parked(prompt)
            work = await agent.claim()
            assert work is not None
            await agent.carry_out(work, handle)
            ended = await outside.scene.until(run)
            found.append((ended["status"], ended["output"], ended["warning_count"], ended["error_message"]))

    assert found[0] == ("completed", {"celsius": 21}, 1, None)
    assert found[1] == ("failed", None, 0, "ValueError: The gauge is broken.")
    assert found[2][0] == "failed"
    assert "JSON" in found[2][3]


async def test_a_handler_whose_run_was_cancelled_is_cancelled(outside: Outside) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def handle(task: Task) -> object:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return task.is_lost

    run = await outside.parked()
    async with AsyncExternalAgent(_url(outside), outside.agent, _key(outside)) as agent:
        work = await agent.claim()
        assert work is not None
        carrying = asyncio.create_task(agent.carry_out(work, handle, lease_seconds=0.3))
        await begun.wait()
        await outside.scene.cast.anna.http.post(f"/runs/{run}/cancel")
        async with asyncio.timeout(20):
            await carrying
        with pytest.raises(WorkLostError):
            await agent.complete(work, "late")

    assert ended.is_set()


async def test_the_client_without_an_event_loop_does_the_same(outside: Outside) -> None:
    run = await outside.parked("Measure.")

    def handle(task: SyncTask) -> object:
        task.log("Measuring.")
        task.think("Warm.", confidence_score=0.5)
        return {"prompt": task.prompt}

    def act() -> Any:
        with ExternalAgent(_url(outside), outside.agent, _key(outside)) as agent:
            beat = agent.heartbeat(cpu_percent=3.5)
            work = agent.claim(worker="thread")
            assert work is not None
            agent.carry_out(work, handle)
            reported = agent.report(status="warning", message="Old.", external_execution_id="e1")
            again = agent.report(status="warning", message="Old.", external_execution_id="e1")
            written = agent.metrics([{"metric_type": "gauge", "value": 3, "unit": "celsius"}])
            return beat.every_seconds, reported.run_id == again.run_id, again.is_replay, written, agent.claim()

    told = await asyncio.to_thread(act)
    ended = await outside.scene.until(run)

    assert told == (60, True, True, 1, None)
    assert ended["output"] == {"prompt": "Measure."}


async def test_a_request_that_fails_is_sent_again_and_the_same() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if len(sent) == 1:
            raise httpx.ConnectError("refused")
        if len(sent) < 4:
            return httpx.Response(503, headers={"Retry-After": "0"})
        return httpx.Response(201, json={"run_id": "r", "status": "completed", "is_replay": True})

    transport = httpx.MockTransport(answer)
    async with AsyncExternalAgent("http://retinue", "a", "rta_k", retry=_QUICK, transport=transport) as agent:
        reported = await agent.report(status="success")

    assert reported.is_replay
    assert len({request.content for request in sent}) == 1
    assert re.search(rb'"external_execution_id":\s*"[0-9a-f-]{36}"', sent[0].content)


async def test_what_stays_refused_is_told_and_not_repeated() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        problem = {"code": "agent_key_refused", "detail": "The key is unknown.", "remedy": "Create a key."}
        return httpx.Response(401, json=problem)

    async with AsyncExternalAgent("http://x", "a", "rta_k", retry=_QUICK, transport=httpx.MockTransport(answer)) as agent:
        with pytest.raises(ApiError) as refused:
            await agent.heartbeat()

    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    async with AsyncExternalAgent("http://x", "a", "rta_k", retry=_QUICK, transport=httpx.MockTransport(fail)) as agent:
        with pytest.raises(ConnectionFailedError):
            await agent.heartbeat()

    assert (refused.value.code, refused.value.remedy, len(sent)) == ("agent_key_refused", "Create a key.", 1)


def test_a_webhook_is_verified_as_its_standards_own_package_signs_it() -> None:
    secret, body = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0", '{"run_id": "r"}'
    sent = datetime.now(UTC)
    headers = {"Webhook-Id": "m1", "Webhook-Timestamp": str(int(sent.timestamp()))}
    headers["Webhook-Signature"] = Webhook(secret).sign("m1", sent, body)
    call = verify_webhook(secret, headers, body.encode())

    assert (call.id, call.data) == ("m1", {"run_id": "r"})
    with pytest.raises(WebhookError, match="signature"):
        verify_webhook(secret, headers, b'{"run_id": "other"}')
    with pytest.raises(WebhookError, match="signature"):
        verify_webhook("whsec_b3RoZXJvdGhlcg==", headers, body.encode())
    with pytest.raises(WebhookError, match="5 minutes"):
        verify_webhook(secret, headers, body.encode(), now=sent.timestamp() + 301)
    with pytest.raises(WebhookError, match="webhook-id"):
        verify_webhook(secret, {}, body.encode())


async def test_an_agent_that_is_stopped_gives_its_run_back(outside: Outside) -> None:
    begun = asyncio.Event()

    async def handle(_: Task) -> object:
        begun.set()
        await asyncio.Event().wait()
        return None

    run = await outside.parked()
    async with AsyncExternalAgent(_url(outside), outside.agent, _key(outside)) as agent:
        working = asyncio.create_task(agent.work(handle))
        await begun.wait()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    http = await holding(outside.scene.cast, outside.agent)
    again = await http.post(f"/agents/{outside.agent}/work/claim", json={})

    assert again.json["work"]["run_id"] == run
