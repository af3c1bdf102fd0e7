"""When rules fire and resolve, by the acceptance tests of the specification."""

import time
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from retinue.alerts import engine, tasks
from retinue.alerts.watch import watch_of
from tests.alerts.conftest import MONDAY, Bell
from tests.runs.scene import working
from tests.together import together

THREE = {"status": "error", "consecutive_failures": 3}


async def test_three_failures_in_a_row_fire_on_the_third(bell: Bell) -> None:
    await bell.rule(THREE)

    await bell.ends("failed", "failed")
    assert await bell.firing() == []
    await bell.ends("failed")

    (alert,) = await bell.firing()
    assert alert["details"]["summary"] == "The last 3 runs failed"
    assert len(alert["details"]["run_ids"]) == 3
    assert alert["details"]["error"] == "It broke."
    assert alert["started_at"].startswith("2027-03-01T09:00:03")


async def test_a_success_between_failures_prevents_the_alert(bell: Bell) -> None:
    await bell.rule(THREE)

    await bell.ends("failed", "failed", "completed", "failed")

    assert await bell.alerts() == []


async def test_cancelled_runs_neither_count_nor_reset(bell: Bell) -> None:
    await bell.rule(THREE)

    await bell.ends("failed", "cancelled", "failed", "cancelled", "failed")

    assert len(await bell.firing()) == 1


async def test_runs_that_end_out_of_order_are_judged_by_their_ends(bell: Bell) -> None:
    await bell.rule(THREE)
    await bell.ends("failed", "failed")
    bell.clock.move(seconds=10)
    await bell.ended("failed")
    await bell.ended("completed", completed_at=bell.clock.instant - timedelta(seconds=5))

    await bell.look()

    assert await bell.alerts() == []


async def test_playground_runs_and_other_agents_do_not_count(bell: Bell) -> None:
    other = await bell.scene.agent("Done.", name="Other")
    await bell.rule({"status": "error"})
    await bell.ended("failed", playground=True)
    await bell.ended("failed", agent=other)

    await bell.look()

    assert await bell.alerts() == []


async def test_a_real_failed_run_fires_without_waiting_for_the_next_look(bell: Bell, environ: dict[str, str]) -> None:
    from retinue.core.outbox import Pump, gather  # noqa: PLC0415 - only here

    bell.clock.release()  # a worker needs a clock that goes on
    agent = await bell.scene.agent({"error": "invalid_request"}, name="Failing")
    config = await bell.rule({"status": "error"}, agent_id=agent)
    await bell.sweep()
    before = (await bell.anna.get(f"/alert-configs/{config}")).json["next_eval_at"]
    async with working(environ, {}):
        await bell.scene.until(await bell.scene.started(agent), "failed")
    from retinue.alerts.feature import feature  # noqa: PLC0415 - only here

    await Pump(bell.scene.process.database, gather(feature.listens)).drain()
    due = (await bell.anna.get(f"/alert-configs/{config}")).json["next_eval_at"]
    assert due < before

    await bell.sweep()

    assert [each["config_id"] for each in await bell.firing()] == [config]


async def test_a_run_that_fails_while_its_rule_is_evaluated_fires_at_the_next_look(bell: Bell) -> None:
    database = bell.scene.process.database
    config = await bell.rule({"status": "error"})
    async with await psycopg.AsyncConnection.connect(bell.scene.postgres.owner_url) as evaluating:
        await evaluating.execute("SELECT FROM alert_configs WHERE id = %s FOR NO KEY UPDATE", (config,))
        await _told(bell, await bell.ended("failed"))
        statement = "UPDATE alert_configs SET next_eval_at = tenant.now() + interval '5 minutes' WHERE id = %s"
        await evaluating.execute(statement, (config,))

    watch_of(database.resources).wake()  # it may rest from the look of another test
    await tasks.work(database)

    assert [each["config_id"] for each in await bell.firing()] == [config]


async def _told(bell: Bell, run_id: str) -> None:
    """Have the worker hear of a failed run."""
    from retinue.alerts.feature import feature  # noqa: PLC0415 - only here
    from retinue.core.outbox import Pump, gather  # noqa: PLC0415 - only here

    await bell.scene.owner(
        "INSERT INTO outbox (organization_id, type, payload, not_before) VALUES (%s, 'run.failed', %s, tenant.now())",
        bell.scene.cast.acme, f'{{"run_id": "{run_id}"}}',
    )  # fmt: skip
    await Pump(bell.scene.process.database, gather(feature.listens)).drain()


async def test_a_failed_run_of_a_rule_that_is_due_already_has_it_evaluated_once(bell: Bell) -> None:
    database = bell.scene.process.database
    config = await bell.rule({"status": "error"})
    await _told(bell, await bell.ended("failed"))
    watch_of(database.resources).wake()
    await tasks.work(database)
    assert len(await bell.firing()) == 1
    before = (await bell.anna.get(f"/alert-configs/{config}")).json["last_eval_at"]

    bell.clock.move(seconds=1)
    watch_of(database.resources).wake()
    await tasks.work(database)

    assert (await bell.anna.get(f"/alert-configs/{config}")).json["last_eval_at"] == before


async def test_a_rule_that_another_worker_holds_during_the_look_too_fires_at_the_one_after(bell: Bell) -> None:
    database = bell.scene.process.database
    config = await bell.rule({"status": "error"})
    async with await psycopg.AsyncConnection.connect(bell.scene.postgres.owner_url) as evaluating:
        await evaluating.execute("SELECT FROM alert_configs WHERE id = %s FOR NO KEY UPDATE", (config,))
        await _told(bell, await bell.ended("failed"))
        watch_of(database.resources).wake()
        await tasks.work(database)
        assert await bell.alerts() == []
        statement = "UPDATE alert_configs SET next_eval_at = tenant.now() + interval '5 minutes' WHERE id = %s"
        await evaluating.execute(statement, (config,))

    watch_of(database.resources).wake()
    await tasks.work(database)

    assert [each["config_id"] for each in await bell.firing()] == [config]


async def test_failed_runs_that_are_heard_of_together_have_the_rules_of_each_looked_at(bell: Bell) -> None:
    from retinue.alerts.feature import feature  # noqa: PLC0415 - only here
    from retinue.core.outbox import Pump, gather  # noqa: PLC0415 - only here

    database = bell.scene.process.database
    other = await bell.scene.agent("Done.", name="Clerk")
    configs = [await bell.rule({"status": "error"}), await bell.rule({"status": "error"}, agent_id=other)]
    await bell.scene.owner("UPDATE alert_configs SET next_eval_at = tenant.now() + interval '5 minutes'")
    for agent in (bell.agent, other):
        await bell.scene.owner(
            "INSERT INTO outbox (organization_id, type, payload, not_before) VALUES (%s, 'run.failed', %s, tenant.now())",
            bell.scene.cast.acme, f'{{"run_id": "{await bell.ended("failed", agent=agent)}"}}',
        )  # fmt: skip

    await Pump(database, gather(feature.listens)).drain()
    await bell.sweep()

    assert sorted(each["config_id"] for each in await bell.firing()) == sorted(configs)


async def test_a_saved_rule_wakes_a_worker_that_sleeps_until_something_is_due(bell: Bell) -> None:
    database = bell.scene.process.database
    watch_of(database.resources).begin()
    await bell.ended("failed")
    await bell.rule({"status": "error"})
    await tasks.work(database)
    assert await bell.alerts() == []

    await bell.tick()
    await tasks.work(database)

    assert len(await bell.firing()) == 1
    assert not watch_of(database.resources).is_due


async def test_what_wakes_a_worker_during_its_look_has_it_look_again(bell: Bell) -> None:
    watch = watch_of(bell.scene.process.database.resources)
    watch.begin()

    watch.wake()
    watch.sleep(15)

    assert watch.is_due
    watch.begin()
    watch.sleep(15)
    assert not watch.is_due


async def test_rules_that_ask_the_same_each_fire_with_the_newest_runs_that_failed(bell: Bell) -> None:
    many = {"status": "error", "count": 6, "window": "1h"}
    for conditions in (many, many, many | {"count": 8}):
        await bell.rule(conditions)
    runs: list[str] = []
    for place in range(7):
        bell.clock.move(seconds=1)
        runs.append(await bell.ended("failed", error_message=f"It broke {place}."))
        await bell.ended("completed")
    await bell.look()

    alerts = await bell.firing()

    assert [each["value"] for each in alerts] == [7, 7]
    for each in alerts:
        assert each["details"]["run_ids"] == runs[:1:-1]
        assert each["details"]["error"] == "It broke 6."
    assert len({each["config_id"] for each in alerts}) == 2


async def test_failed_runs_have_a_worker_rest_two_hundred_times_as_long_as_it_looked(bell: Bell) -> None:
    watch = watch_of(bell.scene.process.database.resources)
    watch.wake_for_runs()
    watch.begin()
    begin = time.monotonic()
    while time.monotonic() - begin < 0.1:
        pass  # a look that takes long

    watch.wake_for_runs()
    watch.sleep(0)

    assert not watch.is_due
    watch.wake()  # a saved rule
    assert watch.is_due
    watch.begin()
    watch.sleep(15)


async def test_a_worker_rests_too_before_a_rule_that_falls_due_soon(bell: Bell) -> None:
    watch = watch_of(bell.scene.process.database.resources)
    watch.begin()
    begin = time.monotonic()
    while time.monotonic() - begin < 0.01:
        pass  # a look

    watch.sleep(0.001)
    while time.monotonic() - begin < 0.1:
        pass  # the rule is due

    assert not watch.is_due
    watch.begin()
    watch.sleep(15)


async def test_two_workers_open_one_alert(bell: Bell) -> None:
    await bell.rule({"status": "error"})
    bell.clock.move(seconds=1)
    await bell.ended("failed")
    await bell.scene.owner(
        "UPDATE alert_configs SET next_eval_at = tenant.now() WHERE organization_id = %s", bell.scene.cast.acme
    )

    await together(4, lambda _: engine.sweep(bell.scene.process.database))

    (alert,) = await bell.alerts()
    assert await bell.events(alert["id"]) == ["opened"]


async def test_a_condition_that_clears_while_pending_sends_nothing(bell: Bell) -> None:
    config = await bell.rule({"status": "error"}, for_seconds=60)
    await bell.ends("failed")
    assert (await bell.anna.get(f"/alert-configs/{config}")).json["state"] == "pending"

    await bell.ends("completed", seconds=30)
    await bell.pass_time(minutes=5)

    assert await bell.alerts() == []
    assert (await bell.anna.get(f"/alert-configs/{config}")).json["state"] == "ok"


async def test_a_condition_that_stays_true_fires_after_its_time_with_its_begin(bell: Bell) -> None:
    await bell.rule({"status": "error"}, for_seconds=60)
    await bell.ends("failed")

    await bell.pass_time(seconds=59)
    assert await bell.alerts() == []
    await bell.pass_time(seconds=6)

    (alert,) = await bell.firing()
    assert alert["started_at"].startswith("2027-03-01T09:00:01")
    assert alert["triggered_at"].startswith("2027-03-01T09:01:06")


async def test_an_alert_keeps_firing_for_a_time_after_it_cleared(bell: Bell) -> None:
    config = await bell.rule({"status": "error"}, keep_firing_seconds=60)
    await bell.ends("failed", "completed")
    assert (await bell.anna.get(f"/alert-configs/{config}")).json["state"] == "recovering"
    assert len(await bell.firing()) == 1

    await bell.ends("failed", "completed", seconds=10)
    await bell.pass_time(seconds=61)

    (alert,) = await bell.alerts()
    assert await bell.events(alert["id"]) == ["opened", "resolved"]


async def test_a_metric_warns_and_then_escalates(bell: Bell) -> None:
    metric: Any = {"metric": "response_time", "agg": "p95", "op": ">", "value": 2000, "warn": 1500, "window": "10m"}
    await bell.rule(metric, severity="critical")
    bell.clock.move(seconds=1)
    await bell.ended("completed", duration_ms=1600)
    await bell.look()
    (alert,) = await bell.firing()
    assert (alert["severity"], alert["value"], alert["threshold"]) == ("warning", 1600, 1500)

    bell.clock.move(seconds=1)
    await bell.ended("completed", duration_ms=9000)
    await bell.look()

    (alert,) = await bell.firing()
    assert (alert["severity"], alert["threshold"]) == ("critical", 2000)
    assert await bell.events(alert["id"]) == ["opened", "escalated"]


async def test_a_metric_without_runs_follows_the_rule_for_no_data(bell: Bell) -> None:
    metric: Any = {"metric": "cost", "agg": "sum", "op": ">", "value": 1, "window": "5m"}
    quiet = await bell.rule(metric, name="Quiet")
    shown = await bell.rule(metric, name="Shown", no_data="no_data")
    await bell.rule(metric, name="Fires", no_data="fire")

    await bell.look()

    assert [each["config_name"] for each in await bell.firing()] == ["Fires"]
    assert (await bell.anna.get(f"/alert-configs/{quiet}")).json["state"] == "ok"
    assert (await bell.anna.get(f"/alert-configs/{shown}")).json["state"] == "no_data"


async def test_crossing_two_budget_thresholds_at_once_sends_one_and_the_period_ends_it(bell: Bell) -> None:
    await bell.rule({"budget": {"usd": 10, "period": "day", "tz": "Europe/Berlin", "at": [0.5, 1.0]}}, agent_id=None)
    bell.clock.move(seconds=1)
    await bell.ended("completed", resource_usage='{"cost_usd": "11"}')
    await bell.look()
    await bell.pass_time(minutes=5)

    (alert,) = await bell.firing()
    assert await bell.events(alert["id"]) == ["opened"]
    assert (alert["value"], alert["threshold"]) == (11, 10)

    await bell.pass_time(days=1)
    (alert,) = await bell.alerts()
    assert alert["resolved_reason"] == "period_rollover"


async def test_each_budget_threshold_is_sent_once(bell: Bell) -> None:
    await bell.rule({"budget": {"usd": 10, "at": [0.5, 1.0]}}, agent_id=None, severity="critical")
    for cost in ("5", "1", "4"):
        bell.clock.move(seconds=1)
        await bell.ended("completed", resource_usage=f'{{"cost_usd": "{cost}"}}')
        await bell.look()

    (alert,) = await bell.firing()
    assert await bell.events(alert["id"]) == ["opened", "escalated"]
    assert alert["severity"] == "critical"


async def test_part_of_a_budget_that_is_settled_fires_a_rule(bell: Bell) -> None:
    body = {"name": "Cap", "scope": "organization", "period": "day", "limit_usd": "10"}
    budget = (await bell.scene.cast.adam.http.post("/budgets", json=body)).json
    await bell.rule({"budget_used": {"budget_id": budget["id"], "at": [0.5, 1.0]}}, agent_id=None)
    settled = (
        "INSERT INTO budget_counters (organization_id, budget_id, counted_id, period_start, settled_usd)"
        " VALUES (%s, %s, %s, %s, %s)"
        " ON CONFLICT ON CONSTRAINT budget_counters_pkey DO UPDATE SET settled_usd = excluded.settled_usd"
    )
    for usd in (4, 6):
        await bell.scene.owner(settled, bell.scene.cast.acme, budget["id"], budget["id"], budget["period_start"], usd)
        await bell.look()

    (alert,) = await bell.firing()
    assert (alert["value"], alert["threshold"]) == (0.6, 0.5)
    await bell.pass_time(days=1)
    (alert,) = await bell.alerts()
    assert alert["resolved_reason"] == "period_rollover"


async def test_a_missing_heartbeat_fires_with_its_deadline_though_the_engine_was_down(bell: Bell) -> None:
    body = {"name": "Outside", "runtime": "external", "webhook_url": "https://agent.example.com/", "status": "active"}
    made = await bell.anna.post("/agents", json=body)
    assert made.status == 201, made.text
    agent = made.json["id"]
    await bell.rule({"heartbeat": {"every": "5m", "grace": "2m"}}, agent_id=agent)
    await bell.anna.post(f"/agents/{agent}/heartbeat", json={"status": "online"})
    await bell.sweep()

    await bell.pass_time(hours=2)

    (alert,) = await bell.firing()
    assert alert["started_at"].startswith("2027-03-01T09:07:00")
    await bell.anna.post(f"/agents/{agent}/heartbeat", json={"status": "online"})
    await bell.pass_time(seconds=6)
    assert await bell.firing() == []


async def test_a_rule_by_agent_has_an_alert_for_each(bell: Bell) -> None:
    other = await bell.scene.agent("Done.", name="Other")
    await bell.rule({"status": "error"}, agent_id=None, group_by="agent")
    bell.clock.move(seconds=1)
    await bell.ended("failed")
    await bell.ended("failed", agent=other)
    await bell.look()

    assert {each["target_name"] for each in await bell.firing()} == {"Scribe", "Other"}
    bell.clock.move(seconds=1)
    await bell.ended("completed", agent=other)
    await bell.look()
    assert [each["target_name"] for each in await bell.firing()] == ["Scribe"]


async def test_a_run_that_takes_too_long_fires_while_it_runs(bell: Bell) -> None:
    await bell.rule({"run_duration": {"gt": "30m"}})
    await bell.ended("running", completed_at=None, started_at=bell.clock.instant)
    await bell.look()
    assert await bell.firing() == []

    await bell.pass_time(minutes=31)

    assert len(await bell.firing()) == 1


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_schedule_that_nobody_claims_is_missed_after_its_grace_on_the_day_of_the_change(
    bell: Bell,
    *,
    is_late: bool,
) -> None:
    body = {"name": "Nightly", "target_id": bell.agent, "cron": "30 2 * * *", "timezone": "America/New_York"}
    bell.clock.move(days=12, hours=15)  # to midnight before 14 March 2027, when 02:30 does not exist in New York
    made = await bell.anna.post("/schedules", json=body | {"input": {"prompt": "Go."}})
    assert made.status == 201, made.text
    await bell.rule({"missed_schedule": {"grace": "10m"}})
    await bell.sweep()
    due = made.json["next_run"]
    from datetime import datetime  # noqa: PLC0415 - only here

    until = datetime.fromisoformat(due) + timedelta(minutes=11 if is_late else 9) - bell.clock.instant

    await bell.pass_time(seconds=until.total_seconds())

    assert len(await bell.firing()) == int(is_late)


async def test_an_agent_with_the_status_error_fires(bell: Bell) -> None:
    await bell.rule({"agent_status": "error"})
    await bell.scene.owner(
        "UPDATE agents SET status = 'error', status_reason = 'Broken.', status_changed_at = %s WHERE id = %s",
        MONDAY,
        bell.agent,
    )

    await bell.look()

    (alert,) = await bell.firing()
    assert alert["details"]["error"] == "Broken."


async def test_any_and_all_join_conditions(bell: Bell) -> None:
    long: Any = {"run_duration": {"gt": "1m"}}
    await bell.rule({"any": [{"status": "error"}, long]}, name="Any")
    await bell.rule({"all": [{"status": "error"}, long]}, name="All")

    await bell.ends("failed")

    assert [each["config_name"] for each in await bell.firing()] == ["Any"]


async def test_a_rule_that_cannot_be_evaluated_does_not_stop_others_and_is_told(bell: Bell) -> None:
    broken = await bell.rule({"status": "error"}, name="Broken")
    await bell.rule({"status": "error"}, name="Sound")
    await bell.scene.owner("UPDATE alert_configs SET conditions = %s WHERE id = %s", '{"status": "nonsense"}', broken)
    bell.clock.move(seconds=1)
    await bell.ended("failed")

    for _ in range(3):
        await bell.look()

    assert [each["config_name"] for each in await bell.firing()] == ["Sound"]
    found = (await bell.anna.get(f"/alert-configs/{broken}")).json
    assert "conditions.status" in found["eval_error"]
    titles = [each["title"] for each in (await bell.anna.get("/notifications")).json["items"]]
    assert "Alert rule Broken cannot be evaluated" in titles


async def test_an_alert_that_opens_again_soon_is_the_same_and_flaps_after_five_times(bell: Bell) -> None:
    await bell.rule({"status": "error"})

    await bell.ends(*["failed", "completed"] * 6)

    (alert,) = await bell.alerts()
    assert alert["is_flapping"]
    assert (await bell.events(alert["id"])).count("reopened") == 5
    await bell.ends("failed", seconds=3600)
    assert len(await bell.alerts()) == 2


async def test_a_person_resolves_an_alert_and_the_past_does_not_fire_again(bell: Bell) -> None:
    await bell.rule({"status": "error"})
    await bell.ends("failed")
    (alert,) = await bell.firing()

    resolved = await bell.anna.post(f"/alerts/{alert['id']}/resolve")
    assert (resolved.json["status"], resolved.json["resolved_reason"]) == ("resolved", "manual")
    await bell.look()
    assert await bell.firing() == []
    assert (await bell.anna.post(f"/alerts/{alert['id']}/resolve")).status == 409

    await bell.ends("failed", seconds=5)
    assert len(await bell.firing()) == 1


async def test_a_back_test_finds_what_the_engine_did_on_the_same_runs(bell: Bell) -> None:
    conditions: list[Any] = [
        THREE,
        {"status": "error", "count": 2, "window": "2m"},
        {"metric": "response_time", "agg": "p90", "op": ">", "value": 1500, "window": "3m"},
    ]
    for place, each in enumerate(conditions):
        await bell.rule(each, name=str(place))
    pattern = "FFFSFFSSFFFFSSSSSSFSFSFFFS"
    for place, letter in enumerate(pattern):
        for _ in range(4 if place % 5 else 20):
            bell.clock.move(seconds=5)
            await bell.sweep()
        bell.clock.move(seconds=1)
        await bell.ended("failed" if letter == "F" else "completed", duration_ms=1000 if place % 3 else 3000)
        await bell.look()
    live = {str(place): 0 for place in range(3)}
    for alert in await bell.alerts():
        events = await bell.events(alert["id"])
        live[alert["config_name"]] += events.count("opened") + events.count("reopened")

    for place, each in enumerate(conditions):
        tested = await bell.anna.post("/alert-configs/preview", json={"conditions": each, "agent_id": bell.agent})
        assert tested.status == 200, tested.text
        assert tested.json["run_count"] == len(pattern)
        assert len(tested.json["periods"]) == live[str(place)] > 0, place
