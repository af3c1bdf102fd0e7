"""What is damaged, does not fit, or would be overwritten is refused before anything is changed."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from retinue.backups import service
from retinue.backups.errors import BackupInvalidError, BackupKeyError
from retinue.backups.folders import FolderPlace
from retinue.backups.types import BackupTrigger, FilesFound, Manifest, read_manifest, write_manifest
from retinue.core.errors import MissingError
from tests.backups.conftest import PASSPHRASE, CommandLine, Installation


@pytest.fixture
def copy(backup: Path, place: Path) -> Path:
    """Give a copy of the backup, to be damaged."""
    return Path(shutil.copytree(backup, place / backup.name))


def _quiet(_text: str) -> None:
    pass


@pytest.mark.parametrize("part", ["database.dump", "files.tar", "secret.key.sealed", "manifest.json"])
def test_changed_byte_is_found(copy: Path, part: str) -> None:
    content = bytearray((copy / part).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / part).write_bytes(content)

    with pytest.raises(BackupInvalidError, match=rf"^{part} .*damaged"):
        service.open_backup(FolderPlace(copy), None, _quiet)


@pytest.mark.parametrize("part", ["database.dump", "files.tar", "secret.key.sealed"])
def test_part_that_is_cut_off_or_missing_is_found(copy: Path, part: str) -> None:
    file = copy / part
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(BackupInvalidError, match=f"^{part} is damaged: it has"):
        service.open_backup(FolderPlace(copy), None, _quiet)
    file.unlink()
    with pytest.raises(BackupInvalidError, match=f"^{part} is missing from the backup"):
        service.open_backup(FolderPlace(copy), None, _quiet)


async def test_damaged_backup_is_refused_before_anything_is_restored(
    elsewhere: CommandLine, copy: Path, place: Path
) -> None:
    with (copy / "files.tar").open("r+b") as file:
        file.seek(600)
        file.write(b"?")

    said = await elsewhere("restore", copy, "--data-dir", place / "data", RETINUE_BACKUP_PASSPHRASE=PASSPHRASE)

    assert said.code == 1
    assert "files.tar is damaged: its SHA-256 is not the one in manifest.json. Use another backup." in said.err
    assert not (place / "data").exists()


def test_encrypted_backup_is_not_read_without_its_key() -> None:
    manifest = Manifest(
        format="retinue.backup/1",
        id="1",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        trigger=BackupTrigger.MANUAL,
        retinue="0.1.0",
        schema="0001",
        server="18.6",
        pg_dump="18.6",
        encrypted=True,
        secret_key=False,
        tables=(),
        parts=(),
        files=FilesFound(0, 0, (), ()),
    )
    written = write_manifest(manifest, bytes(32))

    assert read_manifest(written, bytes(32)) == manifest
    with pytest.raises(BackupKeyError, match="no key is set"):
        read_manifest(written, None)
    with pytest.raises(BackupKeyError, match="does not fit"):
        read_manifest(written, bytes(31) + b"1")
    with pytest.raises(BackupInvalidError, match="damaged"):  # someone makes it pass for one that is not encrypted
        read_manifest(written.replace(b'"encrypted": true', b'"encrypted": false'), bytes(32))


async def test_rehearsal_finds_rows_that_differ_from_the_manifest(elsewhere: CommandLine, copy: Path, place: Path) -> None:
    # The dump is whole, but the manifest says otherwise, as it would if pg_dump had left a row out.
    manifest = read_manifest((copy / "manifest.json").read_bytes(), None)
    tables = tuple(
        replace(each, rows=each.rows + 1)
        if each.name == "public.runs"
        else replace(each, digest="1")
        if each.name == "public.users"
        else each
        for each in manifest.tables
    )
    (copy / "manifest.json").write_bytes(write_manifest(replace(manifest, tables=tables), None))

    said = await elsewhere("backup", "verify", copy, TMPDIR=str(place), RETINUE_DATA_DIR=str(place))

    assert said.code == 1
    assert "The table public.runs has 1 rows instead of 2." in said.out
    assert "The table public.users has other values" in said.out


def test_wrong_passphrase_and_none_are_refused(backup: Path) -> None:
    opened = service.open_backup(FolderPlace(backup), None, _quiet)

    with pytest.raises(BackupKeyError) as none:
        service.open_secret_key(opened, None)
    with pytest.raises(BackupKeyError, match="The passphrase does not open the secret key"):
        service.open_secret_key(opened, "not the right horse")
    assert none.value.remedy_text is not None
    assert none.value.remedy_text.startswith("Set RETINUE_BACKUP_PASSPHRASE, or give --without-secret-key")


async def test_database_that_is_not_empty_is_refused(installation: Installation, retinue: CommandLine, backup: Path) -> None:
    before = installation.rows("SELECT count(*), max(created_at) FROM runs")

    said = await retinue("restore", backup, "--without-secret-key")

    assert said.code == 1
    assert "is not empty: it holds" in said.err
    assert "Create an empty database" in said.err
    assert installation.rows("SELECT count(*), max(created_at) FROM runs") == before


def test_what_is_no_backup_is_refused(copy: Path, place: Path) -> None:
    with pytest.raises(MissingError, match=r"is not a backup: it holds no manifest\.json"):
        service.open_backup(FolderPlace(place / "nowhere"), None, _quiet)
    with pytest.raises(BackupInvalidError, match="is incomplete: its backup did not end"):
        service.open_backup(FolderPlace(copy.rename(f"{copy}.partial")), None, _quiet)


def test_backup_of_a_newer_version_is_refused(copy: Path) -> None:
    manifest = read_manifest((copy / "manifest.json").read_bytes(), None)
    (copy / "manifest.json").write_bytes(write_manifest(replace(manifest, schema="9999", retinue="9.9"), None))
    with pytest.raises(BackupInvalidError, match=r"of Retinue 9\.9, which is newer than this version"):
        service.open_backup(FolderPlace(copy), None, _quiet)
    (copy / "manifest.json").write_text(json.dumps({"format": "retinue.backup/2", "check": ""}))
    with pytest.raises(BackupInvalidError, match=r"this version reads retinue\.backup/1"):
        service.open_backup(FolderPlace(copy), None, _quiet)


async def test_programs_that_are_older_than_the_server_are_refused_by_their_version(
    retinue: CommandLine, place: Path
) -> None:
    programs = place / "bin"
    programs.mkdir()
    for name in ("pg_dump", "pg_restore", "psql"):
        (programs / name).write_text('#!/bin/sh\necho "$0 (PostgreSQL) 12.4"\n')
        (programs / name).chmod(0o755)

    said = await retinue("backup", "--to", place / "backups", PG_BIN_DIR=str(programs))

    assert said.code == 1
    assert "pg_dump 12.4 in" in said.err
    assert "is older than the server" in said.err
    assert "Set PG_BIN_DIR" in said.err
    assert list((place / "backups").glob("*") if (place / "backups").exists() else ()) == []


async def test_backup_without_an_installation_says_what_to_set(elsewhere: CommandLine, empty: str, place: Path) -> None:
    none = await elsewhere("backup", "--data-dir", place)
    bare = await elsewhere("backup", "--to", place, DATABASE_URL=empty)

    assert "No database was found: DATABASE_URL is not set" in none.err
    assert "The database holds no schema of Retinue" in bare.err
