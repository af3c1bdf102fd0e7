"""Whose connection a tool call is made under: the organization's, or that of the person for whom the run is made."""

from uuid import UUID

from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.engine.ports import RunPersons, SecretVariables, ToolInvocation, ToolResult
from retinue.tools.errors import ToolInvalidError
from retinue.tools.oauth import service as oauth
from retinue.tools.oauth.errors import ConnectionMissingError, ConnectionNeededError, PersonMissingError
from retinue.tools.ports import ToolKind
from retinue.tools.types import ToolDraft, ToolType


class Accesses:
    """Gives access to connections, for the calls of one process."""

    def __init__(self, database: Database, variables: SecretVariables, persons: RunPersons | None) -> None:
        """Take where connections are stored, who knows variables, and for whom runs are made."""
        self._database = database
        self._variables = variables
        self._persons = persons

    async def of_call(self, invocation: ToolInvocation, connection_id: UUID | None) -> oauth.Access:
        """Return the access of a call. Raises ``ConnectionMissingError`` and ``PersonMissingError``."""
        if connection_id is None:
            raise ConnectionMissingError("The tool's connection was deleted. Save its credentials again.")
        organization_id = OrganizationId(UUID(invocation.organization_id))
        stored = await self._database.read(organization_id, lambda ctx: oauth.get(ctx, connection_id))
        if stored is None:
            raise ConnectionMissingError("The tool's connection was deleted. Save its credentials again.")
        user_id = await self._person(invocation) if stored.owner == "user" else None
        return oauth.Access(self._database, self._variables, oauth.Place(organization_id, connection_id, user_id))

    async def _person(self, invocation: ToolInvocation) -> UUID:
        user_id = invocation.user_id
        if user_id is None and self._persons is not None:
            user_id = await self._persons.of_run(invocation.organization_id, invocation.run_id)
        if user_id is None:
            raise PersonMissingError(
                "This tool acts for the member who starts the run, and no member started this one. It can be used in runs "
                "that a member starts, or with one connection of the organization."
            )
        return UUID(user_id)


def lacking(error: ConnectionNeededError) -> ToolResult:
    """Return the result of a call that was not made, because a connection must be given first."""
    return ToolResult(error.detail, is_error=True, needs=error.need.document())


async def access_of_server(
    database: Database, actor: Actor, variables: SecretVariables, url: str, credentials: JsonObject
) -> oauth.Access:
    """Return access to an MCP server whose tools are read for a person, who must have connected.

    Raises ``ConnectionNeededError`` that names the page to connect on.
    """
    async with database.context(actor) as ctx:
        connection_id = await oauth.keep(ctx, credentials, url)
        organization_id = ctx.organization_id
    user_id = actor.user_id if credentials.get("owner") == "user" else None
    access = oauth.Access(database, variables, oauth.Place(organization_id, connection_id, user_id))
    try:
        await access.token()
    except ConnectionNeededError as error:
        page = f"{database.resources.core.public_url}/connect/{connection_id}"
        raise ConnectionNeededError(error.need, remedy=f"Connect on {page}, and try again.") from None
    return access


async def connection_of(ctx: Context, kind: ToolKind, draft: ToolDraft, credentials: JsonObject | None) -> UUID | None:
    """Write the connection of a tool that is stored with such credentials. Raises ``ToolInvalidError``."""
    if credentials is None or not oauth.is_oauth(credentials):
        return None
    url = draft.configuration.get("url") if draft.tool_type is ToolType.MCP else None
    destination = url if isinstance(url, str) else kind.destination(draft.configuration)
    if "{" in destination:
        message = "cannot be by OAuth while a {{variable}} names the host that is called"
        raise ToolInvalidError.of(FieldProblem("credentials.type", message, "Write the host into configuration.url."))
    return await oauth.keep(ctx, credentials, destination)
