"""What can go wrong with account recovery."""

from retinue.core.errors import DeniedError, InvalidError


class PasswordResetInvalidError(InvalidError):
    """The link has expired or was already used."""

    code = "password_reset_invalid"
    remedy = "Ask an owner or admin of your organization for a new link."


class RecoveryDeniedError(DeniedError):
    """You cannot reset this person's password or second factor."""

    code = "recovery_denied"
