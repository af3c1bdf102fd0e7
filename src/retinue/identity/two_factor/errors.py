"""What can go wrong with the second factor."""

from retinue.core.errors import ConflictError, FieldProblem, InvalidError, UnauthenticatedError


class SecondFactorNeededError(UnauthenticatedError):
    """The password is right; this account also asks for a code of its authenticator app."""

    code = "second_factor_required"
    remedy = "Send the six digits of the app, or a recovery code, in the field code."


class SecondFactorRefusedError(UnauthenticatedError):
    """The code is wrong, was used already, or has expired."""

    code = "second_factor_refused"
    remedy = "Enter the code that the app shows now, or an unused recovery code."

    def __init__(self) -> None:
        """Name the field."""
        super().__init__(fields=(FieldProblem("code", "is wrong, was used already, or has expired", self.remedy),))


class CodeWrongError(InvalidError):
    """The code is wrong, was used already, or has expired."""

    code = "two_factor_code_wrong"

    def __init__(self) -> None:
        """Name the field."""
        remedy = "Enter the code that the app shows now. Check that the device's clock is right."
        super().__init__(remedy=remedy, fields=(FieldProblem("code", "is wrong, was used already, or has expired", remedy),))


class TwoFactorEnabledError(ConflictError):
    """Two-factor authentication is already enabled."""

    code = "two_factor_enabled"
    remedy = "Disable it first to set it up with another app."


class TwoFactorDisabledError(ConflictError):
    """Two-factor authentication is not enabled."""

    code = "two_factor_disabled"
    remedy = "Set it up first: POST /api/v1/auth/two-factor."
