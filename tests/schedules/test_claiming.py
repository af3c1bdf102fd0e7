"""What is due is claimed once and at its time; every occurrence that starts no run has its reason."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from retinue.process import Process
from retinue.schedules import tasks
from tests.cast import Cast
from tests.clock import HandClock
from tests.conftest import Postgres
from tests.runs.scene import Scene
from tests.schedules.conftest import Plan
from tests.workflows.conftest import Workflows, adds, numbers


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


async def test_a_due_schedule_starts_a_run_and_not_before(plan: Plan) -> None:
    schedule = await plan.create(frequency="daily", time="09:00", timezone="Europe/Berlin")
    assert (await plan.get(schedule))["next_run"] == "2027-03-01T08:00:00Z"

    await plan.pass_time(hours=7, minutes=59)
    assert await plan.occurrences(schedule) == []
    await plan.pass_time(minutes=1)
    await plan.tick()

    (occurrence,) = await plan.occurrences(schedule)
    (run,) = await plan.runs(schedule)
    assert (occurrence["status"], occurrence["run_id"], occurrence["run_status"]) == ("started", run["id"], "pending")
    assert occurrence["due_at"] == "2027-03-01T08:00:00Z"
    assert (run["trigger"], run["target_name"]) == ("schedule", "Reporter")
    assert run["input"]["schedule"] == {"name": "Report", "due_at": "2027-03-01T08:00:00+00:00"}
    read = await plan.get(schedule)
    assert (read["last_run"], read["next_run"]) == ("2027-03-01T08:00:00Z", "2027-03-02T08:00:00Z")
    assert read["latest"]["run_id"] == run["id"]


async def test_many_due_at_once_are_each_started_once_by_several_workers(plan: Plan) -> None:
    schedules = [await plan.create(name=f"Report {number}", overlap="allow") for number in range(25)]

    for _ in range(3):
        plan.clock.move(hours=1)
        await plan.tick(workers=4)

    for schedule in schedules:
        assert [status for _, status, _ in await plan.told(schedule)] == ["started"] * 3
        assert len(await plan.runs(schedule)) == 3


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        ("skip", ["not_caught_up"] * 4 + [None]),
        ("last", ["outside_catch_up_window", "outside_catch_up_window", "superseded", "superseded", None]),
        ("all", ["outside_catch_up_window", "outside_catch_up_window", None, None, None]),
    ],
)
async def test_occurrences_that_no_worker_claimed_in_time_follow_the_catch_up_policy(
    plan: Plan, policy: str, told: list[str | None]
) -> None:
    schedule = await plan.create(catch_up=policy, catch_up_window_seconds=9000, overlap="allow")

    await plan.pass_time(hours=5)

    assert [reason for _, _, reason in await plan.told(schedule)] == told
    missed = [each for each in await plan.occurrences(schedule) if each["status"] == "missed"]
    assert all("No worker claimed it until" in each["reason"] for each in missed)


async def test_a_long_outage_of_a_frequent_schedule_is_claimed_whole(plan: Plan) -> None:
    schedule = await plan.create(cron="* * * * *", catch_up="last")

    await plan.pass_time(hours=12, seconds=30)

    told = await plan.told(schedule)
    assert len(told) == 720
    assert {reason for _, _, reason in told[:-1]} == {"superseded"}
    assert told[-1][1:] == ("started", None)


async def test_overlap_skip_says_why(plan: Plan) -> None:
    schedule = await plan.create(overlap="skip")
    await plan.pass_time(hours=1)
    await plan.pass_time(hours=1)
    (run,) = await plan.runs(schedule)
    await plan.end(run["id"])
    await plan.pass_time(hours=1)

    assert [(status, reason) for _, status, reason in await plan.told(schedule)] == [
        ("started", None),
        ("skipped", "overlap"),
        ("started", None),
    ]


async def test_overlap_queue_starts_them_one_after_the_other(plan: Plan) -> None:
    schedule = await plan.create(overlap="queue")
    for _ in range(3):
        await plan.pass_time(hours=1)
    assert [status for _, status, _ in await plan.told(schedule)] == ["started", "queued", "queued"]
    assert (await plan.get(schedule))["queued_count"] == 2

    for _ in range(2):
        await plan.end((await plan.runs(schedule))[0]["id"])
        await plan.pass_time(seconds=31)

    assert [status for _, status, _ in await plan.told(schedule)] == ["started"] * 3
    started = [each["started_at"] for each in await plan.occurrences(schedule)]
    assert started == sorted(started)
    assert len(set(started)) == 3


async def test_overlap_cancel_cancels_the_earlier_run(plan: Plan) -> None:
    schedule = await plan.create(overlap="cancel")
    await plan.pass_time(hours=1)
    await plan.pass_time(hours=1)

    assert [each["run_status"] for each in await plan.occurrences(schedule)] == ["cancelled", "pending"]


async def test_overlap_allow_lets_runs_go_on_beside_each_other(plan: Plan) -> None:
    schedule = await plan.create(overlap="allow")
    await plan.pass_time(hours=1)
    await plan.pass_time(hours=1)

    assert [each["run_status"] for each in await plan.occurrences(schedule)] == ["pending", "pending"]


async def test_runs_that_were_allowed_beside_each_other_count_when_the_policy_is_changed(plan: Plan) -> None:
    schedule = await plan.create(overlap="allow")
    await plan.pass_time(hours=1)
    await plan.patch(schedule, overlap="skip")
    await plan.pass_time(hours=1)

    assert [status for _, status, _ in await plan.told(schedule)] == ["started", "skipped"]


async def test_a_paused_schedule_starts_nothing_and_tells_so(plan: Plan) -> None:
    schedule = await plan.create()
    paused = await plan.send(schedule, "pause")
    assert (paused["status"], paused["enabled"], paused["next_run"]) == ("paused", False, None)

    await plan.pass_time(hours=2, minutes=30)
    resumed = await plan.send(schedule, "resume")
    assert (resumed["status"], resumed["next_run"]) == ("active", "2027-03-01T03:00:00Z")
    await plan.pass_time(minutes=30)

    assert await plan.told(schedule) == [
        ("03-01T01:00", "skipped", "paused"),
        ("03-01T02:00", "skipped", "paused"),
        ("03-01T03:00", "started", None),
    ]


async def test_a_pause_until_an_instant_ends_by_itself(plan: Plan) -> None:
    schedule = await plan.create(cron="*/10 * * * *")
    paused = await plan.send(schedule, "pause", until="2027-03-01T00:25:00Z")
    assert (paused["status"], paused["next_run"]) == ("paused", "2027-03-01T00:30:00Z")

    await plan.pass_time(minutes=30)

    assert [(status, reason) for _, status, reason in await plan.told(schedule)] == [
        ("skipped", "paused"),
        ("skipped", "paused"),
        ("started", None),
    ]
    assert (await plan.get(schedule))["status"] == "active"


async def test_run_now_starts_a_run_of_a_paused_schedule_once_per_key(plan: Plan) -> None:
    schedule = await plan.create(enabled=False)
    http, headers = plan.scene.cast.anna.http, {"Idempotency-Key": "again"}

    first = await http.post(f"/schedules/{schedule}/run", headers=headers)
    again = await http.post(f"/schedules/{schedule}/run", headers=headers)

    assert (first.status, again.status) == (202, 202), first.text + again.text
    assert (first.json["kind"], first.json["status"]) == ("manual", "started")
    assert again.json["run_id"] == first.json["run_id"]
    assert again.headers["Idempotent-Replay"] == "true"
    assert len(await plan.occurrences(schedule)) == 1
    (run,) = await plan.runs(schedule)
    assert (run["trigger"], run["triggered_by_id"]) == ("manual", str(plan.scene.cast.anna.user_id))


async def test_backfill_runs_what_was_not_started_one_after_the_other(plan: Plan) -> None:
    schedule = await plan.create(catch_up="skip")
    await plan.pass_time(hours=3)  # two missed, one started
    window = {"start": "2027-02-28T23:00:00Z", "end": "2027-03-01T03:00:00Z"}

    made = await plan.send(schedule, "backfill", 202, **window)
    again = await plan.send(schedule, "backfill", 202, **window)

    assert made == {"queued": 4, "existing": 0}
    assert again == {"queued": 0, "existing": 4}
    for _ in range(4):
        await plan.end((await plan.runs(schedule))[0]["id"])
        await plan.pass_time(seconds=31)
    occurrences = await plan.occurrences(schedule)
    assert [each["status"] for each in occurrences] == ["started"] * 5
    assert [each["kind"] for each in occurrences] == ["backfill"] * 4 + ["scheduled"]


async def test_backfill_refuses_the_future_and_too_much(plan: Plan) -> None:
    schedule = await plan.create(cron="* * * * *")
    future = await plan.send(schedule, "backfill", 422, start="2027-02-28T00:00:00Z", end="2027-03-02T00:00:00Z")
    much = await plan.send(schedule, "backfill", 422, start="2027-02-27T00:00:00Z", end="2027-03-01T00:00:00Z")

    assert (future["code"], future["errors"][0]["field"]) == ("schedule_invalid", "end")
    assert "more than 1000 due times" in much["errors"][0]["message"]


async def test_an_occurrence_whose_start_is_refused_has_the_reason_and_the_next_one_is_due(plan: Plan) -> None:
    schedule = await plan.create()
    anna = plan.scene.cast.anna.http
    assert (await anna.post(f"/agents/{plan.agent}/pause")).status == 200
    await plan.pass_time(hours=1)
    assert (await anna.post(f"/agents/{plan.agent}/activate")).status == 200
    await plan.pass_time(hours=1)

    assert [(status, reason) for _, status, reason in await plan.told(schedule)] == [
        ("failed", "agent_paused"),
        ("started", None),
    ]


async def test_a_schedule_whose_agent_is_deleted_is_paused(plan: Plan) -> None:
    schedule = await plan.create(catch_up="all")
    assert (await plan.scene.cast.anna.http.delete(f"/agents/{plan.agent}")).status == 204
    await plan.pass_time(hours=2)

    assert [(status, reason) for _, status, reason in await plan.told(schedule)] == [
        ("failed", "agent_missing"),
        ("skipped", "paused"),
    ]
    read = await plan.get(schedule)
    assert (read["status"], read["target_name"]) == ("paused", "Reporter")


async def test_schedule_of_a_workflow_gives_its_input_as_it_is_once_the_workflow_is_active(plan: Plan) -> None:
    workflows, edges = Workflows(plan.scene), [("START", "add"), ("add", "END")]
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "additionalProperties": False}
    nodes, state = [adds("add", n="state.n + 1")], numbers(n=0)
    flow = await workflows.made(nodes, edges, state=state, name="Counter", input_schema=schema)
    schedule = await plan.create(target_type="workflow", target_id=flow, input={"n": 4})
    await plan.pass_time(hours=1)
    await plan.tick()
    await workflows.changed(flow, is_active=True)
    await plan.pass_time(hours=1)
    await plan.tick()

    refused, started = await plan.occurrences(schedule)
    run = await plan.scene.run(started["run_id"])
    assert (refused["status"], refused["reason_code"]) == ("failed", "workflow_inactive")
    assert (run["type"], run["trigger"], run["input"]) == ("workflow", "schedule", {"n": 4})
    assert run["metadata"]["schedule_id"] == schedule
    assert (await plan.get(schedule))["target_name"] == "Counter"


async def test_workflow_tells_when_a_schedule_starts_it_next_and_has_not_changed_by_that(plan: Plan) -> None:
    workflows, edges = Workflows(plan.scene), [("START", "add"), ("add", "END")]
    flow = await workflows.made([adds("add", n="state.n + 1")], edges, state=numbers(n=0), name="Counter")
    made = await workflows.read(flow)
    daily, hourly = [
        await plan.create(target_type="workflow", target_id=flow, input={}, frequency=each) for each in ("daily", "hourly")
    ]

    told = [await workflows.read(flow)]
    await plan.pass_time(hours=1)
    await plan.tick()
    told.append(await workflows.read(flow))
    await plan.send(hourly, "pause")
    told.append(await workflows.read(flow))
    await plan.scene.cast.anna.http.delete(f"/schedules/{daily}")
    told.append(await workflows.read(flow))

    times = [None if each["next_execution"] is None else each["next_execution"][:16] for each in told]
    assert times == ["2027-03-01T01:00", "2027-03-01T02:00", "2027-03-02T00:00", None]
    assert {each["updated_at"] for each in told} == {made["updated_at"]}


async def test_what_was_due_before_an_edit_runs_and_the_new_times_count_from_it(plan: Plan) -> None:
    schedule = await plan.create(overlap="allow")
    plan.clock.move(hours=1, seconds=1)

    changed = await plan.patch(schedule, frequency="daily", time="06:00")
    await plan.tick()
    await plan.pass_time(hours=5)

    assert changed["next_run"] == "2027-03-01T06:00:00Z"
    assert await plan.told(schedule) == [("03-01T01:00", "started", None), ("03-01T06:00", "started", None)]


async def test_a_deleted_schedule_leaves_no_timer(plan: Plan) -> None:
    schedule = await plan.create(overlap="queue")
    for _ in range(2):
        await plan.pass_time(hours=1)

    assert (await plan.scene.cast.anna.http.delete(f"/schedules/{schedule}")).status == 204

    left = await plan.scene.owner("SELECT count(*) FROM due_timers WHERE subject_id = %s", schedule)
    assert left == [(0,)]
    assert (await plan.scene.cast.vera.http.get(f"/schedules/{schedule}")).status == 404


async def test_edits_and_workers_at_the_same_time_lose_and_double_nothing(plan: Plan) -> None:
    schedules = [await plan.create(name=f"Report {number}", overlap="allow") for number in range(8)]

    async def edit(schedule: str, round_: int) -> None:
        await plan.patch(schedule, description=f"Round {round_}", jitter_seconds=round_)

    for round_ in range(4):
        plan.clock.move(hours=1)
        await asyncio.gather(plan.tick(workers=3), *(edit(each, round_) for each in schedules))
        await plan.pass_time(seconds=10)

    for schedule in schedules:
        assert [status for _, status, _ in await plan.told(schedule)] == ["started"] * 4


async def test_jitter_delays_each_occurrence_by_a_fixed_time_below_its_limit(plan: Plan) -> None:
    schedule = await plan.create(jitter_seconds=600, overlap="allow")
    for _ in range(25):
        await plan.pass_time(minutes=20)
        await plan.tick()
    while (seconds := await plan.scene.owner("SELECT tenant.seconds_to_next_timer(%s)", ["schedules.fire"]))[0][0] <= 0:
        await plan.tick()

    occurrences = await plan.occurrences(schedule)
    assert len(occurrences) == 8
    assert 0 < seconds[0][0] <= 4200
    for each in occurrences:
        assert timedelta(0) <= _at(each["started_at"]) - _at(each["due_at"]) <= timedelta(minutes=30)


async def test_a_schedule_that_runs_once_is_finished_then(plan: Plan) -> None:
    schedule = await plan.create(frequency="once", run_date="2027-03-01", time="08:00")
    await plan.pass_time(hours=8)

    read = await plan.get(schedule)
    assert (read["status"], read["next_run"], len(await plan.runs(schedule))) == ("finished", None, 1)
    await plan.send(schedule, "resume", 409)


@pytest.mark.parametrize(
    "case",
    [
        ("02:30", "2027-03-13", ["03-13T07:30", "03-14T07:00", "03-15T06:30"]),
        ("01:30", "2027-11-06", ["11-06T05:30", "11-07T05:30", "11-08T06:30"]),
    ],
)
async def test_a_time_in_the_gap_fires_at_the_first_valid_minute_and_one_that_comes_twice_fires_once(
    clock: HandClock, cast: Cast, process: Process, postgres: Postgres, case: tuple[str, str, list[str]]
) -> None:
    time, day, due = case
    # New York: 02:30 does not exist on 14 March 2027; 01:30 comes twice on 7 November 2027.
    clock.instant = datetime.fromisoformat(f"{day}T00:00:00+00:00")
    clock.move(hours=0)
    scene = Scene(cast, process, postgres)
    plan = Plan(scene, clock, await scene.agent("Done."))
    when = {"frequency": "daily", "time": time, "timezone": "America/New_York"}
    schedule = await plan.create(**when, overlap="allow", catch_up="all", catch_up_window_seconds=604_800)
    await plan.pass_time(days=3)

    assert [at for at, _, _ in await plan.told(schedule)] == due


async def test_a_lost_timer_is_set_again(plan: Plan) -> None:
    schedule = await plan.create()
    await plan.scene.owner("DELETE FROM due_timers WHERE subject_id = %s", schedule)
    await plan.pass_time(hours=1)
    assert await plan.told(schedule) == []

    await tasks.reconcile(plan.scene.process.database)
    await plan.tick()

    assert [status for _, status, _ in await plan.told(schedule)] == ["started"]


async def test_occurrences_are_deleted_when_runs_are(plan: Plan) -> None:
    schedule = await plan.create(frequency="daily", time="09:00", overlap="allow")
    await plan.scene.owner("UPDATE organizations SET run_retention_days = 7 WHERE id = %s", plan.scene.cast.acme)
    for _ in range(10):
        await plan.pass_time(days=1)
    for run in await plan.runs(schedule):
        await plan.end(run["id"])
    await plan.pass_time(days=1)

    await tasks.delete_expired(plan.scene.process.database)

    told: list[Any] = await plan.told(schedule)
    assert told[0][0] >= "03-04"
    assert len(told) >= 7


async def test_of_those_due_together_one_that_is_refused_keeps_no_other_back(plan: Plan) -> None:
    paused = await plan.scene.agent("Done.", name="Paused")
    others = [await plan.create(name=f"Report {number}") for number in range(3)]
    refused = await plan.create(name="Refused", target_id=paused)
    anna = plan.scene.cast.anna.http
    assert (await anna.post(f"/agents/{paused}/pause")).status == 200

    await plan.pass_time(hours=1)

    assert [await plan.told(each) for each in others] == [[("03-01T01:00", "started", None)]] * 3
    assert [reason for _, _, reason in await plan.told(refused)] == ["agent_paused"]
    assert {(await plan.get(each))["next_run"][:16] for each in (*others, refused)} == {"2027-03-01T02:00"}


async def test_of_those_due_together_each_follows_its_own_overlap_policy(plan: Plan) -> None:
    policies = ("skip", "queue", "cancel", "allow", "skip", "allow")
    schedules = [await plan.create(name=f"Report {number}", overlap=each) for number, each in enumerate(policies)]
    await plan.pass_time(hours=1)
    ended = schedules[4]
    await plan.end((await plan.runs(ended))[0]["id"])

    await plan.pass_time(hours=1)

    assert [[status for _, status, _ in await plan.told(each)] for each in schedules] == [
        ["started", "skipped"],
        ["started", "queued"],
        ["started", "started"],
        ["started", "started"],
        ["started", "started"],
        ["started", "started"],
    ]
    assert {len(await plan.runs(each)) for each in schedules[:2]} == {1}


async def test_runs_started_together_are_each_in_the_audit_log_with_the_input_of_their_schedule(plan: Plan) -> None:
    schedules = [await plan.create(name=f"Report {number}", input={"prompt": f"Report {number}."}) for number in range(3)]

    await plan.pass_time(hours=1)

    runs = [(await plan.runs(each))[0] for each in schedules]
    assert [run["input"]["prompt"] for run in runs] == ["Report 0.", "Report 1.", "Report 2."]
    assert [run["input"]["schedule"]["name"] for run in runs] == ["Report 0", "Report 1", "Report 2"]
    for run in runs:
        found = await plan.scene.owner("SELECT action FROM audit_log WHERE target_id = %s", run["id"])
        assert found == [("run.started",)]
