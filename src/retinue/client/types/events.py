"""Documents of events. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

__all__ = ["ExternalEvent", "ExternalEventPage", "SendEvent"]


class ExternalEvent(TypedDict):
    """An event that was sent, kept for a day."""

    answered_count: int
    external_id: str | None
    id: str
    key: str | None
    name: str
    payload: Any
    received_at: str


class ExternalEventPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[ExternalEvent]
    next_cursor: str | None


class SendEvent(TypedDict):
    """An event."""

    external_id: NotRequired[str | None]
    key: NotRequired[str | None]
    name: str
    payload: NotRequired[Any]
