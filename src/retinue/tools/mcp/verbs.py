"""Connecting MCP servers: reading what a server offers, making tools of it, reviewing and accepting changes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast
from uuid import UUID

from retinue.core import audit
from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.errors import Error, FieldProblem
from retinue.core.json import Json, JsonObject, loads
from retinue.core.outbound.addresses import parse_url
from retinue.core.permissions import require
from retinue.core.resources import Resources
from retinue.engine.ports import SecretVariables
from retinue.engine.spec.variables import names_in
from retinue.tools import repository, service
from retinue.tools.accesses import access_of_server
from retinue.tools.errors import ToolInvalidError, ToolMissingError
from retinue.tools.kinds.mcp import Mcp, accepted_of, configuration_of, target_at, target_of
from retinue.tools.mcp.errors import McpToolChangedError, McpUnavailableError, SessionEndedError
from retinue.tools.mcp.sessions import sessions_of
from retinue.tools.mcp.settings import McpSettings, commands_of
from retinue.tools.mcp.types import ChosenTool, McpImport, McpStatus, ServerInfo, ServerTool, Target
from retinue.tools.oauth.service import is_oauth
from retinue.tools.permissions import READ, WRITE
from retinue.tools.types import Effect, Tool, ToolDraft, ToolType

_NOT_NAME = re.compile(r"[^A-Za-z0-9_-]+")
_NAME_CHARACTERS = 64


@dataclass(frozen=True, slots=True)
class Import:
    """A server by its URL, else by the name of an allowed command, and the tools to make."""

    url: str | None
    command: str | None
    credentials: JsonObject | None
    create: tuple[ChosenTool, ...]
    name_prefix: str


@dataclass(frozen=True, slots=True)
class _Offer:
    server: ServerInfo
    tools: dict[str, ServerTool]


async def list_commands(database: Database, actor: Actor) -> list[str]:
    """Return the names of the servers that tools may start on this machine."""
    async with database.context(actor) as ctx:
        require(ctx, READ)
    return sorted(commands_of(database.resources.settings_of(McpSettings).mcp_commands))


async def import_mcp(database: Database, actor: Actor, variables: SecretVariables, wanted: Import) -> McpImport:
    """Connect to a server and return its tools; make tools of the chosen ones, all of them or none.

    No transaction is open while the server is asked. Raises ``ToolInvalidError``, ``OutboundRefusedError`` for its URL,
    ``McpUnavailableError`` and ``ToolNameTakenError``.
    """
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        organization_id = str(ctx.organization_id)
    target = await _connected(database, actor, variables, _target(wanted, database.resources), wanted.credentials)
    offer = await _read(database.resources, organization_id, target)
    drafts = _drafts(wanted, offer)
    created: list[Tool] = []
    if drafts:
        async with database.context(actor) as ctx:
            created = [await service.create(ctx, service.NewTool(draft, wanted.credentials)) for draft in drafts]
    return McpImport(offer.server, tuple(offer.tools.values()), tuple(created))


async def check(database: Database, actor: Actor, variables: SecretVariables, tool_id: UUID) -> McpStatus:
    """Ask a tool's server how the tool stands. Raises ``ToolMissingError``, and ``ToolInvalidError`` for another type."""
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        tool, credentials = await _get(ctx, tool_id)
        organization_id = str(ctx.organization_id)
    configuration = configuration_of(tool.configuration)
    accepted = accepted_of(configuration)
    offered: ServerTool | None = None
    server: ServerInfo | None = None
    error: str | None = None
    status, sessions = "unreachable", 0
    try:
        target = target_of(configuration, credentials, database.resources)
        target = await _connected(database, actor, variables, target, credentials)
        offer = await _read(database.resources, organization_id, target)
        sessions = sessions_of(database.resources).count(organization_id, target)
        server, offered = offer.server, offer.tools.get(configuration.tool)
        status = "missing" if offered is None else "ok" if offered.pin == accepted.pin else "changed"
    except Error as refused:
        error = refused.detail
    return McpStatus(status, error, server, accepted, offered, sessions, database.clock.now())


async def accept(database: Database, actor: Actor, variables: SecretVariables, tool_id: UUID, pin: str) -> Tool:
    """Accept what a tool's server offers now, if its pin is the one that was shown; the effect stays as it was set.

    Writes the tool and an audit entry. Raises ``McpToolChangedError`` and as ``check`` does.
    """
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        tool, credentials = await _get(ctx, tool_id)
        organization_id = str(ctx.organization_id)
    configuration = configuration_of(tool.configuration)
    target = target_of(configuration, credentials, database.resources)
    target = await _connected(database, actor, variables, target, credentials)
    offer = await _read(database.resources, organization_id, target)
    offered = offer.tools.get(configuration.tool)
    if offered is None or offered.pin != pin:
        raise McpToolChangedError("The server offers something else now than what was shown.")
    follows = tool.description == accepted_of(configuration).description
    changes = {
        "configuration": {**tool.configuration, "accepted": _accepted(offered)},
        "parameters_schema": None,
        "description": offered.description if follows else tool.description,
    }
    async with database.context(actor) as ctx:
        changed = await service.update(ctx, tool_id, changes)
        await audit.record(ctx, "tool.mcp_accepted", ("tool", tool_id), after={"pin": pin})
        return changed


async def _get(ctx: Context, tool_id: UUID) -> tuple[Tool, JsonObject | None]:
    tool = await repository.get(ctx.tx, tool_id)
    if tool is None:
        raise ToolMissingError
    if tool.tool_type != ToolType.MCP:
        raise ToolInvalidError.of(FieldProblem("tool_id", f"names a tool of type {tool.tool_type}, not mcp"))
    sealed, _ = await repository.get_credentials(ctx.tx, tool_id)
    credentials = None if sealed is None else cast("JsonObject", loads(ctx.resources.secrets.open(sealed)))
    if not is_oauth(credentials) and names_in(cast("Json", credentials)):
        message = "use variables of an agent; the server can only be asked while that agent calls the tool"
        raise ToolInvalidError.of(
            FieldProblem("credentials", message, "Give a token of the server itself to check it here.")
        )
    return tool, credentials


async def _connected(
    database: Database, actor: Actor, variables: SecretVariables, target: Target, credentials: JsonObject | None
) -> Target:
    """Return the server with access to its connection by OAuth, where it has one. Raises ``ConnectionNeededError``."""
    if credentials is None or not is_oauth(credentials) or not target.url:
        return target
    return replace(target, access=await access_of_server(database, actor, variables, target.url, credentials))


def _target(wanted: Import, resources: Resources) -> Target:
    kind = Mcp()
    if (wanted.url is None) == (wanted.command is None):
        raise ToolInvalidError.of(FieldProblem("url", "or command is needed, and not both", "Give one of them."))
    problems = kind.check_credentials(wanted.credentials) if wanted.credentials is not None else ()
    if not problems and not is_oauth(wanted.credentials) and names_in(cast("Json", wanted.credentials)):
        message = "may not use {{variables}} here, because no agent calls"
        remedy = "Give a token of the server, and change the tool's credentials afterwards."
        problems = (FieldProblem("credentials", message, remedy),)
    if problems:
        raise ToolInvalidError.of(*problems)
    if wanted.url is not None:
        parse_url(wanted.url)
    return target_at(wanted.url, wanted.command, wanted.credentials, resources)


async def _read(resources: Resources, organization_id: str, target: Target) -> _Offer:
    sessions = sessions_of(resources)
    for _ in range(2):
        try:
            async with sessions.use(organization_id, target) as connection:
                tools = await connection.read_tools()
                return _Offer(cast("ServerInfo", connection.server), dict(tools))
        except SessionEndedError:
            await sessions.discard(organization_id, target)
    raise McpUnavailableError("The MCP server ended the session twice in a row.")


def _drafts(wanted: Import, offer: _Offer) -> list[ToolDraft]:
    problems: list[FieldProblem] = []
    drafts: list[ToolDraft] = []
    for index, chosen in enumerate(wanted.create):
        offered = offer.tools.get(chosen.tool)
        if offered is None:
            message = f"names {chosen.tool}, which the server does not offer"
            problems.append(FieldProblem(f"create.{index}.tool", message, f"Use one of: {_some(list(offer.tools))}."))
            continue
        name = chosen.name or _NOT_NAME.sub("_", f"{wanted.name_prefix}{chosen.tool}")[:_NAME_CHARACTERS]
        drafts.append(_draft(wanted, name, offered, chosen.effect))
    if problems:
        raise ToolInvalidError.of(*problems)
    return drafts


def _draft(wanted: Import, name: str, offered: ServerTool, effect: Effect | None) -> ToolDraft:
    place: JsonObject = {"url": wanted.url} if wanted.url is not None else {"command": wanted.command}
    configuration: JsonObject = {**place, "tool": offered.name, "accepted": _accepted(offered)}
    return ToolDraft(
        name, offered.description, ToolType.MCP, configuration, offered.parameters_schema, effect or Effect.DANGEROUS
    )


def _accepted(offered: ServerTool) -> JsonObject:
    return {
        "description": offered.description,
        "parameters_schema": offered.parameters_schema,
        "suggested_effect": offered.suggested_effect.value,
    }


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) or "none"
