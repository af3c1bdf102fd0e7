"""What can go wrong with notifications."""

from retinue.core.errors import InvalidError, MissingError


class NotificationMissingError(MissingError):
    """The notification does not exist."""

    code = "notification_missing"


class PreferenceInvalidError(InvalidError):
    """The preference is not valid."""

    code = "preference_invalid"
