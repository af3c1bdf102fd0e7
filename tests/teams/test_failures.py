"""Members that fail, are slow, are cancelled or ask a person; limits; what all of them used together."""

import asyncio
from decimal import Decimal

from tests.runs.scene import Gate, Scene, working
from tests.teams.conftest import Teams, call, delegates
from tests.together import together

_BOTH = delegates(("one", "a"), ("two", "b"))


async def test_failure_of_a_member_is_told_to_the_leader(played: Teams) -> None:
    one = await played.scene.agent({"error": "It is broken."}, name="One")
    two = await played.scene.agent("Fine.", name="Two")
    team = await played.team(_BOTH, "One of two.", members=[one, two])

    run = await played.run(team)

    assert run["output"] == {"text": "One of two."}
    steps = await played.steps(run["id"])
    assert [step["output"]["status"] for step in steps] == ["error", "ok"]
    assert steps[0]["output"]["text"] == "It is broken."
    told = (await played.steps(run["id"], "llm_call"))[1]["input"]["messages"]
    assert told[0]["content"] == "One (one), error:\nIt is broken."


async def test_failure_of_a_member_is_told_to_the_leader_while_the_run_is_followed(played: Teams) -> None:
    one = await played.scene.agent({"error": "It is broken."}, name="One")
    team = await played.team(delegates(("one", "a")), "One failed.", members=[one])
    run_id = await played.started(team)

    sent = await played.scene.collect(run_id)

    (member,) = await played.steps(run_id)
    told = [
        each.data["data"] for each in sent if each.event == "step.completed" and each.data["data"]["step_id"] == member["id"]
    ]
    assert [(each["status"], each["error_message"]) for each in told] == [("failed", "It is broken.")]
    assert [each.event for each in sent][-2:] == ["run.completed", "end"]


async def test_policy_all_fails_the_run_and_names_who_failed(played: Teams) -> None:
    one = await played.scene.agent({"error": "It is broken."}, name="One")
    two = await played.scene.agent("Fine.", name="Two")
    team = await played.team(_BOTH, "-", members=[one, two], config={"partial_results": {"policy": "all"}})

    run = await played.run(team)

    assert (run["status"], run["error"]["code"]) == ("failed", "member_failed")
    assert run["error_message"].endswith("One: It is broken.")


async def test_quorum_lets_the_team_go_on_and_cancels_the_others(played: Teams) -> None:
    gate = Gate()
    played.scene.tools["stand"] = gate.tool
    one = await played.scene.agent({"tool_calls": [{"name": "stand", "arguments": {}}]}, "-", tools=("stand",), name="One")
    two = await played.scene.agent("Fine.", name="Two")
    policy = {"policy": "quorum", "quorum": 1}
    team = await played.team(_BOTH, "Enough.", members=[one, two], config={"partial_results": policy})

    run = await played.run(team)

    assert run["output"] == {"text": "Enough."}
    children = await played.children(run["id"])
    assert [each["status"] for each in children] == ["cancelled", "completed"]
    assert [step["output"]["status"] for step in await played.steps(run["id"])] == ["cancelled", "ok"]
    gate.opened.set()


async def test_time_of_the_policy_ends_the_wait_for_a_slow_member(played: Teams) -> None:
    one = await played.scene.agent({"text": "Late.", "delay_ms": 30_000}, name="One")
    two = await played.scene.agent("Fine.", name="Two")
    policy = {"policy": "best_effort_until", "seconds": 1}
    team = await played.team(_BOTH, "In time.", members=[one, two], config={"partial_results": policy})

    run = await played.run(team)

    assert run["output"] == {"text": "In time."}
    assert [step["output"]["status"] for step in await played.steps(run["id"])] == ["timeout", "ok"]


async def test_team_that_goes_on_before_the_time_of_its_policy_leaves_no_job_for_that_time(played: Teams) -> None:
    one = await played.scene.agent("Fine.", name="One")
    policy = {"policy": "best_effort_until", "seconds": 3_000}
    team = await played.team(delegates(("one", "a")), "Done.", members=[one], config={"partial_results": policy})

    run = await played.run(team)

    assert run["status"] == "completed", run
    jobs = "SELECT scheduled_at FROM dispatch.procrastinate_jobs WHERE lock = %s AND status = 'todo'"
    assert await played.scene.owner(jobs, run["id"]) == []


async def test_member_that_takes_longer_than_its_limit_timed_out(played: Teams) -> None:
    one = await played.scene.agent({"text": "Late.", "delay_ms": 30_000}, name="One")
    team = await played.team(
        delegates(("one", "a")), "Without it.", members=[{"agent_id": one, "config": {"timeout_seconds": 1}}]
    )

    run = await played.run(team)

    assert run["output"] == {"text": "Without it."}
    (step,) = await played.steps(run["id"])
    assert step["output"]["status"] == "timeout"


async def test_failed_member_is_tried_again_as_often_as_its_retries_allow(played: Teams) -> None:
    one = await played.scene.agent({"error": "Broken."}, name="One")
    team = await played.team(delegates(("one", "a")), "Gave up.", members=[{"agent_id": one, "config": {"retries": 2}}])

    run = await played.run(team)

    assert [each["status"] for each in await played.children(run["id"])] == ["failed"] * 3
    (step,) = await played.steps(run["id"])
    assert step["output"]["status"] == "error"


async def test_no_more_members_work_at_the_same_time_than_the_team_allows(played: Teams) -> None:
    working, most = 0, 0

    async def work(_arguments: object) -> str:
        nonlocal working, most
        working += 1
        most = max(most, working)
        await asyncio.sleep(0.05)
        working -= 1
        return "done"

    played.scene.tools["work"] = work
    asks = {"tool_calls": [call("work")]}
    members = [await played.scene.agent(asks, "Done.", tools=("work",), name=f"M{number}") for number in range(6)]
    team = await played.team("All.", members=members, type="collaborate", config={"max_parallel": 2})

    run = await played.run(team)

    assert run["status"] == "completed", run
    assert most == 2


async def test_team_with_one_slot_in_its_organization_ends(played: Teams) -> None:
    await played.scene.slots(1)
    one, two = [await played.scene.agent("Fine.", name=name) for name in ("One", "Two")]
    team = await played.team(_BOTH, "Done.", members=[one, two])

    run = await played.run(team)

    assert run["output"] == {"text": "Done."}


async def test_cancelling_a_team_cancels_the_members_that_work(played: Teams) -> None:
    gates = [Gate(), Gate()]
    members: list[str] = []
    for name, gate in zip(("one", "two"), gates, strict=True):
        played.scene.tools[f"stand_{name}"] = gate.tool
        asks = {"tool_calls": [call(f"stand_{name}")]}
        members.append(await played.scene.agent(asks, "-", tools=(f"stand_{name}",), name=name.title()))
    team = await played.team(_BOTH, "-", members=members)
    run_id = await played.started(team)
    for gate in gates:
        await gate.wait()

    response = await played.scene.cast.anna.http.post(f"/runs/{run_id}/cancel")

    assert response.json["status"] == "cancelled"
    assert [each["status"] for each in await played.children(run_id)] == ["cancelled"] * 2


async def test_cancelled_member_is_told_and_the_team_goes_on(played: Teams) -> None:
    gate = Gate()
    played.scene.tools["stand"] = gate.tool
    one = await played.scene.agent({"tool_calls": [{"name": "stand", "arguments": {}}]}, "-", tools=("stand",), name="One")
    team = await played.team(delegates(("one", "a")), "Alone.", members=[one])
    run_id = await played.started(team)
    await gate.wait()
    (child,) = await played.children(run_id)

    await played.scene.cast.anna.http.post(f"/runs/{child['id']}/cancel")
    run = await played.scene.until(run_id)

    assert run["output"] == {"text": "Alone."}
    assert [step["output"]["status"] for step in await played.steps(run_id)] == ["cancelled"]


async def test_members_that_wait_for_persons_go_on_one_after_the_other(played: Teams) -> None:
    played.scene.tools["send"] = lambda _: "sent"
    asks = {"tool_calls": [call("send")]}
    members = [
        await played.scene.agent(asks, f"{name} sent.", tools=("send:approval",), name=name) for name in ("One", "Two")
    ]
    team = await played.team(_BOTH, "Both sent.", members=members)
    run_id = await played.started(team)
    children: list[dict[str, str]] = []
    while len(children) < 2:
        children = await played.children(run_id)
    for child in children:
        await played.scene.until(child["id"], "waiting")

    http = played.scene.cast.anna.http
    for child in children:
        assert (await played.scene.run(run_id))["waiting_reason"] == "members"
        pending = (await http.get("/approvals?status=pending")).json["items"]
        approval = next(each for each in pending if each["run_id"] == child["id"])
        decided = await http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})
        assert decided.status == 200, decided.text
        await played.scene.until(child["id"])
    run = await played.scene.until(run_id)

    assert run["output"] == {"text": "Both sent."}
    assert [step["output"]["text"] for step in await played.steps(run_id)] == ["One sent.", "Two sent."]


async def test_members_that_wait_for_persons_go_on_together(played: Teams) -> None:
    played.scene.tools["send"] = lambda _: "sent"
    asks = {"tool_calls": [call("send")]}
    members = [
        await played.scene.agent(asks, f"{name} sent.", tools=("send:approval",), name=name) for name in ("One", "Two")
    ]
    team = await played.team(_BOTH, "Both sent.", members=members)
    run_id = await played.started(team)
    await played.scene.until(run_id, "waiting")
    http = played.scene.cast.anna.http
    pending: list[dict[str, str]] = []
    while len(pending) < 2:
        pending = (await http.get("/approvals?status=pending")).json["items"]

    async def approve(number: int) -> int:
        path = f"/approvals/{pending[number]['id']}/decide"
        return (await http.post(path, json={"decision": "approve"})).status

    decided = await together(2, approve)
    run = await played.scene.until(run_id)

    assert decided == [200, 200]
    assert run["output"] == {"text": "Both sent."}
    assert [step["output"]["text"] for step in await played.steps(run_id)] == ["One sent.", "Two sent."]


async def test_what_members_used_is_added_up_and_what_the_leader_used_stands_alone(played: Teams) -> None:
    one = await played.scene.agent({"text": "Fine.", "cost_usd": 0.25}, name="One")
    two = await played.scene.agent({"text": "Fine.", "cost_usd": 0.5}, name="Two")
    team = await played.team(_BOTH | {"cost_usd": 0.125}, {"text": "Done.", "cost_usd": 0.125}, members=[one, two])

    run = await played.run(team)

    overview = (await played.scene.cast.anna.http.get(f"/runs/{run['id']}/overview")).json
    assert Decimal(run["resource_usage"]["cost_usd"]) == Decimal("0.25")
    assert Decimal(overview["total_cost"]["cost_usd"]) == Decimal(1)
    assert (overview["total_cost"]["run_count"], overview["total_cost"]["model_calls"]) == (3, 4)
    assert run["resource_usage"]["model_calls"] == 2


async def test_cost_limit_of_the_team_counts_its_members_and_divides_what_is_left(played: Teams) -> None:
    one = await played.scene.agent({"text": "Dear.", "cost_usd": 0.75}, name="One")
    again = delegates(("one", "a"))
    team = await played.team(again, again, "-", members=[one], config={"limits": {"max_cost_usd": 0.5}})

    run = await played.run(team)

    assert (run["status"], run["error"]["code"]) == ("failed", "limit_cost")
    assert len(await played.children(run["id"])) == 1


async def test_waiting_for_a_run_goes_on_while_its_members_work(played: Teams) -> None:
    one = await played.scene.agent({"text": "Fine.", "delay_ms": 300}, name="One")
    team = await played.team(delegates(("one", "a")), "Done.", members=[one])

    body = {"type": "team", "target_id": team, "input": {"prompt": "Go."}}
    response = await played.scene.cast.anna.http.post("/runs", json=body, headers={"Prefer": "wait=30"})

    assert (response.status, response.json["output"]) == (200, {"text": "Done."})


async def test_order_of_answers_is_the_rosters_however_they_end(played: Teams) -> None:
    delays = (30, 0, 15, 5)
    turns = [{"text": f"Answer {number}.", "delay_ms": delay} for number, delay in enumerate(delays)]
    members = [await played.scene.agent(turn, name=f"M{number}") for number, turn in enumerate(turns)]
    team = await played.team("All.", members=members, type="collaborate")
    run_ids = await asyncio.gather(*(played.started(team) for _ in range(100)))

    orders: set[str] = set()
    for run_id in run_ids:
        await played.scene.until(run_id)
        (step,) = await played.steps(run_id, "llm_call")
        orders.add(str(step["input"]["messages"][-1]["content"]))

    assert len(orders) == 1


async def test_members_begin_at_once_and_not_when_the_worker_looks_again(scene: Scene, environ: dict[str, str]) -> None:
    teams = Teams(scene)
    async with working({**environ, "RETINUE_WORKER_POLL_SECONDS": "600"}, scene.tools):
        members = [await scene.agent("Fine.", name=name) for name in ("One", "Two")]
        team = await teams.team("Done.", members=members, type="collaborate")

        run = await teams.run(team)

    assert run["status"] == "completed"
