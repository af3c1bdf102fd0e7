"""The package's verbs about alerts, what was sent about them, and silences."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from retinue.alerts import engine, repository, rules
from retinue.alerts import repository_alerts as alerts
from retinue.alerts import repository_channels as channels
from retinue.alerts import repository_deliveries as deliveries
from retinue.alerts import repository_silences as silences
from retinue.alerts.announcing import announce, tell
from retinue.alerts.errors import (
    AlertInvalidError,
    AlertMissingError,
    AlertResolvedError,
    DeliveryMissingError,
    DeliveryWaitingError,
    SilenceMissingError,
)
from retinue.alerts.permissions import READ, WRITE
from retinue.alerts.repository_alerts import AlertFilter
from retinue.alerts.types import (
    Alert,
    AlertDelivery,
    AlertHistory,
    AlertStanding,
    AlertStatus,
    EventType,
    Rule,
    Severity,
    State,
)
from retinue.alerts.types_silences import AlertSilence
from retinue.alerts.watch import wake_worker
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import FieldProblem
from retinue.core.permissions import require

_MOST_SHOWN = 500


async def list_page(ctx: Context, wanted: AlertFilter, *, cursor: str | None, limit: int) -> Page[Alert]:
    """Return a page of alerts, the latest triggered first."""
    require(ctx, READ)
    rows = await alerts.list_page(ctx, wanted, decode(cursor) if cursor else None, limit)
    return page_of(rows, limit, lambda each: Position(each.triggered_at, each.id))


async def get(ctx: Context, alert_id: UUID) -> AlertHistory:
    """Return an alert, what happened to it, and what was sent about it; of each, the last 500.

    Raises ``AlertMissingError``.
    """
    require(ctx, READ)
    alert = await alerts.get(ctx, alert_id)
    if alert is None:
        raise AlertMissingError
    told = await alerts.list_events(ctx, alert_id, _MOST_SHOWN)
    return AlertHistory(alert, told, await deliveries.list_of_alert(ctx, alert_id, _MOST_SHOWN))


async def get_standing(ctx: Context, database: Database) -> AlertStanding:
    """Return whether rules are evaluated, and what is sent nowhere."""
    require(ctx, READ)
    last_sweep_at, age_seconds = await repository.find_last_sweep(database)
    return AlertStanding(
        last_sweep_at,
        age_seconds > rules.LATE_SECONDS,
        await channels.list_failed(ctx),
        await channels.list_unreachable(ctx),
    )


async def acknowledge(ctx: Context, alert_id: UUID) -> Alert:
    """Say that you have seen an alert: no reminder of it is sent any more.

    Raises ``AlertMissingError``, ``AlertResolvedError``.
    """
    alert, rule = await _hold(ctx, alert_id)
    if await alerts.acknowledge(ctx, alert_id):
        alert = await alerts.get(ctx, alert_id) or alert
        if rule is None:
            await alerts.add_event(ctx, alert_id, EventType.ACKNOWLEDGED, {})
            tell(ctx, alert)
        else:
            await announce(ctx, rule, alert, EventType.ACKNOWLEDGED)
        await audit.record(ctx, "alert.acknowledged", ("alert", alert_id))
    return alert


async def resolve(ctx: Context, alert_id: UUID) -> Alert:
    """Resolve an alert by hand. Its rule fires again for what happens from now on, not for what happened.

    Raises ``AlertMissingError``, ``AlertResolvedError``.
    """
    alert, rule = await _hold(ctx, alert_id)
    if rule is None:
        await alerts.resolve(ctx, alert_id, "manual")
        await alerts.add_event(ctx, alert_id, EventType.RESOLVED, {"reason": "manual"})
        alert = replace(alert, status=AlertStatus.RESOLVED, resolved_at=ctx.now, resolved_reason="manual")
        tell(ctx, alert)
    else:
        watermark = State(since=ctx.now, counts_from=ctx.now, is_held=not rules.counts_runs(rule.definition.conditions))
        await repository.write_states(ctx, [(rule, alert.group_key, watermark)])
        alert = await engine.resolve(ctx, rule, alert, "manual")
    await audit.record(ctx, "alert.resolved", ("alert", alert_id))
    return alert


async def resolve_orphaned(ctx: Context) -> None:
    """Resolve alerts whose rule went with its agent, team or workflow."""
    for alert in await alerts.list_orphaned(ctx):
        await alerts.resolve(ctx, alert.id, "target_deleted")
        await alerts.add_event(ctx, alert.id, EventType.RESOLVED, {"reason": "target_deleted"})
        tell(ctx, replace(alert, status=AlertStatus.RESOLVED))


async def redeliver(ctx: Context, delivery_id: UUID) -> AlertDelivery:
    """Have a delivery sent again under its id, whether it was sent or not.

    Raises ``DeliveryMissingError``, ``DeliveryWaitingError``.
    """
    require(ctx, WRITE)
    found = await deliveries.get_delivery(ctx, delivery_id)
    if found is None:
        raise DeliveryMissingError
    if not await deliveries.send_again(ctx, delivery_id, rules.give_up_at(found.event_type, ctx.now)):
        raise DeliveryWaitingError
    await wake_worker(ctx, delivery_id)
    await audit.record(ctx, "alert_delivery.redelivered", ("alert_delivery", delivery_id))
    again = await deliveries.get_delivery(ctx, delivery_id)
    return again or found


@dataclass(frozen=True, slots=True)
class NewSilence:
    """What a user decides about a silence; None matches all. ``ends_at`` None: as late as it may be."""

    starts_at: datetime | None
    ends_at: datetime | None
    config_id: UUID | None = None
    agent_id: UUID | None = None
    alert_id: UUID | None = None
    tag: str | None = None
    severity: Severity | None = None
    ends_when_resolved: bool = False
    reason: str = ""


async def list_silences(ctx: Context, *, current: bool | None, cursor: str | None, limit: int) -> Page[AlertSilence]:
    """Return a page of silences, those that end last first."""
    require(ctx, READ)
    rows = await silences.list_page(ctx, current=current, after=decode(cursor) if cursor else None, limit=limit)
    return page_of(rows, limit, lambda each: Position(each.ends_at, each.id))


async def create_silence(ctx: Context, new: NewSilence) -> AlertSilence:
    """Send nothing about matching alerts for a time of at most 30 days. Raises ``AlertInvalidError``."""
    require(ctx, WRITE)
    starts_at = new.starts_at or ctx.now
    ends_at = _end_of(ctx, new, starts_at)
    await _check_matchers(ctx, new)
    values = {name: getattr(new, name) for name in NewSilence.__slots__} | {"starts_at": starts_at, "ends_at": ends_at}
    silence_id = await silences.insert(ctx, values)
    facts = {name: str(value) for name, value in values.items() if value not in (None, "", False)}
    await audit.record(ctx, "alert_silence.created", ("alert_silence", silence_id), after={**facts})
    return await _silence(ctx, silence_id)


def _end_of(ctx: Context, new: NewSilence, starts_at: datetime) -> datetime:
    if new.ends_at is None:
        if new.ends_when_resolved:
            return starts_at + rules.MAX_SILENCE
        raise AlertInvalidError.of(FieldProblem("ends_at", "is required", "Give an end, or ends_when_resolved."))
    if new.ends_at <= max(starts_at, ctx.now):
        raise AlertInvalidError.of(
            FieldProblem("ends_at", "is not after the beginning and the present", "Choose a later end.")
        )
    if new.ends_at - starts_at > rules.MAX_SILENCE:
        raise AlertInvalidError.of(
            FieldProblem("ends_at", "is more than 30 days after the beginning", "Choose an earlier end.")
        )
    if starts_at > ctx.now + timedelta(days=365):
        raise AlertInvalidError.of(FieldProblem("starts_at", "is more than a year ahead", "Choose an earlier beginning."))
    return new.ends_at


async def end_silence(ctx: Context, silence_id: UUID) -> AlertSilence:
    """End a silence now; what still fires is then sent. Raises ``SilenceMissingError``."""
    require(ctx, WRITE)
    await _silence(ctx, silence_id)
    await silences.end(ctx, silence_id)
    await audit.record(ctx, "alert_silence.ended", ("alert_silence", silence_id))
    return await _silence(ctx, silence_id)


async def _check_matchers(ctx: Context, new: NewSilence) -> None:
    if new.config_id is not None and await repository.get(ctx, new.config_id) is None:
        raise AlertInvalidError.of(FieldProblem("config_id", "does not exist", "Choose a rule of the organization."))
    if new.agent_id is not None and not await silences.agent_exists(ctx, new.agent_id):
        raise AlertInvalidError.of(FieldProblem("agent_id", "does not exist", "Choose an agent of the organization."))
    alert = None if new.alert_id is None else await alerts.get(ctx, new.alert_id)
    if new.alert_id is not None and (alert is None or alert.status is AlertStatus.RESOLVED):
        raise AlertInvalidError.of(FieldProblem("alert_id", "is no alert that fires", "Choose one that is not resolved."))
    if new.ends_when_resolved and alert is None:
        problem = FieldProblem("ends_when_resolved", "needs alert_id", "Name the alert, or give an end.")
        raise AlertInvalidError.of(problem)


async def _silence(ctx: Context, silence_id: UUID) -> AlertSilence:
    found = await silences.get(ctx, silence_id)
    if found is None:
        raise SilenceMissingError
    return found


async def _hold(ctx: Context, alert_id: UUID) -> tuple[Alert, Rule | None]:
    """Hold an alert that is not resolved, and its rule first, in the order of the engine."""
    require(ctx, WRITE)
    found = await alerts.get(ctx, alert_id)
    if found is None:
        raise AlertMissingError
    rule = None if found.config_id is None else await repository.hold(ctx, found.config_id)
    alert = await alerts.get(ctx, alert_id, lock=True)
    if alert is None:
        raise AlertMissingError
    if alert.status is AlertStatus.RESOLVED:
        raise AlertResolvedError
    return alert, rule
