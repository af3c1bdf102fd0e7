"""What comes in over the wire."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field

from retinue.core.http.request_models import Change
from retinue.notifications.types import EmailFrequency, NotificationType


class UpdateNotification(Change):
    """What to change; a field that is left out stays as it is."""

    clearable = frozenset({"snoozed_until"})

    read: bool | None = None
    snoozed_until: (
        Annotated[
            AwareDatetime,
            Field(description="Until then it is not among the unread ones; at most 30 days. Null lists it again at once."),
        ]
        | None
    ) = None

    def to_changes(self) -> dict[str, Any]:
        """Return the fields that are given."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class SetPreference(Change):
    """How you want to hear of a type of notification; a field that is left out stays as it is."""

    type: NotificationType
    in_app: bool | None = Field(default=None, description="Show it in the inbox.")
    email: EmailFrequency | None = Field(
        default=None,
        description="Send it by e-mail too: off, instant, or together with others hourly or daily (08:00 UTC).",
    )
