"""Documents of webhooks. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict
from uuid import UUID

__all__ = [
    "CreateWebhook",
    "IssuedWebhook",
    "RunEnd",
    "RunWebhook",
    "RunWebhookPage",
    "UpdateWebhook",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookDeliveryPage",
    "WebhookState",
    "WebhookStatus",
    "WebhookTest",
]

RunEnd: TypeAlias = Literal["run.completed", "run.failed", "run.cancelled"]


class CreateWebhook(TypedDict):
    """A new webhook."""

    enabled: NotRequired[bool]
    events: NotRequired[list[RunEnd]]
    includes_output: NotRequired[bool]
    name: str
    target_id: NotRequired[str | UUID | None]
    url: str


WebhookStatus: TypeAlias = Literal["active", "disabled", "failed"]


class RunWebhook(TypedDict):
    """A webhook that is sent when runs end."""

    created_at: str
    created_by: str | None
    events: list[RunEnd]
    id: str
    includes_output: bool
    last_delivery_at: str | None
    last_error: str | None
    name: str
    organization_id: str
    status: WebhookStatus
    target_id: str | None
    target_name: str | None
    updated_at: str
    url: str


class IssuedWebhook(TypedDict):
    """A webhook with its signing secret, which is shown this once."""

    secret: str
    webhook: RunWebhook


class RunWebhookPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[RunWebhook]
    next_cursor: str | None


class UpdateWebhook(TypedDict):
    """What to change; a field that is left out stays as it is."""

    enabled: NotRequired[bool]
    events: NotRequired[list[RunEnd]]
    includes_output: NotRequired[bool]
    name: NotRequired[str]
    target_id: NotRequired[str | UUID | None]
    url: NotRequired[str]


class WebhookAttempt(TypedDict):
    """One attempt to send. ``response`` is the beginning of what the receiver answered."""

    created_at: str
    duration_ms: int
    error: str | None
    number: int
    outcome: Literal["sent", "failed", "refused", "lost"]
    response: str | None
    status_code: int | None


WebhookState: TypeAlias = Literal["queued", "sending", "sent", "dead"]


class WebhookDelivery(TypedDict):
    """What is sent about the end of a run."""

    attempts: int
    created_at: str
    event_type: RunEnd
    id: str
    log: list[WebhookAttempt]
    next_attempt_at: str | None
    reason: str | None
    run_id: str
    sent_at: str | None
    state: WebhookState
    webhook_id: str


class WebhookDeliveryPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[WebhookDelivery]
    next_cursor: str | None


class WebhookTest(TypedDict):
    """What the receiver answered to a test message."""

    duration_ms: int
    error: str | None
    response: str | None
    sent: bool
    status_code: int | None
