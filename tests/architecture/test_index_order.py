"""Indexes of what every run writes grow at their end: a descending index of times has its pages split at its beginning.

Lists that begin with the newest are read backwards.
"""

import psycopg

from tests.conftest import Postgres

_DESCENDING = """
SELECT i.indexrelid::regclass::text, a.attname FROM pg_index i
JOIN pg_class c ON c.oid = i.indexrelid
CROSS JOIN LATERAL unnest(i.indoption::integer[]) WITH ORDINALITY AS o (flags, place)
JOIN pg_attribute a ON a.attrelid = i.indexrelid AND a.attnum = o.place
WHERE i.indrelid::regclass::text = ANY (%s) AND o.flags & 1 = 1
"""
_WRITTEN_BY_RUNS = [
    "runs", "run_steps", "run_events", "run_logs", "run_artifacts",
    "agent_thoughts", "tool_calls", "checkpoints", "audit_log",
]  # fmt: skip


def test_indexes_of_what_runs_write_grow_at_their_end(postgres: Postgres) -> None:
    with psycopg.connect(postgres.owner_url) as owner:
        assert owner.execute("SELECT count(*) FROM unnest(%s::regclass[])", (_WRITTEN_BY_RUNS,)).fetchone() == (9,)
        found = {tuple(row) for row in owner.execute(_DESCENDING, (_WRITTEN_BY_RUNS,))}

    assert found == {("runs_pending_idx", "priority")}  # which is not a time
