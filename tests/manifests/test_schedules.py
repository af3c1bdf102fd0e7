"""Schedules in files: applied after what they run, found unchanged, paused, exported, and mistakes at their place."""

import pytest

from tests.cast import Cast
from tests.manifests.conftest import actions, apply, exported, fields, problems
from tests.manifests.test_teams import AGENT
from tests.manifests.test_workflows import AGENT as SCOUT
from tests.manifests.test_workflows import WORKFLOW

NIGHTLY = """\
kind: schedule
name: Nightly
agent: Reporter
frequency: weekly
days: [1, 5]
time: '02:30'
timezone: Europe/Berlin
start_at: 2027-03-01T00:00:00Z
input: {prompt: Write the report.}
overlap: queue
"""
REPORTER = AGENT.format(name="Reporter")


async def test_schedule_is_applied_after_what_it_runs_and_exported_as_it_is(cast: Cast) -> None:
    plan = await apply(cast.anna, NIGHTLY, REPORTER)
    (schedule,) = (await cast.anna.http.get("/schedules")).json["items"]
    files = await exported(cast.anna, "kind=schedule")
    again = await apply(cast.anna, *files.values())

    assert actions(plan) == [("create", "agent", "Reporter"), ("create", "schedule", "Nightly")]
    assert schedule["summary"] == "Every Monday and Friday at 02:30, Europe/Berlin, from 2027-03-01 00:00 UTC"
    assert (schedule["target_name"], schedule["overlap"], schedule["enabled"]) == ("Reporter", "queue", True)
    assert list(files) == ["schedules/nightly.yaml"]
    assert actions(again) == [("unchanged", "schedule", "Nightly")]


async def test_schedule_is_changed_and_paused_by_its_file(cast: Cast) -> None:
    await apply(cast.anna, NIGHTLY, REPORTER)

    changed = await apply(cast.anna, NIGHTLY.replace("days: [1, 5]", "days: [2]") + "is_enabled: false\n")
    (schedule,) = (await cast.anna.http.get("/schedules")).json["items"]
    kept = await apply(cast.anna, NIGHTLY.replace("days: [1, 5]", "days: [2]"))

    assert fields(changed, "Nightly") == {"is_enabled": (True, False), "days": ([1, 5], [2])}
    assert (schedule["summary"], schedule["status"]) == (
        "Every Tuesday at 02:30, Europe/Berlin, from 2027-03-01 00:00 UTC",
        "paused",
    )
    assert actions(kept) == [("unchanged", "schedule", "Nightly")]


async def test_schedule_of_a_workflow_is_applied_with_it(cast: Cast) -> None:
    schedule = "kind: schedule\nname: Flow\nworkflow: Report\ncron: '@daily'\ntimezone: UTC\ninput: {}\n"

    plan = await apply(cast.anna, schedule, WORKFLOW, SCOUT)

    assert [each[1] for each in actions(plan)] == ["agent", "workflow", "schedule"]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("agent: Reporter", "agent: Nobody", ("a.yaml", 3, 1, "agent")),
        ("agent: Reporter", "agent: Reporter\nteam: Reporter", ("a.yaml", 1, 1, "")),
        ("time: '02:30'", "time: '25:00'", ("a.yaml", 6, 1, "time")),
        ("input: {prompt: Write the report.}", "input: {}", ("a.yaml", 9, 1, "input.prompt")),
    ],
)
async def test_wrong_schedule_is_refused_at_its_line(
    cast: Cast, old: str, new: str, place: tuple[str, int, int, str]
) -> None:
    assert await problems(cast.anna, NIGHTLY.replace(old, new), REPORTER) == [place]
