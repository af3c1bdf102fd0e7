"""Rules about how many runs of a window failed, or how large a part of them."""

from random import Random
from typing import Any

import pytest

from tests.alerts.conftest import Bell


async def test_rules_that_ask_the_same_of_windows_of_several_lengths_each_count_the_runs_of_theirs(bell: Bell) -> None:
    for window in ("2h", "10m", "1h"):
        await bell.rule({"status": "error", "count": 1, "window": window}, name=window)
    await bell.rule({"status": "error", "ratio": 0.5, "window": "1h"}, name="ratio")
    await bell.rule({"status": "error", "count": 1, "window": "1h", "triggers": ["api"]}, name="api")
    for failures, minutes in ((4, 30), (2, 50), (3, 5), (1, 0)):
        for _ in range(failures):
            await bell.ended("failed")
        await bell.ended("completed")
        bell.clock.move(seconds=60 * minutes)

    await bell.look()

    found = {each["config_name"]: each["value"] for each in await bell.firing()}
    assert found == {"10m": 4, "1h": 6, "2h": 10, "ratio": 6 / 9}


async def test_so_many_failures_in_a_window_fire_and_age_out(bell: Bell) -> None:
    await bell.rule({"status": "error", "count": 3, "window": "10m"})
    await bell.ends("failed", "completed", "failed", "completed", "failed", seconds=60)
    assert len(await bell.firing()) == 1

    await bell.pass_time(minutes=9)

    (alert,) = await bell.alerts()
    assert (alert["status"], alert["resolved_reason"]) == ("resolved", "cleared")


async def test_a_ratio_needs_its_minimum_of_runs(bell: Bell) -> None:
    await bell.rule({"status": "error", "ratio": 0.5, "window": "1h", "min_count": 4})

    await bell.ends("failed", "failed", "failed")
    assert await bell.firing() == []
    await bell.ends("completed")

    (alert,) = await bell.firing()
    assert alert["value"] == 0.75


@pytest.mark.parametrize("scope", ["agent", "organization"])
async def test_windows_of_runs_by_chance_are_judged_as_if_all_their_runs_were_counted(bell: Bell, scope: str) -> None:
    chance = Random(7 if scope == "agent" else 11)  # noqa: S311 - chance that can be repeated
    target: dict[str, Any] = {"agent_id": None} if scope == "organization" else {}
    expected: dict[str, float] = {}
    ended: list[tuple[bool, str]] = []
    asked = [
        (chance.choice((0.07, 0.1, 0.29, 0.3, 0.5, 0.57, 1.0)), chance.choice((1, 2, 5, 7)), chance.choice(((), ("api",))))
        for _ in range(24)
    ]
    for place, (ratio, least, triggers) in enumerate(asked):
        condition = {"status": "error", "ratio": ratio, "min_count": least, "window": "1h", "triggers": list(triggers)}
        await bell.rule(condition, name=str(place), **target)

    for _ in range(3):
        for _ in range(chance.choice((1, 3, 7))):
            ended.append((chance.random() < chance.choice((0.1, 0.3, 1.0)), chance.choice(("api", "manual"))))
            await bell.ended("failed" if ended[-1][0] else "completed", trigger=ended[-1][1])
        await bell.look()
        for place, (ratio, least, triggers) in enumerate(asked):
            of_rule = [is_failed for is_failed, trigger in ended if not triggers or trigger in triggers]
            expected.pop(str(place), None)
            if len(of_rule) >= least and sum(of_rule) / len(of_rule) >= ratio:
                expected[str(place)] = sum(of_rule) / len(of_rule)

        assert {each["config_name"]: each["value"] for each in await bell.firing()} == expected
        bell.clock.move(seconds=60)
