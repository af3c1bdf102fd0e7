"""The commands that start, migrate and examine an installation."""

import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

import retinue as package
from retinue.embedded.postgres import start_server
from retinue.migrations.revision import SCHEMA_REVISION
from tests.cli.conftest import Retinue
from tests.conftest import Postgres

HEAVY = ("fastapi", "pydantic", "psycopg", "sqlalchemy", "alembic", "langchain_core", "langgraph", "aiohttp")
SUPERVISOR_KIBIBYTES = 30 * 1024


@pytest.fixture
def empty_database(postgres: Postgres) -> Iterator[str]:
    """Give the owner's address of a database without a schema."""
    name = f"empty_{os.getpid()}"
    with psycopg.connect(postgres.owner_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        yield postgres.owner_url.replace(f"/{connection.info.dbname}?", f"/{name}?")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_help_names_every_command(retinue: Retinue) -> None:
    said = retinue("--help")

    assert said.returncode == 0
    for command in ("up", "api", "worker", "migrate", "claim-link", "doctor", "models", "users"):
        assert f"\n  {command} " in said.stdout


def test_version_is_printed(retinue: Retinue) -> None:
    assert retinue("--version").stdout == f"retinue {package.__version__}\n"


@pytest.mark.parametrize("module", ["retinue.cli.main", "retinue.embedded.supervisor", "retinue.cli.entry"])
def test_module_of_a_light_process_imports_nothing_heavy(module: str) -> None:
    script = f"import sys, {module}; print([name for name in {HEAVY!r} if name in sys.modules])"

    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert found.stdout.strip() == "[]"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the proportional set size")
def test_supervisor_takes_little_memory() -> None:
    script = "import retinue.embedded.supervisor; print(open('/proc/self/smaps_rollup').read())"

    found = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    pss = next(int(line.split()[1]) for line in found.stdout.splitlines() if line.startswith("Pss:"))
    assert pss < SUPERVISOR_KIBIBYTES


def test_migrating_an_empty_database_may_be_repeated(retinue: Retinue, empty_database: str) -> None:
    first, second = (retinue("migrate", DATABASE_URL=empty_database) for _ in range(2))

    assert first.returncode == second.returncode == 0, first.stderr
    assert second.stdout == f"Database migrated to schema {SCHEMA_REVISION}.\n"


def test_schema_of_a_newer_version_is_refused_and_left_as_it_is(retinue: Retinue, empty_database: str) -> None:
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")

    said = retinue("migrate", DATABASE_URL=empty_database)

    assert said.returncode == 78
    assert "a newer Retinue has migrated it" in said.stderr
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


@pytest.mark.parametrize("command", ["migrate", "claim-link"])
def test_database_that_is_not_there_is_a_sentence(retinue: Retinue, command: str) -> None:
    said = retinue(command, DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")

    assert said.returncode == 69
    assert "The database does not answer" in said.stderr
    assert "Traceback" not in said.stderr


@pytest.mark.parametrize("command", ["migrate", "claim-link", "api", "worker"])
def test_database_that_is_not_named_is_a_sentence(retinue: Retinue, command: str) -> None:
    said = retinue(command, RETINUE_SECRET_KEY="mWqKJXZ3HfC2UmEa7xO1h0bq9yq0e2bR6m5m3v8c4dE=")

    assert said.returncode == 78
    assert "DATABASE_URL" in said.stderr
    assert "Traceback" not in said.stderr


def test_claim_link_is_given_until_someone_has_an_account(retinue: Retinue, empty_database: str) -> None:
    unmigrated = retinue("claim-link", DATABASE_URL=empty_database)
    retinue("migrate", DATABASE_URL=empty_database)
    given = retinue("claim-link", DATABASE_URL=empty_database, RETINUE_PUBLIC_URL="https://agents.example.org/")
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO users (id, email, username, full_name, password_hash)"
            " VALUES (gen_random_uuid(), 'olga@example.org', 'olga', 'Olga', 'x')"
        )
    refused = retinue("claim-link", DATABASE_URL=empty_database)

    assert "Run 'retinue migrate'" in unmigrated.stderr
    assert given.stdout.startswith("https://agents.example.org/claim?token=")
    assert refused.returncode == 1
    assert "already has an owner" in refused.stderr


def test_doctor_finds_a_migrated_database_in_order(retinue: Retinue, postgres: Postgres) -> None:
    said = retinue("doctor", "--port", "0", DATABASE_URL=postgres.owner_url, RETINUE_SECRET_KEY="k")

    assert f"The schema is this version's ({SCHEMA_REVISION})." in said.stdout
    assert "The role retinue_app owns nothing and bypasses nothing." in said.stdout
    assert "Row-level security is forced on every tenant table." in said.stdout
    assert "Database" not in said.stdout.splitlines()[-1]


def test_doctor_names_what_is_wrong_and_what_to_do(retinue: Retinue, empty_database: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        said = retinue("doctor", "--port", str(port), DATABASE_URL=empty_database)

    assert said.returncode == 1
    assert f"FAILED  Port               Port {port} on 127.0.0.1 is taken by another program." in said.stdout
    assert "FAILED  Schema             The database has no schema of Retinue yet" in said.stdout
    assert "→ Run 'retinue migrate', or start 'retinue up'." in said.stdout
    assert "RETINUE_SECRET_KEY is not set" in said.stdout


def test_doctor_finds_row_level_security_that_was_disabled(retinue: Retinue, empty_database: str) -> None:
    retinue("migrate", DATABASE_URL=empty_database)
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute("ALTER TABLE agents NO FORCE ROW LEVEL SECURITY")

    said = retinue("doctor", "--port", "0", DATABASE_URL=empty_database)

    assert said.returncode == 1
    assert "Tables whose row-level security is not forced: agents." in said.stdout


def test_doctor_finds_the_embedded_server_without_being_told(retinue: Retinue) -> None:
    folder = Path(tempfile.mkdtemp(prefix="retinue-test-"))
    server = start_server(folder)
    try:
        said = retinue("doctor", "--port", "0", RETINUE_DATA_DIR=str(folder))
    finally:
        server.stop()
        shutil.rmtree(folder)

    assert f"PostgreSQL {server.binaries.version} from {server.binaries.source}" in said.stdout
    assert f"ok      Database           PostgreSQL {server.binaries.major} answers." in said.stdout


def test_doctor_refuses_the_folder_of_a_newer_version(retinue: Retinue, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "retinue.json").write_text('{"version": "99.0"}')

    said = retinue("doctor", "--port", "0")

    assert said.returncode == 1
    assert "was last used by Retinue 99.0" in said.stdout


def _refusal(retinue: Retinue, command: str, **settings: str) -> str:
    """Run a command that must refuse its settings, without a traceback; return what it said."""
    said = retinue(command, **settings)
    text = said.stdout + said.stderr
    assert said.returncode == (1 if command == "doctor" else 78)
    assert "Traceback" not in text
    return text


@pytest.mark.parametrize("command", ["migrate", "claim-link", "api", "worker", "doctor"])
@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://owner:hidden@host/retinue", "postgresql://owner:hidden@host:port/retinue"]
)
def test_what_is_no_url_of_postgresql_is_told_without_its_password(retinue: Retinue, command: str, url: str) -> None:
    text = _refusal(retinue, command, DATABASE_URL=url)

    assert "DATABASE_URL: this is no URL of PostgreSQL, such as postgresql://owner:password@host:5432/retinue" in text
    assert "hidden" not in text


@pytest.mark.parametrize(
    ("command", "url"),
    [
        ("api", "agents.example.com"),
        ("doctor", "ftp://agents.example.com"),
        ("worker", "https://a.example/?b"),
        ("migrate", "https://a.example/?"),
        ("api", "https://a.example /agents"),
        ("api", "https://a..example"),
        ("claim-link", "https://@a.example"),
    ],
)
def test_what_is_no_address_of_the_console_is_refused(retinue: Retinue, command: str, url: str) -> None:
    text = _refusal(retinue, command, RETINUE_PUBLIC_URL=url)

    assert "RETINUE_PUBLIC_URL: this is no address of a website, such as https://agents.example.com" in text


@pytest.mark.parametrize("command", ["migrate", "claim-link", "api", "worker", "doctor"])
def test_file_of_a_setting_that_cannot_be_read_is_named(retinue: Retinue, command: str) -> None:
    text = _refusal(retinue, command, DATABASE_URL_FILE="/no/such/file")

    assert "DATABASE_URL_FILE names /no/such/file, which cannot be read: No such file" in text


def test_wrong_password_is_told_with_what_to_look_at(retinue: Retinue, postgres: Postgres) -> None:
    wrong = re.sub(r"//[^@]*@", "//nobody:wrong@", postgres.owner_url)

    said, examined = retinue("migrate", DATABASE_URL=wrong), retinue("doctor", DATABASE_URL=wrong)

    assert said.returncode == 69
    assert re.search(r'FATAL:  .*"nobody".* Check DATABASE_URL and the server\.\n$', said.stderr)
    assert examined.returncode == 1
    assert re.search(r'FAILED  Database .*FATAL: .*"nobody"', examined.stdout)


def test_server_that_is_too_old_is_refused_before_anything_is_written(retinue: Retinue) -> None:
    with socket.create_server(("127.0.0.1", 0)) as old:
        url = f"postgresql://owner@127.0.0.1:{old.getsockname()[1]}/retinue?sslmode=disable"
        with ThreadPoolExecutor() as pool:
            asked = pool.submit(_greet_as_postgresql_14, old)
            said = retinue("migrate", DATABASE_URL=url)

    assert (said.returncode, said.stderr) == (78, "The server is PostgreSQL 14; Retinue needs 15 or later.\n")
    assert asked.result() == b""


def _greet_as_postgresql_14(listener: socket.socket) -> bytes:
    """Take one connection as an old server does; return what else it was asked. Source: PostgreSQL's message formats."""
    connection, _ = listener.accept()
    with connection:
        connection.recv(1000)
        status = b"server_version\x0014.9\x00"
        connection.sendall(struct.pack("!cii", b"R", 8, 0) + struct.pack("!ci", b"S", 4 + len(status)) + status)
        connection.sendall(struct.pack("!ciii", b"K", 12, 1, 1) + struct.pack("!cic", b"Z", 5, b"I"))
        return connection.recv(1000).removeprefix(b"X\x00\x00\x00\x04")


def test_doctor_tells_a_file_in_the_place_of_the_data_folder(retinue: Retinue, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    said = retinue("doctor", "--port", "0")

    assert f"FAILED  Data folder        {tmp_path / 'data'} is a file and no folder." in said.stdout
