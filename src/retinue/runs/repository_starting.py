"""The SQL that starts runs."""

from collections.abc import Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import ObjectNotInPrerequisiteState
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject, dumps
from retinue.runs.errors import OrganizationShutError
from retinue.runs.types import NewRun, StartOutcome

_SOURCES: LiteralString = "SELECT control.sources_of(%s::uuid, %s::uuid)"


async def get_sources(ctx: Context, agent_id: UUID) -> str | None:
    """Return what the plan of an agent is made of, as the versions of its rows; None where rows do not tell it."""
    row = await (await ctx.tx.execute(_SOURCES, (ctx.organization_id, agent_id), prepare=True)).fetchone()
    return None if row is None else row[0]


_START: LiteralString = """
SELECT run_id, is_new, known_hash, made_at, run_priority, person_name, plan_hash FROM control.start(
  run => %(id)s::uuid, organization => %(organization_id)s::uuid, run_type => %(type)s::text, target => %(target_id)s::uuid,
  target_label => %(target_name)s::text, agent => %(agent_id)s::uuid, version_number => %(agent_version)s::integer,
  conversation => %(conversation_id)s::uuid, parent => %(parent_run_id)s::uuid, forked_from => %(forked_from_run_id)s::uuid,
  retry_of => %(retry_of_run_id)s::uuid, run_trigger => %(trigger)s::text, is_trial => %(playground)s::boolean,
  person => %(triggered_by_id)s::uuid, deployment => %(deployment_id)s::uuid, visitor => %(visitor_id)s::uuid,
  key => %(idempotency_key)s::text, hash => %(request_hash)s::bytea, run_plan => %(plan)s::jsonb,
  run_input => %(input)s::jsonb, trace => %(trace_id)s::text, caller_span => %(caller_span_id)s::text,
  wanted_priority => %(priority)s::integer, is_dry => %(dry_run)s::boolean,
  run_tags => %(tags)s::text[], run_metadata => %(metadata)s::jsonb, audit_entry => %(audit_entry)s::jsonb,
  known_plan => %(plan_hash)s::bytea, sources => %(sources)s::text, entering => %(entering)s::text[])
"""


async def start(ctx: Context, new: NewRun, audit_entry: JsonObject) -> StartOutcome:
    """Make a pending run and its entry of the audit log; or name the run that was made under the same key before.

    Raises ``OrganizationShutError``.
    """
    values = _values(ctx.organization_id, new, audit_entry, None)
    async with ctx.tx.cursor(row_factory=class_row(StartOutcome)) as cursor:
        try:
            await cursor.execute(_START, values, prepare=True)
        except ObjectNotInPrerequisiteState:
            raise OrganizationShutError from None
        made = await cursor.fetchone()
    if made is None:
        raise AssertionError("control.start returns a row or raises")
    return made


async def start_known(database: Database, actor: Actor, new: NewRun, audit_entry: JsonObject) -> StartOutcome | None:
    """Make a pending run of a known plan in a transaction of its own; None when the plan is another by now.

    Raises ``OrganizationShutError``.
    """
    values = _values(actor.organization_id, new, audit_entry, database.entering(actor))
    try:
        rows = await database.statement(_START, values)
    except ObjectNotInPrerequisiteState:
        raise OrganizationShutError from None
    return StartOutcome(*rows[0]) if rows else None


def _values(
    organization_id: OrganizationId | None, new: NewRun, audit_entry: JsonObject, entering: list[str] | None
) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(new, name) for name in NewRun.__slots__}
    labels = values.pop("labels")
    values |= {"organization_id": organization_id, "input": Jsonb(new.input), "entering": entering}
    values |= {"tags": list(labels.tags), "metadata": Jsonb(dict(labels.metadata))}
    values |= {"plan": None if new.plan is None else Jsonb(new.plan), "audit_entry": Jsonb(audit_entry)}
    return values


_START_MANY: LiteralString = """
SELECT s.run_id FROM json_to_recordset(%s) AS n (id uuid, type text, target_id uuid, target_name text, agent_id uuid,
  agent_version integer, conversation_id uuid, parent_run_id uuid, trigger text, playground boolean, triggered_by_id uuid,
  deployment_id uuid, visitor_id uuid, plan jsonb, input jsonb, trace_id text, caller_span_id text, priority integer,
  dry_run boolean, tags text[], metadata jsonb, audit_entry jsonb), control.start(
  run => n.id, organization => %s::uuid, run_type => n.type, target => n.target_id, target_label => n.target_name,
  agent => n.agent_id, version_number => n.agent_version, conversation => n.conversation_id, parent => n.parent_run_id,
  run_trigger => n.trigger, is_trial => n.playground, person => n.triggered_by_id, deployment => n.deployment_id,
  visitor => n.visitor_id, run_plan => n.plan, run_input => n.input, trace => n.trace_id, caller_span => n.caller_span_id,
  wanted_priority => n.priority, is_dry => n.dry_run, run_tags => n.tags, run_metadata => n.metadata,
  audit_entry => n.audit_entry) s
"""
_WRITTEN = (
    *("id", "type", "target_id", "target_name", "agent_id", "agent_version", "conversation_id", "parent_run_id", "trigger"),
    *("playground", "triggered_by_id", "deployment_id", "visitor_id", "plan", "input", "trace_id", "caller_span_id"),
    *("priority", "dry_run"),
)


async def start_many(ctx: Context, made: Sequence[tuple[NewRun, JsonObject]]) -> None:
    """Make pending runs without idempotency keys, with their entries of the audit log. Raises ``OrganizationShutError``."""
    rows = [
        {name: getattr(new, name) for name in _WRITTEN}
        | {"tags": list(new.labels.tags), "metadata": dict(new.labels.metadata), "audit_entry": entry}
        for new, entry in made
    ]
    try:
        await ctx.tx.execute(_START_MANY, (dumps(rows).decode(), ctx.organization_id), prepare=True)
    except ObjectNotInPrerequisiteState:
        raise OrganizationShutError from None
