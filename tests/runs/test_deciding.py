"""Deciding questions of runs: one decision counts, it and the going-on are one commit, and it must fit the question."""

from typing import Any

from tests.runs.scene import Scene
from tests.together import together

_ASK = {"tool_calls": [{"name": "send", "arguments": {"text": "hello"}}]}


def _sender(scene: Scene) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    def send(arguments: dict[str, Any]) -> str:
        sent.append(arguments)
        return "sent"

    scene.tools["send"] = send
    return sent


async def _asked(scene: Scene, *turns: Any) -> tuple[str, dict[str, Any]]:
    """Start a run that asks before it sends; return it and its question."""
    run = await scene.started(await scene.agent(*(turns or (_ASK, "Done.")), tools=("send:approval",)))
    await scene.until(run, "waiting")
    (approval,) = (await scene.cast.anna.http.get(f"/runs/{run}/approvals")).json["items"]
    return run, approval


async def test_an_approved_call_is_made_and_the_run_goes_on(played: Scene) -> None:
    sent = _sender(played)
    run, approval = await _asked(played)
    waiting = await played.run(run)
    http = played.cast.anna.http

    response = await http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve", "comment": "go on"})
    done = await played.until(run, "completed")
    listed = (await http.get("/approvals?status=approved")).json["items"]

    assert (waiting["status"], waiting["waiting_reason"]) == ("waiting", "approval")
    assert approval["arguments"] == {"text": "hello"}
    assert (response.status, response.json["status"], response.json["comment"]) == (200, "approved", "go on")
    assert response.json["decided_by_name"].startswith("Anna")
    assert sent == [{"text": "hello"}]
    assert done["waiting_reason"] is None
    assert [each["id"] for each in listed] == [approval["id"]]


async def test_while_a_run_waits_it_does_not_count_as_running_and_has_no_job(played: Scene) -> None:
    _sender(played)
    run, _ = await _asked(played)

    jobs = await played.owner("SELECT FROM dispatch.procrastinate_jobs WHERE lock = %s", run)

    assert (await played.running(), jobs) == (0, [])


async def test_a_rejected_call_is_not_made_and_the_model_is_told(played: Scene) -> None:
    sent = _sender(played)
    run, approval = await _asked(played)

    await played.cast.anna.http.post(
        f"/approvals/{approval['id']}/decide", json={"decision": "reject", "comment": "not today"}
    )
    await played.until(run, "completed")
    steps = (await played.cast.vera.http.get(f"/runs/{run}/steps")).json["items"]

    assert sent == []
    assert "not today" in str(steps)


async def test_of_a_hundred_simultaneous_decisions_one_wins(played: Scene) -> None:
    sent = _sender(played)
    run, approval = await _asked(played)
    people = [played.cast.olga.http, played.cast.adam.http, played.cast.anna.http]
    for http in people:
        await http.get("/auth/session")

    responses = await together(
        100, lambda number: people[number % 3].post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})
    )
    await played.until(run, "completed")

    assert sorted(response.status for response in responses) == [200] + [409] * 99
    assert {response.json["code"] for response in responses if response.status == 409} == {"approval_decided"}
    assert len(sent) == 1


async def test_a_run_with_several_questions_goes_on_after_the_last(played: Scene) -> None:
    sent = _sender(played)
    both = {"tool_calls": [{"name": "send", "arguments": {"text": text}} for text in ("one", "two")]}
    run = await played.started(await played.agent(both, "Done.", tools=("send:approval",)))
    await played.until(run, "waiting")
    http = played.cast.anna.http
    approvals = (await http.get(f"/runs/{run}/approvals")).json["items"]

    await http.post(f"/approvals/{approvals[0]['id']}/decide", json={"decision": "approve"})
    between = await played.run(run)
    await http.post(f"/approvals/{approvals[1]['id']}/decide", json={"decision": "reject"})
    await played.until(run, "completed")

    assert len(approvals) == 2
    assert between["status"] == "waiting"
    assert sent == [approvals[0]["arguments"]]


async def test_edited_arguments_are_used_and_must_fit_the_tool(played: Scene) -> None:
    sent = _sender(played)
    run, approval = await _asked(played)
    http = played.cast.anna.http
    place = f"/approvals/{approval['id']}/decide"

    wrong = await http.post(place, json={"decision": "approve", "arguments": {"text": 7, "colour": "red"}})
    unfit = await http.post(place, json={"decision": "reject", "arguments": {"text": "x"}})
    early = await http.post(place, json={"decision": "approve", "result": "it worked"})
    right = await http.post(place, json={"decision": "approve", "arguments": {"text": "edited"}})
    await played.until(run, "completed")

    assert (wrong.status, wrong.json["code"]) == (422, "arguments_invalid")
    assert {problem["field"] for problem in wrong.json["errors"]} == {"arguments", "arguments.text"}
    assert [(each.status, each.json["code"]) for each in (unfit, early)] == [(422, "decision_unfit")] * 2
    assert right.status == 200
    assert sent == [{"text": "edited"}]


async def test_a_cancelled_run_takes_its_questions_with_it(played: Scene) -> None:
    _sender(played)
    run, approval = await _asked(played)
    http = played.cast.anna.http

    await http.post(f"/runs/{run}/cancel")
    response = await http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})
    (now,) = (await http.get(f"/runs/{run}/approvals")).json["items"]

    assert (response.status, response.json["code"]) == (409, "approval_decided")
    assert now["status"] == "expired"


async def test_decisions_are_in_the_audit_log(played: Scene) -> None:
    _sender(played)
    run, approval = await _asked(played)

    await played.cast.anna.http.post(f"/approvals/{approval['id']}/decide", json={"decision": "reject"})
    rows = await played.owner(
        "SELECT actor_id::text, after ->> 'decision', after ->> 'run_id' FROM audit_log WHERE target_id = %s", approval["id"]
    )

    assert rows == [(str(played.cast.anna.user_id), "reject", run)]


async def test_viewers_see_questions_and_strangers_nothing(played: Scene) -> None:
    _sender(played)
    _, approval = await _asked(played)
    place = f"/approvals/{approval['id']}/decide"

    vera = await played.cast.vera.http.post(place, json={"decision": "approve"})
    otto = await played.cast.otto.http.post(place, json={"decision": "approve"})
    seen = (await played.cast.vera.http.get("/approvals?status=pending")).json["items"]
    unseen = (await played.cast.otto.http.get("/approvals")).json["items"]

    assert (vera.status, otto.status) == (403, 404)
    assert [each["id"] for each in seen] == [approval["id"]]
    assert unseen == []
