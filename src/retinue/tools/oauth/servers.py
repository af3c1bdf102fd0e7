"""The authorization server of a connection: as the credentials name it, or as it was discovered."""

from dataclasses import replace
from typing import Any, cast

from retinue.core.db.database import Database
from retinue.core.json import JsonObject, loads
from retinue.core.secrets import SecretBox
from retinue.engine.ports import SecretVariables
from retinue.engine.spec.oauth import McpOAuthCredentials, OAuthCredentials
from retinue.engine.spec.variables import fill_document, names_in
from retinue.tools.oauth import rules
from retinue.tools.oauth.errors import OAuthFailedError
from retinue.tools.oauth.types import Server, Stored

_NO_AGENT = "00000000-0000-0000-0000-000000000000"
"""Whose variables a connection sees: the organization's alone."""


def settings_of(secrets: SecretBox, stored: Stored) -> "OAuthCredentials | McpOAuthCredentials":
    """Open the settings of a connection."""
    document = loads(secrets.open(stored.settings_encrypted))
    if stored.kind == "mcp":
        return McpOAuthCredentials.model_validate(document)
    return OAuthCredentials.model_validate(document)


def discovered_of(secrets: SecretBox, stored: Stored) -> Server | None:
    """Open what was discovered of a connection's authorization server; None before anybody connected."""
    if stored.server_encrypted is None:
        return None
    document = cast("dict[str, Any]", loads(secrets.open(stored.server_encrypted)))
    document["scopes"] = tuple(document["scopes"])
    return Server(**document)


async def server_of(database: Database, variables: SecretVariables, stored: Stored) -> Server:
    """Return where a connection's tokens are issued, the secret filled in.

    Raises ``OAuthFailedError`` when a variable has no value, or nothing was discovered yet.
    """
    secrets = database.resources.secrets
    settings = settings_of(secrets, stored)
    server = rules.server_of(settings) if isinstance(settings, OAuthCredentials) else discovered_of(secrets, stored)
    if server is None:
        raise OAuthFailedError(f"Nobody has connected to {stored.name} yet.")
    return await filled(server, variables, str(stored.organization_id))


async def filled(server: Server, variables: SecretVariables, organization_id: str) -> Server:
    """Return the server with the variables of the organization put into the client's secret. Raises ``OAuthFailedError``."""
    names = sorted(names_in([server.client_secret]))
    if not names:
        return server
    values = await variables.values(organization_id, _NO_AGENT, tuple(names))
    missing = [name for name in names if name not in values]
    if missing:
        raise OAuthFailedError(f"The client's secret uses {{{{{missing[0]}}}}}, which is no variable of the organization.")
    document = cast("JsonObject", fill_document({"secret": server.client_secret}, values))
    return replace(server, client_secret=str(document["secret"]))
