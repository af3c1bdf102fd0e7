"""What can go wrong with MCP servers."""

from retinue.core.errors import ConflictError, UnavailableError


class McpUnavailableError(UnavailableError):
    """The MCP server does not answer as it should. ``may_have_arrived``: the call may have taken effect."""

    code = "mcp_unavailable"
    remedy = "Check the URL and the credentials, and that the server is running."
    may_have_arrived = False


class McpLostError(McpUnavailableError):
    """The connection to the MCP server broke during a call."""

    may_have_arrived = True


class SessionEndedError(Exception):
    """The server no longer knows a session; nothing was carried out."""


class McpToolChangedError(ConflictError):
    """The MCP server offers something else than what is to be accepted."""

    code = "mcp_tool_changed"
    remedy = "Read the tool's status again, review the change, and accept what it shows now."
