"""Alerts and notifications from the command line."""

import orjson

from retinue.alerts import engine
from tests.cli.conftest import Terminal
from tests.runs.scene import Scene

AGENT = '{"agent_status": "error"}'
THREE = '{"status": "error", "consecutive_failures": 3}'
_FAILED = """
INSERT INTO runs (id, organization_id, type, target_id, agent_id, target_name, status, trigger, plan, input, trace_id,
  completed_at)
SELECT gen_random_uuid(), %s, 'agent', %s, %s, 'Reporter', 'failed', 'manual', '{}', '{}', 't', tenant.now()
FROM generate_series(1, 3)
"""


async def test_rules_alerts_and_silences_on_the_command_line(anna: Terminal, scene: Scene) -> None:
    agent = await scene.agent("Done.", name="Reporter")
    hook = {"kind": "webhook", "name": "hook", "url": "http://127.0.0.1:9/hook"}
    assert (await scene.cast.anna.http.post("/alert-channels", json=hook)).status == 201

    made = await anna(
        "alerts",
        "create",
        "Failing",
        '{"agent_status": "error"}',
        "--agent",
        "reporter",
        "--channels",
        '{"webhook": "hook"}',
    )
    wrong = await anna("alerts", "create", "Wrong", '{"statut": 1}')
    broken = await anna("alerts", "create", "Wrong", "{")
    pack = await anna("alerts", "starter-pack")
    tried = await anna("alerts", "preview", THREE, "--agent", "Reporter")
    rules = await anna("alerts", "rules")
    await scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", agent)
    await scene.owner("UPDATE alert_configs SET next_eval_at = tenant.now() WHERE organization_id = %s", scene.cast.acme)
    await engine.sweep(scene.process.database)
    listed = await anna("alerts", "list", "--json")
    table = await anna("alerts", "list")
    alert = next(each["id"] for each in orjson.loads(listed.out) if each["config_name"] == "Failing")
    acknowledged = await anna("alerts", "acknowledge", alert)
    silenced = await anna("alerts", "silence", "--rule", "Failing", "--minutes", "30", "--reason", "Repair.")
    shown = await anna("alerts", "show", alert)
    resolved = await anna("alerts", "resolve", alert)
    channels = await anna("alerts", "channels")
    tested = await anna("alerts", "test-channel", "hook")
    inbox = await anna("notifications", "list", "--unread")
    read = await anna("notifications", "read")
    deleted = await anna("alerts", "delete", "Failing")

    assert "Fires when: The status of an agent is error." in made.out, made.err
    assert (wrong.code, "conditions names no kind of condition" in wrong.err) == (2, True)
    assert (broken.code, "The conditions are not JSON" in broken.err) == (2, True)
    assert pack.out == "9 rules are created, 0 existed.\n"
    assert tried.out == "Would have fired 0 times in 0 runs of 30 days.\n", tried.err
    assert "3 runs in a row fail" in rules.out
    assert "Agent Reporter has the status error" in table.out
    assert acknowledged.out == f"{alert} is acknowledged.\n", acknowledged.err
    assert "hides 1 alerts" in silenced.out, silenced.err
    assert [each["type"] for each in orjson.loads(shown.out)["events"]] == ["opened", "acknowledged"]
    assert resolved.out == f"{alert} is resolved.\n"
    assert "hook" in channels.out
    assert (tested.code, "cannot be reached" in tested.out) == (1, True), tested.err
    assert "Alert: Failing" in inbox.out
    assert "are marked as read" in read.out
    assert deleted.code == 0, deleted.err


async def test_maintenance_windows_and_the_state_of_alerts_on_the_command_line(anna: Terminal, scene: Scene) -> None:
    assert (await anna("alerts", "create", "Failing", THREE)).code == 0
    berlin = ("--timezone", "Europe/Berlin", "--rule", "Failing")

    window = await anna("alerts", "add-maintenance", "Upgrade", "0 2 * * SUN", *berlin)
    windows = await anna("alerts", "maintenance")
    removed = await anna("alerts", "remove-maintenance", "Upgrade")
    standing = await anna("alerts", "status", "--json")
    unknown = await anna("alerts", "silence", "--alert", str(scene.cast.acme))

    assert "for 60 minutes" in window.out, window.err
    assert "Upgrade: " in windows.out, windows.err
    assert (removed.code, "is deleted" in removed.out) == (0, True), removed.err
    assert orjson.loads(standing.out).keys() == {"last_sweep_at", "is_late", "failed_channels", "unreachable_rules"}
    assert (unknown.code, "alert_id is no alert that fires" in unknown.err) == (2, True), unknown.err


async def test_notifications_are_snoozed_and_muted_on_the_command_line(anna: Terminal, scene: Scene) -> None:
    agent = await scene.agent("Done.", name="Reporter")
    await scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", agent)
    notification = orjson.loads((await anna("notifications", "list", "--json")).out)[0]["id"]

    snoozed = await anna("notifications", "snooze", notification, "--hours", "2")
    put_off = await anna("notifications", "list", "--snoozed", "--json")
    again = await anna("notifications", "snooze", notification, "--hours", "0")
    muted = await anna("notifications", "mute", "agent_error")
    heard = await anna("notifications", "mute", "agent_error", "--undo")
    unknown = await anna("notifications", "mute", "nothing")

    assert snoozed.out.startswith(f"{notification} is snoozed until "), snoozed.err
    assert [each["id"] for each in orjson.loads(put_off.out)] == [notification]
    assert again.out == f"{notification} is listed again.\n", again.err
    assert (muted.out, heard.out) == ("agent_error is muted.\n", "agent_error is in your inbox again.\n"), muted.err
    assert (unknown.code, "is no type of notification" in unknown.err) == (2, True)


async def test_a_preview_per_agent_prints_each_that_would_have_fired(anna: Terminal, scene: Scene) -> None:
    agent = await scene.agent("Done.", name="Reporter")
    await scene.owner(_FAILED, scene.cast.acme, agent, agent)

    tried = await anna("alerts", "preview", THREE, "--per-agent", "--days", "7")

    first, period, total = tried.out.splitlines()
    assert (first, period[-7:]) == ("Reporter: once, 1 notification", " to now")
    assert total.startswith("Would have fired once in 3 runs of 7 days for 1 of "), tried.out
    assert total.endswith(" groups and sent 1 notification to a channel.")
