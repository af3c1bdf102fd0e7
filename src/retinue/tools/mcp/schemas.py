"""What comes in over the wire about MCP servers."""

from typing import Annotated

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Body
from retinue.core.json import JsonObject
from retinue.core.validation import form
from retinue.tools.schemas import Name
from retinue.tools.types import Effect


class ImportedTool(Body):
    """A tool of the server, and the tool to make of it."""

    tool: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    name: Name | None = Field(default=None, description="Left out: the prefix and the server's name for it.")
    effect: Effect | None = Field(
        default=None, description="Left out: dangerous. The server's suggestion is not verified by anybody."
    )


class ImportMcp(Body):
    """An MCP server, and which tools to make of it. Without ``create`` nothing is stored."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=8192)] | None = Field(
        default=None, description="Its endpoint for streamable HTTP."
    )
    command: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        default=None, description="In place of url: one of GET /tools/mcp-commands, started on this machine."
    )
    credentials: JsonObject | None = Field(
        default=None,
        description='{"type": "bearer", "token"} or {"type": "headers", "headers": {name: value}}. Stored encrypted.',
    )
    create: Annotated[list[ImportedTool], Field(max_length=100)] = Field(default_factory=list[ImportedTool])
    name_prefix: Annotated[
        str,
        StringConstraints(
            pattern=form(r"^[A-Za-z0-9_-]{0,32}$", "may contain letters, digits, '_' and '-', up to 32 characters")
        ),
    ] = ""


class AcceptMcpTool(Body):
    """What was reviewed: ``offered.pin`` of the tool's status."""

    pin: Annotated[
        str,
        StringConstraints(
            pattern=form(r"^[0-9a-f]{64}$", "must be the pin that the server's answer named: 64 hexadecimal digits")
        ),
    ]
