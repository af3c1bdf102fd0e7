"""An upgrade is planned on a scratch copy, and is as before when it fails or is killed."""

import re
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from retinue.migrations.runner import pending, upgrade
from tests.backups.conftest import CommandLine, fresh_owner, until
from tests.conftest import Postgres

_OLD = "0040"
_PLANTED = '''
"""Plant a failure."""

from alembic import op

revision = "9999"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change what is there, then fail or wait."""
    op.execute("ALTER TABLE runs ADD COLUMN planted integer")
    op.execute("CREATE TABLE planted (id uuid PRIMARY KEY)")
    op.execute("{last}")
'''
_SCHEMA = """
SELECT table_schema, table_name, column_name, data_type, column_default FROM information_schema.columns
WHERE table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2, 3
"""
_REVISION = "SELECT version_num FROM alembic_version"
_OTHERS = (
    "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()"
)
_SLEEPS = f"SELECT count(*) {_OTHERS}"


def _schema(url: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return [*connection.execute(_REVISION).fetchall(), *connection.execute(_SCHEMA).fetchall()]


@pytest.fixture
def old(postgres: Postgres) -> str:
    """Give the owner's URL of a database that has the schema of an earlier version."""
    url = fresh_owner(postgres.owner_url, "older")
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        name = url.partition("://")[2].partition(":")[0]
        owner.execute(f"ALTER ROLE {name} CREATEDB".encode())
    upgrade(url, _OLD, is_partial=True)
    return url


def _as_superuser(url: str, postgres: Postgres) -> str:
    """Return the URL of a database for the server's superuser."""
    name = url.partition("://")[2].partition(":")[0]
    return make_conninfo(postgres.owner_url, dbname=name)


def _command(url: str) -> CommandLine:
    return CommandLine({"DATABASE_URL": url})


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """Give a copy of the program's code, to which a migration can be added."""
    shutil.copytree(Path(str(resources.files("retinue"))), tmp_path / "retinue", ignore=shutil.ignore_patterns("static"))
    return tmp_path


def _plant(folder: Path, last: str) -> None:
    newest = pending("")[-1][0]
    text = _PLANTED.format(newest=newest, last=last)
    (folder / "retinue" / "migrations" / "versions" / "9999_planted.py").write_text(text)


async def test_plan_names_each_step_with_the_locks_it_took_and_changes_nothing(old: str) -> None:
    before = _schema(old)

    said = await _command(old)("migrate", "--plan")
    after = _schema(old)
    done = await _command(old)("migrate")
    nothing = await _command(old)("migrate", "--plan")

    assert said.code == 0, said.err
    assert before == after
    for revision, summary in pending(_OLD):
        assert f"  {revision}  {summary}" in said.out
    assert "deployments: AccessExclusiveLock, reads and writes wait; " in said.out
    assert "without rows" in said.out
    assert done.code == 0, done.err
    assert nothing.out.endswith("Nothing is pending.\n")
    with psycopg.connect(old) as connection:
        assert connection.execute("SELECT count(*) FROM pg_database WHERE datname LIKE 'retinue_plan_%'").fetchone() == (0,)


async def test_index_of_the_plan_is_built_before_and_left_out(old: str, postgres: Postgres) -> None:
    with psycopg.connect(_as_superuser(old, postgres), autocommit=True) as connection:
        connection.execute("UPDATE pg_class SET reltuples = 1200000 WHERE relname = 'runs'")
        connection.execute("UPDATE pg_class SET reltuples = 10 WHERE relname = 'workflows'")
    planned = await _command(old)("migrate", "--plan")
    (statement,) = [
        line.strip() for line in planned.out.splitlines() if "UNIQUE INDEX CONCURRENTLY" in line and "runs_" in line
    ]
    with psycopg.connect(old, autocommit=True) as connection:
        connection.execute(statement.encode())
    again = await _command(old)("migrate", "--plan")
    done = await _command(old)("migrate")

    assert planned.code == 0, planned.err
    assert "builds runs_external_execution_id_key over about 1,200,000 rows; writes to runs wait" in planned.out
    assert "builds workflows_n8n_workflow_id_key over about 10 rows; writes to workflows wait" in planned.out
    assert statement.startswith(
        "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS runs_external_execution_id_key ON public.runs "
    )
    assert "runs_external_execution_id_key" not in again.out
    assert done.code == 0, done.err


async def test_index_whose_building_was_broken_off_is_built_again(old: str, postgres: Postgres) -> None:
    name = "runs_external_execution_id_key"
    with psycopg.connect(old, autocommit=True) as connection:
        connection.execute(f"CREATE INDEX {name} ON runs (created_at)".encode())
    with psycopg.connect(_as_superuser(old, postgres), autocommit=True) as connection:
        connection.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", (name,))

    done = await _command(old)("migrate")

    with psycopg.connect(old) as connection:
        row = connection.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", (name,)).fetchone()
    assert done.code == 0, done.err
    assert row is not None
    assert "external_execution_id" in row[0]


def test_indexes_on_older_tables_may_be_there_already() -> None:
    known: set[str] = set()
    wrong: list[str] = []
    for file in sorted(Path(str(resources.files("retinue.migrations") / "sql")).glob("*.sql")):
        text = file.read_text(encoding="utf-8")
        new = {name.lower() for name in re.findall(r"CREATE (?:UNLOGGED )?TABLE ([\w.]+)", text)}
        found = re.findall(r"CREATE (?:UNIQUE )?INDEX (?!IF NOT EXISTS)(\w+) ON (?:ONLY )?([\w.]+)", text)
        wrong += [f"{file.name}: {index}" for index, table in found if table.lower() in known - new]
        known |= new

    assert len(known) > 50
    assert wrong == [], "write CREATE INDEX IF NOT EXISTS: the plan proposes to build it before the migration"


async def test_plan_says_why_no_locks_were_observed(old: str, postgres: Postgres) -> None:
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        name = old.partition("://")[2].partition(":")[0]
        owner.execute(f"ALTER ROLE {name} NOCREATEDB".encode())

    said = await _command(old)("migrate", "--plan")

    assert said.code == 0, said.err
    assert f"  {pending(_OLD)[0][0]}  " in said.out
    assert "may not create databases" in said.out


async def test_failed_migration_leaves_the_schema_as_it_was(old: str, planted: Path) -> None:
    before = _schema(old)
    _plant(planted, "SELECT 1 / 0")

    said = await _command(old)("migrate", PYTHONPATH=str(planted))

    assert (said.code, said.err.strip()) == (1, "The migration failed and was undone: division by zero.")
    assert _schema(old) == before


async def test_migration_killed_while_it_waits_for_a_lock_leaves_the_schema_as_it_was(old: str) -> None:
    before = _schema(old)
    with psycopg.connect(old) as blocking:
        blocking.execute("LOCK TABLE workflows IN ACCESS SHARE MODE")  # a step in the middle changes it
        process = _command(old).begin("migrate")
        waits = b"SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"
        with psycopg.connect(old, autocommit=True) as watching:
            await until(lambda: watching.execute(waits, (blocking.info.backend_pid,)).fetchone() != (0,), seconds=60)
        process.kill()
        process.communicate(timeout=30)
    again = await _command(old)("migrate", "--plan")

    assert _schema(old) == before
    assert f"From schema {_OLD} to " in again.out


async def test_killed_migration_leaves_the_schema_as_it_was_and_is_repeated(old: str, planted: Path) -> None:
    before = _schema(old)
    _plant(planted, "SELECT pg_sleep(60)")
    process = _command(old).begin("migrate", PYTHONPATH=str(planted))
    with psycopg.connect(old, autocommit=True) as connection:
        await until(lambda: connection.execute(_SLEEPS.encode()).fetchone() == (1,), seconds=60)
        process.kill()
        process.communicate(timeout=30)
        # The server notices the end of its client only after the statement.
        connection.execute(f"SELECT pg_terminate_backend(pid) {_OTHERS}".encode())
        await until(lambda: connection.execute(_SLEEPS.encode()).fetchone() == (0,))
    after = _schema(old)

    repeated = await _command(old)("migrate")

    assert after == before
    assert repeated.code == 0, repeated.err
