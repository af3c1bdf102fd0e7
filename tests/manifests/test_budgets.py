"""Budgets in files: applied after what they limit, found unchanged, exported, and mistakes at their place."""

import pytest

from tests.cast import Cast
from tests.manifests.conftest import actions, apply, exported, fields, problems
from tests.manifests.test_teams import AGENT

REPORTER = AGENT.format(name="Reporter")
MONTHLY = """\
kind: budget
name: Reports
scope: agent
subject: Reporter
limit_usd: 2.5
timezone: Europe/Berlin
warn_percent: 50
"""
CHEAPER = """\
kind: budget
name: All
scope: organization
limit_usd: 100
at_limit: downgrade
fallback_model: {provider: scripted, name: echo}
"""


async def test_budget_is_applied_after_what_it_limits_and_exported_as_it_is(cast: Cast) -> None:
    plan = await apply(cast.adam, MONTHLY, REPORTER)
    (budget,) = (await cast.adam.http.get("/budgets")).json["items"]
    files = await exported(cast.adam, "kind=budget")
    again = await apply(cast.adam, *files.values())

    assert actions(plan) == [("create", "agent", "Reporter"), ("create", "budget", "Reports")]
    assert (budget["scope"], budget["subject_name"], budget["limit_usd"]) == ("agent", "Reporter", "2.5")
    assert (budget["period"], budget["timezone"], budget["warn_percent"]) == ("month", "Europe/Berlin", 50)
    assert list(files) == ["budgets/reports.yaml"]
    assert actions(again) == [("unchanged", "budget", "Reports")]


async def test_budget_is_changed_and_disabled_by_its_file(cast: Cast) -> None:
    await apply(cast.adam, MONTHLY, REPORTER)

    changed = await apply(cast.adam, MONTHLY.replace("2.5", "3") + "limit_tokens: 1000\nis_enabled: false\n")
    kept = await apply(cast.adam, MONTHLY.replace("2.5", "3") + "limit_tokens: 1000\n")

    assert fields(changed, "Reports") == {
        "limit_usd": ("2.5", "3"),
        "limit_tokens": (None, 1000),
        "is_enabled": (True, False),
    }
    assert actions(kept) == [("unchanged", "budget", "Reports")]


async def test_budgets_of_persons_keys_and_runs_with_a_cheaper_model_are_exported_as_they_are(cast: Cast) -> None:
    key = await cast.adam.http.post("/api-keys", json={"name": "Robot", "scopes": ["runs:write"]})
    assert key.status == 201, key.text
    texts = (
        f"kind: budget\nname: Vera\nscope: user\nsubject: {cast.vera.email}\nlimit_tokens: 5000\n",
        "kind: budget\nname: Key\nscope: api_key\nsubject: Robot\nperiod: day\nlimit_usd: '0.10'\n",
        "kind: budget\nname: Runs\nscope: run\nperiod: total\nlimit_usd: 1\nat_limit: ask\n",
        CHEAPER,
    )
    await apply(cast.adam, *texts)
    files = await exported(cast.adam, "kind=budget")
    again = await apply(cast.adam, *files.values())

    assert len(files) == 4
    assert "provider: scripted" in files["budgets/all.yaml"]
    assert f"subject: {cast.vera.email}" in files["budgets/vera.yaml"]
    assert {action for action, _, _ in actions(again)} == {"unchanged"}


async def test_budget_that_is_pruned_is_deleted(cast: Cast) -> None:
    await apply(cast.adam, MONTHLY, REPORTER, source="git")

    pruned = await apply(cast.adam, REPORTER, source="git", prune=True)

    assert ("delete", "budget", "Reports") in actions(pruned)
    assert (await cast.adam.http.get("/budgets")).json["items"] == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("subject: Reporter", "subject: Nobody", ("a.yaml", 4, 1, "subject")),
        ("subject: Reporter\n", "", ("a.yaml", 1, 1, "subject")),
        ("scope: agent", "scope: planet", ("a.yaml", 3, 1, "scope")),
        ("limit_usd: 2.5", "limit_usd: -1", ("a.yaml", 5, 1, "limit_usd")),
        ("limit_usd: 2.5\n", "", ("a.yaml", 1, 1, "limit_usd")),
        ("timezone: Europe/Berlin", "timezone: Moon/Base", ("a.yaml", 6, 1, "timezone")),
        ("warn_percent: 50", "at_limit: downgrade", ("a.yaml", 1, 1, "fallback_model")),
        (
            "warn_percent: 50",
            "at_limit: downgrade\nfallback_model: {provider: Nobody, name: x}",
            ("a.yaml", 8, 18, "fallback_model.provider"),
        ),
    ],
)
async def test_wrong_budget_is_refused_at_its_line(cast: Cast, old: str, new: str, place: tuple[str, int, int, str]) -> None:
    assert await problems(cast.adam, MONTHLY.replace(old, new), REPORTER) == [place]


async def test_budget_cannot_be_made_to_limit_something_else(cast: Cast) -> None:
    await apply(cast.adam, MONTHLY, REPORTER, AGENT.format(name="Other"))

    moved = await problems(cast.adam, MONTHLY.replace("subject: Reporter", "subject: Other"))
    widened = await problems(cast.adam, MONTHLY.replace("scope: agent\nsubject: Reporter", "scope: organization"))

    assert moved == [("a.yaml", 4, 1, "subject")]
    assert widened == [("a.yaml", 3, 1, "scope")]
