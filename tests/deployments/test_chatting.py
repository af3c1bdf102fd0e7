"""The chat page of a deployed agent: visitors are pseudonymous, see their own chat alone, and are kept for 30 days."""

import asyncio
from typing import Any

import pytest

from retinue.deployments import chatting
from tests.client import Client, Response
from tests.clock import HandClock
from tests.deployments.stage import Stage
from tests.runs.scene import Gate, Reciter, parse, working
from tests.together import together


async def _open(stage: Stage, *turns: Any, **options: Any) -> str:
    agent = await stage.agent(*(turns or ("Hello.",)), chat_page=True, requests_per_minute=600, **options)
    done = await stage.deploy(agent)
    assert done["status"] == "deployed", done["error_message"]
    return agent


async def _say(visitor: Client, agent: str, content: str = "Hi.") -> tuple[Response, list[Any]]:
    async with (
        asyncio.timeout(60),
        visitor.stream(
            "POST",
            f"/deployed/{agent}/chat/messages",
            json={"content": content},
            headers={"Accept": "text/event-stream"},
        ) as response,
    ):
        if response.status != 200:
            return Response(response.status, await response.json(), response.headers, ""), []
        sent = [each async for each in parse(response.content)]
        return Response(response.status, None, response.headers, ""), sent


async def test_a_visitor_is_answered_as_it_comes_and_finds_the_chat_again(played: Stage) -> None:
    agent = await _open(played, "Hello visitor.", greeting="Ask me.")
    visitor = played.nobody

    before = await visitor.get(f"/deployed/{agent}/chat")
    response, sent = await _say(visitor, agent)
    after = await visitor.get(f"/deployed/{agent}/chat")

    assert (before.json["greeting"], before.json["messages"]) == ("Ask me.", [])
    assert (sent[0].event, sent[-2].event, sent[-1].event) == ("run", "run", "end")
    assert {each.event for each in sent[1:-2]} <= {"token"}
    assert sent[-2].data["answer"] == "Hello visitor."
    assert [(each["content"], each["answer"]) for each in after.json["messages"]] == [("Hi.", "Hello visitor.")]
    cookie = response.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert f"Path=/api/v1/deployed/{agent}" in cookie
    rows = await played.scene.owner("SELECT * FROM deployment_visitors WHERE target_id = %s", agent)
    assert len(rows) == 1
    assert visitor.cookies["retinue_visitor"] not in str(rows)


async def test_a_visitor_sees_no_other_visitors_chat(played: Stage) -> None:
    agent = await _open(played)
    one, other = played.nobody, played.nobody
    _, sent = await _say(one, agent, "My secret.")
    await _say(other, agent, "Something.")
    run_id = sent[0].data["run_id"]

    foreign = await other.get(f"/deployed/{agent}/chat/messages/{run_id}")
    without = await played.nobody.get(f"/deployed/{agent}/chat/messages/{run_id}")
    seen = await other.get(f"/deployed/{agent}/chat")

    assert (foreign.status, without.status) == (404, 404)
    assert [each["content"] for each in seen.json["messages"]] == ["Something."]
    assert (await one.get(f"/deployed/{agent}/chat/messages/{run_id}")).json["content"] == "My secret."


async def test_the_agent_receives_earlier_messages_until_the_chat_is_cleared(played: Stage) -> None:
    agent = await _open(played, "One.")
    visitor = played.nobody
    await _say(visitor, agent, "First?")
    _, second = await _say(visitor, agent, "Second?")

    cleared = await visitor.delete(f"/deployed/{agent}/chat")
    empty = await visitor.get(f"/deployed/{agent}/chat")
    _, third = await _say(visitor, agent, "Third?")

    inputs = [(await played.scene.run(sent[0].data["run_id"]))["input"] for sent in (second, third)]
    assert inputs[0]["messages"] == [
        {"role": "user", "content": "First?"},
        {"role": "assistant", "content": "One."},
    ]
    assert cleared.status == 204
    assert empty.json["messages"] == []
    assert "messages" not in inputs[1]


async def test_a_second_message_waits_for_the_answer_of_the_first(stage: Stage, environ: dict[str, str]) -> None:
    reciter = Reciter(Gate())
    async with working(environ, {}, model=reciter):
        agent = await _open(stage, {"text": f"Well {Reciter.MARK} done.", "tokens_per_second": 1000})
        visitor = stage.nobody
        first = await visitor.post(f"/deployed/{agent}/chat/messages", json={"content": "Hi."})
        await reciter.gate.wait()

        refused = await visitor.post(f"/deployed/{agent}/chat/messages", json={"content": "Still there?"})
        reciter.gate.opened.set()
        await stage.scene.until(first.json["run_id"])

    assert first.status == 202
    assert (refused.status, refused.json["code"]) == (409, "chat_busy")


async def test_of_several_messages_at_once_one_is_answered(stage: Stage) -> None:
    agent = await _open(stage)
    visitor = stage.nobody
    await visitor.post(f"/deployed/{agent}/chat/messages", json={"content": "Hi."})
    await stage.scene.owner("UPDATE runs SET status = 'completed' WHERE target_id = %s", agent)

    sent = await together(8, lambda _: visitor.post(f"/deployed/{agent}/chat/messages", json={"content": "Now."}))

    assert sorted(each.status for each in sent) == [202] + [409] * 7


async def test_a_failed_answer_tells_the_visitor_nothing_of_what_is_inside(played: Stage) -> None:
    agent = await _open(played, {"error": "unavailable"})

    _, sent = await _say(played.nobody, agent)

    assert sent[-2].data["status"] == "failed"
    assert sent[-2].data["error"] == "The answer failed. Send the message again."


async def test_without_a_chat_page_there_is_none(played: Stage) -> None:
    agent = await played.agent("Hello.", callers="anyone")
    await played.deploy(agent)
    stopped = await _open(played)
    (deployment,) = await played.deployments(stopped)
    await played.anna.post(f"/deployments/{deployment['id']}/stop")

    for each in (agent, stopped, "01a20000-0000-7000-8000-000000000000"):
        found = await played.nobody.get(f"/deployed/{each}/chat")
        said, _ = await _say(played.nobody, each)
        assert (found.status, found.json["code"]) == (404, "not_deployed")
        assert said.status == 404


async def test_pages_of_other_sites_send_no_messages(played: Stage) -> None:
    agent = await _open(played)

    sent = await played.nobody.post(
        f"/deployed/{agent}/chat/messages", json={"content": "Hi."}, headers={"Origin": "https://evil.example"}
    )

    assert (sent.status, sent.json["code"]) == (403, "origin_foreign")


@pytest.mark.parametrize("content", ["", "   ", "x" * 8001, None, 5])
async def test_a_bad_message_is_refused_with_its_field(stage: Stage, content: object) -> None:
    agent = await _open(stage)

    refused = await stage.nobody.post(f"/deployed/{agent}/chat/messages", json={"content": content})

    assert refused.status == 422
    assert [each["field"] for each in refused.json["errors"]] == ["content"]
    assert await stage.scene.owner("SELECT 1 FROM deployment_visitors WHERE target_id = %s", agent) == []


async def test_visitors_are_forgotten_after_30_days_with_all_that_was_said(played: Stage, clock: HandClock) -> None:
    agent = await _open(played)
    old, young = played.nobody, played.nobody
    await _say(old, agent)
    clock.move(days=10)
    _, sent = await _say(young, agent)

    clock.move(days=21)
    unknown = await old.get(f"/deployed/{agent}/chat")
    await chatting.delete_expired(played.scene.process.database)
    left = await played.scene.owner("SELECT id FROM runs WHERE target_id = %s", agent)

    assert unknown.json["messages"] == []
    assert [str(row[0]) for row in left] == [sent[0].data["run_id"]]
    assert await played.scene.owner("SELECT count(*) FROM deployment_visitors WHERE target_id = %s", agent) == [(1,)]


async def test_only_the_sites_that_the_deployment_names_may_embed_the_page(stage: Stage) -> None:
    named = await _open(stage, frame_ancestors=["https://shop.example.com", "https://*.example.org"])
    plain = await _open(stage)

    pages = [await stage.nobody.get(_page(each)) for each in (named, plain)]
    script = await stage.nobody.get(f"{_page(named)}/embed.js")
    missing = await stage.nobody.get(_page("01a20000-0000-7000-8000-000000000000"))
    nonsense = await stage.nobody.get(_page("nonsense"))

    policies = [each.headers["Content-Security-Policy"].partition("frame-ancestors ")[2] for each in pages]
    assert policies == ["https://shop.example.com https://*.example.org", "'none'"]
    assert script.status == 200
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert '"Scribe"' in script.text
    assert (missing.status, nonsense.status) == (404, 404)


def _page(target_id: str) -> str:
    return f"/chat-with/{target_id}"
