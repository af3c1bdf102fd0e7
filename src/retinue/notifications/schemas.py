"""What comes in over the wire."""

from pydantic import Field

from retinue.core.http.request_models import Body
from retinue.notifications.types import EmailFrequency, NotificationType


class UpdateNotification(Body):
    """Whether a notification is read."""

    read: bool


class SetPreference(Body):
    """How you want to hear of a type of notification."""

    type: NotificationType
    in_app: bool = Field(default=True, description="Show it in the inbox.")
    email: EmailFrequency = Field(
        default=EmailFrequency.OFF,
        description="Send it by e-mail too: off, instant, or together with others hourly or daily (08:00 UTC).",
    )
