"""Agents with a webhook: called with a signature by Standard Webhooks, again until they answer, now or later."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from standardwebhooks import Webhook

from retinue.core.json import loads
from tests.external.conftest import Outside, external_agent, holding


@dataclass
class Elsewhere:
    """Someone else's agent: gives its answers in turn, the last one again and again, and remembers what it was sent."""

    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list[tuple[int, Any]])
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list[tuple[dict[str, str], bytes]])
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    hold: asyncio.Event | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Take a call."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.calls.append((headers, await request.read()))
        self.asked.set()
        if self.hold is not None:
            await self.hold.wait()
        status, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return web.json_response(body, status=status)


@pytest.fixture
async def elsewhere() -> AsyncIterator[Elsewhere]:
    made = Elsewhere()
    application = web.Application()
    application.router.add_post("/", made.answer)
    server = web.AppRunner(application, handler_cancellation=True)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{server.addresses[0][1]}/"
    try:
        yield made
    finally:
        await server.cleanup()


@pytest.fixture
async def called(outside: Outside, elsewhere: Elsewhere) -> Outside:
    """Give an agent with a webhook."""
    outside.agent = await external_agent(outside.scene.cast, webhook_url=elsewhere.url)
    outside.http = await holding(outside.scene.cast, outside.agent)
    return outside


async def _secret(outside: Outside) -> str:
    made = await outside.scene.cast.anna.http.post(f"/agents/{outside.agent}/webhook-secret", json={})
    assert made.status == 201, made.text
    return str(made.json["secret"])


async def test_the_webhooks_answer_is_the_runs_output(called: Outside, elsewhere: Elsewhere) -> None:
    secret = await _secret(called)
    usage = {"input_tokens": 7, "cost_usd": 0.5}
    elsewhere.answers = [(200, {"output": "Done.", "execution_id": "x1", "usage": usage})]
    run = await called.parked("Measure.")
    await called.push()
    ended = await called.scene.until(run)
    ((headers, body),) = elsewhere.calls
    verified = Webhook(secret).verify(body.decode(), headers)

    assert (ended["status"], ended["output"], ended["external_execution_id"]) == ("completed", {"text": "Done."}, "x1")
    assert (ended["resource_usage"]["input_tokens"], ended["resource_usage"]["cost_usd"]) == (7, "0.5")
    assert (verified["run_id"], verified["agent_id"], verified["attempt"]) == (run, called.agent, 1)
    assert verified["input"] == {"prompt": "Measure."}
    assert headers["webhook-id"] == headers["idempotency-key"] == run


async def test_a_secret_that_was_replaced_signs_beside_the_new_one(called: Outside, elsewhere: Elsewhere) -> None:
    former, secret = await _secret(called), await _secret(called)
    elsewhere.answers = [(200, {"output": "Done."})]
    await called.parked()
    await called.push()
    ((headers, body),) = elsewhere.calls

    assert former != secret
    for each in (former, secret):
        assert Webhook(each).verify(body.decode(), headers)


async def test_an_agent_that_accepts_a_run_completes_it_later(called: Outside, elsewhere: Elsewhere) -> None:
    await _secret(called)
    elsewhere.answers = [(202, {})]
    run = await called.parked()
    await called.push()
    parked = await called.scene.run(run)
    told = loads(elsewhere.calls[0][1])
    assert isinstance(told, dict)
    nothing = await called.send("work/claim")
    await called.push_again(run)
    await called.send(f"work/{run}/complete", lease=told["lease"], output="later")
    ended = await called.scene.until(run)

    assert (parked["status"], nothing) == ("waiting", {"work": None})
    assert len(elsewhere.calls) == 1
    assert ended["output"] == {"text": "later"}


async def test_an_accepted_run_whose_lease_ends_is_pushed_again(called: Outside, elsewhere: Elsewhere) -> None:
    await _secret(called)
    elsewhere.answers = [(202, {"lease_seconds": 30}), (200, {"output": "second"})]
    run = await called.parked()
    await called.push()
    await called.lose(run)
    await called.push_again(run)
    ended = await called.scene.until(run)

    assert ended["output"] == {"text": "second"}
    assert {headers["webhook-id"] for headers, _ in elsewhere.calls} == {run}
    assert len(elsewhere.calls) == 2


async def test_a_call_that_fails_is_made_again_under_the_same_id(called: Outside, elsewhere: Elsewhere) -> None:
    await _secret(called)
    elsewhere.answers = [(503, {}), (500, {}), (200, {"output": "third"})]
    run = await called.parked()
    await called.push()
    between = await called.scene.run(run)
    await called.push_again(run)
    await called.push_again(run)
    ended = await called.scene.until(run)

    assert between["status"] == "waiting"
    assert ended["output"] == {"text": "third"}
    assert [headers["webhook-id"] for headers, _ in elsewhere.calls] == [run] * 3


async def test_a_webhook_that_always_fails_fails_the_run(called: Outside, elsewhere: Elsewhere) -> None:
    await _secret(called)
    elsewhere.answers = [(500, {})]
    run = await called.parked()
    await called.push()
    for _ in range(7):
        await called.push_again(run)
    ended = await called.scene.until(run)

    assert (ended["status"], ended["error"]["code"]) == ("failed", "external_agent_failed")
    assert "status 500" in ended["error_message"]
    assert len(elsewhere.calls) == 8


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [(404, {}, "status 404"), (200, {"text": "Done."}, '"output"'), (200, {"error": {"message": "Broken."}}, "Broken.")],
)
async def test_what_is_no_answer_fails_the_run_at_once(
    called: Outside, elsewhere: Elsewhere, status: int, answer: Any, message: str
) -> None:
    await _secret(called)
    elsewhere.answers = [(status, answer)]
    run = await called.parked()
    await called.push()
    ended = await called.scene.until(run)

    assert ended["status"] == "failed"
    assert message in ended["error_message"]
    assert len(elsewhere.calls) == 1


async def test_no_call_is_made_without_a_secret_to_sign_it(called: Outside, elsewhere: Elsewhere) -> None:
    run = await called.parked()
    await called.push()
    ended = await called.scene.until(run)

    assert (ended["status"], ended["error"]["code"]) == ("failed", "webhook_secret_missing")
    assert elsewhere.calls == []


async def test_a_secret_variable_signs_where_there_is_no_secret_of_its_own(called: Outside, elsewhere: Elsewhere) -> None:
    variable = {"name": "WEBHOOK_SECRET", "value": "whsec_c2VjcmV0c2VjcmV0", "is_secret": True}
    made = await called.scene.cast.adam.http.post(f"/agents/{called.agent}/variables", json=variable)
    assert made.status == 201, made.text
    elsewhere.answers = [(200, {"output": "Done."})]
    await called.parked()
    await called.push()
    ((headers, body),) = elsewhere.calls

    assert Webhook("whsec_c2VjcmV0c2VjcmV0").verify(body.decode(), headers)


async def test_a_run_under_call_may_be_cancelled(called: Outside, elsewhere: Elsewhere) -> None:
    await _secret(called)
    elsewhere.answers, elsewhere.hold = [(200, {"output": "late"})], asyncio.Event()
    run = await called.parked()
    pushing = asyncio.create_task(called.push())
    await elsewhere.asked.wait()
    await called.scene.cast.anna.http.post(f"/runs/{run}/cancel")
    elsewhere.hold.set()
    await pushing
    ended = await called.scene.run(run)

    assert (ended["status"], ended["output"]) == ("cancelled", None)
