"""Agents report points of metrics: units, times, repetition, and what is refused."""

import math
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.metrics.conftest import Meter


def _problems(response: Any) -> list[tuple[str, str]]:
    return [(each["field"], each["message"]) for each in response.json["errors"]]


async def test_reported_points_are_queried_by_bucket(meter: Meter) -> None:
    agent = await meter.scene.agent("Done.")
    minute = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=30)
    points = [
        {"metric_type": "queue.length", "value": value, "unit": "count", "recorded_at": (minute + late).isoformat()}
        for value, late in ((3, timedelta()), (5, timedelta(seconds=59)), (11, timedelta(minutes=1)))
    ]

    receipt = (await meter.report(agent, *points)).json
    await meter.settle()

    start = (minute - timedelta(minutes=5)).isoformat()
    found = await meter.query("queue.length", aggregation="avg", bucket="minute", start=start)
    assert receipt == {"written": 3, "repeated": 0}
    assert (found["unit"], [(each["value"], each["count"]) for each in found["series"][0]["points"]]) == (
        "count",
        [("4", 2), ("11", 1)],
    )
    listed = (await meter.http.get("/metrics/types")).json["items"]
    own = next(each for each in listed if each["metric_type"] == "queue.length")
    assert (own["unit"], own["has_points"]) == ("count", True)


async def test_the_unit_of_a_known_metric_is_fixed(meter: Meter) -> None:
    agent = await meter.scene.agent("Done.")

    refused = await meter.report(agent, {"metric_type": "response_time", "value": 1.5, "unit": "s"}, status=422)

    assert _problems(refused) == [("points.0.unit", "of response_time is ms, not s")]
    assert refused.json["errors"][0]["remedy"] == "Convert the value to ms, or report it as another metric."


async def test_the_first_point_fixes_the_unit_of_a_new_metric(meter: Meter) -> None:
    agent = await meter.scene.agent("Done.")

    unnamed = await meter.report(agent, {"metric_type": "distance", "value": 1}, status=422)
    await meter.report(agent, {"metric_type": "distance", "value": 1, "unit": "m"}, {"metric_type": "distance", "value": 2})
    other = await meter.report(agent, {"metric_type": "distance", "value": 1, "unit": "km"}, status=422)
    mixed = await meter.report(
        agent,
        {"metric_type": "mass", "value": 1, "unit": "g"},
        {"metric_type": "mass", "value": 1, "unit": "kg"},
        status=422,
    )

    assert _problems(unnamed) == [("points.0.unit", "is required for the new metric distance")]
    assert _problems(other) == [("points.0.unit", "of distance is m, not km")]
    assert _problems(mixed) == [("points.1.unit", "of mass is g, not kg")]


async def test_run_status_is_counted_from_runs_alone(meter: Meter) -> None:
    agent = await meter.scene.agent("Done.")

    refused = await meter.report(agent, {"metric_type": "run_status", "value": 1}, status=422)

    assert _problems(refused) == [("points.0.metric_type", "is counted from runs alone")]


async def test_points_of_the_future_and_of_the_distant_past_are_refused(meter: Meter) -> None:
    agent = await meter.scene.agent("Done.")
    now = datetime.now(UTC)
    late, early = (now - timedelta(days=15)).isoformat(), (now + timedelta(minutes=6)).isoformat()

    refused = await meter.report(
        agent,
        {"metric_type": "cost", "value": 1, "recorded_at": late},
        {"metric_type": "cost", "value": 1, "recorded_at": early},
        status=422,
    )

    assert _problems(refused) == [
        ("points.0.recorded_at", "is more than 14 days ago"),
        ("points.1.recorded_at", "is in the future"),
    ]


async def test_a_point_with_an_id_is_written_once(meter: Meter) -> None:
    agent = await meter.scene.agent("Done.")
    point = {"metric_type": "cost", "value": 2, "id": str(uuid.uuid4()), "recorded_at": datetime.now(UTC).isoformat()}

    first = (await meter.report(agent, point)).json
    second = (await meter.report(agent, point)).json
    await meter.settle()

    assert (first, second) == ({"written": 1, "repeated": 0}, {"written": 0, "repeated": 1})
    assert await meter.value("cost", "count", agent_id=agent) == "1"


async def test_a_small_cost_is_not_rounded(meter: Meter) -> None:
    agent = await meter.scene.agent("Done.")

    await meter.report(agent, {"metric_type": "cost", "value": 0.00003}, {"metric_type": "cost", "value": "0.000000000001"})
    await meter.settle()

    assert await meter.value("cost", "sum", agent_id=agent) == "0.000030000001"


async def test_a_late_point_is_added_to_the_hour_and_day_it_belongs_to(meter: Meter) -> None:
    agent = await meter.scene.agent("Done.")
    yesterday = datetime.now(UTC).replace(hour=12, minute=20, second=0, microsecond=0) - timedelta(days=2)
    window = {"start": yesterday.isoformat(), "end": (yesterday + timedelta(days=1)).isoformat(), "agent_id": agent}
    await meter.report(agent, {"metric_type": "accuracy", "value": 50, "recorded_at": yesterday.isoformat()})
    await meter.settle()

    later = (yesterday + timedelta(minutes=7)).isoformat()
    await meter.report(agent, {"metric_type": "accuracy", "value": 100, "recorded_at": later})
    await meter.settle()
    await meter.settle()

    for bucket in ("hour", "day"):
        found = await meter.query("accuracy", aggregation="avg", bucket=bucket, **window)
        assert [(each["value"], each["count"]) for each in found["series"][0]["points"]] == [("75", 2)], bucket


async def test_percentiles_are_within_one_percent_of_the_exact_ones(meter: Meter) -> None:
    chance = random.Random(11)  # noqa: S311 - a draw for a test
    agents = [await meter.scene.agent("Done.", name=f"Scribe {number}") for number in range(3)]
    now = datetime.now(UTC)
    values: list[float] = []
    for agent in agents:
        drawn = [chance.lognormvariate(3, 1.5) - (40 if chance.random() < 0.2 else 0) for _ in range(700)]
        values += drawn
        times = [(now - timedelta(minutes=chance.randrange(120))).isoformat() for _ in drawn]
        points = [
            {"metric_type": "drift", "value": value, "unit": "ms", "recorded_at": at}
            for value, at in zip(drawn, times, strict=True)
        ]
        await meter.report(agent, *points)
    await meter.settle()

    values.sort()
    start = (now - timedelta(hours=3)).isoformat()
    for name, quantile in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        for bucket in ("hour", "day"):
            found = await meter.query("drift", aggregation="count", bucket=bucket, start=start)
            if len(found["series"][0]["points"]) > 1:
                continue  # the draw went over an hour or a day: its parts have other percentiles
            exact = values[math.floor(quantile * (len(values) - 1))]
            told = (await meter.query("drift", aggregation=name, bucket=bucket, start=start))["series"][0]["points"]
            assert abs(float(told[0]["value"]) - exact) <= abs(exact) * 0.0101, (name, bucket)


async def test_a_metric_of_each_agent_is_a_series_of_its_own(meter: Meter) -> None:
    first, second = [await meter.scene.agent("Done.", name=name) for name in ("Ada", "Ben")]
    await meter.report(first, {"metric_type": "cost", "value": 1})
    await meter.report(second, {"metric_type": "cost", "value": 2})
    await meter.settle()

    each = await meter.query("cost", aggregation="sum", group_by="agent")
    both = await meter.query("cost", aggregation="sum")
    one = await meter.query("cost", aggregation="sum", agent_id=second)

    assert [(series["agent_name"], series["points"][0]["value"]) for series in each["series"]] == [
        ("Ada", "1"),
        ("Ben", "2"),
    ]
    assert [series["points"][0]["value"] for series in one["series"]] == ["2"]
    assert [series["points"][0]["value"] for series in both["series"]] == ["3"]


async def test_queries_that_cannot_be_answered_name_the_field(meter: Meter) -> None:
    now = datetime.now(UTC)
    missing = await meter.http.get("/metrics/query?metric_type=unheard_of")
    long = await meter.http.get(
        "/metrics/query", params={"metric_type": "cost", "bucket": "minute", "start": (now - timedelta(days=9)).isoformat()}
    )
    reversed_ = await meter.http.get(
        "/metrics/query", params={"metric_type": "cost", "start": now.isoformat(), "end": (now - timedelta(1)).isoformat()}
    )

    assert (missing.status, missing.json["code"]) == (404, "metric_missing")
    assert _problems(long) == [("bucket", "gives more than 3,000 buckets")]
    assert _problems(reversed_) == [("end", "is not after the start")]


async def test_a_key_needs_the_permission_to_report(meter: Meter) -> None:
    agent = await meter.scene.agent("Done.")
    olga = meter.scene.cast.olga.http
    statuses: list[int] = []
    for scope in ("metrics:write", "metrics:read"):
        key = (await olga.post("/api-keys", json={"name": scope, "scopes": [scope]})).json["key"]
        headers = {"Authorization": f"Bearer {key}"}
        body = {"points": [{"metric_type": "cost", "value": 1}]}
        visitor = type(olga)(olga.session, olga.base_url)
        statuses.append((await visitor.post(f"/agents/{agent}/metrics", json=body, headers=headers)).status)

    assert statuses == [202, 403]


async def test_metrics_of_a_deleted_agent_are_not_shown(meter: Meter) -> None:
    agent, other = [await meter.scene.agent("Done.", name=name) for name in ("Ada", "Ben")]
    await meter.report(agent, {"metric_type": "cost", "value": 1})
    await meter.report(other, {"metric_type": "cost", "value": 2})
    await meter.settle()
    assert await meter.value("cost", "sum") == "3"

    deleted = await meter.scene.cast.anna.http.delete(f"/agents/{agent}")
    await meter.settle()

    assert deleted.status == 204, deleted.text
    assert await meter.value("cost", "sum") == "2"
    assert len((await meter.query("cost", group_by="agent"))["series"]) == 1
