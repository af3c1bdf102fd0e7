"""The SQL that starts runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID

from psycopg.errors import ObjectNotInPrerequisiteState
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from retinue.core.context import Context
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


@dataclass(frozen=True, slots=True)
class KnownStart:
    """A start of a run of a known plan: the run, its entry of the audit log, and who enters (``Database.entering``)."""

    new: NewRun
    audit_entry: JsonObject
    entering: list[str]


async def start_known(
    database: Database, organization_id: OrganizationId, starts: Sequence[KnownStart]
) -> list[StartOutcome | None]:
    """Make pending runs of known plans in a transaction of their own; None for each whose plan is another by now.

    Only a single one may have an idempotency key. Raises ``OrganizationShutError``, and then none is made.
    """
    try:
        if len(starts) == 1:
            (one,) = starts
            found = await database.statement(_START, _values(organization_id, one.new, one.audit_entry, one.entering))
            return [StartOutcome(*found[0]) if found else None]
        rows = dumps([_row(each.new, each.audit_entry) | {"entering": each.entering} for each in starts]).decode()
        made = {row[0]: StartOutcome(*row) for row in await database.statement(_START_MANY, (rows, organization_id))}
    except ObjectNotInPrerequisiteState:
        raise OrganizationShutError from None
    return [made.get(each.new.id) for each in starts]


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
SELECT s.run_id, s.is_new, s.known_hash, s.made_at, s.run_priority, s.person_name, s.plan_hash
FROM json_to_recordset(%s) AS n (id uuid, type text, target_id uuid, target_name text, agent_id uuid,
  agent_version integer, conversation_id uuid, parent_run_id uuid, trigger text, playground boolean, triggered_by_id uuid,
  deployment_id uuid, visitor_id uuid, plan jsonb, input jsonb, trace_id text, caller_span_id text, priority integer,
  dry_run boolean, tags text[], metadata jsonb, audit_entry jsonb, plan_hash text, sources text,
  entering text[]), control.start(
  run => n.id, organization => %s::uuid, run_type => n.type, target => n.target_id, target_label => n.target_name,
  agent => n.agent_id, version_number => n.agent_version, conversation => n.conversation_id, parent => n.parent_run_id,
  run_trigger => n.trigger, is_trial => n.playground, person => n.triggered_by_id, deployment => n.deployment_id,
  visitor => n.visitor_id, run_plan => n.plan, run_input => n.input, trace => n.trace_id, caller_span => n.caller_span_id,
  wanted_priority => n.priority, is_dry => n.dry_run, run_tags => n.tags, run_metadata => n.metadata,
  audit_entry => n.audit_entry, known_plan => decode(n.plan_hash, 'hex'), sources => n.sources, entering => n.entering) s
"""
_WRITTEN = (
    *("id", "type", "target_id", "target_name", "agent_id", "agent_version", "conversation_id", "parent_run_id", "trigger"),
    *("playground", "triggered_by_id", "deployment_id", "visitor_id", "plan", "input", "trace_id", "caller_span_id"),
    *("priority", "dry_run", "sources"),
)


async def start_many(ctx: Context, made: Sequence[tuple[NewRun, JsonObject]]) -> None:
    """Make pending runs without idempotency keys, with their entries of the audit log. Raises ``OrganizationShutError``."""
    rows = [_row(new, entry) for new, entry in made]
    try:
        await ctx.tx.execute(_START_MANY, (dumps(rows).decode(), ctx.organization_id), prepare=True)
    except ObjectNotInPrerequisiteState:
        raise OrganizationShutError from None


def _row(new: NewRun, audit_entry: JsonObject) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(new, name) for name in _WRITTEN}
    row |= {"tags": list(new.labels.tags), "metadata": dict(new.labels.metadata), "audit_entry": audit_entry}
    return row | {"plan_hash": None if new.plan_hash is None else new.plan_hash.hex()}
