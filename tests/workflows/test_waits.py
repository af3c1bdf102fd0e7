"""What workflows wait for: questions with forms, approvals that expire, and events, which answer each wait exactly once."""

import asyncio
from typing import Any

import psycopg
import pytest

from tests.client import Response
from tests.together import together
from tests.workflows.conftest import Workflows, adds, edge, numbers

_FORM = {
    "type": "object",
    "properties": {"amount": {"type": "integer", "minimum": 1}},
    "required": ["amount"],
    "additionalProperties": False,
}


async def _asked(workflows: Workflows, run_id: str) -> Any:
    await workflows.scene.until(run_id, "waiting")
    page = await workflows.scene.cast.anna.http.get(f"/runs/{run_id}/approvals")
    (approval,) = page.json["items"]
    return approval


async def _answer(workflows: Workflows, approval: Any, answer: Any) -> Response:
    return await workflows.scene.cast.adam.http.post(f"/approvals/{approval['id']}/answer", json={"answer": answer})


def _question(**more: Any) -> Any:
    return {
        "id": "ask",
        "name": "Amount",
        "type": "question",
        "ask": "How much for {{ input['who'] }}?",
        "form": _FORM,
        "output": {"n": "result['amount']"},
        **more,
    }


_ROW = [("START", "ask"), ("ask", "END")]


async def test_question_shows_its_form_and_the_answer_is_the_nodes_result(played: Workflows) -> None:
    workflow = await played.made([_question()], _ROW, state=numbers(n=0))
    run_id = await played.started(workflow, {"who": "Otto"})
    approval = await _asked(played, run_id)
    assert (approval["kind"], approval["reason"], approval["form"]) == ("question", "How much for Otto?", _FORM)

    unfit = await _answer(played, approval, {"amount": 0})
    decided = await played.scene.cast.adam.http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})
    answered = await _answer(played, approval, {"amount": 7})
    late = await _answer(played, approval, {"amount": 8})

    assert (unfit.status, unfit.json["code"]) == (422, "answer_invalid"), unfit.text
    assert (decided.status, decided.json["code"]) == (422, "decision_unfit"), decided.text
    assert (answered.status, answered.json["status"]) == (200, "answered"), answered.text
    assert (late.status, late.json["code"]) == (409, "approval_decided"), late.text
    run = await played.scene.until(run_id, "completed", "failed")
    assert run["output"] == {"n": 7}, run["error"]
    (step,) = await played.steps(run_id)
    assert (step["step_type"], step["output"]) == ("question", {"amount": 7})


async def test_of_many_simultaneous_answers_one_counts(played: Workflows) -> None:
    workflow = await played.made([_question()], _ROW, state=numbers(n=0))
    run_id = await played.started(workflow, {"who": "Otto"})
    approval = await _asked(played, run_id)
    await played.scene.cast.adam.http.get("/auth/session")

    answers = await together(10, lambda number: _answer(played, approval, {"amount": number + 1}))

    assert sorted(each.status for each in answers) == [200] + [409] * 9
    run = await played.scene.until(run_id, "completed")
    winner = next(each.json["decision"]["answer"]["amount"] for each in answers if each.status == 200)
    assert run["output"] == {"n": winner}


@pytest.mark.parametrize(
    ("more", "status", "output"),
    [
        ({"default": {"amount": 3}}, "completed", {"n": 3}),
        ({}, "failed", None),
        ({"on_error": {"value": {"amount": 4}}}, "completed", {"n": 4}),
    ],
)
async def test_question_that_expires_takes_its_default_or_fails(
    played: Workflows, more: Any, status: str, output: Any
) -> None:
    workflow = await played.made([_question(expires="PT0.5S", **more)], _ROW, state=numbers(n=0))

    run = await played.run(workflow, {"who": "Otto"})

    assert (run["status"], run["output"]) == (status, output), run["error"]
    if status == "failed":
        assert run["error"]["code"] == "wait_expired"


@pytest.mark.parametrize(("on_expiry", "word"), [("deny", "reject"), ("approve", "approve")])
async def test_approval_that_expires_is_decided_by_itself(played: Workflows, on_expiry: str, word: str) -> None:
    ask = {"id": "ok", "type": "approval", "reason": "Send?", "expires": "PT0.5S", "on_expiry": on_expiry}
    nodes = [{**ask, "output": {"word": "result['decision']", "late": "result['expired']"}}]
    workflow = await played.made(nodes, [("START", "ok"), ("ok", "END")], state=numbers(word="", late=None))

    run = await played.run(workflow)

    assert run["output"] == {"word": word, "late": True}, run["error"]
    page = await played.scene.cast.anna.http.get(f"/runs/{run['id']}/approvals")
    (approval,) = page.json["items"]
    assert (approval["status"], approval["decided_by"]) == ("expired", None)


async def test_decided_approval_does_not_expire(played: Workflows) -> None:
    ask = {"id": "ok", "type": "approval", "reason": "Send?", "expires": "PT1H", "output": {"late": "result['expired']"}}
    workflow = await played.made([ask], [("START", "ok"), ("ok", "END")], state=numbers(late=None))
    run_id = await played.started(workflow)
    approval = await _asked(played, run_id)

    await played.scene.cast.adam.http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})

    run = await played.scene.until(run_id, "completed")
    assert run["output"] == {"late": False}
    timers = "SELECT 1 FROM due_timers WHERE kind = 'approvals.expire' AND subject_id = %s"
    assert await played.scene.owner(timers, approval["id"]) == []


async def test_cancelled_run_leaves_no_timers_of_what_it_waited_for(played: Workflows) -> None:
    nodes = [_question(expires="P1D"), _wait()]
    workflow = await played.made(
        nodes, [("START", "ask"), ("START", "wait"), ("ask", "END"), ("wait", "END")], state=numbers(n=0, sum=0)
    )
    run_id = await played.started(workflow, {"who": "Otto", "order": "A1"})
    await played.scene.until(run_id, "waiting")
    timers = (
        "SELECT t.kind FROM due_timers t WHERE t.subject_id IN (SELECT id FROM approvals WHERE run_id = %s"
        " UNION SELECT id FROM event_waits WHERE run_id = %s) ORDER BY 1"
    )
    assert await played.scene.owner(timers, run_id, run_id) == [("approvals.expire",), ("events.expire",)]

    cancelled = await played.scene.cast.anna.http.post(f"/runs/{run_id}/cancel", json={})

    assert cancelled.status in {200, 202}, cancelled.text
    assert await played.scene.owner(timers, run_id, run_id) == []


async def test_decision_does_not_wait_for_the_worker_that_handles_its_expiry(played: Workflows) -> None:
    ask = {"id": "ok", "type": "approval", "reason": "Send?", "expires": "PT1H", "output": {"late": "result['expired']"}}
    workflow = await played.made([ask], [("START", "ok"), ("ok", "END")], state=numbers(late=None))
    run_id = await played.started(workflow)
    approval = await _asked(played, run_id)
    held = b"SELECT 1 FROM due_timers WHERE kind = 'approvals.expire' AND subject_id = %s FOR UPDATE"

    async with await psycopg.AsyncConnection.connect(played.scene.postgres.owner_url) as worker:
        await worker.execute(held, (approval["id"],))
        async with asyncio.timeout(20):
            decided = await played.scene.cast.adam.http.post(
                f"/approvals/{approval['id']}/decide", json={"decision": "approve"}
            )
        await worker.rollback()

    assert decided.status == 200, decided.text
    assert (await played.scene.until(run_id, "completed"))["output"] == {"late": False}


def _wait(**more: Any) -> Any:
    return {
        "id": "wait",
        "type": "wait_for_event",
        "event": "paid",
        "correlation": "input['order']",
        "expires": "PT1H",
        "output": {"sum": "result['payload']['sum']"},
        **more,
    }


_WAIT_ROW = [("START", "wait"), ("wait", "END")]


async def _send(workflows: Workflows, key: str | None, total: int = 1, **more: Any) -> Response:
    body = {"name": "paid", "key": key, "payload": {"sum": total}, **more}
    return await workflows.scene.cast.anna.http.post("/events", json=body)


async def test_event_answers_the_waits_of_its_name_and_key_and_no_others(played: Workflows) -> None:
    workflow = await played.made([_wait()], _WAIT_ROW, state=numbers(sum=0))
    first = await played.started(workflow, {"order": "A1"})
    other = await played.started(workflow, {"order": 2})
    for run_id in (first, other):
        waiting = await played.scene.until(run_id, "waiting")
        assert waiting["waiting_reason"] == "event"

    sent = await _send(played, "A1", 5)

    assert (sent.status, sent.json["answered_count"]) == (201, 1), sent.text
    assert (await played.scene.until(first, "completed"))["output"] == {"sum": 5}
    assert (await played.scene.run(other))["status"] == "waiting"
    assert (await _send(played, "2", 6)).json["answered_count"] == 1
    assert (await played.scene.until(other, "completed"))["output"] == {"sum": 6}
    (step,) = await played.steps(first)
    assert (step["step_type"], step["status"], step["input"]) == ("wait", "completed", {"event": "paid", "key": "A1"})


async def test_event_that_does_not_fit_the_condition_leaves_the_wait(played: Workflows) -> None:
    workflow = await played.made([_wait(where="result['payload']['sum'] > 5")], _WAIT_ROW, state=numbers(sum=0))
    run_id = await played.started(workflow, {"order": "A1"})
    await played.scene.until(run_id, "waiting")

    for total in (3, 4):
        assert (await _send(played, "A1", total)).json["answered_count"] == 1
        async with asyncio.timeout(30):
            while not await played.scene.owner(
                "SELECT 1 FROM event_waits w JOIN runs r ON r.id = w.run_id"
                " WHERE w.run_id = %s AND w.status = 'pending' AND r.status = 'waiting'",
                run_id,
            ):
                run = await played.scene.run(run_id)
                assert run["status"] != "failed", run["error"]
    await _send(played, "A1", 6)

    run = await played.scene.until(run_id, "completed", "failed")
    assert run["output"] == {"sum": 6}, run["error"]
    (step,) = await played.steps(run_id)
    assert (step["step_type"], step["status"]) == ("wait", "completed")


async def test_event_sent_again_under_its_external_id_answers_nothing_again(played: Workflows) -> None:
    workflow = await played.made([_wait()], _WAIT_ROW, state=numbers(sum=0))
    first = await _send(played, "A1", 5, external_id="e-1")

    again = await _send(played, "A1", 9, external_id="e-1")

    assert first.json["id"] == again.json["id"]
    assert again.json["payload"] == {"sum": 5}
    page = await played.scene.cast.anna.http.get("/events?name=paid")
    assert [each["id"] for each in page.json["items"]] == [first.json["id"]]
    run_id = await played.started(workflow, {"order": "A1"})
    assert (await played.scene.until(run_id, "waiting"))["waiting_reason"] == "event"


async def test_event_that_came_before_its_wait_but_after_the_run_began_is_not_lost(played: Workflows) -> None:
    hold = {"id": "hold", "type": "approval", "reason": "Go on?"}
    nodes = [hold, _wait()]
    workflow = await played.made(nodes, [("START", "hold"), ("hold", "wait"), ("wait", "END")], state=numbers(sum=0))
    run_id = await played.started(workflow, {"order": "A1"})
    approval = await _asked(played, run_id)
    sent = await _send(played, "A1", 5)
    assert sent.json["answered_count"] == 0

    await played.scene.cast.adam.http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})

    run = await played.scene.until(run_id, "completed", "failed")
    assert run["output"] == {"sum": 5}, run["error"]
    page = await played.scene.cast.anna.http.get("/events")
    assert [each["answered_count"] for each in page.json["items"]] == [1]


async def test_each_round_of_a_loop_takes_an_event_of_its_own(played: Workflows) -> None:
    body = {"nodes": [{**_wait(correlation=None), "output": {"sums": "[result['payload']['sum']]"}}]}
    nodes = [{"id": "each", "type": "loop", "body": body, "until": "len(state['sums']) == 2", "max": 5}]
    state: Any = {"sums": {"reducer": "append", "default": []}}
    workflow = await played.made(nodes, [("START", "each"), ("each", "END")], state=state)
    run_id = await played.started(workflow)
    await played.scene.until(run_id, "waiting")

    for total in (1, 2):
        while (await _send(played, None, total)).json["answered_count"] == 0:
            pass  # the run is on its way to its next wait, which takes this one
        if total == 1:
            break

    async with asyncio.timeout(30):
        while (await played.scene.run(run_id))["status"] != "completed":
            await _send(played, None, 2)
    run = await played.scene.run(run_id)
    assert run["output"] == {"sums": [1, 2]}


@pytest.mark.parametrize(("on_expiry", "status"), [("fail", "failed"), ("continue", "completed")])
async def test_wait_that_expires_fails_or_goes_on_without_an_event(played: Workflows, on_expiry: str, status: str) -> None:
    nodes = [_wait(expires="PT0.5S", on_expiry=on_expiry, output={"sum": "result"})]
    workflow = await played.made(nodes, _WAIT_ROW, state=numbers(sum=0))

    run = await played.run(workflow, {"order": "A1"})

    assert run["status"] == status, run["error"]
    if status == "failed":
        assert run["error"]["code"] == "wait_expired"
    else:
        assert run["output"] == {"sum": None}
    assert (await _send(played, "A1")).json["answered_count"] == 0


async def test_event_and_wait_that_race_meet_exactly_once(played: Workflows) -> None:
    workflow = await played.made([_wait()], _WAIT_ROW, state=numbers(sum=0))
    started = [await played.started(workflow, {"order": f"R{number}"}) for number in range(8)]

    sent = await together(8, lambda number: _send(played, f"R{number}", number, external_id=f"race-{number}"))

    assert [each.status for each in sent] == [201] * 8
    for number, run_id in enumerate(started):
        run = await played.scene.until(run_id, "completed", "failed")
        assert run["output"] == {"sum": number}, run["error"]
    page = await played.scene.cast.anna.http.get("/events")
    assert [each["answered_count"] for each in page.json["items"]] == [1] * 8
    waits = "SELECT count(*), count(DISTINCT event_id) FROM event_waits WHERE run_id = ANY (%s::uuid[])"
    assert await played.scene.owner(waits, started) == [(8, 8)]


async def test_one_event_sent_by_many_at_once_answers_a_wait_once(played: Workflows) -> None:
    workflow = await played.made([_wait()], _WAIT_ROW, state=numbers(sum=0))
    run_id = await played.started(workflow, {"order": "A1"})
    await played.scene.until(run_id, "waiting")
    await played.scene.cast.anna.http.get("/auth/session")

    sent = await together(10, lambda number: _send(played, "A1", number))

    assert sum(each.json["answered_count"] for each in sent) == 1
    winner = next(number for number, each in enumerate(sent) if each.json["answered_count"])
    assert (await played.scene.until(run_id, "completed"))["output"] == {"sum": winner}


async def test_branch_beside_a_wait_goes_on_and_a_later_answer_is_seen(played: Workflows) -> None:
    hold = {"id": "hold", "type": "approval", "reason": "Go on?", "output": {"word": "result['decision']"}}
    nodes = [_wait(), hold, adds("last", both="[state['sum'], state['word']]")]
    edges = [("START", "wait"), ("START", "hold"), ("wait", "last"), ("hold", "last"), ("last", "END")]
    workflow = await played.made(nodes, edges, state=numbers(sum=0, word="", both=None), output={"both": "state['both']"})
    run_id = await played.started(workflow, {"order": "A1"})
    approval = await _asked(played, run_id)

    await _send(played, "A1", 5)
    await played.scene.cast.adam.http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})

    run = await played.scene.until(run_id, "completed", "failed")
    assert run["output"] == {"both": [5, "approve"]}, run["error"]


async def test_cancelled_run_waits_for_no_event(played: Workflows) -> None:
    workflow = await played.made([_wait()], _WAIT_ROW, state=numbers(sum=0))
    run_id = await played.started(workflow, {"order": "A1"})
    await played.scene.until(run_id, "waiting")

    await played.scene.cast.anna.http.post(f"/runs/{run_id}/cancel")

    assert (await _send(played, "A1")).json["answered_count"] == 0
    assert (await played.scene.run(run_id))["status"] == "cancelled"


async def test_event_of_another_organization_answers_nothing(played: Workflows) -> None:
    workflow = await played.made([_wait()], _WAIT_ROW, state=numbers(sum=0))
    run_id = await played.started(workflow, {"order": "A1"})
    await played.scene.until(run_id, "waiting")

    sent = await played.scene.cast.otto.http.post("/events", json={"name": "paid", "key": "A1", "payload": {"sum": 1}})

    assert (sent.status, sent.json["answered_count"]) == (201, 0), sent.text
    assert (await played.scene.run(run_id))["status"] == "waiting"


async def test_key_that_is_none_fails_the_node(played: Workflows) -> None:
    workflow = await played.made([_wait(correlation="[1]")], _WAIT_ROW, state=numbers(sum=0))

    run = await played.run(workflow)

    assert run["error"]["code"] == "expression_failed"
    assert run["error_message"].startswith("wait, correlation: is [1]; a key is a string"), run["error"]


async def test_too_large_event_is_refused(workflows: Workflows) -> None:
    refused = await workflows.scene.cast.anna.http.post("/events", json={"name": "paid", "payload": "x" * 70_000})

    assert (refused.status, refused.json["code"]) == (422, "event_too_large"), refused.text


@pytest.mark.parametrize(
    ("node", "path"),
    [
        (_question(default={"amount": 1}), "/nodes/0/default"),
        (_question(expires="PT1H", default={"amount": 0}), "/nodes/0/default"),
        ({"id": "ok", "type": "approval", "reason": "?", "on_expiry": "escalate"}, "/nodes/0/on_expiry"),
        ({"id": "ok", "type": "approval", "reason": "?", "escalate_to": {"role": "owner"}}, "/nodes/0/escalate_to"),
        ({"id": "ok", "type": "approval", "reason": "?", "assignees": ["a@b.c"], "quorum": 2}, "/nodes/0/quorum"),
        ({"id": "ok", "type": "approval", "reason": "?", "on_expiry": "approve"}, "/nodes/0/on_expiry"),
    ],
)
async def test_option_that_is_not_carried_out_is_refused_with_its_place(workflows: Workflows, node: Any, path: str) -> None:
    definition = {"format": "retinue.workflow/1", "name": "Desk", "state": numbers(n=0, sum=0), "nodes": [node]}
    definition["edges"] = [edge("START", node["id"]), edge(node["id"], "END")]

    report = await workflows.scene.cast.vera.http.post("/workflows/validate", json={"definition": definition})

    errors = [each for each in report.json["findings"] if each["severity"] == "error"]
    assert [each["path"] for each in errors] == [path], report.text
    assert errors[0]["suggestion"]
