"""The first steps of a new organization, each of which is done when the organization shows it, and dismissed per person."""

from typing import LiteralString

from psycopg.rows import kwargs_row

from retinue.core.context import Context
from retinue.core.permissions import require
from retinue.dashboard.permissions import READ
from retinue.dashboard.types import GettingStarted
from retinue.identity.users import service as users

# Starter agents have no template and are not custom.
_GET: LiteralString = """
SELECT EXISTS (SELECT FROM model_providers WHERE organization_id = %(organization_id)s) AS has_model_provider,
  EXISTS (SELECT FROM runs WHERE organization_id = %(organization_id)s) AS has_run,
  EXISTS (SELECT FROM agents WHERE organization_id = %(organization_id)s AND (is_custom OR template_id IS NOT NULL))
    AS has_own_agent,
  (SELECT count(*) > 1 FROM (SELECT FROM memberships WHERE organization_id = %(organization_id)s LIMIT 2) m)
    OR EXISTS (SELECT FROM invitations WHERE organization_id = %(organization_id)s) AS has_colleague,
  EXISTS (SELECT FROM api_keys WHERE organization_id = %(organization_id)s) AS has_api_key,
  EXISTS (SELECT FROM getting_started g WHERE g.organization_id = %(organization_id)s AND g.user_id = %(user_id)s
    AND g.dismissed_at IS NOT NULL) AS dismissed
"""
_DISMISS: LiteralString = """
INSERT INTO getting_started (organization_id, user_id, dismissed_at)
VALUES (%(organization_id)s, %(user_id)s, CASE WHEN %(dismissed)s THEN tenant.now() END)
ON CONFLICT (user_id, organization_id) DO UPDATE SET dismissed_at = excluded.dismissed_at
"""


async def get(ctx: Context) -> GettingStarted:
    """Return which first steps of the organization are done, and whether the person dismissed them. Not for API keys."""
    require(ctx, READ)
    users.require_person(ctx)
    values = {"organization_id": ctx.organization_id, "user_id": ctx.user_id}
    async with ctx.tx.cursor(row_factory=kwargs_row(GettingStarted)) as cursor:
        (found,) = await (await cursor.execute(_GET, values)).fetchall()
    return found


async def set_dismissed(ctx: Context, *, dismissed: bool) -> GettingStarted:
    """Hide the first steps from the person, or show them again."""
    require(ctx, READ)
    users.require_person(ctx)
    values = {"organization_id": ctx.organization_id, "user_id": ctx.user_id, "dismissed": dismissed}
    await ctx.tx.execute(_DISMISS, values)
    return await get(ctx)
