"""What rules are evaluated from: SQL that reads facts for many rules at once. Each row names the question it answers."""

# ruff: noqa: S608 - statements are put together of constants

from collections import defaultdict
from typing import Any, LiteralString

import orjson

from retinue.core.context import Context

# The questions come as JSON: k numbers them, t is a target (null: the whole organization), c from when on runs count, y a
# tag that runs must have, b when the rule was saved, w the seconds of a window, n a number and p a part, of rows.
_ASKED: LiteralString = """
json_to_recordset(%s) AS i (k integer, o uuid, t uuid, n integer, s text, g text[], w double precision, p double precision,
  c timestamptz, y text, b timestamptz)
"""
_MATCHING: LiteralString = """
CASE WHEN i.s = 'warning' THEN r.status = 'completed' AND r.warning_count > 0 ELSE r.status = 'failed' END"""
_MATCHES: LiteralString = _MATCHING + " AS matches "
_ENDED: LiteralString = """
r.status IN ('completed', 'failed') AND NOT r.playground AND (i.g IS NULL OR r.trigger = ANY (i.g))
  AND (i.c IS NULL OR r.completed_at > i.c) AND (i.y IS NULL OR i.y = ANY (r.tags))
"""
_OF_TARGET: LiteralString = "r.organization_id = i.o AND r.target_id = i.t AND "
_OF_ORGANIZATION: LiteralString = "r.organization_id = i.o AND r.parent_run_id IS NULL AND "

_OUTCOME_HEAD: LiteralString = (
    "i.k, f.matches, f.ids, f.ends, f.error FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT array_agg(l.matches ORDER BY l.completed_at DESC, l.id DESC) AS matches,
    array_agg(l.id ORDER BY l.completed_at DESC, l.id DESC) AS ids,
    array_agg(l.completed_at ORDER BY l.completed_at DESC, l.id DESC) AS ends,
    (array_agg(l.error ORDER BY l.completed_at DESC, l.id DESC) FILTER (WHERE l.matches))[1] AS error
  FROM (SELECT r.id, r.completed_at, CASE WHEN r.private_to_user_id IS NULL THEN r.error_message END AS error, """
    + _MATCHES
    + " FROM runs r WHERE "
)
_OUTCOME_TAIL: LiteralString = _ENDED + " ORDER BY r.completed_at DESC, r.id DESC LIMIT i.n) l) f"
OUTCOME_OF_TARGET: LiteralString = "SELECT " + _OUTCOME_HEAD + _OF_TARGET + _OUTCOME_TAIL
OUTCOME_OF_ORGANIZATION: LiteralString = "SELECT " + _OUTCOME_HEAD + _OF_ORGANIZATION + _OUTCOME_TAIL

# Few of many runs fail. What follows from the other conditions is written out for the planner: an index has just these.
_AMISS: LiteralString = "(r.status = 'failed' OR r.warning_count > 0) AND "
_WINDOW: LiteralString = _ENDED + " AND r.completed_at > tenant.now() - make_interval(secs => i.w)"
_WINDOW_TAIL: LiteralString = _WINDOW + ") l) f"
# Runs may be many, so they are counted as far as it matters: those that match, and of all as many as it takes for them to be
# less than the part p, if they may be that at all when the window has no more than n. One tells that there are any.
_WINDOW_HEAD: LiteralString = (
    "i.k, t.total, f.matched FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT count(*) AS matched FROM runs r WHERE """
)
_WINDOW_MIDDLE: LiteralString = (
    _AMISS
    + _MATCHING
    + " AND "
    + _WINDOW
    + """) f CROSS JOIN LATERAL (
  SELECT count(*) AS total FROM (SELECT FROM runs r WHERE """
)
_WINDOW_END: LiteralString = (
    _WINDOW
    + """
    LIMIT CASE WHEN f.matched::double precision / i.n >= i.p THEN floor(f.matched / i.p) + 2 ELSE 1 END) l) t"""
)
WINDOW_OF_TARGET: LiteralString = "SELECT " + _WINDOW_HEAD + _OF_TARGET + _WINDOW_MIDDLE + _OF_TARGET + _WINDOW_END
WINDOW_OF_ORGANIZATION: LiteralString = (
    "SELECT " + _WINDOW_HEAD + _OF_ORGANIZATION + _WINDOW_MIDDLE + _OF_ORGANIZATION + _WINDOW_END
)
_NEWEST_HEAD: LiteralString = (
    "i.k, f.ids, f.error FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT array_agg(l.id ORDER BY l.completed_at DESC, l.id DESC) AS ids,
    (array_agg(l.error ORDER BY l.completed_at DESC, l.id DESC))[1] AS error
  FROM (SELECT r.id, r.completed_at, CASE WHEN r.private_to_user_id IS NULL THEN r.error_message END AS error
    FROM runs r WHERE """
)
_NEWEST_TAIL: LiteralString = (
    _AMISS + _MATCHING + " AND " + _WINDOW + " ORDER BY r.completed_at DESC, r.id DESC LIMIT 5) l) f"
)
NEWEST_OF_TARGET: LiteralString = "SELECT " + _NEWEST_HEAD + _OF_TARGET + _NEWEST_TAIL
NEWEST_OF_ORGANIZATION: LiteralString = "SELECT " + _NEWEST_HEAD + _OF_ORGANIZATION + _NEWEST_TAIL

# s names the figure. What has no figure, as a run without a known cost, is left out.
_METRIC_HEAD: LiteralString = (
    "i.k, f.* FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT count(l.v) AS count, avg(l.v) AS avg, min(l.v) AS min, max(l.v) AS max, sum(l.v) AS sum,
    (array_agg(l.v ORDER BY l.completed_at DESC, l.id DESC) FILTER (WHERE l.v IS NOT NULL))[1] AS last,
    percentile_cont(ARRAY[0.5, 0.9, 0.95, 0.99]) WITHIN GROUP (ORDER BY l.v) AS percentiles,
    (array_agg(l.id ORDER BY l.v DESC) FILTER (WHERE l.v IS NOT NULL))[1:5] AS ids
  FROM (SELECT r.id, r.completed_at, CASE i.s
      WHEN 'cost' THEN (r.resource_usage ->> 'cost_usd')::double precision
      WHEN 'success_rate' THEN (r.status = 'completed')::integer::double precision
      ELSE CASE WHEN r.status = 'completed' THEN r.duration_ms::double precision END END AS v
    FROM runs r WHERE """
)
METRIC_OF_TARGET: LiteralString = "SELECT " + _METRIC_HEAD + _OF_TARGET + _WINDOW_TAIL
METRIC_OF_ORGANIZATION: LiteralString = "SELECT " + _METRIC_HEAD + _OF_ORGANIZATION + _WINDOW_TAIL

# Here c is the beginning of the period.
_SPENT: LiteralString = """r.status IN ('completed', 'failed') AND r.completed_at >= i.c
  AND (i.y IS NULL OR i.y = ANY (r.tags))) f"""
_BUDGET_HEAD: LiteralString = (
    "i.k, f.spent FROM "
    + _ASKED
    + " CROSS JOIN LATERAL ("
    + "SELECT coalesce(sum((r.resource_usage ->> 'cost_usd')::double precision), 0) AS spent FROM runs r WHERE "
)
BUDGET_OF_TARGET: LiteralString = "SELECT " + _BUDGET_HEAD + _OF_TARGET + _SPENT
BUDGET_OF_ORGANIZATION: LiteralString = "SELECT " + _BUDGET_HEAD + _OF_ORGANIZATION + _SPENT

# Here s is the budget's id. A budget that counts each run by itself has the part of the run that has used most.
BUDGET_USED: LiteralString = (
    "SELECT i.k, f.name, f.part, f.ends_at FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT b.name, p.ends_at, coalesce(max(greatest(k.settled_usd / nullif(b.limit_usd + k.granted_usd, 0),
    k.settled_tokens::numeric / nullif(b.limit_tokens + k.granted_tokens, 0))), 0)::double precision AS part
  FROM budgets b CROSS JOIN LATERAL tenant.budget_period(b.period, b.timezone, tenant.now()) p
  LEFT JOIN budget_counters k ON k.budget_id = b.id AND k.period_start = p.starts_at
  WHERE b.organization_id = i.o AND b.id = i.s::uuid GROUP BY b.id, b.name, p.ends_at) f"""
)

# Here s is the id of the budget by which a rule blocks: whether it refused a call in its present period.
BUDGET_EXHAUSTED: LiteralString = (
    "SELECT i.k, f.is_exhausted FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT k.exhausted_at IS NOT NULL AS is_exhausted
  FROM budgets b CROSS JOIN LATERAL tenant.budget_period(b.period, b.timezone, tenant.now()) p
  LEFT JOIN budget_counters k ON k.budget_id = b.id AND k.counted_id = b.id AND k.period_start = p.starts_at
  WHERE b.organization_id = i.o AND b.id = i.s::uuid) f"""
)

# An agent or a workflow, whose history is c, is in use since it was activated, also while it fails and recovers.
_USED_SINCE: LiteralString = """min(c.changed_at) FILTER (WHERE c.status IN ('active', 'error') AND NOT EXISTS (
    SELECT FROM status_changes l WHERE l.organization_id = i.o AND (l.agent_id = c.agent_id OR l.workflow_id = c.workflow_id)
      AND l.status NOT IN ('active', 'error') AND (l.changed_at, l.id) > (c.changed_at, c.id)))"""
# An agent has a whole interval from its activation on.
HEARTBEAT: LiteralString = (
    "SELECT i.k, f.id, f.name, f.heard FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT a.id, a.name, greatest(a.last_heartbeat, coalesce(u.since, a.status_changed_at), a.created_at) AS heard
  FROM agents a CROSS JOIN LATERAL (SELECT """
    + _USED_SINCE
    + """ AS since FROM status_changes c WHERE c.organization_id = i.o AND c.agent_id = a.id) u
  WHERE a.organization_id = i.o AND (i.t IS NULL OR a.id = i.t) AND a.runtime = 'external' AND a.status IN ('active',
    'error')
  ORDER BY heard LIMIT 1) f"""
)
# Due and not claimed, or claimed and not started: the newest occurrence says how it is now.
MISSED_SCHEDULE: LiteralString = (
    "SELECT i.k, f.name, f.due_at, f.is_missed, f.next_due_at FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT s.name, coalesce(CASE WHEN s.next_due_at <= tenant.now() THEN s.next_due_at END, o.due_at) AS due_at,
    coalesce(s.next_due_at <= tenant.now() - make_interval(secs => i.w), false)
      OR (coalesce(o.status IN ('missed', 'failed'), false) AND o.due_at <= tenant.now() - make_interval(secs => i.w)
        AND (i.c IS NULL OR o.due_at > i.c)) AS is_missed, s.next_due_at
  FROM agent_schedules s LEFT JOIN LATERAL (
    SELECT n.due_at, n.status FROM schedule_occurrences n WHERE n.schedule_id = s.id AND n.kind = 'scheduled'
    ORDER BY n.due_at DESC LIMIT 1) o ON true
  WHERE s.organization_id = i.o AND (i.t IS NULL OR s.target_id = i.t) AND s.enabled
    AND (s.paused_until IS NULL OR s.paused_until <= tenant.now())
  ORDER BY is_missed DESC, s.next_due_at LIMIT 1) f"""
)
RUN_DURATION: LiteralString = (
    "SELECT i.k, f.id, f.seconds, f.is_running FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT u.id, u.seconds, u.is_running FROM (
    (SELECT r.id, extract(epoch FROM tenant.now() - r.started_at)::double precision AS seconds, true AS is_running
      FROM runs r
      WHERE r.organization_id = i.o AND r.status = 'running' AND (i.t IS NULL OR r.target_id = i.t) AND NOT r.playground
        AND (i.y IS NULL OR i.y = ANY (r.tags)) AND (i.t IS NOT NULL OR r.parent_run_id IS NULL)
      ORDER BY r.started_at LIMIT 1)
    UNION ALL
    (SELECT r.id, r.duration_ms / 1000.0, false FROM runs r
      WHERE r.organization_id = i.o AND r.status IN ('completed', 'failed') AND (i.t IS NULL OR r.target_id = i.t)
      AND NOT r.playground
        AND (i.t IS NOT NULL OR r.parent_run_id IS NULL) AND (i.c IS NULL OR r.completed_at > i.c)
        AND (i.y IS NULL OR i.y = ANY (r.tags))
      ORDER BY r.completed_at DESC, r.id DESC LIMIT 1)) u
  ORDER BY u.seconds DESC NULLS LAST LIMIT 1) f"""
)
# An external agent whose last heartbeat reported an error has the status error too, unless it is paused or inactive.
AGENT_STATUS: LiteralString = (
    "SELECT i.k, f.name, f.since, f.status_reason, f.is_reported FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT a.name, CASE WHEN a.status = i.s THEN a.status_changed_at ELSE a.last_heartbeat END AS since, a.status_reason,
    a.status <> i.s AS is_reported
  FROM agents a WHERE a.organization_id = i.o AND (i.t IS NULL OR a.id = i.t) AND (a.status = i.s
    OR (i.s = 'error' AND a.status = 'active' AND a.runtime = 'external' AND a.heartbeat_status = 'error'))
  ORDER BY since LIMIT 1) f"""
)
# Of each target the newest deployment counts.
DEPLOYMENT: LiteralString = (
    "SELECT i.k, f.updated_at, f.error_message FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT n.updated_at, n.error_message FROM (
    SELECT DISTINCT ON (d.target_id) d.status, d.updated_at, d.error_message FROM deployments d
    WHERE d.organization_id = i.o AND (i.t IS NULL OR d.target_id = i.t) ORDER BY d.target_id, d.created_at DESC,
      d.id DESC) n
  WHERE n.status = 'failed' ORDER BY n.updated_at LIMIT 1) f"""
)
WORKFLOW_STATUS: LiteralString = (
    "SELECT i.k, f.name, f.updated_at FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT w.name, coalesce(l.ended_at, w.updated_at) AS updated_at FROM workflows w LEFT JOIN LATERAL (
    SELECT e.status, e.ended_at FROM workflow_executions e WHERE e.workflow_id = w.id AND e.ended_at IS NOT NULL
    ORDER BY e.ended_at DESC LIMIT 1) l ON true
  WHERE w.organization_id = i.o AND (i.t IS NULL OR w.id = i.t)
    AND i.s = CASE WHEN NOT w.is_active THEN 'inactive' WHEN w.is_paused THEN 'paused'
      WHEN l.status = 'failed' THEN 'error' END
  ORDER BY updated_at LIMIT 1) f"""
)
DELIVERY_FAILURES: LiteralString = (
    "SELECT i.k, f.dead FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT count(*) AS dead FROM alert_deliveries d
  WHERE d.organization_id = i.o AND d.state = 'dead' AND d.created_at > tenant.now() - interval '1 hour'
    AND (i.c IS NULL OR d.created_at > i.c)) f"""
)
# No row for an organization without a superuser: how the installation stands is not for its members.
BACKUPS: LiteralString = (
    "SELECT i.k, f.began_at, f.backed_up_at, f.rehearsed_at, f.is_rehearsal_failed FROM "
    + _ASKED
    + " CROSS JOIN LATERAL tenant.backups_for_alerts(i.o) f"
)

# The newest runs, as many as are expected: the oldest of them says when they are too few. Here s is completed or ended.
_ABSENCE_HEAD: LiteralString = (
    """i.k, f.found, f.oldest, f.ids, h.used_since, h.is_known FROM """
    + _ASKED
    + " CROSS JOIN LATERAL (SELECT count(*) > 0 AS is_known, "
    + _USED_SINCE
    + """ AS used_since
  FROM status_changes c WHERE c.organization_id = i.o AND (c.agent_id = i.t OR c.workflow_id = i.t)) h
CROSS JOIN LATERAL (
  SELECT count(*) AS found, min(l.completed_at) AS oldest, (array_agg(l.id ORDER BY l.completed_at DESC))[1:1] AS ids
  FROM (SELECT r.id, r.completed_at FROM runs r WHERE """
)
_ABSENCE_TAIL: LiteralString = """r.status IN ('completed', 'failed') AND (i.s = 'ended' OR r.status = 'completed')
    AND NOT r.playground AND (i.y IS NULL OR i.y = ANY (r.tags)) ORDER BY r.completed_at DESC, r.id DESC LIMIT i.n) l) f"""
ABSENCE_OF_TARGET: LiteralString = "SELECT " + _ABSENCE_HEAD + _OF_TARGET + _ABSENCE_TAIL
ABSENCE_OF_ORGANIZATION: LiteralString = "SELECT " + _ABSENCE_HEAD + _OF_ORGANIZATION + _ABSENCE_TAIL

APPROVAL_WAITING: LiteralString = (
    "SELECT i.k, f.run_id, f.target_name, f.created_at FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT a.run_id, r.target_name, a.created_at FROM approvals a JOIN runs r ON r.organization_id = a.organization_id
    AND r.id = a.run_id
  WHERE a.organization_id = i.o AND a.status = 'pending' AND (i.t IS NULL OR r.target_id = i.t)
    AND (i.c IS NULL OR a.created_at > i.c) AND (i.y IS NULL OR i.y = ANY (r.tags))
  ORDER BY a.created_at LIMIT 1) f"""
)

# Points of a metric, by minutes: the window is put back by some seconds, in which points are rolled up. n is 1 when the
# newest point is asked for.
REPORTED: LiteralString = (
    "SELECT i.k, f.* FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  WITH part AS MATERIALIZED (
    SELECT u.count, u.sum, u.min, u.max, u.bins, u.counts FROM metric_rollups u
    WHERE u.organization_id = i.o AND u.metric_type = i.s AND u.resolution = 'minute'
      AND u.bucket >= date_trunc('minute', tenant.now() - make_interval(secs => i.w + 15))
      AND u.bucket < tenant.now() - interval '15 seconds' AND u.agent_id = ANY (ARRAY(
        SELECT a.id FROM agents a WHERE a.organization_id = i.o AND (i.t IS NULL OR a.id = i.t)))
  ), ranked AS (
    SELECT b.bin, sum(b.number) OVER (ORDER BY b.bin) AS upto, sum(b.number) OVER () AS whole FROM (
      SELECT h.bin, sum(h.number::double precision) AS number FROM part p, unnest(p.bins, p.counts) AS h (bin, number)
      GROUP BY h.bin) b
  )
  SELECT (SELECT sum(p.count)::double precision FROM part p) AS count, (SELECT sum(p.sum)::double precision
    FROM part p) AS sum,
    (SELECT min(p.min)::double precision FROM part p) AS min, (SELECT max(p.max)::double precision FROM part p) AS max,
    CASE WHEN i.n = 1 THEN (
      SELECT m.value::double precision FROM agent_metrics m WHERE m.organization_id = i.o AND m.metric_type = i.s
        AND m.agent_id = ANY (ARRAY(SELECT a.id FROM agents a WHERE a.organization_id = i.o AND (i.t IS NULL OR a.id = i.t)))
        AND m.recorded_at >= tenant.now() - make_interval(secs => i.w + 15)
        AND m.recorded_at < tenant.now() - interval '15 seconds'
      ORDER BY m.recorded_at DESC LIMIT 1) END AS last,
    ARRAY(SELECT (SELECT tenant.metric_of_bin(min(r.bin)) FROM ranked r WHERE r.upto > q.part * (r.whole - 1))
      FROM unnest(ARRAY[0.5, 0.9, 0.95, 0.99]) WITH ORDINALITY AS q (part, place) ORDER BY q.place) AS percentiles) f"""
)

# Here g are the labels. Runs and points that lack one of them are in no group; values are cut at 200 characters.
_METRIC_GROUPS_HEAD: LiteralString = (
    "i.k, f.* FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT l.labels, count(l.v) AS count, avg(l.v) AS avg, min(l.v) AS min, max(l.v) AS max, sum(l.v) AS sum,
    (array_agg(l.v ORDER BY l.completed_at DESC, l.id DESC) FILTER (WHERE l.v IS NOT NULL))[1] AS last,
    percentile_cont(ARRAY[0.5, 0.9, 0.95, 0.99]) WITHIN GROUP (ORDER BY l.v) AS percentiles,
    (array_agg(l.id ORDER BY l.v DESC) FILTER (WHERE l.v IS NOT NULL))[1:5] AS ids
  FROM (SELECT r.id, r.completed_at, ARRAY(
      SELECT CASE WHEN u.x = 'agent' THEN r.agent_id::text ELSE left(r.metadata ->> u.x, 200) END
      FROM unnest(i.g) WITH ORDINALITY AS u (x, place) ORDER BY u.place) AS labels, CASE i.s
      WHEN 'cost' THEN (r.resource_usage ->> 'cost_usd')::double precision
      WHEN 'success_rate' THEN (r.status = 'completed')::integer::double precision
      ELSE CASE WHEN r.status = 'completed' THEN r.duration_ms::double precision END END AS v
    FROM runs r WHERE """
)
_METRIC_GROUPS_TAIL: LiteralString = """r.status IN ('completed', 'failed') AND NOT r.playground
    AND (i.y IS NULL OR i.y = ANY (r.tags)) AND r.completed_at > tenant.now() - make_interval(secs => i.w)) l
  WHERE array_position(l.labels, NULL) IS NULL GROUP BY l.labels LIMIT i.n) f"""
METRIC_GROUPS_OF_TARGET: LiteralString = "SELECT " + _METRIC_GROUPS_HEAD + _OF_TARGET + _METRIC_GROUPS_TAIL
METRIC_GROUPS_OF_ORGANIZATION: LiteralString = "SELECT " + _METRIC_GROUPS_HEAD + _OF_ORGANIZATION + _METRIC_GROUPS_TAIL
# Of points as they were reported: roll-ups have no labels.
REPORTED_GROUPS: LiteralString = (
    "SELECT i.k, f.* FROM "
    + _ASKED
    + """ CROSS JOIN LATERAL (
  SELECT l.labels, count(*) AS count, avg(l.v) AS avg, min(l.v) AS min, max(l.v) AS max, sum(l.v) AS sum,
    (array_agg(l.v ORDER BY l.recorded_at DESC))[1] AS last,
    percentile_cont(ARRAY[0.5, 0.9, 0.95, 0.99]) WITHIN GROUP (ORDER BY l.v) AS percentiles, NULL::uuid[] AS ids
  FROM (SELECT m.recorded_at, m.value::double precision AS v, ARRAY(
      SELECT CASE WHEN u.x = 'agent' THEN m.agent_id::text ELSE left(m.metadata ->> u.x, 200) END
      FROM unnest(i.g) WITH ORDINALITY AS u (x, place) ORDER BY u.place) AS labels
    FROM agent_metrics m WHERE m.organization_id = i.o AND m.metric_type = i.s
      AND m.agent_id = ANY (ARRAY(SELECT a.id FROM agents a WHERE a.organization_id = i.o AND (i.t IS NULL OR a.id = i.t)))
      AND m.recorded_at >= tenant.now() - make_interval(secs => i.w + 15)
      AND m.recorded_at < tenant.now() - interval '15 seconds') l
  WHERE array_position(l.labels, NULL) IS NULL GROUP BY l.labels LIMIT i.n) f"""
)


_UNASKED = ("k", "b")
"""Fields of questions that no statement reads but to tell which one is answered."""


def words_of(question: dict[str, Any], *but: str) -> bytes:
    """Return what is the same for questions that ask the same, whatever they say in some fields."""
    words = {name: value for name, value in question.items() if name not in _UNASKED and name not in but}
    return orjson.dumps(words, option=orjson.OPT_SORT_KEYS)


async def ask_all(ctx: Context, statement: LiteralString, questions: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return all rows that answer questions, each after the number of its question."""
    cursor = await ctx.tx.execute(statement, (orjson.dumps(questions).decode(),), prepare=True)
    return await cursor.fetchall()


async def ask(ctx: Context, statement: LiteralString, questions: list[dict[str, Any]]) -> dict[int, tuple[Any, ...]]:
    """Return the row that answers each question, by its number; a question without an answer has none.

    What several rules ask in the same words is asked once.
    """
    numbers: defaultdict[bytes, list[int]] = defaultdict(list)
    for question in questions:
        numbers[words_of(question)].append(question["k"])
    asked = {same[0] for same in numbers.values()}
    rows = await ask_all(ctx, statement, [question for question in questions if question["k"] in asked])
    answers = {row[0]: row[1:] for row in rows}
    return {number: answers[same[0]] for same in numbers.values() if same[0] in answers for number in same}
