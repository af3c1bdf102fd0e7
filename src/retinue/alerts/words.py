"""Conditions in words."""

from retinue.alerts import conditions as grammar
from retinue.alerts.conditions import Leaf
from retinue.alerts.errors import AlertInvalidError
from retinue.core.json import JsonObject


def summary_of(conditions: JsonObject) -> str:
    """Say in words when a rule fires."""
    try:
        condition = grammar.parse(conditions)
    except AlertInvalidError as error:  # of a later version, or by hand
        return f"Not valid: {error.detail}"
    joined = " or " if condition.is_any else " and "
    text = joined.join(_words(leaf) for leaf in condition.leaves)
    return text[:1].upper() + text[1:]


def _words(leaf: Leaf) -> str:  # noqa: C901, PLR0911, PLR0912 - one line a kind
    match leaf:
        case grammar.Outcome():
            what = "has warnings" if leaf.status == "warning" else "fails"
            many = "have warnings" if leaf.status == "warning" else "fail"
            number = leaf.consecutive_failures
            return f"a run {what}" if number == 1 else f"{number} runs in a row {many}"
        case grammar.Failures():
            many = "have warnings" if leaf.status == "warning" else "fail"
            amount = (
                f"{leaf.count} runs" if leaf.count is not None else f"{leaf.ratio:.0%} of at least {leaf.min_count} runs"
            )
            return f"{amount} {many} within {duration_text(leaf.window)}"
        case grammar.Heartbeat():
            return f"no heartbeat comes for {duration_text(leaf.every + leaf.grace)}"
        case grammar.MissedSchedule():
            return f"a scheduled run is {duration_text(leaf.grace)} late"
        case grammar.RunDuration():
            return f"a run takes more than {duration_text(leaf.gt)}"
        case grammar.Metric():
            by = f" by {' and '.join(leaf.group_by)}" if leaf.group_by else ""
            return f"{leaf.agg} of {leaf.metric}{by} over {duration_text(leaf.window)} is {leaf.op} {leaf.value:g}"
        case grammar.Budget():
            parts = ", ".join(f"{part:.0%}" for part in sorted(leaf.at))
            actions = {"block": "; then calls are refused", "pause_agent": "; then the agent is paused"}
            return f"{parts} of ${leaf.usd:g} a {leaf.period} are spent{actions.get(leaf.action, '')}"
        case grammar.BudgetUsed():
            return f"{', '.join(f'{part:.0%}' for part in sorted(leaf.at))} of a budget are used"
        case grammar.Absence():
            one, many = ("completes", "complete") if leaf.of == "completed" else ("ends", "end")
            amount = f"no run {one}" if leaf.at_least == 1 else f"fewer than {leaf.at_least} runs {many}"
            return f"{amount} within {duration_text(leaf.window)}"
        case grammar.ApprovalWaiting():
            return f"an approval waits for more than {duration_text(leaf.gt)}"
        case grammar.AgentStatus():
            return f"the status of an agent is {leaf.agent_status}"
        case grammar.DeploymentStatus():
            return "a deployment fails"
        case grammar.WorkflowStatus():
            return f"the status of a workflow is {leaf.workflow_status}"
        case grammar.DeliveryFailures():
            return f"{leaf.delivery_failures} deliveries of alerts fail within an hour"
        case grammar.BackupAge():
            return f"no backup succeeds for {duration_text(leaf.older_than)}"
        case grammar.RehearsalAge():
            return f"no rehearsal of a backup succeeds for {duration_text(leaf.older_than)}, or one fails"


def duration_text(seconds: int) -> str:
    """Write a duration in its largest unit that is exact, else in the two largest."""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size}{unit}"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minutes}m"
    return f"{minutes}m {rest}s" if minutes else f"{rest}s"
