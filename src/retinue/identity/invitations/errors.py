"""What can go wrong with invitations."""

from retinue.core.errors import ConflictError, DeniedError, InvalidError, MissingError


class InvitationMissingError(MissingError):
    """There is no such open invitation."""

    code = "invitation_missing"
    remedy = "Ask for a new invitation. Invitations expire, and each is valid once."


class InvitationOpenError(ConflictError):
    """The address already has an open invitation."""

    code = "invitation_open"
    remedy = "Delete that invitation to send a new one."


class InvitationForOtherError(DeniedError):
    """The invitation is for a different e-mail address than your account's."""

    code = "invitation_for_other"
    remedy = "Sign out and open the link again, or ask for an invitation to your own address."


class AccountExistsError(ConflictError):
    """The invited address already has an account."""

    code = "account_exists"
    remedy = "Sign in with it, then open the link again."


class AccountNeededError(InvalidError):
    """The invited address has no account yet."""

    code = "account_needed"
    remedy = "Send full_name and password to make one."
