"""The dashboard: what an organization's agents did lately, what it cost, and what needs attention."""

from retinue.core.context import Context
from retinue.core.permissions import require
from retinue.dashboard import repository, rules
from retinue.dashboard.permissions import READ
from retinue.dashboard.types import Dashboard, DashboardRange


async def get_dashboard(ctx: Context, chosen: DashboardRange) -> Dashboard:
    """Return the figures of a window beside those of the window before, and the most active agents."""
    require(ctx, READ)
    window = rules.window_of(chosen, ctx.now)
    ended = await repository.get_ended(ctx, window)
    counts = await repository.get_counts(ctx)
    return Dashboard(
        range=chosen,
        start=window.start,
        end=window.end,
        step_seconds=window.step_seconds,
        runs=rules.runs_of(ended, window.steps),
        failure_rate=rules.failure_rate_of(ended, window.steps),
        response_time_p95=rules.response_time_of(await repository.get_response_times(ctx, window), window.steps),
        spend=rules.spend_of(await repository.get_spent(ctx, window), window.steps),
        active_runs=counts.active_runs,
        queued_runs=counts.queued_runs,
        firing_alerts=counts.firing_alerts,
        pending_approvals=counts.pending_approvals,
        agents=await repository.list_agents(ctx, window),
        teams=await repository.list_teams(ctx, window),
    )
