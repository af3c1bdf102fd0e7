"""Rules through the API: what is valid, what is refused and why, and who may do it."""

from typing import Any

import pytest

from tests.alerts.conftest import Bell

SEED_CONDITIONS = {"status": "error", "consecutive_failures": 3}
SEED_CHANNELS = {"email": "user@example.com", "slack": "#alerts"}


async def test_the_examples_of_the_documents_are_valid_as_written(bell: Bell) -> None:
    refused = await bell.post(SEED_CONDITIONS, channels=SEED_CHANNELS)
    assert refused.status == 422
    assert refused.json["errors"][0]["field"] == "channels.slack"
    assert "#alerts" in refused.json["errors"][0]["message"]
    assert "POST /api/v1/alert-channels" in refused.json["errors"][0]["remedy"]

    slack = {"kind": "slack", "name": "#alerts", "url": "https://hooks.slack.example.com/services/T/B/x"}
    assert (await bell.anna.post("/alert-channels", json=slack)).status == 201
    made = await bell.post(SEED_CONDITIONS, channels=SEED_CHANNELS)

    assert made.status == 201, made.text
    assert made.json["conditions"] == SEED_CONDITIONS
    assert made.json["channels"] == SEED_CHANNELS
    assert made.json["summary"] == "3 runs in a row fail"
    channels = {each["kind"]: each for each in (await bell.anna.get("/alert-channels")).json["items"]}
    assert channels["email"]["status"] == "unverified"
    assert channels["slack"]["status"] == "active"
    assert "hooks.slack" not in str(channels)


@pytest.mark.parametrize(
    "conditions",
    [
        {"status": "warning"},
        {"status": "failed", "triggers": ["schedule"], "resolve_after_successes": 2},
        {"status": "error", "count": 5, "window": "15m"},
        {"status": "error", "ratio": 0.2, "window": "1h", "min_count": 20},
        {"heartbeat": {"every": "5m", "grace": "2m"}},
        {"missed_schedule": {"grace": "10m"}},
        {"run_duration": {"gt": "30m"}},
        {"metric": "response_time", "agg": "p95", "op": ">", "value": 2000, "warn": 1500, "window": "10m", "for": "5m"},
        {"budget": {"usd": 50, "period": "month", "tz": "Europe/Berlin", "at": [0.5, 0.8, 1.0], "forecast": True}},
        {"metric": "queue_length", "agg": "last", "op": ">=", "value": 10, "window": "5m"},
        {"metric": "tokens.used", "agg": "rate", "op": ">", "value": 2, "window": "1h"},
        {"absence": {"window": "26h"}},
        {"absence": {"of": "ended", "at_least": 3, "window": "1h"}},
        {"approval_waiting": {"gt": "2h"}},
        {"budget_used": {"budget_id": "00000000-0000-7000-8000-0000000000ff", "at": [0.5, 1.0]}},
        {"agent_status": "error", "for": "0s"},
        {"deployment": "failed"},
        {"workflow_status": "error"},
        {"delivery_failures": 5},
        {"any": [{"status": "error"}, {"run_duration": {"gt": 90}}]},
    ],
)
async def test_each_kind_of_condition_is_accepted_and_evaluated(bell: Bell, conditions: Any) -> None:
    configs = [await bell.rule(conditions, agent_id=None)]
    of_agent = await bell.post(conditions, name="Rule of the agent")
    if of_agent.status == 201:
        configs.append(of_agent.json["id"])

    await bell.look()

    for config in configs:
        found = (await bell.anna.get(f"/alert-configs/{config}")).json
        assert found["eval_error"] is None
        assert found["last_eval_at"] is not None
        assert not found["summary"].startswith("Not valid")
    assert len(configs) == 2 or "workflow_status" in conditions, of_agent.text


@pytest.mark.parametrize(
    ("conditions", "field"),
    [
        ({"statut": "error"}, "conditions"),
        ({"status": "timed_out"}, "conditions.status"),
        ({"status": "error", "consecutive_failure": 3}, "conditions.consecutive_failure"),
        ({"status": "error", "consecutive_failures": 0}, "conditions.consecutive_failures"),
        ({"status": "error", "consecutive_failures": "3"}, "conditions.consecutive_failures"),
        ({"status": "error", "count": 5}, "conditions.window"),
        ({"status": "error", "window": "5m"}, "conditions"),
        ({"status": "error", "count": 5, "window": "5 minutes"}, "conditions.window"),
        ({"heartbeat": {"every": "5m"}, "grace": "1m"}, "conditions.grace"),
        ({"heartbeat": {"every": "1s"}}, "conditions.heartbeat.every"),
        ({"metric": "CPU load", "agg": "avg", "op": ">", "value": 1, "window": "5m"}, "conditions.metric"),
        ({"metric": "cost", "agg": "sum", "op": ">", "value": 1, "warn": 2, "window": "5m"}, "conditions"),
        ({"absence": {"window": "10s"}}, "conditions.absence.window"),
        ({"approval_waiting": {}}, "conditions.approval_waiting.gt"),
        ({"budget": {"usd": 50, "action": "explode"}}, "conditions.budget.action"),
        ({"budget": {"usd": 50, "tz": "Mars"}}, "conditions.budget.tz"),
        ({"any": []}, "conditions.any"),
        ({"any": [{"status": "error"}], "status": "error"}, "conditions"),
        ({"all": [{"status": "error"}, {"any": [{"status": "error"}]}]}, "conditions.all.1"),
        ({"status": "error", "deployment": "failed"}, "conditions"),
    ],
)
async def test_a_condition_that_is_not_valid_is_refused_with_its_path(bell: Bell, conditions: Any, field: str) -> None:
    refused = await bell.post(conditions)

    assert refused.status == 422, refused.text
    assert refused.json["errors"][0]["field"] == field
    assert refused.json["code"] == "alert_invalid"


@pytest.mark.parametrize(
    ("channels", "field"),
    [
        ({"sms": "+49"}, "channels.sms"),
        ({"email": "nobody"}, "channels.email"),
        ({"email": ["a@example.com", 7]}, "channels.email"),
        ({"webhook": "unknown"}, "channels.webhook"),
        ({"in_app": "yes"}, "channels.in_app"),
    ],
)
async def test_channels_that_are_not_valid_are_refused(bell: Bell, channels: Any, field: str) -> None:
    refused = await bell.post({"status": "error"}, channels=channels)

    assert refused.status == 422, refused.text
    assert refused.json["errors"][0]["field"] == field


async def test_viewers_read_rules_and_do_not_write_them(bell: Bell) -> None:
    config = await bell.rule({"status": "error"})
    vera = bell.scene.cast.vera.http

    assert (await vera.get(f"/alert-configs/{config}")).status == 200
    assert (await vera.patch(f"/alert-configs/{config}", json={"enabled": False})).status == 403
    assert (await vera.post("/alert-channels", json={"kind": "email", "name": "a@example.com"})).status == 403


async def test_the_starter_pack_is_created_once(bell: Bell) -> None:
    first = await bell.anna.post("/alert-configs/starter-pack")
    again = await bell.anna.post("/alert-configs/starter-pack")

    assert first.status == 201, first.text
    assert len(first.json["created"]) == 9
    assert again.json["created"] == []
    assert len(again.json["existing"]) == 9
    await bell.look()
    rules = (await bell.anna.get("/alert-configs")).json["items"]
    assert [each["eval_error"] for each in rules] == [None] * 9


async def test_rules_about_backups_are_for_superusers_and_their_starter_pack_has_them(bell: Bell) -> None:
    rule = {"name": "Backup", "conditions": {"backup": {"older_than": "26h"}}}
    about_agent = rule | {"agent_id": bell.agent}

    denied = await bell.anna.post("/alert-configs", json=rule)
    async with bell.superuser() as adam:
        wrong = await adam.post("/alert-configs", json=about_agent)
        short = await adam.post("/alert-configs", json=rule | {"conditions": {"backup": {"older_than": "5m"}}})
        pack = await adam.post("/alert-configs/starter-pack")
        again = await adam.post("/alert-configs/starter-pack")

    assert (denied.status, denied.json["code"]) == (403, "not_superuser")
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "conditions")
    assert (short.status, short.json["errors"][0]["field"]) == (422, "conditions.backup.older_than")
    assert pack.status == 201, pack.text
    summaries = {each["name"]: each["summary"] for each in pack.json["created"]}
    assert len(summaries) == len(again.json["existing"]) == 11
    assert summaries["Backup is too old"] == "No backup succeeds for 26h"
    assert summaries["Rehearsal of a backup is too old"] == "No rehearsal of a backup succeeds for 31d, or one fails"


async def test_a_changed_condition_resolves_the_alert_and_a_changed_name_does_not(bell: Bell) -> None:
    config = await bell.rule({"status": "error"})
    await bell.ends("failed")

    renamed = await bell.anna.patch(f"/alert-configs/{config}", json={"name": "Other", "severity": "critical"})
    assert renamed.status == 200, renamed.text
    assert len(await bell.firing()) == 1

    await bell.anna.patch(f"/alert-configs/{config}", json={"conditions": {"status": "error", "consecutive_failures": 2}})
    await bell.sweep()
    (alert,) = await bell.alerts()
    assert (alert["status"], alert["resolved_reason"]) == ("resolved", "rule_changed")


async def test_a_deleted_rule_leaves_its_alert_resolved_in_the_history(bell: Bell) -> None:
    config = await bell.rule({"status": "error"})
    await bell.ends("failed")

    assert (await bell.anna.delete(f"/alert-configs/{config}")).status == 204

    (alert,) = await bell.alerts()
    assert (alert["resolved_reason"], alert["config_id"], alert["config_name"]) == ("rule_deleted", None, "Rule")


async def test_the_alert_of_a_deleted_agent_is_resolved(bell: Bell) -> None:
    await bell.rule({"status": "error"})
    await bell.ends("failed")

    assert (await bell.anna.delete(f"/agents/{bell.agent}")).status == 204
    await bell.reconcile()

    (alert,) = await bell.alerts()
    assert alert["resolved_reason"] == "target_deleted"
