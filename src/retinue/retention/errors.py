"""Why retention cannot be set so."""

from retinue.core.errors import InvalidError


class RetentionInvalidError(InvalidError):
    """A kind cannot be kept for so many days."""

    code = "retention_invalid"
