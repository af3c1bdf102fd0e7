"""Schedules from the command line: previewed, created, listed, shown, run, paused, backfilled, explained, deleted."""

import orjson

from tests.cli.conftest import Terminal
from tests.runs.scene import Scene
from tests.workflows.conftest import Workflows, adds, numbers


async def test_schedule_is_created_run_and_deleted_from_the_command_line(anna: Terminal, scene: Scene) -> None:
    await scene.agent("Done.", name="Reporter")
    when = ("--frequency", "weekly", "--day", "1", "--day", "5", "--time", "09:00", "--timezone", "Europe/Berlin")

    previewed = await anna("schedules", "preview", *when)
    made = await anna("schedules", "create", "Report", "reporter", "Write it.", *when, "--json")
    listed = await anna("schedules", "list")
    shown = await anna("schedules", "show", "report")
    ran = await anna("schedules", "run", "Report")
    paused = await anna("schedules", "pause", "Report")
    resumed = await anna("schedules", "resume", "Report")
    filled = await anna("schedules", "backfill", "Report", "2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z")
    told = await anna("schedules", "occurrences", "Report", "--json")
    table = await anna("schedules", "occurrences", "Report")
    wrong = await anna("schedules", "create", "Wrong", "reporter", "Write it.", "--cron", "61 * * * *")
    deleted = await anna("schedules", "delete", "Report")
    gone = await anna("schedules", "show", "Report")

    assert previewed.out.startswith("Every Monday and Friday at 09:00, Europe/Berlin\n"), previewed.err
    assert len(previewed.out.splitlines()) == 11
    assert made.code == 0, made.err
    assert orjson.loads(made.out)["target_name"] == "Reporter"
    assert "Every Monday and Friday at 09:00, Europe/Berlin" in listed.out
    assert len(shown.out.splitlines()) > 15
    assert ran.code == 0, ran.err
    assert ("is paused. Next run: none." in paused.out, "is active" in resumed.out) == (True, True)
    assert filled.out == "2 queued, 0 were started or queued before.\n"
    occurrences = orjson.loads(told.out)
    assert [each["kind"] for each in occurrences] == ["manual", "backfill", "backfill"]
    assert occurrences[0]["run_id"] == ran.out.strip()
    assert "It waits for its turn in a backfill." in table.out
    assert (wrong.code, "cron" in wrong.err) == (2, True)
    assert deleted.code == 0, deleted.err
    assert (gone.code, "There is no schedule" in gone.err) == (2, True)


async def test_schedule_of_a_workflow_is_created_from_the_command_line(anna: Terminal, scene: Scene) -> None:
    edges = [("START", "add"), ("add", "END")]
    flow = await Workflows(scene).made([adds("add", n="state.n + 1")], edges, state=numbers(n=0), name="Counter")
    create = ("schedules", "create", "Count", "counter", "--workflow", "--frequency", "hourly", "--json")

    made = await anna(*create, "--input", '{"n": 4}')
    both = await anna(*create, "--team")
    wrong = await anna(*create, "--input", "[]")
    without = await anna(*create)

    assert made.code == 0, made.err
    told = orjson.loads(made.out)
    assert (told["target_type"], told["target_id"], told["target_name"]) == ("workflow", flow, "Counter")
    assert told["input"] == {"n": 4}
    assert (both.code, wrong.code) == (2, 2)
    assert "The input must be a JSON object." in wrong.err
    assert orjson.loads(without.out)["input"] == {}
