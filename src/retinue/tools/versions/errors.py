"""What can go wrong with versions of tools."""

from retinue.core.errors import MissingError


class ToolVersionMissingError(MissingError):
    """The tool has no such version."""

    code = "tool_version_missing"
