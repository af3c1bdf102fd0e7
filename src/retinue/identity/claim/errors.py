"""What can go wrong with the claim of a fresh installation."""

from retinue.core.errors import ConflictError, InvalidError


class ClaimInvalidError(InvalidError):
    """The claim link is not, or no longer, good."""

    code = "claim_invalid"
    remedy = "Run 'retinue claim-link' on the machine for a fresh one; it works while nobody has an account."


class AlreadyClaimedError(ConflictError):
    """The installation has its first owner already."""

    code = "already_claimed"
    remedy = "Sign in, or ask an owner or admin for an invitation."
