"""The secret key: a lost or wrong one is noticed at start, and nothing is sealed beside what it does not open."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet

from tests.cli.conftest import Retinue
from tests.conftest import Postgres, fresh_database

_READY = 100.0
pytestmark = pytest.mark.timeout(300)  # a start takes a second on a quiet machine, and twenty on a busy one


@pytest.fixture
def fresh(postgres: Postgres) -> Postgres:
    """Give a migrated database of its own: the key is that of a whole installation."""
    return fresh_database(postgres.owner_url)


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(fresh: Postgres, tmp_path: Path) -> Iterator[Start]:
    """Start processes of an installation with a key; they end with the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(key: str, command: str = "worker", **settings: str) -> "subprocess.Popen[str]":
        environ = {"PATH": os.defpath, "DATABASE_URL": fresh.owner_url, "RETINUE_DATA_DIR": str(tmp_path)}
        line = [sys.executable, "-m", "retinue.cli.main", command]
        settings = environ | {"RETINUE_SECRET_KEY": key} | settings
        process = subprocess.Popen(line, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate(timeout=100)


def _query(database: Postgres, statement: str, *values: object) -> list[tuple[object, ...]]:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        cursor = connection.execute(statement.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


def _until(is_true: Callable[[], object]) -> None:
    deadline = time.monotonic() + _READY
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _seal(database: Postgres, key: str, name: str = "kept") -> None:
    organization, user = "01900000-0000-7000-8000-00000000aaaa", "01900000-0000-7000-8000-00000000bbbb"
    _query(
        database,
        "INSERT INTO users (id, email, username, full_name, password_hash) VALUES (%s, 'o@acme.example', 'o', 'O', 'x') "
        "ON CONFLICT DO NOTHING",
        user,
    )
    _query(
        database,
        "INSERT INTO organizations (id, name, slug, created_by) VALUES (%s, 'Acme', 'acme', %s) ON CONFLICT DO NOTHING",
        organization,
        user,
    )
    _query(
        database,
        "INSERT INTO model_providers (id, organization_id, name, kind, base_url, api_key_encrypted) "
        "VALUES (gen_random_uuid(), %s, %s, 'openai', 'https://example.com', %s)",
        organization,
        name,
        Fernet(key.encode()).encrypt(b"sk-1"),
    )


def _check_value(database: Postgres) -> object:
    return _query(database, "SELECT key_check FROM installation")[0][0]


def test_wrong_key_is_refused_while_secrets_exist(fresh: Postgres, start: Start) -> None:
    right, wrong = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    first = start(right)
    _until(lambda: _check_value(fresh))
    first.kill()
    _seal(fresh, right)
    before = _check_value(fresh)

    outs = [start(wrong, command).communicate(timeout=_READY)[0] for command in ("worker", "api")]

    for out in outs:
        assert "does not open the secrets in the database" in out
        assert "secret.key" in out
        assert "discard-secrets" in out
        assert "Traceback" not in out
    assert _check_value(fresh) == before


def test_wrong_key_is_refused_in_an_installation_older_than_the_check(fresh: Postgres, start: Start) -> None:
    _seal(fresh, Fernet.generate_key().decode())

    process = start(Fernet.generate_key().decode())
    out, _ = process.communicate(timeout=_READY)

    assert process.returncode == 78
    assert "does not open the secrets in the database" in out


def test_new_key_is_accepted_while_nothing_is_sealed(fresh: Postgres, start: Start) -> None:
    start(Fernet.generate_key().decode())
    _until(lambda: _check_value(fresh))
    before = _check_value(fresh)

    start(Fernet.generate_key().decode())

    _until(lambda: _check_value(fresh) != before)


def test_rotated_key_is_accepted(fresh: Postgres, start: Start) -> None:
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    start(old)
    _until(lambda: _check_value(fresh))
    _seal(fresh, old)

    start(f"{new},{old}")

    _until(lambda: len(_query(fresh, "SELECT 1 FROM workers")) == 2)  # both: the second, too, has started


def test_discarded_secrets_make_room_for_a_new_key(fresh: Postgres, start: Start, retinue: Retinue) -> None:
    _seal(fresh, Fernet.generate_key().decode())

    said = retinue("discard-secrets", "--yes", DATABASE_URL=fresh.owner_url)
    start(Fernet.generate_key().decode())

    assert said.returncode == 0, said.stderr
    assert "model_providers.api_key: 1" in said.stdout
    _until(lambda: _query(fresh, "SELECT 1 FROM workers"))
    assert _query(fresh, "SELECT 1 FROM model_providers WHERE api_key_encrypted IS NOT NULL") == []


def test_malformed_key_is_refused_in_a_sentence(start: Start) -> None:
    process = start("not-a-key")
    out, _ = process.communicate(timeout=_READY)

    assert process.returncode == 78
    assert "RETINUE_SECRET_KEY: a key is not valid" in out
    assert "Traceback" not in out


@pytest.mark.parametrize("command", ["api", "worker"])
def test_process_that_starts_before_the_database_waits_for_it(start: Start, fresh: Postgres, command: str) -> None:
    nowhere = fresh.owner_url.rsplit("port=", 1)[0] + "port=1"

    process = start(Fernet.generate_key().decode(), command, DATABASE_URL=nowhere)
    line = process.stdout.readline() if process.stdout else ""

    assert "The database does not answer" in line
    assert line.rstrip().endswith("Waiting.")
    assert process.poll() is None


def test_process_that_starts_before_the_migration_waits_for_it(start: Start, postgres: Postgres, retinue: Retinue) -> None:
    name = f"empty_{int(time.time() * 1000)}"
    with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = re.sub(r"@/\w+\?", f"@/{name}?", postgres.owner_url)

    process = start(Fernet.generate_key().decode(), DATABASE_URL=url)
    line = process.stdout.readline() if process.stdout else ""
    migrated = retinue("migrate", DATABASE_URL=url)

    assert "retinue migrate" in line
    assert migrated.returncode == 0, migrated.stderr
    _until(lambda: _query(Postgres(url, url), "SELECT 1 FROM workers"))
