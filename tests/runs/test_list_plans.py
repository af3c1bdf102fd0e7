"""The list of runs at size: PostgreSQL reads a page off an index and in its order, as the restricted role sees the table.

The statements are those that the API sends (``tests.explaining``).
"""

import re
from uuid import UUID

import psycopg
import pytest

from retinue.core.db.pages import Position
from retinue.process import Process
from retinue.runs import repository
from retinue.runs.events import repository as events
from retinue.runs.feedback.types import FeedbackFilter
from retinue.runs.labels.types import Labels
from retinue.runs.types import Outcome, RunFilter, RunStatus
from tests.cast import Cast
from tests.explaining import explaining
from tests.runs.scene import Scene

ROWS = 20_000
# A session's statistics of the planner: with the usual 100 it looks at a sample, whose luck decides whether a label is rare.
_WHOLE = "SET default_statistics_target = 2000"
pytestmark = pytest.mark.timeout(600)  # filling and labelling takes seconds on a quiet machine, and minutes on a busy one
_FILL = """
INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, agent_version, status, trigger, plan,
                  input, output, warning_count, trace_id, duration_ms, created_at, started_at, completed_at,
                  private_to_user_id)
SELECT gen_random_uuid(), a.organization_id, 'agent', a.id, a.name, a.id, 1,
       (ARRAY['completed', 'completed', 'completed', 'failed', 'cancelled'])[1 + n %% 5], 'api', '{}',
       '{"prompt": "Say it."}', '{"text": "It."}', (n %% 50 = 0)::integer, md5(n::text), 1200,
       now() - n * interval '1 second', now() - n * interval '1 second', now(),
       CASE WHEN n %% 3 = 0 THEN a.created_by END -- private to another member than who lists
FROM agents a, generate_series(1, %s) n WHERE a.id = %s
"""


_FILL_EVENTS = """
INSERT INTO run_events (organization_id, run_id, sequence, type, data)
SELECT r.organization_id, r.id, n, 'step.completed', '{}' FROM runs r, generate_series(1, 5000) n WHERE r.id = %s
"""


@pytest.fixture
async def agents(scene: Scene) -> list[str]:
    """Give two agents of Acme with many runs each, and Globex with as many."""
    made = [await scene.agent("One."), await scene.agent("Two.")]
    foreign = (await scene.cast.otto.http.post("/agents", json={"name": "foreign", "status": "active"})).json["id"]
    with psycopg.connect(scene.postgres.owner_url, autocommit=True) as connection:
        for agent in (*made, foreign):
            connection.execute(_FILL, (ROWS, agent))
        connection.execute(_WHOLE)
        connection.execute("VACUUM ANALYZE runs")
    return made


_LABEL = """
WITH ranked AS (SELECT id, row_number() OVER (ORDER BY created_at DESC) AS rank FROM runs WHERE organization_id = %(acme)s),
labelled AS (
  UPDATE runs r SET tags = CASE WHEN rank %% 401 = 0 THEN '{common,rare}'::text[] ELSE '{common}' END,
    metadata = '{"order": "17"}'
  FROM ranked WHERE r.id = ranked.id RETURNING r.id, r.organization_id, r.tags)
INSERT INTO run_labels (organization_id, run_id, label)
SELECT organization_id, id, 'tag:' || tag FROM labelled, unnest(tags) AS given (tag)
UNION ALL SELECT organization_id, id, 'metadata:order:17' FROM labelled
"""


async def _plan(process: Process, cast: Cast, wanted: RunFilter, before: Position | None, least: int = 51) -> str:
    async with process.database.context(cast.vera.actor) as ctx:
        row = await (await ctx.tx.execute("SELECT current_user")).fetchone()
        assert row == ("retinue_app",)
        with explaining(ctx) as plans:
            runs = await repository.list_runs(ctx, wanted, before, 51)
    assert len(runs) >= least
    assert all(run.organization_id == cast.acme for run in runs)
    return plans[0]


async def test_a_page_of_many_runs_is_read_off_an_index(process: Process, cast: Cast, agents: list[str]) -> None:
    filters = {
        "runs_organization_id_created_at_idx": RunFilter(),
        "runs_organization_id_uncompleted_idx": RunFilter(status=RunStatus.FAILED),
        "runs_with_warnings_idx": RunFilter(outcome=Outcome.WARNING),
        "runs_organization_id_agent_id_created_at_idx": RunFilter(agent_id=UUID(agents[0])),
    }
    first = {name: await _plan(process, cast, wanted, None) for name, wanted in filters.items()}
    async with process.database.context(cast.vera.actor) as ctx:
        middle = (await repository.list_runs(ctx, RunFilter(), None, 200))[-1]
    place = Position(middle.created_at, middle.id)
    later = {name: await _plan(process, cast, wanted, place) for name, wanted in filters.items()}

    for plans in (first, later):
        for name, plan in plans.items():
            assert name in plan, plan
            assert not re.search(r"\bSort\b|Seq Scan on runs", plan), plan


@pytest.mark.usefixtures("agents")
async def test_runs_are_found_by_the_beginning_of_their_id_without_reading_the_others(process: Process, cast: Cast) -> None:
    async with process.database.context(cast.vera.actor) as ctx:
        run = (await repository.list_runs(ctx, RunFilter(), None, 1))[0]

    plan = await _plan(process, cast, RunFilter(id_prefix=str(run.id)[:13]), None, 1)

    assert re.search(r"runs_organization_id_id_key|runs_pkey", plan), plan
    assert not re.search(r"Seq Scan on runs|_created_at_idx", plan), plan


@pytest.mark.usefixtures("agents")
async def test_records_of_a_run_are_checked_against_that_run_alone(process: Process, scene: Scene, cast: Cast) -> None:
    async with process.database.context(cast.vera.actor) as ctx:
        run = (await repository.list_runs(ctx, RunFilter(), None, 1))[0]
        with psycopg.connect(scene.postgres.owner_url, autocommit=True) as connection:
            connection.execute(_FILL_EVENTS, (run.id,))
            connection.execute(_WHOLE)
            connection.execute("VACUUM ANALYZE run_events")

        with explaining(ctx) as plans:
            found = await events.list_events(ctx, run.id, 0, 201)

    assert len(found) == 201
    assert "run_events_pkey" in plans[0], plans[0]
    assert not re.search(r"Seq Scan|hashed SubPlan|->  Sort", plans[0]), plans[0]


async def test_runs_of_a_tag_or_an_entry_are_read_off_an_index(
    process: Process, cast: Cast, agents: list[str], scene: Scene
) -> None:
    with psycopg.connect(scene.postgres.owner_url, autocommit=True) as connection:
        connection.execute(_LABEL, {"acme": cast.acme})
        connection.execute(_WHOLE)
        connection.execute("VACUUM ANALYZE runs, run_labels")

    rare = await _plan(process, cast, RunFilter(labels=Labels(("rare",))), None)
    rare_of_common = await _plan(process, cast, RunFilter(labels=Labels(("common", "rare"))), None)
    common = await _plan(process, cast, RunFilter(labels=Labels(("common",), {"order": "17"})), None)
    by_agent = RunFilter(agent_id=UUID(agents[1]), status=RunStatus.COMPLETED, labels=Labels(("rare",)))
    rare_of_agent = await _plan(process, cast, by_agent, None, 1)
    unknown = await _plan(process, cast, RunFilter(labels=Labels(("unknown",), {"order": "18"})), None, 0)

    for plan in (rare, rare_of_common, rare_of_agent, unknown):
        assert "run_labels_organization_id_label_idx" in plan, plan
        assert not re.search(r"Seq Scan on run", plan), plan
    assert not re.search(r"\bSort\b|Seq Scan on run", common), common


async def test_runs_with_feedback_are_read_off_an_index(
    process: Process, cast: Cast, agents: list[str], scene: Scene
) -> None:
    rate = """
    INSERT INTO run_feedback (organization_id, run_id, user_id, value)
    SELECT organization_id, id, %(user)s, CASE WHEN row_number() OVER () %% 2 = 0 THEN 'up' ELSE 'down' END
    FROM (SELECT organization_id, id FROM runs WHERE organization_id = %(acme)s ORDER BY id LIMIT 200) r
    """
    with psycopg.connect(scene.postgres.owner_url, autocommit=True) as connection:
        connection.execute(rate.encode(), {"user": cast.anna.user_id, "acme": cast.acme})
        connection.execute(_WHOLE)
        connection.execute("VACUUM ANALYZE runs, run_feedback")

    down = await _plan(process, cast, RunFilter(feedback=FeedbackFilter.DOWN), None)
    none = await _plan(process, cast, RunFilter(feedback=FeedbackFilter.NONE), None)

    assert not re.search(r"Seq Scan on runs", down), down
    assert not re.search(r"\bSort\b|Seq Scan on runs", none), none
