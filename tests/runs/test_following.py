"""Following runs: every event once and in order, tokens as they come, from wherever one had got to, and no further."""

import asyncio
from typing import Any
from uuid import UUID

import psycopg

from retinue.core.bus.messages import Token
from retinue.core.ids import RunId
from retinue.process import Process
from retinue.runs.events import service as events
from tests.cast import Cast
from tests.runs.scene import Gate, Reciter, Scene, Sent, parse, working

_TALK = {"text": " ".join(f"word{number}" for number in range(40)), "tokens_per_second": 200}


def _text(sent: list[Sent]) -> str:
    text = ""
    for each in sent:
        if each.event == "token":
            assert each.data["index"] in (0, len(text)), "a gap or an overlap"
            text = each.data["text"] if each.data["index"] == 0 else text + each.data["text"]
    return text


def _ids(sent: list[Sent]) -> list[int]:
    return [each.id for each in sent if each.id is not None]


async def test_a_stream_has_every_event_in_order_and_ends(played: Scene) -> None:
    run = await played.started(await played.agent("Hello there."))

    sent = await played.collect(run)

    assert _ids(sent) == list(range(1, len(_ids(sent)) + 1))
    assert [sent[0].event, sent[-2].event, sent[-1].event] == ["run.started", "run.completed", "end"]
    assert {"step.completed", "thought", "log"} <= {each.event for each in sent}
    assert all(set(each.data) == {"sequence", "type", "created_at", "data"} for each in sent if each.id is not None)
    assert all(each.data["sequence"] == each.id and each.data["type"] == each.event for each in sent if each.id is not None)


async def test_tokens_come_as_they_are_made_and_without_an_id(played: Scene) -> None:
    run = await played.started(await played.agent(_TALK))

    sent = await played.collect(run)

    tokens = [each for each in sent if each.event == "token"]
    assert len(tokens) > 1
    assert all(each.id is None and set(each.data) == {"step_id", "index", "text"} for each in tokens)
    assert _text(sent) == _TALK["text"]
    assert sent.index(tokens[-1]) < [each.event for each in sent].index("step.completed")


async def test_anyone_who_comes_late_gets_the_text_so_far_and_the_rest(scene: Scene, environ: dict[str, str]) -> None:
    reciter = Reciter()
    talk = f"word0 word1 {Reciter.MARK} word2 word3"
    late: list[Sent] = []
    async with working(environ, scene.tools, model=reciter):
        run = await scene.started(await scene.agent({"text": talk, "tokens_per_second": 200}))
        await reciter.gate.wait()

        async for sent in scene.events(run):
            late.append(sent)
            if sent.event == "token":
                reciter.gate.opened.set()

    first = next(each for each in late if each.event == "token")
    assert first.data["index"] == 0
    assert len(first.data["text"]) > len("word0 ")
    assert _text(late) == talk
    assert late[0].event == "run.started"


async def test_anyone_who_comes_back_gets_what_is_missing_and_nothing_twice(played: Scene) -> None:
    gate = Gate()
    played.tools["gate"] = gate.tool
    run = await played.started(
        await played.agent({"tool_calls": [{"name": "gate"}]}, {"tool_calls": [{"name": "gate"}]}, "Done.", tools=("gate",))
    )
    before = [sent async for sent in played.events(run, until=lambda sent: sent.event == "step.completed")]
    await gate.wait()
    gate.opened.set()

    after = await played.collect(run, after=_ids(before)[-1])
    nothing_new = await played.collect(run, after=_ids(after)[-1])

    assert _ids(before + after) == list(range(1, len(_ids(before + after)) + 1))
    assert [each.event for each in nothing_new] == ["end"]


async def test_text_that_comes_behind_the_end_of_its_run_is_not_told(played: Scene, process: Process) -> None:
    run = await played.started(await played.agent("Done."))
    await played.collect(run)

    async with events.feed_of(process.database).follow(played.cast.acme, RunId(UUID(run)), 0) as follower:
        frames: list[bytes] = []
        async with asyncio.timeout(60):
            while not follower.is_over:
                await asyncio.sleep(0)
        follower.on_token(Token(run, "step", "text", 0, "late"))
        async for frame in follower.frames():
            frames.append(frame)  # noqa: PERF401 - the stream ends by itself

    told = b"".join(frames)
    assert b"run.completed" in told
    assert b"late" not in told


async def test_a_stream_follows_a_run_over_a_pause_and_a_resumption(played: Scene) -> None:
    played.tools["send"] = lambda _: "sent"
    agent = await played.agent(
        {"tool_calls": [{"name": "send", "arguments": {"text": "x"}}]}, "Done.", tools=("send:approval",)
    )
    run = await played.started(agent)
    following = asyncio.create_task(played.collect(run))
    await played.until(run, "waiting")
    approval = (await played.cast.anna.http.get("/approvals?status=pending")).json["items"][0]

    await played.cast.anna.http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})
    sent = await following

    kinds = [each.event for each in sent]
    assert _ids(sent) == list(range(1, len(_ids(sent)) + 1))
    assert kinds.index("run.waiting") < kinds.index("approval.decided") < kinds.index("run.resumed")
    assert kinds.count("approval.decided") == 1
    assert kinds[-2:] == ["run.completed", "end"]


def _connections_in_use(process: Process) -> int:
    stats = process.database.pool.get_stats()
    return stats["pool_size"] - stats["pool_available"]


async def test_many_follow_one_run_and_nobody_holds_a_connection(played: Scene, process: Process) -> None:
    gate = Gate()
    played.tools["gate"] = gate.tool
    run = await played.started(await played.agent({"tool_calls": [{"name": "gate"}]}, _TALK, tools=("gate",)))
    following = [asyncio.create_task(played.collect(run)) for _ in range(40)]
    await gate.wait()
    await played.run(run)
    async with asyncio.timeout(60):
        while _connections_in_use(process) > 1:
            await asyncio.sleep(0.01)

    gate.opened.set()
    streams = await asyncio.gather(*following)

    assert all(_ids(sent) == _ids(streams[0]) for sent in streams)
    assert {_text(sent) for sent in streams} == {_TALK["text"]}


async def test_the_feed_rests_when_nobody_follows(played: Scene, process: Process) -> None:
    run = await played.started(await played.agent("Done."))

    await played.collect(run)

    async with asyncio.timeout(60):
        while events.feed_of(process.database).is_busy:
            await asyncio.sleep(0.01)


async def test_a_stream_outlives_the_loss_of_every_database_connection(played: Scene) -> None:
    gate = Gate()
    played.tools["gate"] = gate.tool
    run = await played.started(await played.agent({"tool_calls": [{"name": "gate"}]}, _TALK, tools=("gate",)))
    following = asyncio.create_task(played.collect(run))
    await gate.wait()

    async with await psycopg.AsyncConnection.connect(played.postgres.owner_url, autocommit=True) as owner:
        await owner.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    gate.opened.set()
    sent = await following

    assert _ids(sent) == list(range(1, len(_ids(sent)) + 1))
    assert sent[-2].event == "run.completed"


async def test_a_run_is_followed_whichever_worker_carries_it(scene: Scene, environ: dict[str, str]) -> None:
    agent = await scene.agent(_TALK)

    async with working(environ, {}, concurrency=1), working(environ, {}, concurrency=1):
        runs = [await scene.started(agent) for _ in range(4)]
        streams = await asyncio.gather(*(scene.collect(run) for run in runs))
    workers = await scene.owner("SELECT count(*) FROM runs WHERE id = ANY (%s::uuid[]) AND status = 'completed'", runs)

    assert workers == [(4,)]
    # A stream that was opened after its run had ended has no tokens, because tokens are no rows.
    assert {_text(sent) for sent in streams} <= {"", _TALK["text"]}


async def test_a_slow_reader_receives_everything_that_it_missed(played: Scene, monkeypatch: Any) -> None:
    monkeypatch.setattr(events, "_MAX_BACKLOG", 3)
    run = await played.started(await played.agent(_TALK))

    sent = await played.collect(run)

    assert _ids(sent) == list(range(1, len(_ids(sent)) + 1))
    assert sent[-2].event == "run.completed"


async def test_events_are_read_as_pages_too(played: Scene) -> None:
    run = await played.started(await played.agent("Done."))
    sent = await played.collect(run)
    http = played.cast.vera.http

    page, pages, cursor = [], 0, ""
    while True:
        response = (await http.get(f"/runs/{run}/events?limit=2{cursor}")).json
        page += response["items"]
        pages += 1
        if response["next_cursor"] is None:
            break
        cursor = f"&cursor={response['next_cursor']}"
    rest = (await http.get(f"/runs/{run}/events?after=2&limit=200")).json["items"]

    assert [item["sequence"] for item in page] == _ids(sent)
    assert pages > 1
    assert rest == page[2:]


async def test_strangers_follow_nothing(played: Scene) -> None:
    run = await played.started(await played.agent("Done."))
    headers = {"Accept": "text/event-stream"}

    otto = await played.cast.otto.http.get(f"/runs/{run}/events", headers=headers)
    nobody = await played.cast.nobody.get(f"/runs/{run}/events", headers=headers)
    bad = await played.cast.vera.http.get(f"/runs/{run}/events", headers=headers | {"Last-Event-ID": "x"})

    assert (otto.status, nobody.status, bad.status) == (404, 401, 422)


async def test_the_organization_hears_how_its_runs_stand(played: Scene, cast: Cast) -> None:
    played.tools["send"] = lambda _: "sent"
    agent = await played.agent(
        {"tool_calls": [{"name": "send", "arguments": {"text": "x"}}]}, "Done.", tools=("send:approval",)
    )
    heard: list[Sent] = []
    overheard: list[Sent] = []
    done = asyncio.Event()

    async def listen(http: Any, into: list[Sent], ready: asyncio.Event) -> None:
        async with http.stream("GET", "/live") as response:
            ready.set()
            async for sent in parse(response.content):
                into.append(sent)
                if sent.event == "run" and sent.data["status"] == "cancelled":
                    done.set()

    readies = [asyncio.Event(), asyncio.Event()]
    listeners = [
        asyncio.create_task(listen(cast.vera.http, heard, readies[0])),
        asyncio.create_task(listen(cast.otto.http, overheard, readies[1])),
    ]
    async with asyncio.timeout(60):
        for ready in readies:
            await ready.wait()
        run = await played.started(agent)
        await played.until(run, "waiting")
        while not any(sent.event == "approval" for sent in heard):
            await asyncio.sleep(0.01)
        await cast.anna.http.post(f"/runs/{run}/cancel")
        await done.wait()
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)

    states = [sent.data["status"] for sent in heard if sent.event == "run" and sent.data["id"] == run]
    assert states[-2:] == ["waiting", "cancelled"]
    assert next(sent for sent in heard if sent.event == "approval").data["run_id"] == run
    assert overheard == []
