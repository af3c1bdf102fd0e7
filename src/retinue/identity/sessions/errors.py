"""What can go wrong with signing in."""

from retinue.core.errors import MissingError, UnauthenticatedError


class SignInRefusedError(UnauthenticatedError):
    """The e-mail address and the password do not fit."""

    code = "sign_in_refused"
    remedy = "Check both. After several failures the next attempt must wait."


class SessionExpiredError(UnauthenticatedError):
    """The session is not, or no longer, a live one."""

    code = "session_expired"
    remedy = "Sign in again."


class SessionMissingError(MissingError):
    """You have no such session."""

    code = "session_missing"
