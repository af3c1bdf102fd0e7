"""Conditions that nothing makes true but time: heartbeats, runs and decisions that do not come."""

from datetime import datetime, timedelta

from retinue.alerts import repository_facts as facts
from retinue.alerts.conditions import Absence
from retinue.alerts.questions import Answers, Asked, by_target
from retinue.alerts.types import Verdict
from retinue.alerts.words import duration_text
from retinue.core.context import Context


async def heartbeats(ctx: Context, asked: list[Asked]) -> Answers:
    """Judge the heartbeat that is longest ago. After a pause of the engine, agents have one more interval to send one."""
    rows = await facts.ask(ctx, facts.HEARTBEAT, [each.row() for each in asked])
    found: Answers = {}
    for each in asked:
        answer = rows.get(each.number)
        if answer is None:
            found[each.number] = Verdict(False)
            continue
        _, name, heard = answer
        deadline: datetime = heard + timedelta(seconds=each.leaf.every + each.leaf.grace)
        is_late = ctx.now >= deadline
        resumed_at = each.question.resumed_at
        excused_until = None if resumed_at is None else resumed_at + timedelta(seconds=each.leaf.every)
        if is_late and excused_until is not None and heard < excused_until and ctx.now < excused_until:
            found[each.number] = Verdict(None, next_at=excused_until)
            continue
        text = f"No heartbeat of {name} since {heard:%Y-%m-%d %H:%M:%S} UTC" if is_late else ""
        found[each.number] = Verdict(
            is_late, since=deadline if is_late else None, next_at=None if is_late else deadline, summary=text
        )
    return found


async def absences(ctx: Context, asked: list[Asked]) -> Answers:
    """Judge whether as many runs as are expected ended within the window.

    Its clock starts when the rule is saved, or the agent or workflow activated later. While that is paused or inactive,
    none are expected.
    """

    def fields(leaf: Absence) -> dict[str, object]:
        return {"s": leaf.of, "n": leaf.at_least}

    rows = await by_target(ctx, asked, (facts.ABSENCE_OF_TARGET, facts.ABSENCE_OF_ORGANIZATION), fields)
    found: Answers = {}
    for each in asked:
        count, oldest, ids, used_since, is_known = rows[each.number]
        if is_known and used_since is None:
            found[each.number] = Verdict(False)
            continue
        question = each.question
        begins = [at for at in (question.changed_at, question.counts_from, used_since) if at is not None]
        if count >= each.leaf.at_least:
            begins.append(oldest)
        deadline = max(begins) + timedelta(seconds=each.leaf.window)
        is_absent = ctx.now >= deadline
        word = "completed" if each.leaf.of == "completed" else "ended"
        amount = "No run" if each.leaf.at_least == 1 else f"Fewer than {each.leaf.at_least} runs"
        text = f"{amount} {word} within {duration_text(each.leaf.window)}" if is_absent else ""
        found[each.number] = Verdict(
            is_absent, threshold=float(each.leaf.at_least), since=deadline if is_absent else None,
            next_at=None if is_absent else deadline, summary=text, run_ids=tuple(ids or ()) if is_absent else (),
        )  # fmt: skip
    return found


async def waiting_approvals(ctx: Context, asked: list[Asked]) -> Answers:
    """Judge the approval that has waited longest."""
    rows = await facts.ask(ctx, facts.APPROVAL_WAITING, [each.row() for each in asked])
    found: Answers = {}
    for each in asked:
        answer = rows.get(each.number)
        if answer is None:
            found[each.number] = Verdict(False)
            continue
        run_id, name, created_at = answer
        deadline = created_at + timedelta(seconds=each.leaf.gt)
        is_late = ctx.now >= deadline
        text = f"An approval of a run of {name} waits since {created_at:%Y-%m-%d %H:%M} UTC" if is_late else ""
        found[each.number] = Verdict(
            is_late, value=(ctx.now - created_at).total_seconds(), threshold=float(each.leaf.gt),
            since=deadline if is_late else None, next_at=None if is_late else deadline, summary=text,
            run_ids=(run_id,) if is_late else (),
        )  # fmt: skip
    return found
