"""What can go wrong with API keys."""

from retinue.core.errors import FieldProblem, InvalidError, MissingError, UnauthenticatedError


class ApiKeyRefusedError(UnauthenticatedError):
    """The API key is unknown, expired or revoked, or its creator is no longer a member."""

    code = "api_key_refused"
    remedy = "Create a key under Settings, API keys."


class ApiKeyMissingError(MissingError):
    """The organization has no such API key."""

    code = "api_key_missing"


class NoKeyGivenError(MissingError):
    """The request was not made with an API key."""

    code = "no_key_given"
    remedy = "Send the key in the header Authorization: Bearer rtn_…; GET /api/v1/auth/session describes a session."


class ScopeInvalidError(InvalidError):
    """A scope cannot be granted."""

    code = "scope_invalid"

    def __init__(self, message: str, remedy: str) -> None:
        """Take what is wrong and what may be asked for."""
        super().__init__(f"scopes: {message}", remedy=remedy, fields=(FieldProblem("scopes", message, remedy),))


class ExpiryPastError(InvalidError):
    """The expiry is not in the future."""

    code = "expiry_past"

    def __init__(self) -> None:
        """Name the field."""
        super().__init__(fields=(FieldProblem("expires_at", "is not in the future", "Leave it out for no expiry."),))
