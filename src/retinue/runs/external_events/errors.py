"""Why an event is refused."""

from retinue.core.errors import InvalidError


class EventTooLargeError(InvalidError):
    """The payload of the event is too large."""

    code = "event_too_large"
    remedy = "Send a reference to the data instead."
