"""The loader of history: puts what ran a moment ago into the last 30 days, as if it had run then.

The runs themselves are real, made by services and carried out by the engine. Only their times, and the names of the models
in the figures of their calls, are changed, by the database's owner and in this organization alone. Metrics and usage are
then made of them by the same code as of every run.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection, sql
from psycopg.errors import DeadlockDetected
from psycopg.types.json import Jsonb

from retinue.core.json import dumps
from retinue.demo import content

Owner = AsyncConnection[Any]

DAYS = 30
_ATTEMPTS = 5
_LOCK: LiteralString = """
SELECT pg_advisory_xact_lock(tenant.lock_key('collect_endings')), pg_advisory_xact_lock(tenant.lock_key('roll_up_metrics')),
  pg_advisory_xact_lock(tenant.lock_key('add_up_usage'))
"""
"""What a worker holds while it makes metrics and usage of runs."""
_STRETCH = 45.0
"""A script answers in hundredths of a second; a model in seconds."""

# Each run with the moment at which its root began, and the moment at which it is to have begun.
_SHIFTS: LiteralString = """
WITH RECURSIVE family AS (
  SELECT r.id, r.id AS root, r.created_at AS anchor FROM runs r
  WHERE r.organization_id = %(organization)s AND r.id = ANY (%(runs)s::uuid[])
  UNION ALL
  SELECT r.id, f.root, f.anchor FROM runs r JOIN family f ON r.parent_run_id = f.id AND r.organization_id = %(organization)s
), shift AS (
  SELECT f.id AS run_id, f.anchor, w.at FROM family f
  JOIN unnest(%(runs)s::uuid[], %(times)s::timestamptz[]) AS w (run_id, at) ON w.run_id = f.root
)
"""
_TIMES: LiteralString = """
SELECT c.table_name, c.column_name FROM information_schema.columns c
JOIN pg_class t ON t.relname = c.table_name AND t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p')
WHERE c.table_schema = 'public' AND c.data_type = 'timestamp with time zone' AND c.table_name = ANY (%s)
  AND c.is_generated = 'NEVER'
"""
_OF_RUNS = ["run_steps", "run_events", "run_logs", "agent_thoughts", "run_artifacts", "approvals", "tool_calls", "messages"]

_MODEL: LiteralString = """
UPDATE run_steps s SET usage = s.usage || jsonb_build_object('model', %(model)s::text),
  step_name = CASE WHEN s.step_type = 'llm_call' THEN %(model)s::text ELSE s.step_name END
FROM runs r
WHERE r.organization_id = %(organization)s AND r.agent_id = %(agent)s AND s.run_id = r.id AND s.usage ? 'model'
"""
_FORGET: tuple[LiteralString, ...] = (
    "DELETE FROM reported_metrics WHERE organization_id = %(organization)s",
    "DELETE FROM run_metrics WHERE organization_id = %(organization)s",
    "DELETE FROM metric_rollups WHERE organization_id = %(organization)s",
    "DELETE FROM metric_totals WHERE organization_id = %(organization)s",
    "DELETE FROM metric_changes WHERE organization_id = %(organization)s",
    "DELETE FROM api_usage WHERE organization_id = %(organization)s",
    "DELETE FROM usage_hours WHERE organization_id = %(organization)s",
    "DELETE FROM usage_changes WHERE organization_id = %(organization)s",
    "DELETE FROM run_endings WHERE organization_id = %(organization)s",
    "SELECT tenant.make_room(tenant.now() - interval '31 days')",
    """
INSERT INTO run_endings (organization_id, ended_run_id) SELECT organization_id, id FROM runs
WHERE organization_id = %(organization)s AND status IN ('completed', 'failed', 'cancelled')
""",
)
_CHATS: LiteralString = """
UPDATE conversations c SET created_at = m.first, last_message_time = m.last, updated_at = m.last
FROM (SELECT conversation_id, min(created_at) AS first, max(created_at) AS last FROM messages
  WHERE organization_id = %(organization)s GROUP BY conversation_id) m
WHERE c.organization_id = %(organization)s AND c.id = m.conversation_id
"""
_SCHEDULED: LiteralString = """
UPDATE runs SET trigger = 'schedule' WHERE organization_id = %(organization)s AND id = ANY (%(scheduled)s)
"""
_OCCURRENCES: LiteralString = """
INSERT INTO schedule_occurrences (organization_id, schedule_id, due_at, kind, status, run_id, claimed_at, started_at)
SELECT r.organization_id, %(schedule)s, date_trunc('minute', r.created_at), 'scheduled', 'started', r.id, r.created_at,
  r.created_at
FROM runs r WHERE r.organization_id = %(organization)s AND r.id = ANY (%(scheduled)s) ON CONFLICT DO NOTHING
"""
_NOTIFICATION: LiteralString = """
INSERT INTO notifications (id, organization_id, user_id, type, title, message, data, priority, read_at, created_at)
VALUES (gen_random_uuid(), %(organization)s, %(user)s, %(type)s, %(title)s, %(message)s, %(data)s, %(priority)s, %(read)s,
  %(at)s)
"""


@dataclass(frozen=True, slots=True)
class CreatedDemo:
    """What the services made: ids by name."""

    organization: UUID
    user: UUID
    agents: dict[str, UUID]
    runs: list[UUID]
    """Roots that go into the past."""
    schedule: UUID
    scheduled: list[UUID]
    """Those of them that the schedule started."""
    failed: list[tuple[UUID, str]]


def times_of(number: int, now: datetime, draw: random.Random) -> list[datetime]:
    """Return instants of the last 30 days, oldest first: more by day than by night, on working days, and lately."""
    found: list[datetime] = []
    while len(found) < number:
        at = now - timedelta(days=DAYS * draw.random() ** 1.3) - timedelta(minutes=20)
        weight = (1.0 if 7 <= at.hour <= 18 else 0.25) * (1.0 if at.weekday() < 5 else 0.4)  # noqa: PLR2004 - hours, days
        if draw.random() < weight and at > now - timedelta(days=DAYS):
            found.append(at)
    return sorted(found)


async def load(owner: Owner, made: CreatedDemo, draw: random.Random) -> None:
    """Put the runs into the past, and add what goes with them. One transaction, begun again when a worker was in its way."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            await _load(owner, made, draw)
        except DeadlockDetected:
            if attempt == _ATTEMPTS:
                raise
        else:
            return


async def _load(owner: Owner, made: CreatedDemo, draw: random.Random) -> None:
    now = datetime.now(UTC)
    times = times_of(len(made.runs), now, draw)
    values: dict[str, Any] = {"organization": made.organization, "runs": made.runs, "times": times}
    async with owner.transaction():
        await owner.execute(_LOCK)
        await _shift(owner, values)
        await owner.execute(_CHATS, values)
        for name, agent in made.agents.items():
            await owner.execute(_MODEL, {**values, "agent": agent, "model": content.MODELS[name]})
        for statement in _FORGET:
            await owner.execute(statement, values)
        for statement in (_SCHEDULED, _OCCURRENCES):
            await owner.execute(statement, {**values, "schedule": made.schedule, "scheduled": made.scheduled})
        await _notify(owner, made, now)
        await owner.execute(
            "SELECT tenant.record_requests(%s, %s)", (f"{{{made.organization}}}", _requests(made, now, draw))
        )


async def _shift(owner: Owner, values: dict[str, Any]) -> None:
    columns = await (await owner.execute(_TIMES, (["runs", *_OF_RUNS],))).fetchall()
    by_table: dict[str, list[str]] = {}
    for table, column in columns:
        by_table.setdefault(table, []).append(column)
    # The runs last: the others are moved by when their run began.
    for table, names in sorted(by_table.items(), key=lambda each: each[0] == "runs"):
        place = sql.SQL("x.at + (t.{c} - x.anchor) * {stretch}")
        sets = [
            sql.SQL("{c} = {place}").format(
                c=sql.Identifier(name), place=place.format(c=sql.Identifier(name), stretch=sql.Literal(_STRETCH))
            )
            for name in names
        ]
        key = sql.SQL("t.id" if table == "runs" else "t.run_id")
        statement = sql.SQL("UPDATE {table} t SET {sets} FROM shift x WHERE {key} = x.run_id")
        await owner.execute(
            sql.SQL(_SHIFTS) + statement.format(table=sql.Identifier(table), sets=sql.SQL(", ").join(sets), key=key), values
        )
    await owner.execute(
        "UPDATE runs r SET duration_ms = extract(epoch FROM r.completed_at - r.started_at) * 1000 "
        "WHERE r.organization_id = %(organization)s AND r.completed_at IS NOT NULL AND r.started_at IS NOT NULL",
        values,
    )


async def _notify(owner: Owner, made: CreatedDemo, now: datetime) -> None:
    for number, (run, name) in enumerate(made.failed[:6]):
        at = now - timedelta(hours=5 + 17 * number)
        values = {
            "organization": made.organization,
            "user": made.user,
            "type": "run_failed",
            "title": f"A run of {name} failed",
            "message": content.FAILURES[name][-1]["error"],
            "data": Jsonb({"run_id": str(run)}),
            "priority": "high" if number == 0 else "medium",
            "read": at + timedelta(hours=2) if number > 1 else None,
            "at": at,
        }
        await owner.execute(_NOTIFICATION, values)


def _requests(made: CreatedDemo, now: datetime, draw: random.Random) -> str:
    """Return the requests of programs to the API in the last 30 days, as the API writes them."""
    rows: list[dict[str, object]] = []
    for at in times_of(600, now, draw):
        method, endpoint = draw.choice(content.ENDPOINTS)
        rows.append(
            {
                "id": str(UUID(int=draw.getrandbits(128), version=4)),
                "organization_id": str(made.organization),
                "user_id": str(made.user),
                "endpoint": endpoint,
                "method": method,
                "status_code": draw.choices([200, 404, 422, 429], [94, 2, 2, 2])[0],
                "response_time_ms": int(draw.lognormvariate(3.2, 0.7)),
                "created_at": at.isoformat(),
            }
        )
    return dumps(rows).decode()
