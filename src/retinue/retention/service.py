"""How long an organization keeps what: reading it, previewing a choice, saving it. ``tasks`` deletes what is older.

Runs, messages, alerts and the audit log are deleted by their own packages, by the same settings.
"""

from retinue.core import audit
from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.core.permissions import require
from retinue.identity.organizations.errors import OrganizationMissingError
from retinue.metrics.service import kept_days as metrics_kept_days
from retinue.retention import repository, rules
from retinue.retention.errors import RetentionInvalidError
from retinue.retention.types import Chosen, ExpiredRows, Retention, RetentionPreview, RetentionRule
from retinue.usage.service import kept_days as usage_kept_days

COUNTED = 100_000
"""Rows of one table after which a preview stops counting."""


async def get(ctx: Context) -> Retention:
    """Return how long the context's organization keeps each kind. Needs ``organization:read``."""
    require(ctx, "organization:read")
    return Retention(rules.rules_of(await _get(ctx), installation_of(ctx)))


async def preview(ctx: Context, chosen: Chosen) -> RetentionPreview:
    """Return what the next maintenance would delete under a choice, without saving it. Needs ``organization:write``.

    Raises ``RetentionInvalidError`` as ``update`` does. Rows that only other members may read are counted as well.
    """
    require(ctx, "organization:write")
    wanted = _checked(ctx, chosen)
    expired = tuple([await _count(ctx, rule) for rule in wanted])
    return RetentionPreview(expired, sum(each.rows for each in expired))


async def update(ctx: Context, chosen: Chosen) -> Retention:
    """Save how long each kind is kept; what is older goes with the next hourly maintenance. Needs ``organization:write``.

    Raises ``RetentionInvalidError`` for days outside of their bounds. Writes an audit entry.
    """
    require(ctx, "organization:write")
    wanted = _checked(ctx, chosen)
    before = await _get(ctx, lock=True)
    await repository.update(ctx, chosen)
    target = ("organization", ctx.organization_id)
    await audit.record(ctx, "organization.retention_changed", target, before=_to_audit(before), after=_to_audit(chosen))
    return Retention(wanted)


def installation_of(ctx: Context) -> rules.Installation:
    """Return how long the installation keeps what it limits."""
    return rules.Installation(metrics_kept_days(ctx.resources), usage_kept_days(ctx.resources))


async def _count(ctx: Context, rule: RetentionRule) -> ExpiredRows:
    rows, oldest_at = await repository.count_expired(ctx, rule.kind, rule.effective_days, COUNTED)
    return ExpiredRows(rule.kind, rule.effective_days, rows, rows >= COUNTED, oldest_at)


def _checked(ctx: Context, chosen: Chosen) -> tuple[RetentionRule, ...]:
    wanted = rules.rules_of(chosen, installation_of(ctx))
    problems = rules.problems_of(chosen, wanted)
    if problems:
        raise RetentionInvalidError("; ".join(f"{each.field} {each.message}" for each in problems), fields=problems)
    return wanted


async def _get(ctx: Context, *, lock: bool = False) -> Chosen:
    chosen = await repository.get(ctx, lock=lock)
    if chosen is None:
        raise OrganizationMissingError
    return chosen


def _to_audit(chosen: Chosen) -> JsonObject:
    return {kind.value: days for kind, days in chosen.items()}
