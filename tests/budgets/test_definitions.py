"""Budgets as they are set: what is accepted, what is refused and why, who may, what the audit log and the inbox tell."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from retinue.core.outbox import Pump, gather
from retinue.features import FEATURES
from tests.budgets.conftest import Purse
from tests.cast import Cast
from tests.clock import HandClock
from tests.conftest import Postgres

_GOOD: dict[str, Any] = {"name": "Cap", "scope": "organization", "limit_usd": "10"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"limit_usd": None}, "limit_usd"),
        ({"scope": "agent"}, "subject_id"),
        ({"scope": "agent", "subject_id": "00000000-0000-7000-8000-0000000000ff"}, "subject_id"),
        ({"subject_id": "00000000-0000-7000-8000-0000000000ff"}, "subject_id"),
        ({"scope": "run", "period": "month"}, "period"),
        ({"timezone": "Europe/Nowhere"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "right/Europe/Berlin"}, "timezone"),
        ({"at_limit": "downgrade"}, "fallback_provider_id"),
        ({"fallback_model": "small"}, "fallback_provider_id"),
        ({"at_limit": "downgrade", "fallback_provider_id": "00000000-0000-7000-8000-0000000000ff"}, "fallback_model"),
        ({"limit_usd": "-1"}, "limit_usd"),
        ({"limit_usd": "NaN"}, "limit_usd"),
        ({"limit_usd": True}, "limit_usd"),
        ({"limit_usd": "0.0000000000001"}, "limit_usd"),
        ({"limit_tokens": 1.5}, "limit_tokens"),
        ({"warn_percent": 0}, "warn_percent"),
        ({"period": "week"}, "period"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_budget_that_cannot_work_is_refused_by_its_field(cast: Cast, change: dict[str, Any], field: str) -> None:
    response = await cast.adam.http.post("/budgets", json=_GOOD | change)

    assert response.status == 422, response.text
    assert field in [each["field"] for each in response.json["errors"]]


async def test_amounts_are_exact_and_a_limit_can_be_changed_and_removed(cast: Cast) -> None:
    made = (await cast.adam.http.post("/budgets", json={**_GOOD, "limit_usd": 0.1, "limit_tokens": 5})).json
    assert (made["limit_usd"], made["remaining_usd"], made["limit_tokens"]) == ("0.1", "0.1", 5)

    changed = (await cast.adam.http.patch(f"/budgets/{made['id']}", json={"limit_usd": "0.000000000001"})).json
    assert changed["limit_usd"] == "0.000000000001"
    removed = (await cast.adam.http.patch(f"/budgets/{made['id']}", json={"limit_usd": None})).json
    assert (removed["limit_usd"], removed["remaining_usd"], removed["remaining_tokens"]) == (None, None, 5)
    refused = await cast.adam.http.patch(f"/budgets/{made['id']}", json={"limit_tokens": None})
    assert refused.status == 422


async def test_managers_read_budgets_and_admins_change_them(cast: Cast) -> None:
    made = (await cast.adam.http.post("/budgets", json=_GOOD)).json
    path = f"/budgets/{made['id']}"

    people = (cast.olga, cast.anna, cast.vera, cast.otto)
    assert [(await each.http.get(path)).status for each in people] == [200, 200, 403, 404]
    assert (await cast.anna.http.patch(path, json={"limit_usd": "1000"})).status == 403
    assert (await cast.anna.http.post("/budgets", json=_GOOD)).status == 403
    assert (await cast.anna.http.delete(path)).status == 403


async def test_changes_are_in_the_audit_log(cast: Cast) -> None:
    made = (await cast.adam.http.post("/budgets", json=_GOOD)).json
    await cast.adam.http.patch(f"/budgets/{made['id']}", json={"limit_usd": "12.5"})
    await cast.adam.http.delete(f"/budgets/{made['id']}")

    entries = (await cast.olga.http.get(f"/audit-log?target_id={made['id']}")).json["items"]
    told = {each["action"]: (each["before"], each["after"]) for each in entries if each["action"].startswith("budget.")}
    assert set(told) == {"budget.created", "budget.updated", "budget.deleted"}
    assert told["budget.updated"] == ({"limit_usd": "10"}, {"limit_usd": "12.5"})


async def test_month_begins_at_midnight_of_the_budgets_time_zone(cast: Cast, postgres: Postgres) -> None:
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        clock = HandClock(owner, datetime(2027, 3, 31, 22, 30, tzinfo=UTC))
        try:
            made = (await cast.adam.http.post("/budgets", json={**_GOOD, "timezone": "Europe/Berlin"})).json
            utc = (await cast.adam.http.post("/budgets", json={**_GOOD, "period": "day"})).json
        finally:
            clock.release()

    # Half an hour into April in Berlin, by daylight saving.
    assert (made["period_start"], made["resets_at"]) == ("2027-03-31T22:00:00Z", "2027-04-30T22:00:00Z")
    assert (utc["period_start"], utc["resets_at"]) == ("2027-03-31T00:00:00Z", "2027-04-01T00:00:00Z")


async def test_owners_are_notified_once_when_a_budget_is_almost_used_up(purse: Purse) -> None:
    budget = await purse.budget(name="Nearly", limit_usd="0.10", warn_percent=50)
    agent = await purse.scene.agent({"text": "Done.", "cost_usd": "0.03"})
    pump = Pump(purse.scene.process.database, gather(*(feature.listens for feature in FEATURES)))

    for _ in range(3):
        await purse.run(agent)
    await purse.look(budget["id"])
    await pump.drain()
    first = await _told(purse)
    assert (await purse.run(agent))["status"] == "failed"
    assert (await purse.run(agent))["status"] == "failed"
    await pump.drain()
    second = await _told(purse)

    used = "0.09 of 0.1 USD are used. Calls that do not fit are refused."
    assert first == [('Budget "Nearly" is almost used up', used, 1)]
    assert [(title, count) for title, _, count in second] == [('Budget "Nearly" does not allow a model call', 2)]


async def _told(purse: Purse) -> list[tuple[str, str, int]]:
    found = (await purse.scene.cast.olga.http.get("/notifications?limit=50")).json["items"]
    return [(each["title"], each["message"], each["count"]) for each in found if each["type"] == "budget_warning"]


async def test_a_new_period_begins_with_nothing_used(purse: Purse, postgres: Postgres) -> None:
    budget = await purse.budget(limit_usd="0.05", period="day")
    agent = await purse.scene.agent({"text": "Done.", "cost_usd": "0.04"})
    assert (await purse.run(agent))["status"] == "completed"
    assert (await purse.run(agent))["status"] == "failed"
    before = await purse.look(budget["id"])

    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        clock = HandClock(owner, datetime.now(UTC) + timedelta(days=1))
        try:
            async with asyncio.timeout(60):
                again = await purse.run(agent)
            after = (await purse.scene.cast.adam.http.get(f"/budgets/{budget['id']}")).json
        finally:
            clock.release()

    assert (before["remaining_usd"], again["status"]) == ("0.01", "completed")
    assert after["period_start"] == before["resets_at"]
