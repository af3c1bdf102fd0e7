"""Settings of MCP servers."""

import json
import re
from collections.abc import Mapping
from typing import cast

from pydantic import Field, field_validator

from retinue.core.settings import Settings

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


class McpSettings(Settings):
    """How MCP servers are reached, in one process."""

    mcp_commands: str = Field(
        default="",
        description="MCP servers that tools may start on this machine (stdio), as a JSON object of name and command line: "
        '{"files": ["mcp-server-files", "/srv/files"]}. Every organization may use them. Empty: none.',
    )
    mcp_idle_seconds: float = Field(
        default=300,
        ge=1,
        le=86_400,
        description="Sessions with MCP servers that are unused for so long are closed. In seconds.",
    )
    mcp_sessions_per_organization: int = Field(
        default=16,
        ge=1,
        le=1000,
        description="Sessions with MCP servers that one organization holds in one process, at most.",
    )
    mcp_connect_seconds: float = Field(
        default=15, ge=1, le=300, description="Time for connecting to an MCP server and reading its tools, in seconds."
    )
    mcp_message_bytes: int = Field(
        default=4_194_304, ge=65_536, le=67_108_864, description="Size of one message of an MCP server, at most, in bytes."
    )

    @field_validator("mcp_commands")
    @classmethod
    def _check_commands(cls, text: str) -> str:
        commands_of(text)
        return text


def commands_of(text: str) -> Mapping[str, tuple[str, ...]]:
    """Read the allow-list of commands. Raises ``ValueError`` that names what is wrong."""
    if not text.strip():
        return {}
    try:
        document: object = json.loads(text)
    except ValueError:
        raise ValueError("is not JSON") from None
    if not isinstance(document, dict):
        raise ValueError("must be a JSON object of name and command line")  # noqa: TRY004 - Pydantic tells a ValueError
    return {name: _words(name, words) for name, words in cast("dict[str, object]", document).items()}


def _words(name: str, value: object) -> tuple[str, ...]:
    words = cast("list[object]", value) if isinstance(value, list) else []
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name}: a name has letters, digits, _ and -, 64 at most")
    if not words or not all(isinstance(word, str) and word and "\0" not in word for word in words):
        raise ValueError(f"{name}: the command line must be a list of texts, the program first")
    return tuple(cast("list[str]", words))
