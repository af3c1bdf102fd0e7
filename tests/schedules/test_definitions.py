"""Schedules as users give them: kept as given, told in words, previewed, and refused with the field and the remedy."""

from typing import Any

import pytest

from tests.schedules.conftest import Plan

_WORDS: list[tuple[dict[str, Any], str]] = [
    ({"frequency": "hourly", "time": "00:15"}, "Every hour at minute 15, UTC"),
    ({"frequency": "hourly", "interval": 6, "time": "02:00"}, "Every 6 hours, counted from 02:00, UTC"),
    ({"frequency": "daily", "time": "09:00"}, "Every day at 09:00, UTC"),
    ({"frequency": "weekly", "days": [1, 2, 3, 4, 5], "time": "09:00"}, "Every weekday at 09:00, UTC"),
    ({"frequency": "weekly", "days": [0, 3], "interval": 2}, "Every 2 weeks on Wednesday and Sunday at 00:00, UTC"),
    ({"frequency": "monthly", "date": 31, "missing_date": "last_day"}, "On the last day of every month at 00:00, UTC"),
    ({"frequency": "monthly", "date": 30}, "On day 30 of every month (not in shorter months) at 00:00, UTC"),
    ({"frequency": "once", "run_date": "2027-05-01", "time": "10:00"}, "Once, on 2027-05-01 at 10:00, UTC"),
    ({"cron": "0 9 * * MON-FRI"}, "At 09:00 on Monday through Friday, UTC"),
    ({"cron": "@daily"}, "At 00:00 every day, UTC"),
]
_WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"frequency": "weekly"}, "days", "is needed"),
    ({"frequency": "monthly"}, "date", "is needed"),
    ({"frequency": "once", "time": "10:00"}, "run_date", "is needed"),
    ({"frequency": "daily", "days": [1]}, "days", "does not go with the frequency daily"),
    ({"frequency": "daily", "cron": "0 0 * * *"}, "cron", "together with frequency"),
    ({"frequency": "daily", "time": "25:00"}, "time", "is not a time of day"),
    ({"frequency": "daily", "timezone": "Mars/Olympus"}, "timezone", "is not a time zone"),
    ({"frequency": "daily", "timezone": "../../etc/passwd"}, "timezone", "is not a time zone"),
    ({"frequency": "once", "run_date": "2027-02-01", "time": "10:00"}, "run_date", "is in the past"),
    ({"frequency": "daily", "end_at": "2027-02-01T00:00:00Z"}, "end_at", "comes before the next time"),
    ({"cron": "0 0 31 2 *"}, "cron", "cannot be read (bad day-of-month)"),
    ({"cron": "61 * * * *"}, "cron", "cannot be read (bad minute)"),
    ({"cron": "* * * * * *"}, "cron", "needs five fields"),
    ({"cron": "0 0 * * *", "interval": 2}, "interval", "does not go with cron"),
    ({"frequency": "daily", "input": {}}, "input.prompt", "is not a text"),
]


@pytest.mark.parametrize(("given", "words"), _WORDS)
async def test_schedule_is_kept_as_given_and_told_in_words(plan: Plan, given: dict[str, Any], words: str) -> None:
    read = await plan.get(await plan.create(**given))

    assert {name: read[name] for name in given} == given
    assert read["summary"] == words


@pytest.mark.parametrize(("given", "field", "message"), _WRONG)
async def test_wrong_schedule_is_refused_with_the_field(plan: Plan, given: dict[str, Any], field: str, message: str) -> None:
    refused = await plan.post(**given)

    assert refused.status == 422, refused.text
    assert field in [each["field"] for each in refused.json["errors"]]
    assert message in str(refused.json["errors"])
    listed = await plan.scene.cast.vera.http.get("/schedules")
    assert listed.json["items"] == []


async def test_preview_names_the_next_ten_times_with_what_daylight_saving_does(plan: Plan) -> None:
    http = plan.scene.cast.vera.http
    body = {"frequency": "daily", "time": "02:30", "timezone": "America/New_York", "after": "2027-03-12T12:00:00Z"}
    spring = (await http.post("/schedules/preview", json=body)).json
    autumn = await http.post("/schedules/preview", json=body | {"time": "01:30", "after": "2027-11-06T12:00:00Z"})
    hourly = {"cron": "0 * * * *", "timezone": "America/New_York", "after": "2027-11-07T04:30:00Z", "count": 3}
    elapsed = await http.post("/schedules/preview", json=hourly)

    assert spring["summary"] == "Every day at 02:30, America/New_York"
    assert len(spring["times"]) == 10
    assert [each["local_time"] for each in spring["times"][:3]] == [
        "2027-03-13T02:30:00-05:00",
        "2027-03-14T03:00:00-04:00",
        "2027-03-15T02:30:00-04:00",
    ]
    assert "02:30 does not exist on this day" in spring["times"][1]["note"]
    assert "comes twice on this day" in autumn.json["times"][0]["note"]
    assert [each["local_time"][11:] for each in elapsed.json["times"]] == [
        "01:00:00-04:00",
        "01:00:00-05:00",
        "02:00:00-05:00",
    ]


async def test_another_form_replaces_the_former_and_one_field_changes_it(plan: Plan) -> None:
    schedule = await plan.create(frequency="weekly", days=[1], time="09:00", interval=2)

    earlier = await plan.patch(schedule, time="08:00")
    cron = await plan.patch(schedule, cron="0 7 * * *")
    refused = await plan.patch(schedule, 422, interval=3)

    assert (earlier["summary"], earlier["days"]) == ("Every 2 weeks on Monday at 08:00, UTC", [1])
    assert (cron["frequency"], cron["days"], cron["time"], cron["next_run"]) == (None, [], None, "2027-03-01T07:00:00Z")
    assert refused["errors"][0]["field"] == "interval"


async def test_teams_are_started_and_what_is_missing_or_unsupported_is_refused(plan: Plan) -> None:
    anna = plan.scene.cast.anna.http
    team = await anna.post("/teams", json={"name": "Desk", "type": "collaborate", "members": [{"agent_id": plan.agent}]})
    schedule = await plan.create(target_type="team", target_id=team.json["id"])
    await plan.pass_time(hours=1)
    (run,) = await plan.runs(schedule)

    missing = await plan.post(target_id=schedule)

    assert (run["type"], run["target_name"]) == ("team", "Desk")
    assert (missing.status, missing.json["code"]) == (404, "agent_missing")


async def test_to_write_schedules_the_permission_to_start_runs_is_needed(plan: Plan) -> None:
    cast = plan.scene.cast
    schedule = await plan.create()
    key = await cast.olga.http.post("/api-keys", json={"name": "half", "scopes": ["schedules:read", "schedules:write"]})
    headers = {"Authorization": f"Bearer {key.json['key']}"}

    for verb in ("run", "pause", "resume"):
        assert (await cast.vera.http.post(f"/schedules/{schedule}/{verb}")).status == 403
        refused = await cast.nobody.post(f"/schedules/{schedule}/{verb}", headers=headers)
        assert (refused.status, "runs:write" in refused.text) == (403, True)


async def test_changes_are_in_the_audit_log(plan: Plan) -> None:
    schedule = await plan.create()
    await plan.patch(schedule, name="Daily report", catch_up="all")
    await plan.send(schedule, "pause")

    log = await plan.scene.cast.olga.http.get(f"/audit-log?target_id={schedule}")
    entries = {each["action"]: each for each in log.json["items"]}

    assert set(entries) == {"schedule.created", "schedule.updated", "schedule.paused"}
    assert entries["schedule.updated"]["after"] == {"name": "Daily report", "catch_up": "all"}


async def test_calendar_shows_outcomes_and_planned_times(plan: Plan) -> None:
    schedule = await plan.create(frequency="daily", time="09:00", catch_up="skip")
    await plan.create(name="Paused", enabled=False)
    await plan.pass_time(days=1, hours=9)

    found = await plan.scene.cast.vera.http.get("/schedules/calendar?start=2027-03-01T00:00:00Z&end=2027-03-05T00:00:00Z")
    wide = await plan.scene.cast.vera.http.get("/schedules/calendar?start=2027-03-01T00:00:00Z&end=2027-06-05T00:00:00Z")

    mine = [(each["due_at"][:13], each["status"]) for each in found.json["entries"] if each["schedule_id"] == schedule]
    assert mine == [
        ("2027-03-01T09", "missed"),
        ("2027-03-02T09", "started"),
        ("2027-03-03T09", "planned"),
        ("2027-03-04T09", "planned"),
    ]
    assert found.json["is_complete"]
    assert wide.status == 422
