"""The definitions that the console starts new workflows from: each is valid, and runs to its end."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.conftest import Workflows

_STARTERS: list[Any] = json.loads(Path("web/src/features/workflows/starters.json").read_text(encoding="utf-8"))


def test_there_are_at_least_six_starters_with_names_of_their_own() -> None:
    assert len({each["name"] for each in _STARTERS}) == len(_STARTERS) >= 6


@pytest.mark.parametrize("starter", _STARTERS, ids=[each["name"].lower().replace(" ", "-") for each in _STARTERS])
async def test_starter_is_valid_without_a_finding_and_runs(played: Workflows, starter: Any) -> None:
    anna, definition = played.scene.cast.anna, starter["definition"]
    if "agent" in starter:
        agent = await played.scene.agent("A text about tides.")
        node = next(each for each in definition["nodes"] if each["id"] == starter["agent"])
        node["agent"] = {"id": agent}

    report = await anna.http.post("/workflows/validate", json={"definition": definition})
    assert report.json == {"is_valid": True, "findings": []}

    made = await anna.http.post("/workflows", json={"definition": definition})
    workflow_id = made.json["id"]
    await anna.http.post(f"/workflows/{workflow_id}/publish", json={})
    run_id = await played.started(workflow_id, starter["input"])
    if "agent" in starter:
        await _approve(played, run_id)
    run = await played.scene.until(run_id)

    assert run["status"] == "completed"
    assert all(value not in ("", None, 0) for value in run["output"].values())


async def _approve(played: Workflows, run_id: str) -> None:
    """Approve what a run asks, once it asks: it also waits while its agent works."""
    anna = played.scene.cast.anna
    async with asyncio.timeout(30):
        async for _ in played.scene.events(run_id):
            page = await anna.http.get(f"/runs/{run_id}/approvals")
            for approval in page.json["items"]:
                decided = await anna.http.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})
                assert decided.status == 200, decided.text
                return
