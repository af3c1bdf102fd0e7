"""What can go wrong with the claim of a fresh installation."""

from retinue.core.errors import ConflictError, InvalidError


class ClaimInvalidError(InvalidError):
    """The claim link is invalid or expired."""

    code = "claim_invalid"
    remedy = "Run 'retinue claim-link' on the machine for a fresh one; it works while nobody has an account."


class AlreadyClaimedError(ConflictError):
    """The installation already has an owner."""

    code = "already_claimed"
    remedy = "Sign in, or ask an owner or admin for an invitation."
