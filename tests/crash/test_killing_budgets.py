"""Budgets under workers that work at once and workers that die: limits hold; each call counts as often as it was made."""

import asyncio
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from retinue.core.ids import new_id
from retinue.core.json import JsonObject
from tests.crash.ground import Ground

_SUMS = "SELECT reserved_usd, settled_usd, settled_calls FROM budget_counters WHERE budget_id = %s"


def _budget(ground: Ground, limit: str, **fields: Any) -> UUID:
    budget_id = new_id()
    ground.rows(
        "INSERT INTO budgets (id, organization_id, name, scope, period, limit_usd) VALUES (%s, %s, 'Cap', %s, 'total', %s)"
        " RETURNING 1",
        *(budget_id, ground.organization_id, fields.get("scope", "organization"), Decimal(limit)),
    )
    return budget_id


def _turns(*costs: str) -> list[JsonObject]:
    *first, last = costs
    asked: list[JsonObject] = [
        {"tool_calls": [{"name": "look", "arguments": {"number": number}}], "cost_usd": cost}
        for number, cost in enumerate(first)
    ]
    return [*asked, {"text": "Done.", "cost_usd": last, "delay_ms": 20}]


async def test_fifty_runs_at_once_do_not_settle_above_the_limit(ground: Ground) -> None:
    budget = _budget(ground, "1.00")
    look = ground.tool("look", "GET", "read_only")
    await asyncio.gather(ground.worker(), ground.worker())

    runs = [ground.start(_turns("0.013", "0.017"), [look]) for _ in range(50)]
    statuses = [await ground.status(each) for each in runs]

    ((reserved, settled, calls),) = ground.rows(_SUMS, budget)
    assert Decimal("0.98") <= settled <= Decimal("1.00")
    assert reserved == 0
    codes = ground.rows(
        "SELECT DISTINCT error ->> 'code' FROM runs WHERE organization_id = %s AND status = 'failed'", ground.organization_id
    )
    assert codes == [("budget_exceeded",)]
    assert 0 < statuses.count("completed") < 50
    steps = (
        "SELECT count(*), sum((usage ->> 'cost_usd')::numeric) FROM run_steps"
        " WHERE organization_id = %s AND step_type = 'llm_call' AND status = 'completed'"
    )
    assert ground.rows(steps, ground.organization_id) == [(calls, settled)]


@pytest.mark.parametrize("commits", range(2, 15))
async def test_worker_killed_after_any_commit_leaves_the_ledger_right(ground: Ground, commits: int) -> None:
    budget = _budget(ground, "10.00")
    first = await ground.worker(RETINUE_CRASH_AFTER_COMMIT=str(commits))
    run_id = ground.start(_turns("0.1", "0.01", "0.001"), [ground.tool("look", "GET", "read_only")])
    ended = asyncio.create_task(first.gone())
    over = asyncio.create_task(ground.status(run_id, "completed"))
    await asyncio.wait([ended, over], return_when=asyncio.FIRST_COMPLETED)
    over.cancel()

    await ground.worker()
    await ground.status(run_id, "completed")

    # What is left is that of a worker that died last of all, after the run's end.
    ground.rows("UPDATE budget_entries SET expires_at = tenant.now() WHERE state = 'reserved' RETURNING 1")
    ground.rows("SELECT tenant.reap_spending(100)")
    ((reserved, settled, calls),) = ground.rows(_SUMS, budget)
    entries = ground.rows("SELECT state, settled_usd FROM budget_entries WHERE budget_id = %s", budget)
    assert reserved == 0
    # A call is counted once, and once more if its worker died between its answer and the commit of its step.
    assert calls in (3, 4)
    assert settled in {Decimal("0.111") + more for more in (0, Decimal("0.1"), Decimal("0.01"), Decimal("0.001"))}
    assert settled == sum(each or 0 for state, each in entries if state == "settled")
    ended.cancel()
