"""All SQL of the connection to n8n and of the links of workflows."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.ids import new_id
from retinue.integrations.n8n.errors import N8nLinkedError
from retinue.integrations.n8n.types import N8nConnection, N8nEdge, N8nLink, N8nNode, N8nPicture


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection as it is stored, with its sealed secrets."""

    id: UUID
    base_url: str
    webhook_url: str | None
    callback_url: str | None
    api_key_encrypted: bytes | None = field(repr=False)
    webhook_header: str | None
    webhook_secret_encrypted: bytes | None = field(repr=False)
    checked_at: datetime | None
    last_error: str | None
    linked_count: int
    created_at: datetime
    updated_at: datetime

    def shown(self) -> N8nConnection:
        """Return what users see of it."""
        return N8nConnection(
            base_url=self.base_url,
            webhook_url=self.webhook_url,
            callback_url=self.callback_url,
            webhook_header=self.webhook_header,
            has_api_key=self.api_key_encrypted is not None,
            has_webhook_secret=self.webhook_secret_encrypted is not None,
            checked_at=self.checked_at,
            last_error=self.last_error,
            linked_count=self.linked_count,
            created_at=self.created_at,
            updated_at=self.updated_at,
        )


_CONNECTION: LiteralString = """
SELECT c.id, c.base_url, c.webhook_url, c.callback_url, c.api_key_encrypted, c.webhook_header, c.webhook_secret_encrypted,
  c.checked_at, c.last_error,
  (SELECT count(*)::integer FROM n8n_links l WHERE l.organization_id = c.organization_id) AS linked_count,
  c.created_at, c.updated_at
FROM n8n_connections c WHERE c.organization_id = %s
"""


async def get_connection(ctx: Context) -> ConnectionRow | None:
    """Return the organization's connection."""
    async with ctx.tx.cursor(row_factory=class_row(ConnectionRow)) as cursor:
        return await (await cursor.execute(_CONNECTION, (ctx.organization_id,))).fetchone()


_PUT_CONNECTION: LiteralString = """
INSERT INTO n8n_connections AS c (id, organization_id, created_by, base_url, webhook_url, callback_url, api_key_encrypted,
  webhook_header, webhook_secret_encrypted)
VALUES (%(id)s, %(organization_id)s, %(created_by)s, %(base_url)s, %(webhook_url)s, %(callback_url)s, %(api_key)s,
  %(webhook_header)s, %(webhook_secret)s)
ON CONFLICT ON CONSTRAINT n8n_connections_organization_id_key DO UPDATE SET base_url = excluded.base_url,
  webhook_url = excluded.webhook_url, callback_url = excluded.callback_url, api_key_encrypted = excluded.api_key_encrypted,
  webhook_header = excluded.webhook_header, webhook_secret_encrypted = excluded.webhook_secret_encrypted, last_error = NULL
"""


async def put_connection(ctx: Context, values: dict[str, Any]) -> None:
    """Write the organization's connection in place of the one before."""
    own = {"id": new_id(), "organization_id": ctx.organization_id, "created_by": ctx.actor.user_id}
    await ctx.tx.execute(_PUT_CONNECTION, own | values)


_DELETE_CONNECTION: LiteralString = "DELETE FROM n8n_connections WHERE organization_id = %s"
_CHECKED: LiteralString = """
UPDATE n8n_connections SET checked_at = tenant.now(), last_error = %s WHERE organization_id = %s
"""


async def delete_connection(ctx: Context) -> bool:
    """Delete the organization's connection; say whether there was one."""
    return (await ctx.tx.execute(_DELETE_CONNECTION, (ctx.organization_id,))).rowcount == 1


async def note_checked(ctx: Context, error: str | None) -> None:
    """Write how the last look at n8n went."""
    await ctx.tx.execute(_CHECKED, (None if error is None else error[:1000], ctx.organization_id))


_LINKS: LiteralString = """
SELECT l.workflow_id, l.n8n_workflow_id, l.n8n_name, l.n8n_is_active, l.webhook_path, l.webhook_method, l.response_mode,
  l.nodes, l.connections, l.imports_runs, c.base_url, l.looked_at, l.last_error, l.created_at, l.updated_at
FROM n8n_links l JOIN n8n_connections c ON c.organization_id = l.organization_id
WHERE l.organization_id = %(organization_id)s
"""
_LINK: LiteralString = _LINKS + " AND l.workflow_id = %(workflow_id)s"
_ALL_LINKS: LiteralString = _LINKS + " ORDER BY l.n8n_name, l.workflow_id LIMIT 1000"


def _link(row: dict[str, Any]) -> N8nLink:
    base_url = row.pop("base_url")
    row["nodes"] = [N8nNode(**each) for each in row["nodes"]]
    row["connections"] = [N8nEdge(**each) for each in row["connections"]]
    return N8nLink(url=f"{base_url}/workflow/{row['n8n_workflow_id']}", **row)


async def get_link(ctx: Context, workflow_id: UUID) -> N8nLink | None:
    """Return the link of a workflow."""
    values = {"organization_id": ctx.organization_id, "workflow_id": workflow_id}
    async with ctx.tx.cursor(row_factory=dict_row) as cursor:
        row = await (await cursor.execute(_LINK, values)).fetchone()
    return None if row is None else _link(row)


async def list_links(ctx: Context) -> list[N8nLink]:
    """Return the links of the organization, by the names in n8n; at most 1,000."""
    async with ctx.tx.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_ALL_LINKS, {"organization_id": ctx.organization_id})
        return [_link(row) for row in await cursor.fetchall()]


_LINKED: LiteralString = """
SELECT n8n_workflow_id, workflow_id FROM n8n_links WHERE organization_id = %s AND n8n_workflow_id = ANY (%s)
"""


async def list_linked(ctx: Context, n8n_ids: list[str]) -> dict[str, UUID]:
    """Return the workflows that are linked to some of n8n, by n8n's ids."""
    return dict(await (await ctx.tx.execute(_LINKED, (ctx.organization_id, n8n_ids))).fetchall())


_INSERT_LINK: LiteralString = """
INSERT INTO n8n_links (organization_id, workflow_id, n8n_workflow_id, n8n_name, n8n_is_active, webhook_path, webhook_method,
  response_mode, nodes, connections, imports_runs, followed_until)
VALUES (%(organization_id)s, %(workflow_id)s, %(n8n_workflow_id)s, %(n8n_name)s, %(n8n_is_active)s, %(webhook_path)s,
  %(webhook_method)s, %(response_mode)s, %(nodes)s, %(connections)s, %(imports_runs)s, tenant.now())
"""
_REFRESH_LINK: LiteralString = """
UPDATE n8n_links SET n8n_name = %(n8n_name)s, n8n_is_active = %(n8n_is_active)s, webhook_path = %(webhook_path)s,
  webhook_method = %(webhook_method)s, response_mode = %(response_mode)s, nodes = %(nodes)s, connections = %(connections)s
WHERE organization_id = %(organization_id)s AND workflow_id = %(workflow_id)s
"""
_SET_IMPORTS: LiteralString = """
UPDATE n8n_links SET imports_runs = %s,
  followed_until = CASE WHEN imports_runs THEN followed_until ELSE greatest(followed_until, tenant.now()) END
WHERE organization_id = %s AND workflow_id = %s
"""
_DELETE_LINK: LiteralString = "DELETE FROM n8n_links WHERE organization_id = %s AND workflow_id = %s"


def _values(ctx: Context, workflow_id: UUID, picture: N8nPicture) -> dict[str, Any]:
    webhook = picture.webhook
    nodes = [{name: getattr(each, name) for name in N8nNode.__slots__} for each in picture.nodes]
    edges = [{"source": each.source, "target": each.target} for each in picture.edges]
    return {
        "organization_id": ctx.organization_id,
        "workflow_id": workflow_id,
        "n8n_workflow_id": picture.listed.id,
        "n8n_name": picture.listed.name,
        "n8n_is_active": picture.listed.is_active,
        "webhook_path": webhook.path if webhook else None,
        "webhook_method": webhook.method if webhook else None,
        "response_mode": webhook.response_mode if webhook else None,
        "nodes": Jsonb(nodes),
        "connections": Jsonb(edges),
    }


async def insert_link(ctx: Context, workflow_id: UUID, picture: N8nPicture, *, imports_runs: bool) -> None:
    """Write a link; only executions that begin from now on become runs. Raises ``N8nLinkedError``."""
    try:
        async with ctx.tx.transaction():
            await ctx.tx.execute(_INSERT_LINK, _values(ctx, workflow_id, picture) | {"imports_runs": imports_runs})
    except UniqueViolation:
        raise N8nLinkedError from None


async def refresh_link(ctx: Context, workflow_id: UUID, picture: N8nPicture) -> None:
    """Write a workflow of n8n as it was read now."""
    await ctx.tx.execute(_REFRESH_LINK, _values(ctx, workflow_id, picture))


async def set_imports(ctx: Context, workflow_id: UUID, *, imports_runs: bool) -> None:
    """Write whether executions that n8n starts become runs: those that begin from now on."""
    await ctx.tx.execute(_SET_IMPORTS, (imports_runs, ctx.organization_id, workflow_id))


async def delete_link(ctx: Context, workflow_id: UUID) -> None:
    """Delete a link."""
    await ctx.tx.execute(_DELETE_LINK, (ctx.organization_id, workflow_id))
