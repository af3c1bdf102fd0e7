"""What can go wrong with signing in."""

from retinue.core.errors import MissingError, UnauthenticatedError


class SignInRefusedError(UnauthenticatedError):
    """The e-mail address or the password is wrong."""

    code = "sign_in_refused"
    remedy = "Check both. After several failures the next attempt must wait."


class SessionExpiredError(UnauthenticatedError):
    """The session is invalid or expired."""

    code = "session_expired"
    remedy = "Sign in again."


class SessionMissingError(MissingError):
    """The session does not exist."""

    code = "session_missing"
