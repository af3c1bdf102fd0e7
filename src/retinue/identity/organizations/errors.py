"""What can go wrong with organizations."""

from retinue.core.errors import ConflictError, FieldProblem, MissingError


class OrganizationMissingError(MissingError):
    """You are not a member of this organization."""

    code = "organization_missing"
    remedy = "GET /api/v1/organizations lists yours."


class SlugTakenError(ConflictError):
    """Another organization has this slug."""

    code = "slug_taken"

    def __init__(self) -> None:
        """Name the field."""
        super().__init__(fields=(FieldProblem("slug", "is taken", "Choose another one."),))


class OwnTwoFactorMissingError(ConflictError):
    """You have no second factor."""

    code = "own_two_factor_missing"

    def __init__(self) -> None:
        """Name the field."""
        remedy = "Set up two-factor authentication for your own account first."
        message = "would lock you out: you have no second factor"
        super().__init__(remedy=remedy, fields=(FieldProblem("require_two_factor", message, remedy),))
