"""What can go wrong with the deletion of organizations."""

from retinue.core.errors import ConflictError, MissingError


class DeletionMissingError(MissingError):
    """There is no such deletion."""

    code = "deletion_missing"
    remedy = "GET /api/v1/organization-deletions lists those you can see."


class DeletionBegunError(ConflictError):
    """The deletion has begun, was cancelled, or has finished."""

    code = "deletion_begun"
    remedy = "A deletion can be changed until its erase_after. Restore a backup if the data is needed."


class DeletionOpenError(ConflictError):
    """The organization is already being deleted."""

    code = "deletion_open"
    remedy = "GET /api/v1/organization-deletions shows its progress."


class ConfirmationWrongError(ConflictError):
    """The slug sent as confirmation is not the organization's slug."""

    code = "confirmation_wrong"
    remedy = "Send the organization's slug in the field confirm."
