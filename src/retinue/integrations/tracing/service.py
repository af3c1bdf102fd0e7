"""What a person may know and decide about traces: where to look at one, and whether content leaves with them."""

from retinue.core import audit
from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.integrations.tracing import repository
from retinue.integrations.tracing.settings import TracingSettings
from retinue.integrations.tracing.types import Tracing

_READ, _WRITE = "runs:read", "organization:write"


async def get(ctx: Context) -> Tracing:
    """Return how runs of the organization are traced. Needs ``runs:read``."""
    require(ctx, _READ)
    return _tracing(ctx, allows_content=await repository.allows_content(ctx))


async def update(ctx: Context, *, allows_content: bool) -> Tracing:
    """Allow inputs and outputs to leave with traces, or not, from now on. Needs ``organization:write``; is audited."""
    require(ctx, _WRITE)
    before = await repository.allows_content(ctx)
    if before is not allows_content:
        await repository.allow_content(ctx, allows_content=allows_content)
        target = ("organization", ctx.organization_id)
        shown: list[JsonObject] = [{"allows_content": value} for value in (before, allows_content)]
        await audit.record(ctx, "organization.tracing_changed", target, before=shown[0], after=shown[1])
    return _tracing(ctx, allows_content=allows_content)


def _tracing(ctx: Context, *, allows_content: bool) -> Tracing:
    settings = ctx.resources.settings_of(TracingSettings)
    names = [each.name for each in settings.targets]
    return Tracing(names, settings.trace_link or None, settings.otlp_content, allows_content)
