"""What workers do with notifications: write them on news of other packages, send them by e-mail, delete expired ones."""

from collections.abc import Mapping
from uuid import UUID

from retinue.budgets import service as budgets
from retinue.budgets.errors import BudgetMissingError
from retinue.budgets.events import EXHAUSTED
from retinue.budgets.types import AtLimit, Budget, BudgetScope
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.logging import get_logger
from retinue.core.mail import smtp
from retinue.core.mail.settings import MailSettings
from retinue.core.mail.smtp import Mail, MailFailedError
from retinue.core.mail.unsubscribing import UnsubscribeLink
from retinue.core.outbox import Event
from retinue.notifications import repository, service, unsubscribing
from retinue.notifications import repository_emails as emails
from retinue.notifications.types import DueEmail, News, NotificationType, Priority
from retinue.runs.approvals import service as approvals
from retinue.runs.endpoints import service as webhooks
from retinue.runs.endpoints.types import WebhookStatus

_log = get_logger(__name__)

_BATCH = 1000
_MAX_ATTEMPTS = 6
_LISTED = 50


async def note_failed_run(ctx: Context, event: Event) -> None:
    """Notify the creator of an agent that a run of it failed. Repetitions count on one unread notification per agent."""
    run = await repository.find_failed_run(ctx, UUID(str(event.payload["run_id"])))
    if run is None:
        return
    reason = run.reason or "Open the run for the reason, if you may see it."
    news = News(
        NotificationType.AGENT_ERROR,
        f'Run of agent "{run.agent_name}" failed',
        reason[:1000],
        {"agent_id": str(run.agent_id), "run_id": str(run.run_id)},
        Priority.HIGH,
        fold=f"agent_error:{run.agent_id}",
    )
    await service.notify_responsible(ctx, run.creator, news)


async def note_deployed(ctx: Context, event: Event) -> None:
    """Notify the person who deployed a version that it serves now."""
    deployment_id = str(event.payload["deployment_id"])
    found = await repository.find_deployed(ctx, UUID(deployment_id))
    if found is None:
        return
    news = News(
        NotificationType.DEPLOYMENT_SUCCESS,
        f'Version {found.version} of "{found.target_name}" deployed',
        f"Callers of the {found.target_type} get version {found.version} now.",
        {
            "deployment_id": deployment_id,
            "target_id": str(found.target_id),
            "target_type": found.target_type,
            "version": found.version,
            "deployment_url": found.url,
        },
        Priority.MEDIUM,
    )
    await service.notify_responsible(ctx, found.creator, news)


async def note_approval(ctx: Context, event: Event) -> None:
    """Notify those who are asked to decide; when anybody may, the one who started the run."""
    approval_id = str(event.payload["approval_id"])
    found = await repository.find_asked_approval(ctx, UUID(approval_id))
    if found is None:
        return
    is_question = found.kind == "question"
    word = "Nobody decided in time: " if event.payload.get("escalated") is True else ""
    news = News(
        NotificationType.APPROVAL_REQUESTED,
        f'{word}"{found.tool_name}" of {found.target_name} waits for your {"answer" if is_question else "decision"}',
        found.reason[:1000],
        {"approval_id": approval_id, "run_id": str(found.run_id), "kind": found.kind},
        Priority.HIGH,
        fold=_fold_of(approval_id),
    )
    if found.persons is None:
        await service.notify_responsible(ctx, found.creator, news)
    else:
        await service.notify_persons(ctx, found.persons, news)


async def note_decided(ctx: Context, event: Event) -> None:
    """Clear what tells of an approval that is decided."""
    await service.settle(ctx, _fold_of(str(event.payload["approval_id"])))


def _fold_of(approval_id: str) -> str:
    return f"approval:{approval_id}"


async def note_rate_limit(ctx: Context, event: Event) -> None:
    """Notify the creator of an API key that it is close to its rate limit."""
    key_id, limit = str(event.payload["api_key_id"]), event.payload["requests_per_minute"]
    found = await repository.find_key(ctx, UUID(key_id))
    if found is None:
        return
    name, creator = found
    news = News(
        NotificationType.RATE_LIMIT_WARNING,
        f'API key "{name}" is close to its rate limit',
        f"It has used at least 80% of its {limit} requests a minute. Further requests are refused until the minute ends.",
        {"api_key_id": key_id, "requests_per_minute": limit},
        Priority.MEDIUM,
        fold=f"rate_limit_warning:{key_id}",
    )
    await service.notify_responsible(ctx, creator, news)


async def note_budget(ctx: Context, event: Event) -> None:
    """Notify owners and admins that a budget is used up to its warning, or does not allow a call any more."""
    try:
        budget = await budgets.get(ctx, UUID(str(event.payload["budget_id"])))
    except BudgetMissingError:
        return
    is_over = event.type == EXHAUSTED
    title = f'Budget "{budget.name}" does not allow a model call' if is_over else f'Budget "{budget.name}" is almost used up'
    news = News(
        NotificationType.BUDGET_WARNING,
        title,
        _used(budget),
        {"budget_id": str(budget.id), "run_id": event.payload.get("run_id"), "is_exhausted": is_over},
        Priority.HIGH if is_over else Priority.MEDIUM,
        fold=f"budget_warning:{budget.id}",
    )
    await service.notify_responsible(ctx, None, news)


async def note_webhook(ctx: Context, event: Event) -> None:
    """Notify the creator of a webhook that it was disabled after errors."""
    webhook_id = str(event.payload["webhook_id"])
    webhook = await webhooks.find(ctx, UUID(webhook_id))
    if webhook is None or webhook.status is not WebhookStatus.FAILED:
        return
    text = f"The ends of runs are no longer sent to it. {event.payload['error']} Repair it, test it, and enable it again."
    news = News(
        NotificationType.WEBHOOK_DISABLED,
        f'Webhook "{webhook.name}" was disabled',
        text,
        {"webhook_id": webhook_id},
        Priority.HIGH,
        fold=f"webhook_disabled:{webhook_id}",
    )
    await service.notify_responsible(ctx, None, news)


def _used(budget: Budget) -> str:
    """Tell what is used of a budget, and what happens at its limit."""
    at_limit = {
        AtLimit.REFUSE: "Calls that do not fit are refused.",
        AtLimit.ASK: "Runs wait for an approval when a call does not fit.",
        AtLimit.DOWNGRADE: "A cheaper model is called when a call does not fit.",
    }
    parts: list[str] = []
    if budget.scope is BudgetScope.RUN:
        parts.append("A run has used its part of it.")
    elif budget.limit_usd is not None:
        parts.append(f"{budget.settled_usd} of {budget.limit_usd} USD are used.")
    elif budget.limit_tokens is not None:
        parts.append(f"{budget.settled_tokens:,} of {budget.limit_tokens:,} tokens are used.")
    return " ".join([*parts, at_limit[budget.at_limit]])


async def delete_expired(database: Database) -> None:
    """Delete notifications that have expired."""
    while await repository.delete_expired(database, _BATCH) == _BATCH:
        pass


async def send_emails(database: Database) -> None:
    """Send what is due by e-mail: one message to each person with all of theirs in an organization.

    Claimed before it is sent, so several workers send nothing twice; what a lost worker claimed is sent a little later.
    """
    settings = database.resources.settings_of(MailSettings)
    if not settings.is_set:
        return
    for organization_id in await emails.list_organizations_with_emails(database):
        while due := await _claim(database, organization_id):
            await _send(database, organization_id, settings, sorted(due, key=lambda each: each.created_at))


async def _claim(database: Database, organization_id: OrganizationId) -> list[DueEmail]:
    async with database.system_context([organization_id]) as ctx:
        return await emails.claim_emails(ctx, _BATCH)


async def _send(database: Database, organization_id: OrganizationId, settings: MailSettings, due: list[DueEmail]) -> None:
    is_over, is_sent = True, True
    try:
        told = await _links(database, organization_id, due)
        link = unsubscribing.link_of(database.resources, organization_id, due[0].user_id, [each.type for each in due])
        await smtp.send(settings, _mail(database.resources.core.public_url, due, told, link))
    except MailFailedError as error:
        is_over, is_sent = error.is_permanent or due[0].attempts >= _MAX_ATTEMPTS, False
        _log.warning("notifications.email_failed", user_id=str(due[0].user_id), error=error.detail, is_given_up=is_over)
    if is_over:
        async with database.system_context([organization_id]) as ctx:
            await emails.end_emails(ctx, [each.id for each in due], is_sent=is_sent)


async def _links(database: Database, organization_id: OrganizationId, due: list[DueEmail]) -> dict[UUID, str]:
    """Return the links by which approvals are decided, by the notification that tells of them."""
    asking = [
        each for each in due if each.type == NotificationType.APPROVAL_REQUESTED and each.data["kind"] in approvals.LINKED
    ]
    if not asking:
        return {}
    async with database.system_context([organization_id]) as ctx:
        if not await approvals.allows_links(ctx):
            return {}
        links = [(each, UUID(str(each.data["approval_id"]))) for each in asking]
        return {
            each.id: approvals.link_of(ctx.resources, organization_id, approval_id, each.user_id, ctx.now)
            for each, approval_id in links
            if each.user_id in await approvals.list_approvers(ctx, approval_id)
        }


def _mail(console: str, due: list[DueEmail], told: Mapping[UUID, str], link: UnsubscribeLink) -> Mail:
    lines: list[str] = []
    for each in due[:_LISTED]:
        times = f" ({each.count} times)" if each.count > 1 else ""
        lines += [
            f"[{each.priority.upper()}] {each.title}{times}",
            f"{each.created_at:%Y-%m-%d %H:%M} UTC",
            each.message,
            *([f"Decide without signing in (for you alone): {told[each.id]}"] if each.id in told else []),
            "",
        ]
    if len(due) > _LISTED:
        lines += [f"{len(due) - _LISTED} more are in your inbox.", ""]
    lines += [f"Inbox: {console}/notifications", f"Change what you receive: {console}/notifications?tab=preferences"]
    lines += [f"Unsubscribe: {link.page}"]
    subject = due[0].title if len(due) == 1 else f"{len(due)} notifications"
    return Mail(due[0].address, f"[Retinue] {subject}", "\n".join(lines), f"notification-{due[0].id}", headers=link.headers)
