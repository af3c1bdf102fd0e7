"""Agents behind a firewall: they claim runs, hold them under a lease, and answer once."""

import asyncio
from typing import Any
from uuid import uuid4

from tests.external.conftest import Outside, external_agent, holding
from tests.together import together


async def test_a_claimed_run_holds_no_worker_and_ends_with_the_agents_answer(outside: Outside) -> None:
    run = await outside.parked("Measure.")
    waiting = await outside.scene.run(run)
    work = await outside.claim(worker="edge-1")
    await outside.send(f"work/{run}/logs", 201, lines=[{"message": "Measuring.", "level": "debug"}])
    thought = {"node_id": "t1", "node_type": "action", "content": "Read the gauge.", "confidence_score": 0.75}
    await outside.send(f"work/{run}/thoughts", 201, thoughts=[thought])
    usage = {"input_tokens": 12, "output_tokens": 3, "cost_usd": "0.00003"}
    lines = [{"message": "Measured.", "details": {"gauge": 7}}]
    await outside.send(
        f"work/{run}/complete", lease=work["lease"], output={"celsius": 21}, usage=usage, status="warning",
        message="The gauge is old.", external_execution_id="x-1", logs=lines,
    )  # fmt: skip
    ended = await outside.scene.until(run)
    logs = (await outside.scene.cast.vera.http.get(f"/runs/{run}/logs")).json["items"]
    thoughts = (await outside.scene.cast.vera.http.get(f"/runs/{run}/thoughts")).json["items"]
    steps = (await outside.scene.cast.vera.http.get(f"/runs/{run}/steps")).json["items"]

    assert (waiting["status"], waiting["waiting_reason"]) == ("waiting", "external")
    assert (work["run_id"], work["input"], work["lease"]) == (run, {"prompt": "Measure."}, 1)
    assert (ended["status"], ended["output"], ended["warning_count"]) == ("completed", {"celsius": 21}, 1)
    assert (ended["external_execution_id"], ended["resource_usage"]["cost_usd"]) == ("x-1", "0.00003")
    assert ended["resource_usage"]["input_tokens"] == 12
    messages = {line["message"]: line for line in logs}
    assert {"Claimed by edge-1.", "Measuring.", "Measured.", "The gauge is old."} <= messages.keys()
    assert messages["Measured."]["details"] == {"gauge": 7}
    assert [(each["content"], each["confidence_score"]) for each in thoughts] == [("Read the gauge.", 0.75)]
    assert [(each["status"], each["step_name"]) for each in steps] == [("completed", "Probe")]


async def test_of_many_that_claim_at_once_one_has_the_run(outside: Outside) -> None:
    run = await outside.parked()

    async def claim(number: int) -> Any:
        return (await outside.post("work/claim", worker=f"w{number}")).json["work"]

    claimed = await together(8, claim)

    assert [work["run_id"] for work in claimed if work is not None] == [run]


async def test_of_many_that_complete_at_once_one_answer_counts(outside: Outside) -> None:
    run = await outside.parked()
    lease = (await outside.claim())["lease"]

    async def complete(number: int) -> int:
        return (await outside.post(f"work/{run}/complete", lease=lease, output=f"answer {number}")).status

    statuses = await together(8, complete)
    ended = await outside.scene.until(run)
    events = await outside.scene.collect(run)

    assert sorted(statuses) == [200] + [409] * 7
    assert ended["output"] == {"text": f"answer {statuses.index(200)}"}
    assert [sent.event for sent in events].count("run.completed") == 1


async def test_an_answer_under_a_lease_that_was_lost_is_refused(outside: Outside) -> None:
    run = await outside.parked()
    first = await outside.claim(worker="slow")
    nothing = await outside.send("work/claim")
    await outside.lose(run)
    second = await outside.claim(worker="quick")
    late = await outside.post(f"work/{run}/complete", lease=first["lease"], output="late")
    held = await outside.post(f"work/{run}/extend", lease=first["lease"])
    done = await outside.send(f"work/{run}/complete", lease=second["lease"], output="in time")
    again = await outside.send(f"work/{run}/complete", lease=second["lease"], output="in time")
    other = await outside.post(f"work/{run}/fail", lease=second["lease"], message="No.")
    ended = await outside.scene.until(run)

    assert nothing == {"work": None}
    assert second["lease"] > first["lease"]
    assert [(each.status, each.json["code"]) for each in (late, held, other)] == [(409, "work_lost")] * 3
    assert (done["is_replay"], again["is_replay"]) == (False, True)
    assert ended["output"] == {"text": "in time"}


async def test_a_late_answer_is_taken_while_nobody_else_has_claimed_the_run(outside: Outside) -> None:
    run = await outside.parked()
    work = await outside.claim()
    await outside.lose(run)
    await outside.send(f"work/{run}/complete", lease=work["lease"], output="still mine")

    assert (await outside.scene.until(run))["output"] == {"text": "still mine"}


async def test_a_lease_is_extended_and_given_back(outside: Outside) -> None:
    run = await outside.parked()
    work = await outside.claim(lease_seconds=5)
    held = await outside.send(f"work/{run}/extend", lease=work["lease"], lease_seconds=600)
    await outside.send(f"work/{run}/extend", lease=work["lease"], lease_seconds=0)
    again = await outside.claim()

    assert held["lease_until"] > work["lease_until"]
    assert (again["run_id"], again["lease"]) == (run, work["lease"] + 1)


async def test_a_failure_fails_the_run_and_a_resumed_run_is_offered_again(outside: Outside) -> None:
    run = await outside.parked()
    work = await outside.claim()
    details = {"errno": 5}
    await outside.send(
        f"work/{run}/fail", lease=work["lease"], message="The gauge is broken.", code="gauge_broken", details=details
    )
    failed = await outside.scene.until(run)
    logs = (await outside.scene.cast.vera.http.get(f"/runs/{run}/logs")).json["items"]
    resumed = await outside.scene.cast.anna.http.post(f"/runs/{run}/resume")
    assert resumed.status < 300, resumed.text
    again = await outside.claim(wait_seconds=20)
    late = await outside.post(f"work/{run}/complete", lease=work["lease"], output="late")
    await outside.send(f"work/{run}/complete", lease=again["lease"], output="repaired")
    ended = await outside.scene.until(run, "completed")

    assert (failed["status"], failed["error"]["code"], failed["error_message"]) == (
        "failed",
        "gauge_broken",
        "The gauge is broken.",
    )
    assert details in [line["details"] for line in logs]
    assert late.json["code"] == "work_lost"
    assert (ended["status"], ended["output"]) == ("completed", {"text": "repaired"})


async def test_a_run_whose_time_is_up_fails_and_takes_no_answer(outside: Outside) -> None:
    run = await outside.parked()
    work = await outside.claim()
    await outside.scene.owner("UPDATE runs SET wake_at = now() WHERE id = %s", run)
    await outside.scene.owner("UPDATE external_work SET expires_at = now() WHERE run_id = %s", run)
    await outside.scene.owner("SELECT dispatch.remind(%s, 0, now())", run)
    outside.worker.bus.job_ready()
    ended = await outside.scene.until(run, "failed")
    late = await outside.post(f"work/{run}/complete", lease=work["lease"], output="late")

    assert ended["error"]["code"] == "timeout"
    assert (late.status, late.json["detail"]) == (409, "The run is failed.")


async def test_a_cancelled_run_is_neither_claimed_nor_answered(outside: Outside) -> None:
    run, other = await outside.parked(), await outside.parked()
    work = await outside.claim()
    for each in (run, other):
        await outside.scene.cast.anna.http.post(f"/runs/{each}/cancel")
    late = await outside.post(f"work/{run}/complete", lease=work["lease"], output="late")

    assert (await outside.send("work/claim")) == {"work": None}
    assert (late.status, late.json["code"], late.json["detail"]) == (409, "work_lost", "The run is cancelled.")


async def test_a_claim_waits_for_a_run(outside: Outside) -> None:
    waiting = asyncio.create_task(outside.claim(wait_seconds=30))
    await outside.post("heartbeat")
    run = await outside.scene.started(outside.agent)
    async with asyncio.timeout(20):
        work = await waiting

    assert work["run_id"] == run


async def test_an_agent_carries_out_as_many_runs_as_it_may(outside: Outside) -> None:
    agent = await external_agent(outside.scene.cast, deployment_config={"max_concurrent_runs": 2})
    outside.agent, outside.http = agent, await holding(outside.scene.cast, agent)
    for _ in range(4):
        await outside.parked()

    async def claim(_: int) -> Any:
        return (await outside.post("work/claim")).json["work"]

    claimed = [work for work in await together(4, claim) if work]
    await outside.send(f"work/{claimed[0]['run_id']}/complete", lease=claimed[0]["lease"], output="done")
    after = [await claim(0), await claim(0)]

    assert len(claimed) == 2
    assert [work is None for work in after] == [False, True]


async def test_the_output_must_fit_the_agents_schema(outside: Outside) -> None:
    schema = {"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["size"]}
    agent = await external_agent(outside.scene.cast, config={"output_schema": schema})
    outside.agent, outside.http = agent, await holding(outside.scene.cast, agent)
    ended: list[Any] = []
    for output in ({"size": 9007199254740993}, {"size": "large"}, "large"):
        run = await outside.parked()
        work = await outside.claim()
        await outside.send(f"work/{run}/complete", lease=work["lease"], output=output)
        over = await outside.scene.until(run)
        ended.append((over["status"], over["output"], over["error"] and over["error"]["code"]))

    assert ended == [
        ("completed", {"size": 9007199254740993}, None),
        ("failed", None, "output_invalid"),
        ("failed", None, "output_invalid"),
    ]


async def test_a_line_of_the_same_id_is_written_once_in_each_run(outside: Outside) -> None:
    line = {"id": str(uuid4()), "message": "Measuring."}
    found: list[list[str]] = []
    for _ in range(2):
        run = await outside.parked()
        await outside.claim()
        for _ in range(2):
            await outside.send(f"work/{run}/logs", 201, lines=[line])
        logs = (await outside.scene.cast.vera.http.get(f"/runs/{run}/logs")).json["items"]
        found.append([each["message"] for each in logs if each["id"] == line["id"]])

    assert found == [["Measuring."], ["Measuring."]]


async def test_of_thoughts_of_one_node_that_come_together_the_last_is_written(outside: Outside) -> None:
    thoughts = [{"node_id": "a", "content": text, "node_type": "action"} for text in ("First.", "Last.")]
    run = await outside.parked()
    work = await outside.claim()
    await outside.send(f"work/{run}/thoughts", 201, thoughts=[*thoughts, {"node_id": "b", "content": "Other."}])
    answered = await outside.parked()
    lease = (await outside.claim())["lease"]
    await outside.send(f"work/{answered}/complete", lease=lease, output="Done.", thoughts=thoughts)
    reported = (await outside.send("executions", 201, status="success", thoughts=thoughts))["run_id"]
    await outside.send(f"work/{run}/complete", lease=work["lease"], output="Done.", thoughts=thoughts[:1])

    found: list[list[str]] = []
    for each in (run, answered, reported):
        shown = (await outside.scene.cast.vera.http.get(f"/runs/{each}/thoughts")).json["items"]
        found.append([thought["content"] for thought in shown if thought["node_id"] in ("a", "b")])

    assert found == [["First.", "Other."], ["Last."], ["Last."]]
