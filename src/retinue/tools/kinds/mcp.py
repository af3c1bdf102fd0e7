"""The kind ``mcp``: one tool of an MCP server, as it was when a person accepted it."""

from dataclasses import replace
from typing import Annotated, Literal, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from yarl import URL

from retinue.core.errors import Error, FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.core.outbound.addresses import OutboundRefusedError, demand_host_among, parse_url
from retinue.core.resources import Resources
from retinue.core.strict import StrictTypes
from retinue.core.validation import MISSING, field_problems
from retinue.engine.ports import ToolResult
from retinue.engine.spec.oauth import McpOAuthCredentials
from retinue.engine.spec.tool import BearerCredentials, HeaderName
from retinue.tools.errors import ToolInvalidError
from retinue.tools.kinds.documents import problems_of
from retinue.tools.kinds.fixed_arguments import arguments_of, settings_problems, shown_parameters
from retinue.tools.mcp.errors import McpUnavailableError, SessionEndedError
from retinue.tools.mcp.sessions import sessions_of
from retinue.tools.mcp.settings import McpSettings, commands_of
from retinue.tools.mcp.types import ServerTool, Target, pin_of
from retinue.tools.oauth.errors import ConnectionNeededError
from retinue.tools.ports import KindCall
from retinue.tools.types import Effect, ToolDraft

_OWN_HEADERS = ("mcp-", "content-type", "accept", "last-event-id")


def _url(text: str) -> str:
    try:
        url = parse_url(text)
    except OutboundRefusedError as error:
        raise ValueError(error.detail) from None
    if url.fragment:
        raise ValueError("The URL may not hold a fragment (#).")
    return text


def _free(name: str) -> str:
    if name.lower().startswith(_OWN_HEADERS):
        raise ValueError(f"{name} is set by the protocol")
    return name


class _Part(StrictTypes, BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Accepted(_Part):
    """What a person accepted of a tool: the server's description, schema and effect by its annotations."""

    description: Annotated[str, Field(max_length=4000)] = ""
    parameters_schema: JsonObject
    suggested_effect: Effect = Effect.DANGEROUS


class McpConfiguration(_Part):
    """The configuration of a tool of type ``mcp``: the server, its tool, and what was accepted of it."""

    url: Annotated[str, Field(max_length=8192), AfterValidator(_url)] | None = None
    command: Annotated[str, Field(max_length=64)] | None = None
    tool: Annotated[str, Field(min_length=1, max_length=300)]
    accepted: Accepted

    @model_validator(mode="after")
    def _check_one(self) -> "McpConfiguration":
        if (self.url is None) == (self.command is None):
            raise ValueError("needs either url or command")
        return self


class HeadersCredentials(_Part):
    """Headers that sign in."""

    type: Literal["headers"]
    headers: Annotated[
        dict[Annotated[HeaderName, AfterValidator(_free)], Annotated[str, Field(min_length=1, max_length=10_000)]],
        Field(min_length=1, max_length=20),
    ]


class McpCredentials(_Part):
    """How a session signs in. Texts may use {{variables}} of the calling agent, secret ones too."""

    credentials: Annotated[BearerCredentials | HeadersCredentials | McpOAuthCredentials, Field(discriminator="type")]


class Mcp:
    """A tool of an MCP server."""

    def check(self, draft: ToolDraft) -> ToolDraft:
        """Check the configuration; schema and description are the accepted ones, the effect is dangerous if left open."""
        configuration = configuration_of(draft.configuration)
        accepted = configuration.accepted
        if draft.parameters_schema is not None and draft.parameters_schema != accepted.parameters_schema:
            message = "must be the schema that was accepted"
            raise ToolInvalidError.of(FieldProblem("parameters_schema", message, "Leave it out (null)."))
        return ToolDraft(
            draft.name,
            draft.description or accepted.description,
            draft.tool_type,
            cast("JsonObject", configuration.model_dump(mode="json", exclude_none=True)),
            accepted.parameters_schema,
            draft.effect or Effect.DANGEROUS,
        )

    async def examine(self, draft: ToolDraft, resources: Resources, organization_id: str) -> None:
        """Refuse a command that the operator has not allowed. The server is not asked: accepting is a person's business."""
        del organization_id
        target_of(configuration_of(draft.configuration), None, resources)

    def check_credentials(self, credentials: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with credentials: bearer, headers or oauth."""
        problems = problems_of(McpCredentials, {"credentials": credentials}, "")
        return tuple(FieldProblem(each.field.removeprefix("."), each.message, each.remedy) for each in problems)

    def destination(self, configuration: JsonObject) -> str:
        """Return scheme and host, or the command's name."""
        url = configuration.get("url")
        return str(URL(url).origin()) if isinstance(url, str) else str(configuration.get("command", ""))

    def check_settings(self, configuration: JsonObject, settings: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with an agent's settings: ``arguments`` fixes arguments."""
        schema = configuration_of(configuration).accepted.parameters_schema
        return settings_problems(settings, cast("JsonObject", schema.get("properties", {})), "mcp")

    def parameters(self, schema: JsonObject, settings: JsonObject) -> JsonObject:
        """Return the schema without the arguments that the settings fix."""
        return shown_parameters(schema, settings)

    async def invoke(self, call: KindCall) -> ToolResult:
        """Call the tool if it is still what was accepted; refusals and failures are told to the model."""
        try:
            configuration = configuration_of(call.configuration)
            target = target_of(configuration, call.credentials, call.resources)
            if call.access is not None:
                await call.access.token()
                target = replace(target, access=call.access)
            if configuration.url is not None:
                demand_host_among(URL(configuration.url).raw_host or "", call.allowed_hosts)
            return await _call(call, configuration, target)
        except ConnectionNeededError:
            raise
        except McpUnavailableError as error:
            if call.access is not None and not error.may_have_arrived:
                await call.access.token()  # raises when the server's refusal has ended the grant
            is_unknown = error.may_have_arrived and call.effect != Effect.READ_ONLY
            unknown = " Whether the call took effect is not known." if is_unknown else ""
            return ToolResult(f"{error.detail}{unknown}", is_error=True, is_unknown=is_unknown)
        except Error as error:
            return ToolResult(error.detail, is_error=True)


async def _call(call: KindCall, configuration: McpConfiguration, target: Target) -> ToolResult:
    sessions = sessions_of(call.resources)
    for is_last in (False, True):
        try:
            async with sessions.use(call.organization_id, target) as connection:
                offered = (await connection.tools()).get(configuration.tool)
                refusal = _refusal(call.name, configuration, offered)
                if refusal is not None:
                    return ToolResult(refusal, is_error=True)
                return await connection.call(configuration.tool, arguments_of(call.arguments, call.settings))
        except SessionEndedError:
            await sessions.discard(call.organization_id, target)
            if is_last:
                break
    raise McpUnavailableError("The MCP server ended the session twice in a row.")


def _refusal(name: str, configuration: McpConfiguration, offered: ServerTool | None) -> str | None:
    if offered is None:
        return f"The MCP server no longer offers the tool {configuration.tool}."
    if offered.pin != accepted_of(configuration).pin:
        return (
            f"The MCP server changed the tool {configuration.tool} after it was accepted. It is not called until a person "
            f"reviews the change and accepts it: open {name} under Tools."
        )
    return None


def configuration_of(document: JsonObject) -> McpConfiguration:
    """Read a configuration. Raises ``ToolInvalidError`` that names each wrong field."""
    try:
        return McpConfiguration.model_validate(document, strict=False)
    except ValidationError as error:
        problems = field_problems(error.errors(include_url=False), "configuration")
        told = [
            FieldProblem(each.field, "is missing", "Create the tool with POST /api/v1/tools/import-mcp.")
            if each.field == "configuration.accepted" and each.message == MISSING
            else each
            for each in problems
        ]
        raise ToolInvalidError.of(*told) from None


def accepted_of(configuration: McpConfiguration) -> ServerTool:
    """Return the tool as it was accepted."""
    accepted = configuration.accepted
    pin = pin_of(configuration.tool, accepted.description, accepted.parameters_schema, accepted.suggested_effect)
    return ServerTool(configuration.tool, accepted.description, accepted.parameters_schema, accepted.suggested_effect, pin)


def target_of(configuration: McpConfiguration, credentials: JsonObject | None, resources: Resources) -> Target:
    """Return the server to connect to. Raises ``ToolInvalidError`` for a command that is not allowed."""
    return target_at(configuration.url, configuration.command, credentials, resources, prefix="configuration.")


def target_at(
    url: str | None, command: str | None, credentials: JsonObject | None, resources: Resources, *, prefix: str = ""
) -> Target:
    """Return a server by its URL, else by the name of an allowed command. Raises ``ToolInvalidError``."""
    if command is None:
        return Target(url=url or "", headers=_headers(credentials))
    allowed = commands_of(resources.settings_of(McpSettings).mcp_commands)
    if command not in allowed:
        message = f"names {command}, which the operator has not allowed"
        remedy = f"Use one of: {', '.join(allowed) or 'none'}. An operator adds commands in RETINUE_MCP_COMMANDS."
        raise ToolInvalidError.of(FieldProblem(f"{prefix}command", message, remedy))
    if credentials is not None:
        message = "cannot be given to a server that is started on this machine"
        raise ToolInvalidError.of(FieldProblem("credentials", message, "Remove them: null over the API."))
    return Target(command=allowed[command])


def _headers(credentials: JsonObject | None) -> dict[str, str]:
    if credentials is None:
        return {}
    document: JsonObject = {"credentials": cast("Json", credentials)}
    read = McpCredentials.model_validate(document).credentials
    if isinstance(read, BearerCredentials):
        return {"Authorization": f"Bearer {read.token}"}
    if isinstance(read, McpOAuthCredentials):
        return {}  # an access token is added to each request
    return dict(read.headers)
