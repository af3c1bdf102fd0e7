"""Points that runs added to metrics before they were one row for each run are the same points afterwards."""

from importlib import resources

import psycopg

from retinue.migrations.runner import upgrade
from tests.backups.conftest import fresh_owner
from tests.conftest import Postgres

_POINTS = """
INSERT INTO agent_metrics (id, organization_id, agent_id, metric_type, value, unit, metadata, recorded_at)
SELECT r.id, 'a1a20000-0000-7000-8000-000000000000', 'b1a20000-0000-7000-8000-000000000000', p.metric_type, p.value, p.unit,
  CASE p.metric_type WHEN 'run_status' THEN jsonb_build_object('status', r.status) ELSE '{}' END, r.at
FROM (VALUES
  ('c1a20000-0000-7000-8000-000000000001'::uuid, 'completed', now() - interval '1 minute'),
  ('c1a20000-0000-7000-8000-000000000002', 'failed', now() - interval '3 days')) AS r (id, status, at)
CROSS JOIN LATERAL (VALUES ('response_time', 812, 'ms'), ('duration', 705, 'ms'), ('cost', 0.00003, 'usd'),
  ('success_rate', CASE r.status WHEN 'completed' THEN 100 ELSE 0 END, 'percent'), ('memory', 9000000000, 'bytes'),
  ('accuracy', CASE r.status WHEN 'completed' THEN 50.5 END, 'percent'), ('run_status', 1, 'count'))
  AS p (metric_type, value, unit)
WHERE p.value IS NOT NULL
"""
_REPORTED = """
INSERT INTO agent_metrics (id, organization_id, agent_id, metric_type, value, unit, metadata)
VALUES (gen_random_uuid(), 'a1a20000-0000-7000-8000-000000000000', 'b1a20000-0000-7000-8000-000000000000', 'cost', 2, 'usd',
  '{"region": "eu"}')
"""
_ALL = "SELECT to_jsonb(m) FROM agent_metrics m ORDER BY metric_type, recorded_at"


def _step_before(name: str) -> str:
    files = resources.files("retinue.migrations").joinpath("sql").iterdir()
    steps = sorted(file.name for file in files if file.name.endswith(".sql"))
    place = next(index for index, step in enumerate(steps) if step.endswith(f"_{name}.sql"))
    return steps[place - 1].partition("_")[0]


def test_upgrade_keeps_all_points_of_metrics(postgres: Postgres) -> None:
    url = fresh_owner(postgres.owner_url, "points")
    upgrade(url, _step_before("run_metrics"), is_partial=True)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute(_POINTS.encode())
        owner.execute(_REPORTED)
        before = owner.execute(_ALL).fetchall()

    upgrade(url)

    with psycopg.connect(url, autocommit=True) as owner:
        after = owner.execute(_ALL).fetchall()
        numbers = owner.execute(
            "SELECT (SELECT count(*) FROM run_metrics), (SELECT count(*) FROM reported_metrics)"
        ).fetchone()
    assert len(before) == 14
    assert after == before
    assert numbers == (2, 1)
