"""The periods of budgets: days, weeks and months of a time zone."""

from datetime import UTC, datetime, timedelta

from retinue.alerts.conditions import Budget


def begin_of(budget: Budget, now: datetime) -> datetime:
    """Return when the period began that an instant is in."""
    return _local_begin(budget, now.astimezone(budget.zone)).astimezone(UTC)


def end_of(budget: Budget, now: datetime) -> datetime:
    """Return when that period ends."""
    begin = _local_begin(budget, now.astimezone(budget.zone))
    days = {"day": 1, "week": 7, "month": 32}[budget.period]
    after = (begin.replace(tzinfo=None) + timedelta(days=days)).replace(tzinfo=budget.zone)
    return _local_begin(budget, after).astimezone(UTC)


def _local_begin(budget: Budget, local: datetime) -> datetime:
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if budget.period == "month":
        return day.replace(day=1)
    if budget.period == "week":
        return (day.replace(tzinfo=None) - timedelta(days=day.weekday())).replace(tzinfo=budget.zone)
    return day
