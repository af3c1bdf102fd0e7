"""What can go wrong with a whole request. A single line is refused with a ``Refusal``."""

from retinue.core.errors import Error, InvalidError, Kind, UnauthenticatedError


class KeyMissingError(UnauthenticatedError):
    """The request has no API key."""

    code = "key_missing"
    remedy = "Send an API key as 'Authorization: Token KEY', or as the password of the user."


class WriteInvalidError(InvalidError):
    """The request is not valid."""

    code = "write_invalid"


class WriteTooLargeError(Error):
    """The request is too large."""

    kind = Kind.TOO_LARGE
    code = "too_large"
    remedy = "Send smaller batches."
