"""Usage of the API and of models: reports, and writing the usage of runs again."""

import csv
import io
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from retinue.budgets import service as budgets
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.core.resources import Resources
from retinue.usage import repository
from retinue.usage.errors import UsageQueryInvalidError
from retinue.usage.permissions import READ, WRITE
from retinue.usage.settings import UsageSettings
from retinue.usage.types import UsageFilter, UsageRebuild, UsageReport, UsageRow

MOST_ROWS = 1000
MOST_CSV_ROWS = 50_000
_MOST_DAYS = 800
_MOST_DIMENSIONS = 2
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def kept_days(resources: Resources) -> int:
    """Return for how many days this installation keeps the sums of usage."""
    return resources.settings_of(UsageSettings).usage_hours_days


async def get_report(ctx: Context, wanted: UsageFilter, *, limit: int = MOST_ROWS) -> UsageReport:
    """Return usage in groups. The start is rounded down to a full hour. Raises ``UsageQueryInvalidError``."""
    require(ctx, READ)
    wanted = _checked(wanted)
    found = await repository.list_groups(ctx, wanted, wanted.groups, limit)
    (total, *_) = await repository.list_groups(ctx, wanted, (), 1) or [_nothing()]
    limits = await budgets.list_of(ctx, (wanted.agent_id, wanted.user_id, wanted.api_key_id))
    return UsageReport(wanted.start, wanted.end, found[:limit], total, has_more=len(found) > limit, budgets=limits)


async def export_csv(ctx: Context, wanted: UsageFilter) -> str:
    """Return usage in groups as CSV with a line of names. Raises ``UsageQueryInvalidError``, also for too many groups."""
    report = await get_report(ctx, wanted, limit=MOST_CSV_ROWS)
    if report.has_more:
        raise _invalid("start", f"gives more than {MOST_CSV_ROWS:,} rows", "Choose a shorter time or fewer dimensions.")
    text = io.StringIO()
    names = [each.name for each in fields(UsageRow)]
    writer = csv.writer(text)
    writer.writerow(names)
    for row in report.items:
        writer.writerow([_cell(getattr(row, name)) for name in names])
    return text.getvalue()


async def rebuild(ctx: Context, start: datetime, end: datetime) -> UsageRebuild:
    """Queue the ended runs that were created in a window to have model calls and metrics written again from their records.

    May be repeated: what is there already is replaced. What is older than calls are kept is not written.
    """
    require(ctx, WRITE)
    _check_window(start, end)
    runs = await repository.queue_runs(ctx, start, end)
    window: JsonObject = {"start": start.astimezone(UTC).isoformat(), "end": end.astimezone(UTC).isoformat()}
    after: JsonObject = window | {"runs": runs}
    await audit.record(ctx, "usage.rebuilt", ("organization", ctx.organization_id), after=after)
    return UsageRebuild(runs)


def _checked(wanted: UsageFilter) -> UsageFilter:
    _check_window(wanted.start, wanted.end)
    if len(set(wanted.groups)) > _MOST_DIMENSIONS:
        raise _invalid("group_by", "has more than two dimensions", "Group by one or two dimensions.")
    return replace(wanted, start=wanted.start.astimezone(UTC).replace(minute=0, second=0, microsecond=0))


def _check_window(start: datetime, end: datetime) -> None:
    if end <= start:
        raise _invalid("end", "is not after the start", "Choose a later end.")
    if end - start > timedelta(days=_MOST_DAYS):
        raise _invalid("start", f"is more than {_MOST_DAYS} days before the end", "Choose a shorter time.")


def _invalid(field: str, message: str, remedy: str) -> UsageQueryInvalidError:
    return UsageQueryInvalidError(f"{field} {message}.", remedy=remedy, fields=(FieldProblem(field, message, remedy),))


def _nothing() -> UsageRow:
    nothing: dict[str, Any] = {each.name: None for each in fields(UsageRow)}
    for name in ("calls", "failed_calls", "unpriced_calls", "input_tokens", "output_tokens"):
        nothing[name] = 0
    nothing["cost_usd"] = "0"
    return UsageRow(**nothing)


def _cell(value: object) -> str:
    """Write a cell so that no program for tables takes a name for a formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).date().isoformat()
    text = str(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(_FORMULA) else text
