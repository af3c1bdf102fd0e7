"""Why an account cannot be deleted."""

from retinue.core.errors import ConflictError


class SoleOwnerError(ConflictError):
    """The account is the only owner of an organization."""

    code = "sole_owner"

    def __init__(self, names: list[str]) -> None:
        """Take the names of the organizations."""
        super().__init__(
            f"The account is the only owner of {', '.join(names)}.",
            remedy="Make another member an owner, or delete the organization first.",
        )


class LastSuperuserError(ConflictError):
    """The account is the only superuser of this installation, which has other accounts."""

    code = "last_superuser"
    remedy = "Make another account a superuser first: PATCH /api/v1/users/{user_id}."
