"""What can go wrong with usage."""

from retinue.core.errors import InvalidError


class UsageQueryInvalidError(InvalidError):
    """The query of usage is not valid."""

    code = "usage_query_invalid"
