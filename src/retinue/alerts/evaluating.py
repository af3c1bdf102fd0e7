"""Evaluating conditions: the questions of many rules are put together by kind, and each answer becomes a verdict."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from retinue.alerts import repository_facts as facts
from retinue.alerts import rules
from retinue.alerts.conditions import (
    Absence,
    AgentStatus,
    ApprovalWaiting,
    BackupAge,
    Budget,
    BudgetUsed,
    DeliveryFailures,
    DeploymentStatus,
    Failures,
    Heartbeat,
    Leaf,
    Metric,
    MissedSchedule,
    Outcome,
    RehearsalAge,
    RunDuration,
    WorkflowStatus,
)
from retinue.alerts.errors import AlertInvalidError
from retinue.alerts.evaluating_silence import absences, heartbeats, waiting_approvals
from retinue.alerts.periods import begin_of, end_of
from retinue.alerts.questions import Answers, Asked, Question, by_target
from retinue.alerts.types import Verdict
from retinue.alerts.words import duration_text
from retinue.core.context import Context

_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "<": lambda value, limit: value < limit,
    "<=": lambda value, limit: value <= limit,
    "==": lambda value, limit: value == limit,
    "!=": lambda value, limit: value != limit,
}
_SHOWN = 5
_BUDGET_GONE = "The budget by which the rule blocks calls was deleted. Save the rule again, or set the action to none."
_EARLIEST_FORECAST = 0.1


async def evaluate(ctx: Context, questions: Sequence[Question]) -> list[Verdict]:
    """Return the verdict on each question, in their order, with a few statements whatever their number."""
    by_kind: defaultdict[type[Leaf], list[Asked]] = defaultdict(list)
    places: list[list[int]] = []
    number = 0
    for question in questions:
        numbers: list[int] = []
        for leaf in question.condition.leaves:
            by_kind[type(leaf)].append(Asked(leaf, question, number))
            numbers.append(number)
            number += 1
        places.append(numbers)
    answers: Answers = {}
    for kind, asked in by_kind.items():
        answers |= await _KINDS[kind](ctx, asked)
    return [
        rules.combine([answers[each] for each in numbers], is_any=question.condition.is_any)
        for question, numbers in zip(questions, places, strict=True)
    ]


def _status_fields(leaf: Outcome | Failures) -> dict[str, Any]:
    return {"s": "warning" if leaf.status == "warning" else "failed", "g": list(leaf.triggers) or None}


async def _outcomes(ctx: Context, asked: list[Asked]) -> Answers:
    def fields(leaf: Outcome) -> dict[str, Any]:
        return {"n": max(leaf.consecutive_failures, leaf.resolve_after_successes), **_status_fields(leaf)}

    rows = await by_target(ctx, asked, (facts.OUTCOME_OF_TARGET, facts.OUTCOME_OF_ORGANIZATION), fields)
    found: Answers = {}
    for each in asked:
        matches, ids, ends, error = rows[each.number]
        found[each.number] = outcome_verdict(each.leaf, matches or [], ids or [], ends or [], error)
    return found


def outcome_verdict(
    leaf: Outcome, matches: Sequence[bool], ids: Sequence[UUID], ends: Sequence[datetime], error: str | None
) -> Verdict:
    """Judge the newest runs that ended, the newest first: whether each matches, its id and its end."""
    wanted, cleared = leaf.consecutive_failures, leaf.resolve_after_successes
    streak = next((place for place, matched in enumerate(matches) if not matched), len(matches))
    quiet = next((place for place, matched in enumerate(matches) if matched), len(matches))
    word = "had warnings" if leaf.status == "warning" else "failed"
    if streak >= wanted:
        text = f"The last {wanted} runs {word}" if wanted > 1 else f"The last run {word}"
        runs = tuple(ids[: min(wanted, _SHOWN)])
        return Verdict(
            True, value=float(streak), threshold=float(wanted), since=ends[streak - wanted], summary=text,
            run_ids=runs, error=error,
        )  # fmt: skip
    # Fewer than it takes to clear: what fires goes on, what does not has not begun.
    is_clear = quiet >= cleared or not matches
    is_true = False if is_clear else None
    return Verdict(is_true, has_data=bool(matches), value=float(streak), threshold=float(wanted))


async def _windows(ctx: Context, asked: list[Asked]) -> Answers:
    def fields(leaf: Failures) -> dict[str, Any]:
        return {"w": leaf.window, "n": leaf.min_count, "p": leaf.ratio, **_status_fields(leaf)}

    rows = await by_target(ctx, asked, (facts.WINDOW_OF_TARGET, facts.WINDOW_OF_ORGANIZATION), fields)
    found = {each.number: window_verdict(each.leaf, *rows[each.number]) for each in asked}
    true = [each for each in asked if found[each.number].is_true]
    newest = await by_target(ctx, true, (facts.NEWEST_OF_TARGET, facts.NEWEST_OF_ORGANIZATION), fields)
    return found | {each.number: window_verdict(each.leaf, *rows[each.number], *newest[each.number]) for each in true}


def window_verdict(
    leaf: Failures, total: int, matched: int, ids: Sequence[UUID] | None = None, error: str | None = None
) -> Verdict:
    """Judge a window by the runs that match and those that ended; of these not all are told when they are too many."""
    word = "had warnings" if leaf.status == "warning" else "failed"
    span = duration_text(leaf.window)
    runs = tuple(ids or ())[:_SHOWN]
    if leaf.count is not None:
        text = f"{matched} runs {word} within {span}"
        return Verdict(
            matched >= leaf.count, total > 0, float(matched), float(leaf.count), summary=text, run_ids=runs, error=error
        )
    ratio = matched / total if total else 0.0
    is_true = total >= leaf.min_count and ratio >= (leaf.ratio or 0.0)
    text = f"{ratio:.0%} of {total} runs {word} within {span}"
    return Verdict(is_true, total > 0, ratio if is_true else None, leaf.ratio, summary=text, run_ids=runs, error=error)


async def _metrics(ctx: Context, asked: list[Asked]) -> Answers:
    def fields(leaf: Metric) -> dict[str, Any]:
        return {"w": leaf.window, "s": leaf.metric}

    of_runs = [each for each in asked if each.leaf.is_of_runs]
    rows = await by_target(ctx, of_runs, (facts.METRIC_OF_TARGET, facts.METRIC_OF_ORGANIZATION), fields)
    found = await _reported(ctx, [each for each in asked if not each.leaf.is_of_runs])
    for each in of_runs:
        count, avg, low, high, total, last, percentiles, ids = rows[each.number]
        figures = figures_of(each.leaf, count, total, (low, high, last, avg), percentiles)
        found[each.number] = metric_verdict(each.leaf, figures[each.leaf.agg], tuple(ids or ()))
    return found


async def _reported(ctx: Context, asked: list[Asked]) -> Answers:
    questions = [each.row(w=each.leaf.window, s=each.leaf.metric, n=int(each.leaf.agg == "last")) for each in asked]
    rows = await facts.ask(ctx, facts.REPORTED, questions) if questions else {}
    found: Answers = {}
    for each in asked:
        count, total, low, high, last, percentiles = rows[each.number]
        # A percentile is the middle of its bin, which may lie beyond the points.
        within = [None if value is None else min(max(value, low), high) for value in percentiles]
        avg = total / count if count else None
        figures = figures_of(each.leaf, count, total, (low, high, last, avg), within)
        if not count and each.leaf.agg in ("count", "rate"):
            found[each.number] = replace(metric_verdict(each.leaf, 0.0, ()), has_data=False)
        else:
            found[each.number] = metric_verdict(each.leaf, figures[each.leaf.agg], ())
    return found


def figures_of(
    leaf: Metric,
    count: float | None,
    total: float | None,
    others: tuple[float | None, float | None, float | None, float | None],
    percentiles: Sequence[float | None] | None,
) -> dict[str, float | None]:
    """Return the figures of a window by their aggregation; ``others`` are lowest, highest, last and average."""
    low, high, last, avg = others
    figures = {"count": float(count or 0), "avg": avg, "min": low, "max": high, "sum": total, "last": last}
    figures["rate"] = None if total is None else total / leaf.window
    return figures | dict(zip(("p50", "p90", "p95", "p99"), percentiles or [None] * 4, strict=True))


def metric_verdict(leaf: Metric, value: float | None, ids: tuple[UUID, ...]) -> Verdict:
    """Judge a figure of the runs of a window; None when there are none."""
    if value is None:
        return Verdict(False, has_data=False, threshold=leaf.value)
    compare = _COMPARE[leaf.op]
    is_full = compare(value, leaf.value)
    is_mild = not is_full and leaf.warn is not None and compare(value, leaf.warn)
    limit = leaf.warn if is_mild and leaf.warn is not None else leaf.value
    text = f"{leaf.agg} of {leaf.metric} over {duration_text(leaf.window)} is {value:g} ({leaf.op} {limit:g})"
    level = 2 if is_full else int(is_mild)
    return Verdict(
        is_full or is_mild, value=value, threshold=limit, level=level, is_mild=is_mild, summary=text, run_ids=ids[:_SHOWN]
    )


async def _budgets(ctx: Context, asked: list[Asked]) -> Answers:
    rows: dict[int, tuple[Any, ...]] = {}
    statements: tuple[LiteralString, LiteralString] = (facts.BUDGET_OF_TARGET, facts.BUDGET_OF_ORGANIZATION)
    for statement, is_of_target in zip(statements, (True, False), strict=True):
        questions = [
            each.row(c=begin_of(each.leaf, ctx.now).isoformat())
            for each in asked
            if (each.question.target_id is not None) is is_of_target
        ]
        if questions:
            rows |= await facts.ask(ctx, statement, questions)
    refused = await _exhausted(ctx, [each for each in asked if each.leaf.action != "none"])
    return {
        each.number: budget_verdict(each.leaf, rows[each.number][0], ctx.now, is_refused=each.number in refused)
        for each in asked
    }


async def _exhausted(ctx: Context, asked: list[Asked]) -> set[int]:
    """Name the questions whose budget refused a call in its present period."""
    if any(each.question.budget_id is None for each in asked):
        raise AlertInvalidError(_BUDGET_GONE)
    if not asked:
        return set()
    rows = await facts.ask(ctx, facts.BUDGET_EXHAUSTED, [each.row(s=str(each.question.budget_id)) for each in asked])
    return {number for number, (is_exhausted,) in rows.items() if is_exhausted}


def budget_verdict(leaf: Budget, spent: float, now: datetime, *, is_refused: bool = False) -> Verdict:
    """Judge what was spent in the period so far: only the highest threshold that is passed counts.

    ``is_refused``: the spending guard refused a call, as it would have passed the amount.
    """
    begin, end = begin_of(leaf, now), end_of(leaf, now)
    part = max(spent / leaf.usd, 1.0) if is_refused else spent / leaf.usd
    passed = [each for each in sorted(leaf.at) if part >= each]
    elapsed = (now - begin) / (end - begin)
    projected = spent / elapsed if elapsed >= _EARLIEST_FORECAST else 0.0
    is_forecast = leaf.forecast and not passed and projected >= leaf.usd
    if is_refused:
        text = f"Calls are refused: another one may pass ${leaf.usd:g} a {leaf.period}, of which ${spent:.2f} are spent"
    elif passed:
        text = f"${spent:.2f} of ${leaf.usd:g} a {leaf.period} are spent ({part:.0%})"
    elif is_forecast:
        text = f"At this rate ${projected:.2f} are spent by the end of the {leaf.period}, of ${leaf.usd:g}"
    else:
        text = ""
    level = len(passed) + 1 if passed else int(is_forecast)
    is_mild = not passed or passed[-1] < 1.0
    limit = leaf.usd * (passed[-1] if passed else min(leaf.at))
    return Verdict(
        bool(passed) or is_forecast, value=spent, threshold=limit, level=level, is_mild=is_mild and level > 0,
        summary=text, next_at=end, ends="period_rollover",
    )  # fmt: skip


async def _budgets_used(ctx: Context, asked: list[Asked]) -> Answers:
    rows = await facts.ask(ctx, facts.BUDGET_USED, [each.row(s=str(each.leaf.budget_id)) for each in asked])
    found: Answers = {}
    for each in asked:
        answer = rows.get(each.number)
        if answer is None:  # the budget is deleted
            found[each.number] = Verdict(False)
            continue
        found[each.number] = budget_used_verdict(each.leaf, *answer)
    return found


def budget_used_verdict(leaf: BudgetUsed, name: str, part: float, ends_at: datetime | None) -> Verdict:
    """Judge the part of a budget that is settled: only the highest threshold that is passed counts."""
    passed = [at for at in leaf.at if part >= at]
    limit = max(passed, default=min(leaf.at))
    text = f"{part:.0%} of the budget {name} are used" if passed else ""
    return Verdict(
        bool(passed), value=part, threshold=limit, level=len(passed), is_mild=len(passed) > 0 and limit < 1.0,
        summary=text, next_at=ends_at, ends="period_rollover",
    )  # fmt: skip


async def _missed(ctx: Context, asked: list[Asked]) -> Answers:
    rows = await facts.ask(ctx, facts.MISSED_SCHEDULE, [each.row(w=each.leaf.grace) for each in asked])
    found: Answers = {}
    for each in asked:
        answer = rows.get(each.number)
        if answer is None:
            found[each.number] = Verdict(False)
            continue
        name, due_at, is_missed, next_due_at = answer
        grace = timedelta(seconds=each.leaf.grace)
        next_at = next_due_at + grace if next_due_at is not None and not is_missed else None
        since = due_at + grace if is_missed and due_at is not None else None
        text = f"Schedule {name} did not run at {due_at:%Y-%m-%d %H:%M} UTC" if is_missed and due_at is not None else ""
        found[each.number] = Verdict(bool(is_missed), since=since, next_at=next_at, summary=text)
    return found


async def _durations(ctx: Context, asked: list[Asked]) -> Answers:
    rows = await facts.ask(ctx, facts.RUN_DURATION, [each.row() for each in asked])
    found: Answers = {}
    for each in asked:
        run, seconds, is_running = rows.get(each.number, (None, None, False))
        limit = each.leaf.gt
        if seconds is None:
            found[each.number] = Verdict(False, has_data=False, threshold=float(limit))
            continue
        took = "has been running for" if is_running else "took"
        text = f"A run {took} {duration_text(int(seconds))}, more than {duration_text(limit)}"
        next_at = ctx.now + timedelta(seconds=limit - seconds + 1) if is_running and seconds <= limit else None
        is_long = seconds > limit
        found[each.number] = Verdict(
            is_long, value=float(seconds), threshold=float(limit), next_at=next_at, summary=text if is_long else "",
            run_ids=(run,) if is_long else (),
        )  # fmt: skip
    return found


async def _agent_statuses(ctx: Context, asked: list[Asked]) -> Answers:
    rows = await facts.ask(ctx, facts.AGENT_STATUS, [each.row(s=each.leaf.agent_status, c=None) for each in asked])
    found: Answers = {}
    for each in asked:
        answer = rows.get(each.number)
        if answer is None:
            found[each.number] = Verdict(False)
            continue
        name, since, reason, is_reported = answer
        what = "reports an error in its heartbeats" if is_reported else f"has the status {each.leaf.agent_status}"
        found[each.number] = Verdict(True, since=since, summary=f"Agent {name} {what}", error=reason)
    return found


async def _deployments(ctx: Context, asked: list[Asked]) -> Answers:
    rows = await facts.ask(ctx, facts.DEPLOYMENT, [each.row() for each in asked])
    return {
        each.number: Verdict(
            True, since=rows[each.number][0], summary="The newest deployment failed", error=rows[each.number][1]
        )
        if each.number in rows
        else Verdict(False)
        for each in asked
    }


async def _workflow_statuses(ctx: Context, asked: list[Asked]) -> Answers:
    rows = await facts.ask(ctx, facts.WORKFLOW_STATUS, [each.row(s=each.leaf.workflow_status) for each in asked])
    found: Answers = {}
    for each in asked:
        answer = rows.get(each.number)
        text = "" if answer is None else f"Workflow {answer[0]} has the status {each.leaf.workflow_status}"
        found[each.number] = Verdict(answer is not None, summary=text)
    return found


async def _delivery_failures(ctx: Context, asked: list[Asked]) -> Answers:
    rows = await facts.ask(ctx, facts.DELIVERY_FAILURES, [each.row() for each in asked])
    found: Answers = {}
    for each in asked:
        dead, limit = rows[each.number][0], each.leaf.delivery_failures
        text = f"{dead} deliveries of alerts failed within an hour"
        found[each.number] = Verdict(dead >= limit, value=float(dead), threshold=float(limit), summary=text)
    return found


async def _backups(ctx: Context, asked: list[Asked]) -> Answers:
    rows = await facts.ask(ctx, facts.BACKUPS, [each.row() for each in asked])
    return {
        each.number: backup_verdict(each.leaf, rows[each.number], ctx.now) if each.number in rows else Verdict(False)
        for each in asked
    }


def backup_verdict(leaf: BackupAge | RehearsalAge, row: tuple[Any, ...], now: datetime) -> Verdict:
    """Judge the age of the last success; an installation that is younger than the limit has time until then."""
    began_at, backed_up_at, rehearsed_at, is_failed = row
    what, last = ("backup", backed_up_at) if isinstance(leaf, BackupAge) else ("rehearsal of a backup", rehearsed_at)
    if isinstance(leaf, RehearsalAge) and is_failed:
        return Verdict(True, summary="The last rehearsal of a backup failed")
    due = (last or began_at) + timedelta(seconds=leaf.older_than)
    if now < due:
        return Verdict(False, threshold=float(leaf.older_than), next_at=due)
    since = f"since {last:%Y-%m-%d %H:%M} UTC" if last else "so far"
    return Verdict(True, threshold=float(leaf.older_than), since=due, summary=f"No {what} has succeeded {since}")


_KINDS: dict[type[Any], Callable[[Context, list[Asked]], Awaitable[Answers]]] = {
    Outcome: _outcomes,
    Failures: _windows,
    Metric: _metrics,
    Budget: _budgets,
    BudgetUsed: _budgets_used,
    Heartbeat: heartbeats,
    Absence: absences,
    ApprovalWaiting: waiting_approvals,
    MissedSchedule: _missed,
    RunDuration: _durations,
    AgentStatus: _agent_statuses,
    DeploymentStatus: _deployments,
    WorkflowStatus: _workflow_statuses,
    DeliveryFailures: _delivery_failures,
    BackupAge: _backups,
    RehearsalAge: _backups,
}
