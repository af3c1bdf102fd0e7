"""Budgets from the command line: set, listed, changed, removed."""

import orjson

from tests.cli.conftest import Terminal
from tests.runs.scene import Scene


async def test_budgets_are_set_listed_and_removed_from_the_command_line(adam: Terminal, scene: Scene) -> None:
    agent = await scene.agent("Done.", name="Reporter")

    made = await adam("budgets", "set", "Cap", "--usd", "50", "--timezone", "Europe/Berlin")
    of_agent = await adam("budgets", "set", "Of one", "--scope", "agent", "--subject", "Reporter", "--tokens", "1000")
    changed = await adam("budgets", "set", "Cap", "--usd", "0.25", "--at-limit", "ask")
    wrong = await adam("budgets", "set", "Cap", "--usd", "much")
    moved = await adam("budgets", "set", "Cap", "--scope", "run")
    listed = await adam("budgets", "list")
    told = await adam("budgets", "list", "--json")
    removed = await adam("budgets", "remove", "Cap")
    missing = await adam("budgets", "remove", "Cap")

    assert (made.out, changed.out) == ("Cap is created.\n", "Cap is changed.\n"), made.err + changed.err
    assert of_agent.code == 0, of_agent.err
    assert (wrong.code, "limit_usd" in wrong.err) == (2, True), wrong.err
    assert (moved.code, "cannot change" in moved.err) == (2, True)
    assert "$0.25" in listed.out
    assert "agent Reporter" in listed.out
    assert {(each["name"], each["subject_id"]) for each in orjson.loads(told.out)} == {("Cap", None), ("Of one", agent)}
    assert removed.out == "Cap is deleted.\n"
    assert (missing.code, "There is no budget named 'Cap'" in missing.err) == (2, True)
