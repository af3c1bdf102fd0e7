"""What can go wrong with versions."""

from retinue.core.errors import MissingError


class VersionMissingError(MissingError):
    """The agent has no such version."""

    code = "agent_version_missing"
