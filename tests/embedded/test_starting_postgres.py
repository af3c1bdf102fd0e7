"""The launcher of PostgreSQL on ordinary and on unfriendly machines: each with a real server."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

import retinue
from retinue.core.processes import is_running
from retinue.embedded.account import find_account
from retinue.embedded.binaries import find_binaries
from retinue.embedded.errors import StartError
from retinue.embedded.folder import MARKER, open_folder
from retinue.embedded.postgres import start_server
from tests.embedded.conftest import needs_root


def _remember(url: str, word: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (word text)")
        connection.execute("INSERT INTO kept VALUES (%s)", (word,))


def _remembered(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT word FROM kept ORDER BY word")]


def test_first_start_makes_a_database_and_the_next_one_finds_it(home: Path) -> None:
    first = start_server(home)
    _remember(first.owner_url, "kept")
    first.stop()
    second = start_server(home)

    try:
        assert _remembered(second.owner_url) == ["kept"]
        assert not second.is_adopted
        assert second.port == first.port
        assert second.owner_url == first.owner_url
    finally:
        second.stop()


def test_application_role_signs_in_and_has_no_power(home: Path) -> None:
    server = start_server(home)

    try:
        with psycopg.connect(server.app_url) as connection:
            row = connection.execute(
                "SELECT current_user, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication"
                " FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(server.app_url.replace(server.app_password.rstrip("="), "wrong"))
    finally:
        server.stop()
    assert row == ("retinue_app", False)


def test_durability_is_never_disabled(home: Path) -> None:
    server = start_server(home)

    try:
        with psycopg.connect(server.owner_url) as connection:
            settings = dict(
                connection.execute(
                    "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit')"
                ).fetchall()
            )
    finally:
        server.stop()
    assert settings == {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


def test_secrets_are_readable_by_their_owner_only(home: Path) -> None:
    start_server(home).stop()

    modes = {file.name: file.stat().st_mode & 0o777 for file in home.glob("*.password")}
    assert modes == {"postgres.password": 0o600, "retinue_app.password": 0o600}


def test_second_start_on_the_same_folder_is_refused(home: Path) -> None:
    server = start_server(home)

    try:
        with pytest.raises(StartError, match="in use by another Retinue"):
            start_server(home)
        assert server.is_alive()
    finally:
        server.stop()


def test_taken_port_is_a_sentence_and_damages_nothing(home: Path) -> None:
    start_server(home).stop()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]

        with pytest.raises(StartError, match=f"Port {taken} .* is taken by another program"):
            start_server(home, port=taken)

    server = start_server(home)
    server.stop()


def test_last_port_taken_by_another_program_is_left_to_it(home: Path) -> None:
    first = start_server(home)
    first.stop()
    with socket.create_server(("127.0.0.1", first.port)):
        second = start_server(home)

        try:
            assert second.port != first.port
            _remember(second.owner_url, "reachable")
        finally:
            second.stop()


def test_database_of_another_major_version_is_refused_and_left_as_it_is(home: Path) -> None:
    start_server(home).stop()
    marker = home / "postgres" / "data" / "PG_VERSION"
    own = marker.read_text()
    marker.write_text("12\n")

    with pytest.raises(StartError, match=r"made by PostgreSQL 12.*pg_dump of PostgreSQL 12.*pg_restore"):
        start_server(home)

    marker.write_text(own)
    start_server(home).stop()


def test_folder_of_a_newer_retinue_is_refused_and_left_as_it_is(home: Path) -> None:
    start_server(home).stop()
    (home / MARKER).write_text('{"version": "99.1.0"}')

    with pytest.raises(StartError, match=r"last used by Retinue 99\.1\.0.*older " + retinue.__version__):
        start_server(home)

    assert (home / MARKER).read_text() == '{"version": "99.1.0"}'
    (home / MARKER).write_text('{"version": "' + retinue.__version__ + '"}')
    start_server(home).stop()


def test_damaged_marker_is_named(home: Path) -> None:
    (home / MARKER).write_text("[")

    with pytest.raises(StartError, match="is damaged"):
        start_server(home)


def test_lost_password_is_a_sentence(home: Path) -> None:
    start_server(home).stop()
    (home / "postgres.password").write_text("another\n")

    with pytest.raises(StartError, match=r"does not open the database.*postgres\.password"):
        start_server(home)


def test_path_too_long_for_a_socket_gets_a_short_one(home: Path) -> None:
    deep = home / ("long-" * 12) / ("name-" * 12)
    deep.parent.mkdir()
    home.chmod(0o711)
    server = start_server(deep)

    try:
        _remember(server.owner_url, "through the short path")
        assert server.cluster.home == deep / "postgres"
        assert len(str(server.pid_file.socket_folder)) < 100
    finally:
        server.stop()
        shutil.rmtree(server.pid_file.socket_folder)


def test_missing_programs_are_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BIN_DIR", str(home))

    with pytest.raises(StartError, match=r"PG_BIN_DIR\) does not hold postgres, initdb, psql"):
        start_server(home)


def test_interrupted_first_start_leaves_no_half_made_database(home: Path) -> None:
    half_made = home / "postgres" / "data.partial"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")

    server = start_server(home)

    server.stop()
    assert not half_made.exists()


def test_postgres_of_the_system_serves_as_well(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    system = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))), None)
    if system is None:
        pytest.skip("no PostgreSQL of the system is installed here")
    monkeypatch.setenv("PG_BIN_DIR", str(system.parent))
    server = start_server(home)

    try:
        _remember(server.owner_url, "kept")
        assert server.binaries.folder == system.parent
    finally:
        server.stop()


@needs_root
def test_programs_closed_to_the_dropped_account_are_copied(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = home.with_name(f"{home.name}-closed")
    package = find_binaries().folder.parent.parent
    closed.mkdir(mode=0o700)
    try:
        shutil.copytree(package, closed / package.name)
        shutil.copytree(package.with_name(f"{package.name}.libs"), closed / f"{package.name}.libs")
        monkeypatch.setenv("PG_BIN_DIR", str(closed / package.name / "pginstall" / "bin"))
        server = start_server(home)
        server.stop()
    finally:
        shutil.rmtree(closed)

    assert home in server.binaries.folder.parents
    assert closed.name not in str(server.binaries.folder)


@needs_root
def test_home_closed_to_the_dropped_account_keeps_its_mode_and_the_database_lives_elsewhere(home: Path) -> None:
    home.chmod(0o700)
    server = start_server(home / "data")
    server.stop()
    again = start_server(home / "data")
    again.stop()

    place = Path((home / "data" / "postgres.location").read_text().strip())
    shutil.rmtree(place)
    assert home.stat().st_mode & 0o777 == 0o700
    assert again.cluster.home == server.cluster.home == place
    with pytest.raises(StartError, match="that folder is gone"):
        start_server(home / "data")


@needs_root
def test_folder_that_may_not_be_written_is_a_sentence(home: Path) -> None:
    home.chmod(0o755)
    nobody = find_account().uid
    message = ""
    os.seteuid(nobody)
    try:
        open_folder(home)
    except StartError as error:
        message = str(error)
    finally:
        os.seteuid(0)

    assert "may not be read or written by this user" in message
    assert "RETINUE_DATA_DIR" in message


@needs_root
def test_full_disk_is_a_sentence_and_keeps_what_was_committed(small_disk: Callable[[str], Path]) -> None:
    home = small_disk("size=220m,mode=0711")
    server = start_server(home)
    _remember(server.owner_url, "before")
    with pytest.raises(psycopg.Error), psycopg.connect(server.owner_url, autocommit=True) as connection:
        _fill_table(connection)
    _fill(home / "rest")
    server.stop()

    with pytest.raises(StartError, match=r"disk .* is full.*not damaged.*Free some space"):
        start_server(home)

    (home / "rest").unlink()
    small_disk("remount,size=600m")
    again = start_server(home)
    words = _remembered(again.owner_url)
    again.stop()
    assert words == ["before"]
    assert not is_running(server.pid)


@needs_root
def test_disk_too_small_for_a_database_is_refused_before_anything_is_made(small_disk: Callable[[str], Path]) -> None:
    home = small_disk("size=60m,mode=0711")

    with pytest.raises(StartError, match=r"disk .* is full"):
        start_server(home)

    assert not (home / "postgres" / "data").exists()


@needs_root
def test_read_only_disk_is_a_sentence(small_disk: Callable[[str], Path]) -> None:
    home = small_disk("size=1m,ro")

    with pytest.raises(StartError, match="read-only"):
        start_server(home)


def _fill_table(connection: psycopg.Connection) -> None:
    connection.execute("CREATE TABLE filler (content text)")
    connection.execute("ALTER TABLE filler ALTER content SET STORAGE EXTERNAL")
    for _ in range(1000):
        connection.execute("INSERT INTO filler SELECT repeat(md5(random()::text), 4000) FROM generate_series(1, 50)")


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as writer:
        try:
            while True:
                writer.write(bytes(65536))
        except OSError:
            return
