"""Pure decisions: which points are accepted, which bucket suits a window, and what a bucket's value is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal

from retinue.core.errors import FieldProblem
from retinue.engine.pricing import cost_text
from retinue.metrics.errors import MetricPointsInvalidError, MetricQueryInvalidError
from retinue.metrics.types import KNOWN, MetricAggregation, MetricBucket, MetricQuery, NewPoint, Rolled

MOST_TYPES = 500
_AHEAD = timedelta(minutes=5)
_MOST_PROBLEMS = 20
_MOST_BUCKETS = 3000
_WIDTHS = {
    MetricBucket.MINUTE: timedelta(minutes=1),
    MetricBucket.HOUR: timedelta(hours=1),
    MetricBucket.DAY: timedelta(days=1),
}
_MINUTES_UP_TO = timedelta(hours=6)
_HOURS_UP_TO = timedelta(days=14)
_AVERAGE = Context(prec=20)
QUANTILES = {MetricAggregation.P50: 0.5, MetricAggregation.P95: 0.95, MetricAggregation.P99: 0.99}


def check_points(points: Sequence[NewPoint], units: Mapping[str, str], now: datetime, oldest: datetime) -> dict[str, str]:
    """Return the units of metrics that these points add. ``units`` are those of the organization's metrics so far.

    Raises ``MetricPointsInvalidError`` that names each point and field.
    """
    added: dict[str, str] = {}
    problems: list[FieldProblem] = []
    for index, point in enumerate(points):
        problems += _problems(point, f"points.{index}.", {**units, **added}, now, oldest)
        if len(problems) >= _MOST_PROBLEMS:
            break
        if point.metric_type not in units and point.unit is not None:
            added.setdefault(point.metric_type, point.unit)
    if not problems and len({**units, **added}) > MOST_TYPES:
        problems = [_too_many_types("points")]
    if problems:
        raise MetricPointsInvalidError.of(problems[:_MOST_PROBLEMS])
    return added


def examine_points(
    points: Sequence[NewPoint], units: Mapping[str, str], now: datetime, oldest: datetime, default_unit: str
) -> tuple[dict[str, str], list[FieldProblem | None]]:
    """Return the units of metrics that the valid points add, and of each point the first problem, or None.

    A new metric whose point has no unit gets the default one. A point that is refused fixes no unit.
    """
    added: dict[str, str] = {}
    all_units, problems = dict(units), list[FieldProblem | None]()
    for point in points:
        is_new = point.metric_type not in all_units
        unit = point.unit or (default_unit if is_new else None)
        found = _problems(replace(point, unit=unit), "", all_units, now, oldest)
        if not found and is_new and len(all_units) >= MOST_TYPES:
            found.append(_too_many_types("metric_type"))
        problems.append(found[0] if found else None)
        if not found and is_new and unit is not None:
            added[point.metric_type] = all_units[point.metric_type] = unit
    return added, problems


def _too_many_types(field: str) -> FieldProblem:
    remedy = "Use fewer names of metrics, and metadata for what tells points apart."
    return FieldProblem(field, f"would add to more than {MOST_TYPES} metrics of the organization", remedy)


def _problems(point: NewPoint, path: str, units: Mapping[str, str], now: datetime, oldest: datetime) -> list[FieldProblem]:
    found: list[FieldProblem] = []
    known = KNOWN.get(point.metric_type)
    unit = known.unit if known is not None else units.get(point.metric_type)
    if known is not None and not known.is_reportable:
        found.append(FieldProblem(f"{path}metric_type", "is counted from runs alone", "Report another metric."))
    elif unit is None and point.unit is None:
        remedy = "Name the unit, such as ms, usd, percent, bytes or count; it holds for all later points."
        found.append(FieldProblem(f"{path}unit", f"is required for the new metric {point.metric_type}", remedy))
    elif unit is not None and point.unit not in (None, unit):
        remedy = f"Convert the value to {unit}, or report it as another metric."
        found.append(FieldProblem(f"{path}unit", f"of {point.metric_type} is {unit}, not {point.unit}", remedy))
    if point.id is not None and point.recorded_at is None:
        remedy = "Give the time with the id: a point is the same if both are."
        found.append(FieldProblem(f"{path}recorded_at", "is required for a point with an id", remedy))
    if point.recorded_at is not None and point.recorded_at > now + _AHEAD:
        found.append(FieldProblem(f"{path}recorded_at", "is in the future", "Set the clock of the sender by NTP."))
    if point.recorded_at is not None and point.recorded_at < oldest:
        days = (now - oldest).days
        remedy = f"Points may be {days} days late (RETINUE_METRIC_POINTS_DAYS)."
        found.append(FieldProblem(f"{path}recorded_at", f"is more than {days} days ago", remedy))
    return found


def bucket_for(start: datetime, end: datetime) -> MetricBucket:
    """Choose a bucket that gives a chart enough points."""
    if end - start <= _MINUTES_UP_TO:
        return MetricBucket.MINUTE
    return MetricBucket.HOUR if end - start <= _HOURS_UP_TO else MetricBucket.DAY


def floor(at: datetime, bucket: MetricBucket) -> datetime:
    """Return the beginning of the bucket that an instant lies in."""
    at = at.astimezone(UTC).replace(second=0, microsecond=0)
    if bucket is not MetricBucket.MINUTE:
        at = at.replace(minute=0)
    return at.replace(hour=0) if bucket is MetricBucket.DAY else at


def check_query(query: MetricQuery) -> None:
    """Demand a window of a sensible number of buckets. Raises ``MetricQueryInvalidError``."""
    if query.end <= query.start:
        raise MetricQueryInvalidError.of([FieldProblem("end", "is not after the start", "Choose a later end.")])
    if (query.end - query.start) / _WIDTHS[query.bucket] > _MOST_BUCKETS:
        message = f"gives more than {_MOST_BUCKETS:,} buckets"
        raise MetricQueryInvalidError.of([FieldProblem("bucket", message, "Choose a wider bucket or a shorter time.")])


def value_of(rolled: Rolled, aggregation: MetricAggregation) -> str:
    """Return the value of a bucket as a decimal in text; sums are exact, percentiles have as many digits as they mean."""
    match aggregation:
        case MetricAggregation.AVG:
            return cost_text(_AVERAGE.divide(rolled.sum, Decimal(rolled.count)))
        case MetricAggregation.SUM:
            return cost_text(rolled.sum)
        case MetricAggregation.MIN:
            return cost_text(rolled.min)
        case MetricAggregation.MAX:
            return cost_text(rolled.max)
        case MetricAggregation.COUNT:
            return str(rolled.count)
        case _:
            return cost_text(Decimal(f"{rolled.quantile or 0.0:.6g}"))
