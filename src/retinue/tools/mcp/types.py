"""Values of MCP servers and their tools."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from retinue.core.json import Json, JsonObject
from retinue.tools.oauth.service import Access
from retinue.tools.types import Effect, Tool


def pin_of(name: str, description: str, parameters_schema: JsonObject, suggested_effect: Effect) -> str:
    """Return a digest over all that a server says of a tool; the order of keys and how numbers are written do not matter."""
    described: Json = [name, description, _canonical(parameters_schema), suggested_effect.value]
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()


def _canonical(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_canonical(item) for item in value]
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    return value


@dataclass(frozen=True, slots=True)
class Target:
    """A server: ``url`` for streamable HTTP, or the ``command`` line of one that is started here. ``headers`` are secret.

    ``access`` gives the access tokens of a connection by OAuth, one for each request.
    """

    url: str = ""
    command: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    access: Access | None = field(default=None, compare=False)

    def key(self, organization_id: str) -> str:
        """Return what a session belongs to: organization, server and credentials. A digest: it tells none of them."""
        grant = None if self.access is None else self.access.key
        parts = [organization_id, self.url, list(self.command), sorted(self.headers.items()), grant]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ServerTool:
    """A tool as a server describes it. ``pin`` is a digest over all that is here, and changes with any of it.

    ``suggested_effect`` follows from the server's annotations, which nobody has verified.
    """

    name: str
    description: str
    parameters_schema: JsonObject
    suggested_effect: Effect
    pin: str


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What a server says of itself, and the time it took to answer."""

    name: str
    version: str
    protocol_version: str
    instructions: str
    duration_ms: int


@dataclass(frozen=True, slots=True)
class ChosenTool:
    """A tool to be made of a server's tool. ``name`` None: the server's; ``effect`` None: dangerous."""

    tool: str
    name: str | None
    effect: Effect | None


@dataclass(frozen=True, slots=True)
class McpImport:
    """The tools that an MCP server offers; ``created``: the tools made of them."""

    server: ServerInfo
    tools: tuple[ServerTool, ...]
    created: tuple[Tool, ...]


@dataclass(frozen=True, slots=True)
class McpStatus:
    """How a tool of type ``mcp`` stands at its server now.

    ``status``: ok, changed (the description or schema is no longer the accepted one; ``offered`` is what must be accepted),
    missing (the server has no such tool), unreachable (``error`` says why). ``sessions`` counts those that the organization
    has open with the server in this process.
    """

    status: str
    error: str | None
    server: ServerInfo | None
    accepted: ServerTool | None
    offered: ServerTool | None
    sessions: int
    checked_at: datetime
