"""The package's verbs about channels: where alerts are sent, and whether the address wants that."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from retinue.alerts import quiet_hours, sending
from retinue.alerts import repository_channels as channels
from retinue.alerts import repository_deliveries as deliveries
from retinue.alerts.announcing import names_of
from retinue.alerts.errors import (
    AlertInvalidError,
    ChannelExistsError,
    ChannelMissingError,
    ChannelUsedError,
    CodeInvalidError,
    CodeLimitedError,
)
from retinue.alerts.permissions import READ, WRITE
from retinue.alerts.repository_channels import ChannelRow
from retinue.alerts.types import (
    AlertChannel,
    AlertDelivery,
    ChannelKind,
    ChannelStatus,
    ChannelTest,
    IssuedChannel,
    QuietHours,
    Severity,
)
from retinue.core import audit, timers
from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.core.mail.settings import MailSettings
from retinue.core.outbound.addresses import OutboundRefusedError, parse_url
from retinue.core.permissions import require
from retinue.core.webhooks import new_secret

MAX_CHANNELS = 100
_MOST_NAMES = 10
VERIFY = "alerts.verify"
"""Timer: a code is to be sent to a channel's address."""
CODE_VALID = timedelta(hours=24)
_CODE_PAUSE = timedelta(minutes=1)
_CODE_ATTEMPTS = 5
_FORMER_VALID = timedelta(hours=24)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_KEYS = ("email", "slack", "webhook", "in_app")
_SHOWN = 20
_UNSUBSCRIBED = "The recipient unsubscribed. Send them a code, which they enter if they want alerts again."


@dataclass(frozen=True, slots=True)
class NewChannel:
    """What a user decides about a channel. ``url`` is the webhook's; ``name`` of an e-mail channel is its address."""

    kind: ChannelKind
    name: str
    url: str | None = None
    send_on: tuple[str, ...] = ("opened", "resolved", "reminder")
    min_severity: Severity = Severity.INFO
    quiet_hours: QuietHours | None = None


async def list_all(ctx: Context) -> list[AlertChannel]:
    """Return the channels of the organization."""
    require(ctx, READ)
    return [_to_response(ctx, row) for row in await channels.list_all(ctx)]


async def get(ctx: Context, channel_id: UUID) -> AlertChannel:
    """Return one channel. Raises ``ChannelMissingError``."""
    require(ctx, READ)
    return _to_response(ctx, await _row(ctx, channel_id))


async def list_deliveries(ctx: Context, channel_id: UUID) -> list[AlertDelivery]:
    """Return the newest deliveries to a channel, with each attempt. Raises ``ChannelMissingError``."""
    await get(ctx, channel_id)
    return await deliveries.list_of_channel(ctx, channel_id, _SHOWN)


async def create(ctx: Context, new: NewChannel) -> IssuedChannel:
    """Create a channel; a webhook's signing secret is in the result alone. An e-mail address is sent a code first.

    Raises ``AlertInvalidError`` and ``ChannelExistsError``.
    """
    require(ctx, WRITE)
    secret = new_secret() if new.kind is ChannelKind.WEBHOOK else None
    channel_id = await _insert(ctx, new, secret)
    return IssuedChannel(await get(ctx, channel_id), secret)


async def _insert(ctx: Context, new: NewChannel, secret: str | None) -> UUID:
    if await channels.count(ctx) >= MAX_CHANNELS:
        raise AlertInvalidError(f"An organization may have {MAX_CHANNELS} channels.", remedy="Delete some first.")
    if new.kind is ChannelKind.EMAIL:
        if new.url is not None:
            raise AlertInvalidError.of(FieldProblem("url", "is not for e-mail", "Leave it out; the name is the address."))
        name, kept = _email(new.name, "name"), None
    else:
        if new.url is None:
            raise AlertInvalidError.of(FieldProblem("url", "is required", "Enter the URL of the webhook."))
        _check_url(new.url)
        name, kept = new.name, new.url if new.kind is ChannelKind.SLACK else secret
    status = ChannelStatus.UNVERIFIED if new.kind is ChannelKind.EMAIL else ChannelStatus.ACTIVE
    values: dict[str, Any] = {
        "kind": new.kind,
        "name": name,
        "address": new.url if new.kind is ChannelKind.WEBHOOK else None,
        "secret": None if kept is None else ctx.resources.secrets.seal(kept),
        "send_on": list(dict.fromkeys(new.send_on)),
        "min_severity": new.min_severity,
        "quiet_hours": quiet_hours.checked(new.quiet_hours),
        "status": status,
    }
    channel_id = await channels.insert(ctx, values)
    if channel_id is None:
        raise ChannelExistsError
    facts: JsonObject = {"kind": new.kind.value, "name": name}
    await audit.record(ctx, "alert_channel.created", ("alert_channel", channel_id), after=facts)
    if status is ChannelStatus.UNVERIFIED and ctx.resources.settings_of(MailSettings).is_set:
        await timers.schedule(ctx, VERIFY, channel_id, ctx.now)
    return channel_id


async def update(ctx: Context, channel_id: UUID, changes: Mapping[str, Any]) -> AlertChannel:
    """Change a channel; what is not named stays. ``enabled`` true also enables one that was disabled after errors.

    Raises ``AlertInvalidError`` and ``ChannelMissingError``.
    """
    require(ctx, WRITE)
    row = await _row(ctx, channel_id, lock=True)
    values: dict[str, Any] = {
        "address": row.address,
        "secret": row.secret_encrypted,
        "send_on": list(dict.fromkeys(changes.get("send_on", row.send_on))),
        "min_severity": changes.get("min_severity", row.min_severity),
        "quiet_hours": quiet_hours.checked(changes.get("quiet_hours", row.quiet_hours)),
        "status": _status(row, changes.get("enabled")),
    }
    url = changes.get("url")
    if url is not None:
        if row.kind is ChannelKind.EMAIL:
            raise AlertInvalidError.of(
                FieldProblem("url", "is not for e-mail", "Create another channel for another address.")
            )
        _check_url(url)
        if row.kind is ChannelKind.SLACK:
            values["secret"] = ctx.resources.secrets.seal(url)
        else:
            values["address"] = url
    await channels.update(ctx, channel_id, values)
    facts: JsonObject = {
        "send_on": values["send_on"],
        "min_severity": str(values["min_severity"]),
        "status": str(values["status"]),
    }
    await audit.record(
        ctx, "alert_channel.updated", ("alert_channel", channel_id), after=facts | {"url_changed": url is not None}
    )
    return await get(ctx, channel_id)


def _status(row: ChannelRow, enabled: bool | None) -> ChannelStatus:  # noqa: FBT001 - the field's value
    if enabled is None:
        return row.status
    if not enabled:
        return ChannelStatus.DISABLED
    is_unproven = row.kind is ChannelKind.EMAIL and row.verified_at is None
    return ChannelStatus.UNVERIFIED if is_unproven else ChannelStatus.ACTIVE


async def delete(ctx: Context, channel_id: UUID) -> None:
    """Delete a channel. Raises ``ChannelMissingError``, and ``ChannelUsedError`` that names rules that send to it."""
    require(ctx, WRITE)
    row = await _row(ctx, channel_id, lock=True)
    users = await channels.list_users(ctx, row)
    if users:
        named = ", ".join(users)
        raise ChannelUsedError(f"Alert rules send to this channel: {named}.", remedy="Remove it from their channels first.")
    await channels.delete(ctx, channel_id)
    await audit.record(
        ctx, "alert_channel.deleted", ("alert_channel", channel_id), before={"kind": row.kind, "name": row.name}
    )


async def rotate_secret(ctx: Context, channel_id: UUID) -> IssuedChannel:
    """Make another signing secret; for 24 hours messages carry a signature of the former one too.

    Raises ``ChannelMissingError``, ``AlertInvalidError`` for a channel that signs nothing.
    """
    require(ctx, WRITE)
    row = await _row(ctx, channel_id, lock=True)
    if row.kind is not ChannelKind.WEBHOOK:
        raise AlertInvalidError("Only webhook channels have a signing secret.", remedy="Change the channel's URL instead.")
    secret = new_secret()
    await channels.rotate(ctx, channel_id, ctx.resources.secrets.seal(secret), ctx.now + _FORMER_VALID)
    await audit.record(ctx, "alert_channel.secret_rotated", ("alert_channel", channel_id))
    return IssuedChannel(await get(ctx, channel_id), secret)


async def send_code(ctx: Context, channel_id: UUID) -> AlertChannel:
    """Send another verification code. Raises ``ChannelMissingError``, ``AlertInvalidError``, ``CodeLimitedError``."""
    require(ctx, WRITE)
    row = await _row(ctx, channel_id, lock=True)
    if row.kind is not ChannelKind.EMAIL or row.verified_at is not None:
        raise AlertInvalidError("The channel needs no verification.", remedy="Use it as it is.")
    if not ctx.resources.settings_of(MailSettings).is_set:
        raise AlertInvalidError("No mail server is configured.", remedy="Ask the operator to set RETINUE_SMTP_HOST.")
    if row.code_expires_at is not None and row.code_expires_at - CODE_VALID > ctx.now - _CODE_PAUSE:
        raise CodeLimitedError(retry_after_seconds=_CODE_PAUSE.total_seconds())
    await timers.schedule(ctx, VERIFY, channel_id, ctx.now)
    return _to_response(ctx, row)


async def verify(database: Database, actor: Actor, channel_id: UUID, code: str) -> AlertChannel:
    """Verify an address by the code that was sent to it. Raises ``ChannelMissingError``, ``CodeInvalidError``.

    An attempt counts even when it fails, in a commit of its own.
    """
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        row = await _row(ctx, channel_id, lock=True)
        is_open = row.code_hash is not None and row.code_expires_at is not None and row.code_expires_at > ctx.now
        is_right = (
            is_open
            and row.code_hash is not None
            and row.code_attempts < _CODE_ATTEMPTS
            and hmac.compare_digest(row.code_hash, hash_code(code))
        )
        if is_right:
            await channels.verify(ctx, channel_id)
            await audit.record(ctx, "alert_channel.verified", ("alert_channel", channel_id))
            return await get(ctx, channel_id)
        await channels.note_tried(ctx, channel_id)
    raise CodeInvalidError


def new_code() -> str:
    """Make a verification code."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def hash_code(code: str) -> bytes:
    """Return what is stored of a code, whatever its case and spaces."""
    return hashlib.sha256(code.strip().upper().replace(" ", "").replace("-", "").encode()).digest()


async def test(database: Database, actor: Actor, channel_id: UUID) -> ChannelTest:
    """Send a test message now, once; return the answer. Raises ``ChannelMissingError``, ``AlertInvalidError``."""
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        row = await _row(ctx, channel_id)
        if row.kind is ChannelKind.EMAIL and row.verified_at is None:
            remedy = "Enter the code that was sent to it, or send another."
            raise AlertInvalidError("The address is not verified.", remedy=remedy)
        payload = _test_payload(ctx, row)
    began = time.monotonic()
    identifier = f"test-{secrets.token_hex(8)}"
    result = await sending.send(database.resources, row, identifier, payload, now=database.clock.now())
    milliseconds = int((time.monotonic() - began) * 1000)
    return ChannelTest(result.outcome == "sent", result.status_code, result.response, result.error, milliseconds)


def _test_payload(ctx: Context, row: ChannelRow) -> JsonObject:
    console = ctx.resources.core.public_url
    now = ctx.now.isoformat()
    alert: JsonObject = {"id": str(row.id), "status": "open", "severity": "info", "started_at": now, "triggered_at": now}
    return {
        "type": "alert.test",
        "timestamp": now,
        "data": {
            "alert": alert | {"resolved_at": None, "fingerprint": "test"},
            "rule": {"id": None, "name": "Test message", "conditions": {}},
            "target": {"kind": "organization", "id": str(row.organization_id), "name": None},
            "summary": f"This is a test of the channel {row.name}. Nothing is wrong.",
            "error": None,
            "value": None,
            "threshold": None,
            "evidence": [],
            "links": {"alert": f"{console}/alerts?tab=channels"},
            "organization_id": str(row.organization_id),
            "sequence": 0,
        },
    }


async def resolve(ctx: Context, given: JsonObject, *, field: str = "channels") -> JsonObject:
    """Return a rule's channels in their one form. Raises ``AlertInvalidError`` that names the key after ``field``.

    Slack and webhook channels must exist; a new e-mail address becomes a channel, which is to be verified.
    """
    found: JsonObject = {}
    for key, value in given.items():
        if key not in _KEYS:
            raise AlertInvalidError.of(
                FieldProblem(f"{field}.{key}", "is not a kind of channel", f"Use {', '.join(_KEYS)}.")
            )
        if key == "in_app":
            if not isinstance(value, bool):
                raise AlertInvalidError.of(FieldProblem(f"{field}.in_app", "is neither true nor false", None))
            found[key] = value
            continue
        names = list(dict.fromkeys(name.strip() for name in names_of(value)))
        is_text = isinstance(value, str) or (isinstance(value, list) and len(names_of(value)) == len(value))
        if not is_text or not 1 <= len(names) <= _MOST_NAMES or not all(names):
            message = f"is not a name, or a list of 1 to {_MOST_NAMES} names"
            raise AlertInvalidError.of(FieldProblem(f"{field}.{key}", message, "Write a name such as #alerts."))
        names = await _resolve_names(ctx, ChannelKind(key), names, field)
        found[key] = names[0] if isinstance(value, str) else [*names]
    return found


async def _resolve_names(ctx: Context, kind: ChannelKind, names: list[str], field: str) -> list[str]:
    if kind is ChannelKind.EMAIL:
        names = list(dict.fromkeys(_email(name, f"{field}.email") for name in names))
    known = {row.name for row in await channels.find(ctx, kind, names)}
    for name in names:
        if name in known:
            continue
        if kind is not ChannelKind.EMAIL:
            word = "Slack" if kind is ChannelKind.SLACK else "webhook"
            remedy = f"Create it under Alerts, Channels, or with POST /api/v1/alert-channels and kind {kind.value}."
            raise AlertInvalidError.of(FieldProblem(f"{field}.{kind}", f"names no {word} channel: {name}", remedy))
        await _insert(ctx, NewChannel(kind, name), None)
    return names


def _email(text: str, field: str) -> str:
    try:
        return validate_email(text, check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise AlertInvalidError.of(FieldProblem(field, "is not an e-mail address", "Write user@example.com.")) from None


def _check_url(url: str) -> None:
    try:
        parse_url(url)
    except OutboundRefusedError as error:
        raise AlertInvalidError.of(FieldProblem("url", "is not a URL of http or https", error.remedy_text)) from None


def _to_response(ctx: Context, row: ChannelRow) -> AlertChannel:
    problem: str | None = None
    if row.kind is ChannelKind.EMAIL and not ctx.resources.settings_of(MailSettings).is_set:
        problem = "No mail server is configured. Ask the operator to set RETINUE_SMTP_HOST."
    elif row.status is ChannelStatus.UNVERIFIED:
        is_ended = row.unsubscribed_at is not None
        problem = _UNSUBSCRIBED if is_ended else "Enter the code that was sent to this address."
    elif row.status is ChannelStatus.FAILED:
        problem = f"Disabled after errors. {row.last_error or ''}".strip()
    values = {name: getattr(row, name) for name in AlertChannel.__slots__ if name != "problem"}
    return AlertChannel(**values, problem=problem)


async def _row(ctx: Context, channel_id: UUID, *, lock: bool = False) -> ChannelRow:
    row = await channels.get(ctx, channel_id, lock=lock)
    if row is None:
        raise ChannelMissingError
    return row
