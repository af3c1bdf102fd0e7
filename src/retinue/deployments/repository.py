"""All SQL of deployments."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString
from uuid import UUID

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from retinue.agents.types import Release
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Position
from retinue.core.ids import OrganizationId
from retinue.core.json import Json, JsonObject
from retinue.deployments.types import Check, CheckStatus, DeploymentStatus, TriggerType
from retinue.runs.types import RunType


@dataclass(frozen=True, slots=True)
class Row:
    """A deployment as it is stored."""

    id: UUID
    organization_id: OrganizationId
    target_type: RunType
    target_id: UUID
    agent_id: UUID | None
    team_id: UUID | None
    workflow_id: UUID | None
    version: int
    snapshot: JsonObject
    status: DeploymentStatus
    trigger_type: TriggerType
    trigger_config: JsonObject
    note: str
    checks: list[Check]
    deployment_url: str | None
    error_message: str | None
    created_by: UUID | None
    created_by_name: str | None
    began_at: datetime | None
    deployed_at: datetime | None
    stopped_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def release(self) -> Release:
        """The version that it deploys."""
        return Release(self.version, self.snapshot)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which deployments a list shows; None leaves a criterion out."""

    target_id: UUID | None = None
    status: DeploymentStatus | None = None
    target_type: RunType | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None


def _row(**row: Any) -> Row:  # noqa: ANN401 - the columns below
    row["target_type"], row["status"] = RunType(row["target_type"]), DeploymentStatus(row["status"])
    row["trigger_type"] = TriggerType(row["trigger_type"])
    row["checks"] = [Check(each["name"], CheckStatus(each["status"]), each["message"]) for each in row["checks"]]
    return Row(**row)


_COLUMNS: LiteralString = """
SELECT d.id, d.organization_id, d.target_type, d.target_id, d.agent_id, d.team_id, d.workflow_id, d.version, d.snapshot,
  d.status, d.trigger_type, d.trigger_config, d.note, d.checks, d.deployment_url, d.error_message, d.created_by,
  u.full_name AS created_by_name, d.began_at, d.deployed_at, d.stopped_at, d.created_at, d.updated_at
FROM deployments d LEFT JOIN users u ON u.id = d.created_by
"""
_INSERT: LiteralString = """
INSERT INTO deployments (id, organization_id, target_type, target_id, agent_id, team_id, workflow_id, version, snapshot,
  trigger_type, trigger_config, note, created_by)
VALUES (%(id)s, %(organization_id)s, %(target_type)s, %(target_id)s, %(agent_id)s, %(team_id)s, %(workflow_id)s,
  %(version)s, %(snapshot)s, %(trigger_type)s, %(trigger_config)s, %(note)s, %(created_by)s)
"""


@dataclass(frozen=True, slots=True)
class NewRow:
    """A deployment about to be made."""

    id: UUID
    target_type: RunType
    target_id: UUID
    release: Release
    trigger_type: TriggerType
    trigger_config: JsonObject
    note: str


async def insert(ctx: Context, new: NewRow) -> None:
    """Write a pending deployment."""
    values = {
        "id": new.id,
        "organization_id": ctx.organization_id,
        "target_type": new.target_type,
        "target_id": new.target_id,
        "agent_id": new.target_id if new.target_type is RunType.AGENT else None,
        "team_id": new.target_id if new.target_type is RunType.TEAM else None,
        "workflow_id": new.target_id if new.target_type is RunType.WORKFLOW else None,
        "version": new.release.version,
        "snapshot": Jsonb(new.release.snapshot),
        "trigger_type": new.trigger_type,
        "trigger_config": Jsonb(new.trigger_config),
        "note": new.note,
        "created_by": ctx.actor.user_id,
    }
    await ctx.tx.execute(_INSERT, values)


_GET: LiteralString = _COLUMNS + "WHERE d.id = %s"
_HOLD: LiteralString = _COLUMNS + "WHERE d.id = %s FOR UPDATE OF d"


async def get(ctx: Context, deployment_id: UUID, *, lock: bool = False) -> Row | None:
    """Return one deployment; with ``lock``, nobody else changes it until the commit."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_row)) as cursor:
        return await (await cursor.execute(_HOLD if lock else _GET, (deployment_id,))).fetchone()


# The organization is named beside the policy: with a policy's array the index gives no order.
_LIST: LiteralString = (
    _COLUMNS
    + """
WHERE d.organization_id = %(organization_id)s
  AND (%(target_id)s::uuid IS NULL OR d.target_id = %(target_id)s::uuid)
  AND (%(status)s::text IS NULL OR d.status = %(status)s::text)
  AND (%(target_type)s::text IS NULL OR d.target_type = %(target_type)s::text)
  AND (%(created_after)s::timestamptz IS NULL OR d.created_at >= %(created_after)s::timestamptz)
  AND (%(created_before)s::timestamptz IS NULL OR d.created_at < %(created_before)s::timestamptz)
  AND (%(at)s::timestamptz IS NULL OR (d.created_at, d.id) < (%(at)s::timestamptz, %(id)s::uuid))
ORDER BY d.created_at DESC, d.id DESC LIMIT %(limit)s
"""
)


async def list_page(ctx: Context, wanted: Filters, after: Position | None, limit: int) -> list[Row]:
    """Return deployments, newest first."""
    at, last = (None, None) if after is None else (after.at, after.id)
    values: dict[str, Any] = {name: getattr(wanted, name) for name in Filters.__slots__}
    values |= {"organization_id": ctx.organization_id, "at": at, "id": last, "limit": limit}
    async with ctx.tx.cursor(row_factory=kwargs_row(_row)) as cursor:
        return await (await cursor.execute(_LIST, values)).fetchall()


_CURRENT: LiteralString = (
    _COLUMNS
    + """
WHERE d.organization_id = %s AND d.target_id = %s AND d.status IN ('pending', 'deploying', 'deployed')
  AND d.trigger_type <> 'scheduled' ORDER BY d.created_at DESC, d.id DESC LIMIT 1
"""
)


async def get_newest_live(ctx: Context, target_id: UUID) -> Row | None:
    """Return the newest deployment of a target that is deployed or about to be, scheduled ones left out."""
    async with ctx.tx.cursor(row_factory=kwargs_row(_row)) as cursor:
        return await (await cursor.execute(_CURRENT, (ctx.organization_id, target_id))).fetchone()


_LOCK_TARGET: LiteralString = "SELECT pg_advisory_xact_lock(tenant.lock_key('deployments.' || %s::text))"


async def lock_target(ctx: Context, target_id: UUID) -> None:
    """Let one transaction at a time make a version of a target the deployed one."""
    await ctx.tx.execute(_LOCK_TARGET, (target_id,))


_BEGIN: LiteralString = """
UPDATE deployments SET status = 'deploying', began_at = coalesce(began_at, tenant.now()), checks = %s
WHERE id = %s AND status IN ('pending', 'deploying') RETURNING id
"""


async def begin(ctx: Context, deployment_id: UUID, checks: list[Check]) -> bool:
    """Set a pending deployment to deploying; false when it is over by now."""
    row = await (await ctx.tx.execute(_BEGIN, (_document(checks), deployment_id))).fetchone()
    return row is not None


_NOTE_CHECKS: LiteralString = "UPDATE deployments SET checks = %s WHERE id = %s AND status = 'deploying' RETURNING id"


async def note_checks(ctx: Context, deployment_id: UUID, checks: list[Check]) -> bool:
    """Write how the checks stand; false when the deployment is over by now."""
    row = await (await ctx.tx.execute(_NOTE_CHECKS, (_document(checks), deployment_id))).fetchone()
    return row is not None


_SUPERSEDE: LiteralString = """
UPDATE deployments SET status = 'stopped', stopped_at = tenant.now()
WHERE target_id = %s AND status = 'deployed' AND id <> %s RETURNING id
"""
_BEGAN_LATER: LiteralString = """
SELECT EXISTS (SELECT FROM deployments other JOIN deployments mine ON mine.id = %s
  WHERE other.target_id = mine.target_id AND other.id <> mine.id AND other.deployed_at IS NOT NULL
    AND (other.began_at, other.id) > (mine.began_at, mine.id))
"""
_DEPLOY: LiteralString = """
UPDATE deployments SET status = 'deployed', deployed_at = tenant.now(), deployment_url = %s
WHERE id = %s AND status = 'deploying' RETURNING id
"""
_END: LiteralString = """
UPDATE deployments SET status = %(status)s, error_message = %(error_message)s,
  stopped_at = CASE WHEN %(status)s = 'stopped' THEN tenant.now() END
WHERE id = %(id)s AND status IN ('pending', 'deploying', 'deployed') RETURNING id
"""


async def is_overtaken(ctx: Context, deployment_id: UUID) -> bool:
    """Say whether a deployment of the same target that began later was deployed already."""
    row = await (await ctx.tx.execute(_BEGAN_LATER, (deployment_id,))).fetchone()
    return row is not None and bool(row[0])


async def deploy(ctx: Context, row: Row, deployment_url: str) -> bool:
    """Make a deployment the target's deployed one, and stop the one before; false when it is over by now."""
    await ctx.tx.execute(_SUPERSEDE, (row.target_id, row.id))
    return await (await ctx.tx.execute(_DEPLOY, (deployment_url, row.id))).fetchone() is not None


async def end(ctx: Context, deployment_id: UUID, status: DeploymentStatus, error_message: str | None) -> bool:
    """Set a deployment to failed or stopped; false when it is over already."""
    values = {"id": deployment_id, "status": status, "error_message": error_message}
    return await (await ctx.tx.execute(_END, values)).fetchone() is not None


_FIND: LiteralString = "SELECT id, organization_id, target_type, target_id, version, snapshot FROM tenant.find_deployed(%s)"


@dataclass(frozen=True, slots=True)
class Found:
    """The deployed version of a target."""

    id: UUID
    organization_id: OrganizationId
    target_type: RunType
    target_id: UUID
    release: Release


async def find_deployed(database: Database, target_id: UUID) -> Found | None:
    """Return a target's deployed version, before any tenant is known."""
    rows = await database.statement(_FIND, (target_id,))
    if not rows:
        return None
    deployment_id, organization_id, target_type, target, version, snapshot = rows[0]
    return Found(deployment_id, OrganizationId(organization_id), RunType(target_type), target, Release(version, snapshot))


def _document(checks: list[Check]) -> Jsonb:
    document: list[Json] = [{"name": each.name, "status": each.status.value, "message": each.message} for each in checks]
    return Jsonb(document)
