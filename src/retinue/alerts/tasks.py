"""What workers do with alerts. Every worker attempts it; it is safe on several at once, and may be repeated."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from retinue.alerts import destinations, engine, incidents, repository, rules, sending
from retinue.alerts import repository_alerts as alerts
from retinue.alerts import repository_channels as channels
from retinue.alerts.channels import email
from retinue.alerts.settings import AlertSettings
from retinue.alerts.types import ChannelKind
from retinue.alerts.watch import Watch, watch_of
from retinue.core import timers
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.ids import OrganizationId
from retinue.core.logging import get_logger
from retinue.core.mail.settings import MailSettings
from retinue.core.mail.smtp import Mail
from retinue.core.outbound.client import OutboundRequest
from retinue.core.outbox import Event
from retinue.core.timers import Timer

_log = get_logger(__name__)

_BATCH = 1_000
_PING_SECONDS = 55.0
_PING_TIMEOUT_SECONDS = 10.0
_ERROR_STATUS = 400


async def note_failed_run(ctx: Context, event: Event) -> None:
    """Have the rules evaluated at once that watch failures of a run's target."""
    await note_failed_runs(ctx, [event])


async def note_failed_runs(ctx: Context, events: Sequence[Event]) -> None:
    """Have the rules evaluated at once that watch failures of the targets of runs."""
    watch, organization_id = watch_of(ctx.resources), ctx.organization_id
    run_ids = {UUID(str(event.payload["run_id"])) for event in events}
    if await repository.wake(ctx, list(run_ids)):
        ctx.after_commit.append(lambda: watch.miss(organization_id, run_ids))
    ctx.after_commit.append(watch.wake_for_runs)


async def wake(database: Database) -> None:
    """Look at the next opportunity: a rule or a delivery is due."""
    watch_of(database.resources).wake()


async def work(database: Database) -> None:
    """Evaluate the rules and begin to send the deliveries that are due, if it is time to look."""
    watch = watch_of(database.resources)
    if not watch.is_due:
        return
    watch.begin()
    async with _waking_missed(database, watch) as evaluated:
        resumed_at, seconds = await repository.note_sweep(database, rules.LATE_SECONDS)
        if seconds is not None and seconds <= 0:
            is_excused = database.resources.settings_of(AlertSettings).alert_heartbeat_amnesty
            evaluated.update(await engine.sweep(database, resumed_at if is_excused else None))
            await sending.deliver(database)
            seconds = await repository.find_seconds_to_next(database)
    watch.sleep(seconds)


@asynccontextmanager
async def _waking_missed(database: Database, watch: Watch) -> AsyncGenerator[set[UUID]]:
    """Wake the rules again for the failed runs that were missed; the body adds the rules that it evaluates after that.

    A rule that was due and is not among them was held by another worker, which may have seen nothing of the runs.
    """
    missed, waiting, evaluated = watch.take_missed(), dict[OrganizationId, set[UUID]](), set[UUID]()
    try:
        for organization_id, run_ids in missed.items():
            async with database.system_context([organization_id]) as ctx:
                held_or_due = await repository.wake(ctx, list(run_ids))
            waiting[organization_id] = held_or_due
        yield evaluated
    finally:
        for organization_id, run_ids in missed.items():
            if organization_id not in waiting or not waiting[organization_id] <= evaluated:
                watch.miss(organization_id, run_ids)
                watch.wake_for_runs()


async def ping(database: Database) -> None:
    """Tell the monitor outside that rules are evaluated, once a minute from all workers together."""
    url = database.resources.settings_of(AlertSettings).alert_ping_url
    if not url or not await repository.claim_ping(database, _PING_SECONDS, rules.LATE_SECONDS):
        return
    request = OutboundRequest("GET", url, {}, timeout_seconds=_PING_TIMEOUT_SECONDS, max_bytes=1024, is_cut=True)
    try:
        answer = await database.resources.outbound.send(request)
    except Error as error:
        _log.warning("alerts.ping_failed", error=error.detail)
        return
    if answer.status >= _ERROR_STATUS:
        _log.warning("alerts.ping_failed", status=answer.status)


async def why_late(database: Database) -> str | None:
    """Say that no worker evaluates alert rules; None when one does."""
    _, seconds = await repository.find_last_sweep(database)
    if seconds <= rules.LATE_SECONDS:
        return None
    return f"Alert rules were last evaluated {int(seconds)} seconds ago. Look whether a worker runs, and at its log."


async def reconcile(database: Database) -> None:
    """Resolve alerts whose rule went with its agent, team or workflow."""
    for organization_id in await alerts.list_organizations_with_orphaned(database):
        async with database.system_context([organization_id]) as ctx:
            await incidents.resolve_orphaned(ctx)


async def delete_expired(database: Database) -> None:
    """Delete resolved alerts that are older than their organization keeps its runs, and changes of status of long ago."""
    while await alerts.delete_expired(database, _BATCH) == _BATCH:
        pass
    while await alerts.delete_status_changes(database, _BATCH) == _BATCH:
        pass


async def send_code(database: Database, timer: Timer) -> None:
    """Send the code by which an address is verified. A worker that dies before the end has another code sent."""
    settings = database.resources.settings_of(MailSettings)
    code = destinations.new_code()
    async with database.system_context([timer.organization_id]) as ctx:
        channel = await channels.get(ctx, timer.subject_id, lock=True)
        if (
            channel is None
            or channel.kind is not ChannelKind.EMAIL
            or channel.verified_at is not None
            or not settings.is_set
        ):
            await timers.finish(ctx, timer)
            return
        await channels.set_code(ctx, channel.id, destinations.hash_code(code), ctx.now + destinations.CODE_VALID)
    console = database.resources.core.public_url
    text = (
        "Someone wants Retinue to send alerts to this address.\n\n"
        f"Verification code: {code}\n\n"
        f"Enter it at {console}/alerts?tab=channels within 24 hours. If you do not want alerts here, do nothing.\n"
    )
    mail = Mail(
        channel.name, "[Retinue] Verify this address for alerts", text, f"verify-{channel.id}-{timer.id}-{timer.attempts}"
    )
    result = await email.attempt(settings, mail)
    async with database.system_context([timer.organization_id]) as ctx:
        if result.outcome == "failed":
            raise RuntimeError(result.error)
        if result.outcome == "refused":
            await channels.note_error(ctx, channel.id, result.error or "The mail server refused the message.")
        await timers.finish(ctx, timer)
