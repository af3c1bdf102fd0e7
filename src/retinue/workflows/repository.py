"""All SQL of workflows."""

from dataclasses import dataclass
from typing import Any, LiteralString, TypeVar
from uuid import UUID

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row, kwargs_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.core.db.patterns import containing
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.engine.spec.agent import ServingConfig
from retinue.engine.spec.workflow.fields import in_order
from retinue.engine.spec.workflow.formats import current
from retinue.workflows.errors import WorkflowLinkedError, WorkflowNameTakenError
from retinue.workflows.rules import Referable
from retinue.workflows.types import (
    TriggerConfig,
    Workflow,
    WorkflowAuthor,
    WorkflowDefinition,
    WorkflowStanding,
    WorkflowStatus,
    WorkflowSummary,
    WorkflowVersion,
)

_SUGGESTED_FROM = 500
_T = TypeVar("_T", Workflow, WorkflowSummary)


@dataclass(frozen=True, slots=True)
class WorkflowFilter:
    """Which workflows a list shows: ``q`` a part of name or description; None takes all."""

    q: str | None = None
    status: WorkflowStatus | None = None
    is_conversational: bool | None = None


# The status follows from what is set and from the last run that ended, so that no run's end writes to the workflow.
_STATUS: LiteralString = """
CASE WHEN NOT w.is_active THEN 'inactive' WHEN w.is_paused THEN 'paused' WHEN l.status = 'failed' THEN 'error'
  ELSE 'active' END"""
_COLUMNS: LiteralString = (
    """
  w.id, w.organization_id, w.created_by, w.agent_id, w.name, w.description, w.version, w.active_version, w.is_active,
  w.is_paused, w.trigger_config, w.n8n_workflow_id, w.next_execution, w.created_at, w.updated_at,
  c.execution_count, c.success_count, c.error_count, c.last_execution, """
    + _STATUS
    + " AS status "
)
_DEFINITION: LiteralString = ", w.definition, w.deployment_config "
_FROM: LiteralString = """
FROM workflows w
CROSS JOIN LATERAL (
  SELECT count(*)::integer AS execution_count, count(*) FILTER (WHERE e.status = 'completed')::integer AS success_count,
    count(*) FILTER (WHERE e.status = 'failed')::integer AS error_count, max(e.started_at) AS last_execution
  FROM workflow_executions e WHERE e.organization_id = w.organization_id AND e.workflow_id = w.id) c
LEFT JOIN LATERAL (
  SELECT e.status FROM workflow_executions e
  WHERE e.organization_id = w.organization_id AND e.workflow_id = w.id AND e.ended_at IS NOT NULL
  ORDER BY e.ended_at DESC LIMIT 1) l ON true
"""


def _row(kind: type[_T], row: dict[str, Any]) -> _T:
    row["status"] = WorkflowStatus(row["status"])
    row["trigger_config"] = TriggerConfig.model_validate(row["trigger_config"])
    return kind(**row)


def _summary(**row: Any) -> WorkflowSummary:  # noqa: ANN401 - the columns above
    return _row(WorkflowSummary, row)


def _workflow(**row: Any) -> Workflow:  # noqa: ANN401 - the columns above
    row["definition"] = current(in_order(row["definition"]))
    row["deployment_config"] = ServingConfig.model_validate(row["deployment_config"])
    return _row(Workflow, row)


# What ``rules.prompt_of`` says of the published version: all that its input demands is one text.
_IS_CONVERSATIONAL: LiteralString = """
EXISTS (
  SELECT FROM workflow_versions v CROSS JOIN LATERAL (SELECT v.definition -> 'input_schema' AS input) s
  CROSS JOIN LATERAL (
    SELECT count(*) AS count, bool_and(s.input #>> ARRAY['properties', d.name, 'type'] = 'string') AS is_text
    FROM (
      SELECT jsonb_array_elements_text(s.input -> 'required') AS name
      WHERE jsonb_typeof(s.input -> 'required') = 'array'
      UNION ALL
      SELECT jsonb_object_keys(s.input -> 'properties')
      WHERE jsonb_typeof(s.input -> 'properties') = 'object' AND coalesce(s.input -> 'required', '[]') = '[]'
    ) d
  ) f
  WHERE v.workflow_id = w.id AND v.version = w.active_version AND f.count = 1 AND f.is_text)"""
_LIST: LiteralString = (
    "SELECT"
    + _COLUMNS
    + _FROM
    + """
WHERE w.organization_id = %(organization_id)s
  AND (%(q)s::text IS NULL OR w.name ILIKE %(q)s OR w.description ILIKE %(q)s)
  AND (%(at)s::timestamptz IS NULL OR (w.created_at, w.id) < (%(at)s, %(id)s::uuid))
  AND (%(status)s::text IS NULL OR """
    + _STATUS
    + """ = %(status)s)
  AND (%(is_conversational)s::boolean IS NULL OR %(is_conversational)s = """
    + _IS_CONVERSATIONAL
    + """)
ORDER BY w.created_at DESC, w.id DESC LIMIT %(limit)s
"""
)


async def list_page(ctx: Context, wanted: WorkflowFilter, after: Position | None, limit: int) -> list[WorkflowSummary]:
    """Return workflows, newest first, one more than ``limit`` when there are more."""
    values = {
        "organization_id": ctx.organization_id,
        "q": containing(wanted.q),
        "status": wanted.status,
        "is_conversational": wanted.is_conversational,
        "at": after.at if after else None,
        "id": after.id if after else None,
        "limit": limit + 1,
    }
    async with ctx.tx.cursor(row_factory=kwargs_row(_summary)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_GET: LiteralString = "SELECT" + _COLUMNS + _DEFINITION + _FROM + "WHERE w.id = %s"


async def get(ctx: Context, workflow_id: UUID) -> Workflow | None:
    """Return one workflow."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_workflow)) as cursor:
        return await (await cursor.execute(_GET, (workflow_id,))).fetchone()


_STANDING: LiteralString = """
SELECT id, name, agent_id, version, active_version, is_active, is_paused, trigger_config, n8n_workflow_id
FROM workflows WHERE id = %s
"""


def _standing(**row: Any) -> WorkflowStanding:  # noqa: ANN401 - the columns above
    row["trigger_config"] = TriggerConfig.model_validate(row["trigger_config"])
    return WorkflowStanding(**row)


async def get_standing(ctx: Context, workflow_id: UUID) -> WorkflowStanding | None:
    """Return what the start of a run asks of a workflow."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_standing)) as cursor:
        return await (await cursor.execute(_STANDING, (workflow_id,))).fetchone()


_VERSION_DEFINITION: LiteralString = "SELECT definition FROM workflow_versions WHERE workflow_id = %s AND version = %s"


async def get_definition(ctx: Context, workflow_id: UUID, version: int) -> JsonObject:
    """Return the definition of a version that there is."""
    row = await (await ctx.tx.execute(_VERSION_DEFINITION, (workflow_id, version))).fetchone()
    if row is None:
        raise AssertionError("a version of a workflow is not kept")
    return current(row[0])


_IDS: LiteralString = """
SELECT id FROM workflows WHERE organization_id = %(organization_id)s AND (%(name)s::text IS NULL OR name = %(name)s)
ORDER BY created_at, id
"""


async def list_ids(ctx: Context, name: str | None) -> list[UUID]:
    """Return the ids of workflows, oldest first."""
    cursor = await ctx.tx.execute(_IDS, {"organization_id": ctx.organization_id, "name": name})
    return [row[0] for row in await cursor.fetchall()]


_LOCK: LiteralString = "SELECT id FROM workflows WHERE id = %s FOR NO KEY UPDATE"


async def lock(ctx: Context, workflow_id: UUID) -> bool:
    """Hold a workflow until the transaction ends."""
    return await (await ctx.tx.execute(_LOCK, (workflow_id,))).fetchone() is not None


_INSERT: LiteralString = """
INSERT INTO workflows (id, organization_id, created_by, agent_id, name, description, definition, trigger_config,
  deployment_config)
VALUES (%(id)s, %(organization_id)s, %(created_by)s, %(agent_id)s, %(name)s, %(description)s, %(definition)s,
  %(trigger_config)s, %(deployment_config)s)
"""


async def insert(ctx: Context, workflow_id: UUID, new: WorkflowDefinition) -> None:
    """Write a new workflow. Raises ``WorkflowNameTakenError``."""
    values = _values(new) | {
        "id": workflow_id,
        "organization_id": ctx.organization_id,
        "created_by": ctx.actor.user_id,
    }
    await _write(ctx, _INSERT, values)


_UPDATE: LiteralString = """
UPDATE workflows SET name = %(name)s, description = %(description)s, definition = %(definition)s, agent_id = %(agent_id)s,
  trigger_config = %(trigger_config)s, deployment_config = %(deployment_config)s, version = %(version)s,
  is_active = %(is_active)s, is_paused = %(is_paused)s
WHERE id = %(id)s
"""


@dataclass(frozen=True, slots=True)
class Switches:
    """What is set of a workflow beside its definition: its version's number, whether it is active, whether it is paused."""

    version: int
    is_active: bool
    is_paused: bool


async def update(ctx: Context, workflow_id: UUID, new: WorkflowDefinition, switches: Switches) -> None:
    """Write a workflow that the transaction holds. Raises ``WorkflowNameTakenError``."""
    values = _values(new) | {
        "id": workflow_id,
        "version": switches.version,
        "is_active": switches.is_active,
        "is_paused": switches.is_paused,
    }
    await _write(ctx, _UPDATE, values)


def _values(new: WorkflowDefinition) -> dict[str, Any]:
    return {
        "name": new.definition["name"],
        "description": new.definition.get("description", ""),
        "definition": Jsonb(new.definition),
        "agent_id": new.agent_id,
        "trigger_config": Jsonb(new.trigger_config.model_dump(mode="json")),
        "deployment_config": Jsonb(new.deployment_config.model_dump(mode="json")),
    }


async def _write(ctx: Context, statement: LiteralString, values: dict[str, Any]) -> None:
    try:
        async with ctx.tx.transaction():
            await ctx.tx.execute(statement, values)
    except UniqueViolation as error:
        if error.diag.constraint_name == "workflows_organization_id_name_key":
            raise WorkflowNameTakenError(f"Another workflow is called {str(values['name'])[:80]}.") from None
        raise


_PUBLISH: LiteralString = "UPDATE workflows SET active_version = %s WHERE id = %s"


async def publish(ctx: Context, workflow_id: UUID, version: int) -> None:
    """Set the version that runs take."""
    await ctx.tx.execute(_PUBLISH, (version, workflow_id))


_LINK: LiteralString = """
UPDATE workflows SET n8n_workflow_id = %s, active_version = coalesce(active_version, version) WHERE id = %s
"""
_UNLINK: LiteralString = "UPDATE workflows SET n8n_workflow_id = NULL WHERE id = %s"


async def link(ctx: Context, workflow_id: UUID, n8n_workflow_id: str) -> None:
    """Write which workflow of n8n carries it out. Raises ``WorkflowLinkedError`` when another workflow has that one."""
    try:
        async with ctx.tx.transaction():
            await ctx.tx.execute(_LINK, (n8n_workflow_id, workflow_id))
    except UniqueViolation:
        raise WorkflowLinkedError("Another workflow is linked to that workflow of n8n.") from None


async def unlink(ctx: Context, workflow_id: UUID) -> None:
    """Write that the workflow is carried out by its own definition."""
    await ctx.tx.execute(_UNLINK, (workflow_id,))


_DELETE: LiteralString = "DELETE FROM workflows WHERE id = %s"


async def delete(ctx: Context, workflow_id: UUID) -> None:
    """Delete a workflow, its versions and its counters."""
    await ctx.tx.execute(_DELETE, (workflow_id,))


_UNFINISHED: LiteralString = "SELECT tenant.count_unfinished_runs_of_workflow(%s)"


async def count_unfinished_runs(ctx: Context, workflow_id: UUID) -> int:
    """Return how many runs of a workflow are not finished, private ones included."""
    row = await (await ctx.tx.execute(_UNFINISHED, (workflow_id,))).fetchone()
    return 0 if row is None else int(row[0])


_INSERT_VERSION: LiteralString = """
INSERT INTO workflow_versions (organization_id, workflow_id, version, definition, definition_hash, note, created_by)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


async def keep_version(ctx: Context, workflow_id: UUID, version: int, kept: tuple[JsonObject, str], note: str) -> None:
    """Keep a version's definition, with its hash."""
    definition, its_hash = kept
    values = (ctx.organization_id, workflow_id, version, Jsonb(definition), its_hash, note, ctx.actor.user_id)
    await ctx.tx.execute(_INSERT_VERSION, values)


_VERSIONS: LiteralString = """
SELECT v.workflow_id, v.version, v.definition, v.definition_hash, v.note, v.created_by AS author_id,
  u.full_name AS author_name, v.created_at
FROM workflow_versions v LEFT JOIN users u ON u.id = v.created_by
WHERE v.workflow_id = %(workflow_id)s AND v.version < %(before)s ORDER BY v.version DESC LIMIT %(limit)s
"""


def _version(**row: Any) -> WorkflowVersion:  # noqa: ANN401 - the columns above
    author_id, name = row.pop("author_id"), row.pop("author_name")
    row["definition"] = current(in_order(row["definition"]))
    return WorkflowVersion(created_by=None if author_id is None else WorkflowAuthor(author_id, name or ""), **row)


async def list_versions(ctx: Context, workflow_id: UUID, before: int, limit: int) -> list[WorkflowVersion]:
    """Return versions below ``before``, the newest first."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_version)) as cursor:
        values = {"workflow_id": workflow_id, "before": before, "limit": limit}
        return await (await cursor.execute(_VERSIONS, values)).fetchall()


_KNOWN: LiteralString = """
SELECT 'agent' AS kind, a.id, a.name FROM agents a WHERE a.id = ANY (%(ids)s) OR a.name = ANY (%(names)s)
UNION ALL SELECT 'team', t.id, t.name FROM teams t WHERE t.id = ANY (%(ids)s) OR t.name = ANY (%(names)s)
UNION ALL SELECT 'workflow', w.id, w.name FROM workflows w WHERE w.id = ANY (%(ids)s) OR w.name = ANY (%(names)s)
UNION ALL SELECT 'tool', t.id, t.name FROM tools t WHERE t.id = ANY (%(ids)s) OR t.name = ANY (%(names)s)
"""


async def list_known(ctx: Context, ids: list[UUID], names: list[str]) -> list[Referable]:
    """Return the agents, teams, workflows and tools that have one of some ids or names."""
    async with ctx.tx.cursor(row_factory=class_row(Referable)) as cursor:
        return await (await cursor.execute(_KNOWN, {"ids": ids, "names": names})).fetchall()


_NAMES: LiteralString = """
(SELECT 'agent' AS kind, a.name FROM agents a ORDER BY a.name LIMIT %(limit)s)
UNION ALL (SELECT 'team', t.name FROM teams t ORDER BY t.name LIMIT %(limit)s)
UNION ALL (SELECT 'workflow', w.name FROM workflows w ORDER BY w.name LIMIT %(limit)s)
UNION ALL (SELECT 'tool', t.name FROM tools t ORDER BY t.name LIMIT %(limit)s)
"""


async def list_names(ctx: Context) -> dict[str, list[str]]:
    """Return names to suggest from, by kind; of each kind at most 500."""
    names: dict[str, list[str]] = {}
    for kind, name in await (await ctx.tx.execute(_NAMES, {"limit": _SUGGESTED_FROM})).fetchall():
        names.setdefault(kind, []).append(name)
    return names


_HAS_AGENT: LiteralString = "SELECT FROM agents WHERE id = %s"


async def has_agent(ctx: Context, agent_id: UUID) -> bool:
    """Say whether there is such an agent."""
    return (await ctx.tx.execute(_HAS_AGENT, (agent_id,))).rowcount == 1


_SEAL_WEBHOOK: LiteralString = "UPDATE workflows SET webhook_secret_encrypted = %s WHERE id = %s"


async def set_webhook_secret(ctx: Context, workflow_id: UUID, sealed: bytes) -> None:
    """Write the secret of a workflow's webhook in place of the one before."""
    await ctx.tx.execute(_SEAL_WEBHOOK, (sealed, workflow_id))


_FIND_WEBHOOK: LiteralString = "SELECT organization_id, secret_encrypted FROM tenant.find_webhook(%s)"


async def find_webhook(database: Database, workflow_id: UUID) -> tuple[OrganizationId, bytes] | None:
    """Return whose a workflow is that accepts webhooks, and its sealed secret, before any tenant is known."""
    rows = await database.statement(_FIND_WEBHOOK, (workflow_id,))
    return None if not rows else (OrganizationId(rows[0][0]), bytes(rows[0][1]))
