"""Lists of runs by time, duration, cost and tokens: filters with bounds, orders other than time, and their pages."""

from typing import Any

import psycopg
import pytest

from tests.runs.scene import Scene

_TOOK = """
UPDATE runs SET duration_ms = %(duration)s, status = %(status)s, completed_at = created_at,
  resource_usage = jsonb_strip_nulls(jsonb_build_object('cost_usd', %(cost)s::numeric, 'input_tokens', %(tokens)s::integer,
    'output_tokens', 1, 'model_calls', 1))
WHERE id = %(id)s
"""


@pytest.fixture
async def runs(scene: Scene) -> list[str]:
    """Give four runs, oldest first: short and dear, long and cheap, of unknown cost, and one that has not ended."""
    agent = await scene.agent("Done.")
    made = [await scene.started(agent, f"Prompt {number}") for number in range(4)]
    took: list[tuple[int | None, str | None, int, str]] = [
        (100, "0.5", 10, "completed"),
        (9000, "0.01", 2000, "failed"),
        (500, None, 300, "completed"),
        (None, None, -1, "pending"),
    ]
    with psycopg.connect(scene.postgres.owner_url, autocommit=True) as connection:
        for run_id, (duration, cost, tokens, status) in zip(made, took, strict=True):
            values = {"id": run_id, "duration": duration, "cost": cost, "tokens": tokens, "status": status}
            connection.execute(_TOOK, values)
    return made


async def _listed(scene: Scene, query: str) -> list[str]:
    page = await scene.cast.vera.http.get(f"/runs?{query}")
    assert page.status == 200, page.text
    return [run["id"] for run in page.json["items"]]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("-created_at", [3, 2, 1, 0]),
        ("-duration_ms", [1, 2, 0, 3]),
        ("duration_ms", [0, 2, 1, 3]),
        ("-cost_usd", [0, 1, 3, 2]),
        ("cost_usd", [1, 0, 2, 3]),
        ("-tokens", [1, 2, 0, 3]),
        ("tokens", [0, 2, 1, 3]),
    ],
)
async def test_runs_are_listed_in_each_order_with_those_without_a_value_last(
    scene: Scene, runs: list[str], sort: str, order: list[int]
) -> None:
    assert await _listed(scene, f"sort={sort}") == [runs[number] for number in order]


@pytest.mark.parametrize("sort", ["-duration_ms", "duration_ms", "-cost_usd", "cost_usd", "tokens"])
async def test_pages_of_an_order_continue_each_other(scene: Scene, runs: list[str], sort: str) -> None:
    whole = await _listed(scene, f"sort={sort}")
    found: list[str] = []
    cursor = ""
    while len(found) < len(runs):
        page = (await scene.cast.vera.http.get(f"/runs?sort={sort}&limit=1{cursor}")).json
        found += [run["id"] for run in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"

    assert found == whole


async def test_a_cursor_of_another_order_is_refused(scene: Scene, runs: list[str]) -> None:
    cursor = (await scene.cast.vera.http.get("/runs?sort=-duration_ms&limit=1")).json["next_cursor"]

    for other in ("sort=-cost_usd", "sort=-created_at"):
        refused = await scene.cast.vera.http.get(f"/runs?{other}&cursor={cursor}")
        assert refused.status == 422, refused.text
        assert refused.json["code"] == "cursor_invalid"


async def test_an_unknown_order_is_refused_and_named(scene: Scene) -> None:
    refused = await scene.cast.vera.http.get("/runs?sort=luck")

    assert refused.status == 422
    assert refused.json["errors"][0]["field"] == "sort"


async def test_runs_are_filtered_by_duration_and_cost(scene: Scene, runs: list[str]) -> None:
    assert await _listed(scene, "min_duration_ms=500") == [runs[2], runs[1]]
    assert await _listed(scene, "min_cost_usd=0.02") == [runs[0]]
    assert await _listed(scene, "min_duration_ms=500&sort=-duration_ms&q=prompt 2") == [runs[2]]


async def test_runs_are_filtered_by_the_time_they_were_created(scene: Scene, runs: list[str]) -> None:
    second: Any = await scene.run(runs[1])
    at = second["created_at"].replace("+", "%2B")

    assert await _listed(scene, f"created_before={at}") == [runs[0]]
    assert await _listed(scene, f"created_after={at}") == [runs[3], runs[2], runs[1]]
