"""All SQL of kept results."""

from typing import LiteralString

from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.json import Json

_GET: LiteralString = """
SELECT result FROM node_results WHERE organization_id = %s AND key = %s AND expires_at > tenant.now()
"""


async def get(ctx: Context, organization_id: OrganizationId, key: bytes) -> tuple[Json] | None:
    """Return a result that has not expired, in a tuple."""
    return await (await ctx.tx.execute(_GET, (organization_id, key), prepare=True)).fetchone()


_PUT: LiteralString = """
INSERT INTO node_results (organization_id, key, result, expires_at)
VALUES (%(organization_id)s, %(key)s, %(result)s, tenant.now() + make_interval(secs => %(seconds)s))
ON CONFLICT ON CONSTRAINT node_results_pkey DO UPDATE SET result = excluded.result, expires_at = excluded.expires_at
"""


async def put(ctx: Context, organization_id: OrganizationId, key: bytes, result: Json, seconds: float) -> None:
    """Write a result, in place of an earlier one."""
    values = {"organization_id": organization_id, "key": key, "result": Jsonb(result), "seconds": seconds}
    await ctx.tx.execute(_PUT, values, prepare=True)


_ORGANIZATIONS: LiteralString = "SELECT tenant.organizations_with_expired_node_results()"
_DELETE: LiteralString = """
DELETE FROM node_results WHERE organization_id = %(organization_id)s AND key = ANY (ARRAY(
  SELECT key FROM node_results WHERE organization_id = %(organization_id)s AND expires_at <= tenant.now()
  ORDER BY expires_at LIMIT %(most)s))
"""


async def list_organizations_with_expired(database: Database) -> list[OrganizationId]:
    """Name the organizations that have results which are kept no longer."""
    return [row[0] for row in await database.statement(_ORGANIZATIONS, ())]


async def delete_expired(ctx: Context, most: int) -> int:
    """Delete results that are kept no longer; return how many."""
    return (await ctx.tx.execute(_DELETE, {"organization_id": ctx.organization_id, "most": most})).rowcount
