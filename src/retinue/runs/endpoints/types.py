"""Webhooks that are sent when runs end, as values."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class RunEnd(StrEnum):
    """The end of a run that a webhook tells of."""

    COMPLETED = "run.completed"
    FAILED = "run.failed"
    CANCELLED = "run.cancelled"


class WebhookStatus(StrEnum):
    """Whether a webhook is sent; failed was disabled after errors."""

    ACTIVE = "active"
    DISABLED = "disabled"
    FAILED = "failed"


class WebhookState(StrEnum):
    """Where a delivery stands: dead was given up."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class WebhookDefinition:
    """What a user decides about a webhook.

    With ``target_id`` it tells of all runs of that agent, team or workflow; without, of runs that no other run started.
    """

    name: str
    url: str
    events: tuple[RunEnd, ...] = (RunEnd.COMPLETED, RunEnd.FAILED, RunEnd.CANCELLED)
    target_id: uuid.UUID | None = None
    includes_output: bool = True
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class RunWebhook:
    """A webhook that is sent when runs end."""

    id: uuid.UUID
    organization_id: uuid.UUID
    created_by: uuid.UUID | None
    name: str
    url: str
    events: list[RunEnd]
    target_id: uuid.UUID | None
    target_name: str | None
    includes_output: bool
    status: WebhookStatus
    last_error: str | None
    last_delivery_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedWebhook:
    """A webhook with its signing secret, which is shown this once."""

    webhook: RunWebhook
    secret: str


@dataclass(frozen=True, slots=True)
class WebhookAttempt:
    """One attempt to send. ``response`` is the beginning of what the receiver answered."""

    number: int
    outcome: Literal["sent", "failed", "refused", "lost"]
    status_code: int | None
    response: str | None
    error: str | None
    duration_ms: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """What is sent about the end of a run. Its id is the ``webhook-id`` that the receiver sees with each attempt."""

    id: uuid.UUID
    webhook_id: uuid.UUID
    run_id: uuid.UUID
    event_type: RunEnd
    state: WebhookState
    reason: str | None
    attempts: int
    next_attempt_at: datetime | None
    sent_at: datetime | None
    created_at: datetime
    log: list[WebhookAttempt]


@dataclass(frozen=True, slots=True)
class WebhookTest:
    """What the receiver answered to a test message."""

    sent: bool
    status_code: int | None
    response: str | None
    error: str | None
    duration_ms: int
