"""What workers do with alerts. Every worker attempts it; it is safe on several at once, and may be repeated."""

from uuid import UUID

from retinue.alerts import destinations, engine, incidents, repository, sending
from retinue.alerts import repository_alerts as alerts
from retinue.alerts import repository_channels as channels
from retinue.alerts.channels import email
from retinue.alerts.types import ChannelKind
from retinue.alerts.watch import watch_of
from retinue.core import timers
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.events import Event
from retinue.core.mail.settings import MailSettings
from retinue.core.mail.smtp import Mail
from retinue.core.timers import Timer

_BATCH = 1_000


async def note_failed_run(ctx: Context, event: Event) -> None:
    """Have the rules evaluated at once that watch failures of a run's target."""
    await _wake_rules(ctx, {UUID(str(event.payload["run_id"]))})


async def _wake_rules(ctx: Context, run_ids: set[UUID]) -> None:
    watch, organization_id = watch_of(ctx.resources), ctx.organization_id
    if await repository.wake(ctx, list(run_ids)):
        ctx.after_commit.append(lambda: watch.miss(organization_id, run_ids))
    ctx.after_commit.append(watch.wake)


async def work(database: Database) -> None:
    """Evaluate the rules and begin to send the deliveries that are due, if it is time to look."""
    watch = watch_of(database.resources)
    if not watch.is_due:
        return
    watch.begin()
    for organization_id, run_ids in watch.take_missed().items():
        async with database.system_context([organization_id]) as ctx:
            await _wake_rules(ctx, run_ids)
    await engine.sweep(database)
    await sending.deliver(database)
    watch.sleep(await repository.find_seconds_to_next(database))


async def reconcile(database: Database) -> None:
    """Resolve alerts whose rule went with its agent, team or workflow."""
    for organization_id in await alerts.list_organizations_with_orphaned(database):
        async with database.system_context([organization_id]) as ctx:
            await incidents.resolve_orphaned(ctx)


async def delete_expired(database: Database) -> None:
    """Delete resolved alerts that are older than their organization keeps its runs."""
    while await alerts.delete_expired(database, _BATCH) == _BATCH:
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
    console = database.resources.core.public_url.rstrip("/")
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
