"""All SQL of templates."""

from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from retinue.agents.templates.types import AgentTemplate, NewTemplate, TemplateConfig
from retinue.core.context import Context, Tx
from retinue.core.db.pages import Position
from retinue.core.db.patterns import containing
from retinue.core.json import JsonObject


def _template(default_config: JsonObject, **columns: Any) -> AgentTemplate:  # noqa: ANN401 - a row's columns
    return AgentTemplate(default_config=TemplateConfig.model_validate(default_config), **columns)


# Who made a public template of another organization is not told.
_LIST: LiteralString = """
SELECT id, name, description, type, category, icon, default_config, required_params, is_public,
       organization_id IS NULL AS is_built_in, created_at, updated_at,
       CASE WHEN organization_id = ANY (tenant.organizations()) THEN organization_id END AS organization_id,
       CASE WHEN organization_id = ANY (tenant.organizations()) THEN created_by END AS created_by
FROM agent_templates
WHERE (%(q)s::text IS NULL OR name ILIKE %(q)s OR description ILIKE %(q)s)
  AND (%(category)s::text IS NULL OR category = %(category)s)
  AND (%(type)s::text IS NULL OR type = %(type)s)
  AND (%(at)s::timestamptz IS NULL OR (created_at, id) < (%(at)s, %(id)s::uuid))
ORDER BY created_at DESC, id DESC
LIMIT %(limit)s
"""


async def list_page(tx: Tx, filters: dict[str, str | None], after: Position | None, limit: int) -> list[AgentTemplate]:
    """Return templates, newest first, one more than ``limit`` when there are more. ``filters``: q, category, type."""
    values = {
        "q": containing(filters["q"]),
        "category": filters["category"],
        "type": filters["type"],
        "at": after.at if after else None,
        "id": after.id if after else None,
        "limit": limit + 1,
    }
    async with tx.cursor(row_factory=kwargs_row(_template)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_GET: LiteralString = """
SELECT id, name, description, type, category, icon, default_config, required_params, is_public,
       organization_id IS NULL AS is_built_in, created_at, updated_at,
       CASE WHEN organization_id = ANY (tenant.organizations()) THEN organization_id END AS organization_id,
       CASE WHEN organization_id = ANY (tenant.organizations()) THEN created_by END AS created_by
FROM agent_templates WHERE id = %s
"""


async def get(tx: Tx, template_id: UUID) -> AgentTemplate | None:
    """Return one template."""
    async with tx.cursor(row_factory=kwargs_row(_template)) as cursor:
        return await (await cursor.execute(_GET, (template_id,))).fetchone()


_IDS: LiteralString = """
SELECT id FROM agent_templates WHERE organization_id = %(organization_id)s AND (%(name)s::text IS NULL OR name = %(name)s)
ORDER BY created_at, id
"""


async def list_ids(ctx: Context, name: str | None) -> list[UUID]:
    """Return the ids of the organization's own templates, oldest first; of one name only when it is given."""
    cursor = await ctx.tx.execute(_IDS, {"organization_id": ctx.organization_id, "name": name})
    return [row[0] for row in await cursor.fetchall()]


def _columns(new: NewTemplate) -> dict[str, object]:
    return {
        "name": new.name,
        "description": new.description,
        "type": new.type,
        "category": new.category,
        "icon": new.icon,
        "default_config": Jsonb(new.default_config.model_dump(mode="json")),
        "required_params": Jsonb(new.required_params),
        "is_public": new.is_public,
    }


_INSERT: LiteralString = """
INSERT INTO agent_templates (id, organization_id, name, description, type, category, icon, default_config, required_params,
                             is_public, created_by)
VALUES (%(id)s, %(organization_id)s, %(name)s, %(description)s, %(type)s, %(category)s, %(icon)s, %(default_config)s,
        %(required_params)s, %(is_public)s, %(created_by)s)
"""


async def insert(ctx: Context, template_id: UUID, new: NewTemplate) -> None:
    """Write a new template of the organization."""
    mine = {"id": template_id, "organization_id": ctx.organization_id, "created_by": ctx.actor.user_id}
    await ctx.tx.execute(_INSERT, _columns(new) | mine)


_UPDATE: LiteralString = """
UPDATE agent_templates SET name = %(name)s, description = %(description)s, type = %(type)s, category = %(category)s,
       icon = %(icon)s, default_config = %(default_config)s, required_params = %(required_params)s, is_public = %(is_public)s
WHERE id = %(id)s
"""


async def update(tx: Tx, template_id: UUID, new: NewTemplate) -> None:
    """Write a template again."""
    await tx.execute(_UPDATE, _columns(new) | {"id": template_id})


_DELETE: LiteralString = "DELETE FROM agent_templates WHERE id = %s"


async def delete(tx: Tx, template_id: UUID) -> None:
    """Delete a template; agents made of it stay."""
    await tx.execute(_DELETE, (template_id,))
