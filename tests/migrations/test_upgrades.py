"""An upgrade is planned on a scratch copy, and is as before when it fails or is killed."""

import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
import pytest

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
