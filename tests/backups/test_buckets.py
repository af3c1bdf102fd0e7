"""Backups in an object store: made, listed, rehearsed, restored, deleted by their retention, and known when incomplete."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from retinue.backups.tasks import COMMAND
from retinue.process import Process
from tests.backups.conftest import NOTE, PASSPHRASE, CommandLine, Installation, app_url, until
from tests.cast import PASSWORD
from tests.client import Client
from tests.s3 import BUCKET, KEY, S3, SECRET, serving_s3
from tests.serving import serve

_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
_URL = f"s3://{BUCKET}/kept/backups"
_RECORD = "SELECT status, error, place FROM backups ORDER BY started_at DESC LIMIT {}"


@dataclass(frozen=True, slots=True)
class Bucket:
    """An object store for backups, and the settings with which it is reached."""

    store: S3
    settings: dict[str, str]

    def stored(self) -> list[str]:
        """Return what is below the prefix, without the prefix."""
        return sorted(key.removeprefix("kept/backups/") for key in iter(self.store.keys()))


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """Give an empty bucket."""
    with serving_s3() as store:
        settings = {
            "RETINUE_BACKUP_ENDPOINT": store.url,
            "RETINUE_BACKUP_ACCESS_KEY_ID": KEY,
            "RETINUE_BACKUP_SECRET_ACCESS_KEY": SECRET,
        }
        yield Bucket(store, settings)


async def test_backup_in_a_bucket_is_listed_rehearsed_and_restored(
    installation: Installation, retinue: CommandLine, bucket: Bucket, empty: str, place: Path
) -> None:
    elsewhere = CommandLine({})
    given = bucket.settings | {"RETINUE_BACKUP_KEY": _KEY, "RETINUE_BACKUP_PASSPHRASE": PASSPHRASE}
    made = await retinue("backup", "--to", _URL, **given)
    assert made.code == 0, made.err
    listed = await elsewhere("backup", "list", _URL, **bucket.settings)
    url = listed.out.split()[0]
    stored = b"".join(path.read_bytes() for path in (bucket.store.folder / BUCKET).rglob("*") if path.is_file())
    verified = await elsewhere("backup", "verify", url, TMPDIR=str(place), RETINUE_DATA_DIR=str(place), **given)
    target = {"DATABASE_URL": empty, "RETINUE_APP_DATABASE_URL": app_url(empty), "RETINUE_DATA_DIR": str(place / "data")}
    restored = await retinue("restore", url, **given, **target)
    assert restored.code == 0, restored.err

    process = Process(installation.environ | target)
    await process.start()
    try:
        async with serve(process) as client:
            anna = Client(client.session, client.base_url, email=installation.cast.anna.email, password=PASSWORD)
            note = await anna.get(installation.artifact_url)
    finally:
        await process.stop()

    name = url.rpartition("/")[2]
    parts = ["database.dump", "files.tar", "manifest.json", "secret.key.sealed"]
    assert url == f"{_URL}/{name}"
    assert bucket.stored() == [f"{name}/{part}" for part in parts]
    assert f"Backup complete: {url}" in made.out
    assert "encrypted, with secret key" in listed.out
    assert b"PGDMP" not in stored
    assert verified.code == 0, verified.err + verified.out
    assert "2 files compared" in verified.out
    assert installation.rows(_RECORD.format(1)) == [("succeeded", None, url)]
    assert note.text == NOTE


async def test_damaged_missing_and_foreign_backups_in_a_bucket_are_refused(
    retinue: CommandLine, elsewhere: CommandLine, bucket: Bucket, place: Path
) -> None:
    made = await retinue("backup", "--to", _URL, **bucket.settings)
    assert made.code == 0, made.err
    name = bucket.stored()[0].partition("/")[0]
    below = bucket.store.folder / BUCKET / "kept" / "backups" / name
    into = ("--data-dir", place / "data")
    content = bytearray((below / "files.tar").read_bytes())
    content[600] ^= 1
    (below / "files.tar").write_bytes(content)
    damaged = await elsewhere("restore", f"{_URL}/{name}", *into, **bucket.settings)
    (below / "manifest.json").unlink()
    incomplete = await elsewhere("restore", f"{_URL}/{name}", *into, **bucket.settings)
    nothing = await elsewhere("restore", f"{_URL}/retinue-20200101T000000Z", *into, **bucket.settings)
    unnamed = await elsewhere("restore", _URL, *into, **bucket.settings)
    refused = await retinue("backup", "--to", _URL, **bucket.settings | {"RETINUE_BACKUP_SECRET_ACCESS_KEY": "other"})
    unknown = await retinue("backup", "--to", "s3://nowhere/backups", **bucket.settings)

    assert [each.code != 0 for each in (damaged, incomplete, nothing, unnamed, refused, unknown)] == [True] * 6
    assert "files.tar is damaged" in damaged.err
    assert "is incomplete: its backup did not end" in incomplete.err
    assert "is not a backup: it holds no manifest.json" in nothing.err
    assert "names no backup in a bucket" in unnamed.err
    assert "refuses the access" in refused.err
    assert "RETINUE_BACKUP_ACCESS_KEY_ID" in refused.err
    assert "The object store of s3://nowhere/backups has no such bucket. Make the bucket" in unknown.err
    assert not (place / "data").exists()


async def test_killed_backup_into_a_bucket_is_known_as_incomplete_and_the_next_one_removes_it(
    installation: Installation, retinue: CommandLine, bucket: Bucket
) -> None:
    with psycopg.connect(installation.owner_url) as blocking:
        blocking.execute("LOCK TABLE installation IN ACCESS EXCLUSIVE MODE")  # pg_dump waits for it
        process = retinue.begin("backup", "--to", _URL, **bucket.settings)
        await until(lambda: any(key.endswith("/incomplete") for key in bucket.stored()))
        process.kill()
        process.communicate(timeout=30)
    left = bucket.stored()
    foreign = bucket.store.folder / BUCKET / "kept" / "backups" / "retinue-20200101T000000Z" / "incomplete"
    foreign.parent.mkdir()
    foreign.write_text("another installation's")
    listed = await retinue("backup", "list", _URL, **bucket.settings)
    following = await retinue("backup", "--to", _URL, **bucket.settings)

    assert following.code == 0, following.err
    assert "No backups in" in listed.out
    assert [key.partition("/")[2] for key in left] == ["incomplete"]
    assert foreign.exists()
    # A backup that begins in the second of the killed one has its name.
    assert len({key.partition("/")[0] for key in bucket.stored() if "2020" not in key}) == 1
    assert {key.partition("/")[2] for key in bucket.stored() if "2020" not in key} == {
        "database.dump",
        "files.tar",
        "manifest.json",
    }


async def test_daily_backups_in_a_bucket_follow_their_retention(
    installation: Installation, retinue: CommandLine, bucket: Bucket
) -> None:
    given = bucket.settings | {"RETINUE_BACKUP_DIR": _URL}
    keeping = {"RETINUE_BACKUP_KEEP_DAILY": "1", "RETINUE_BACKUP_KEEP_WEEKLY": "0", "RETINUE_BACKUP_KEEP_MONTHLY": "0"}
    by_hand = await retinue("backup", **given)
    assert by_hand.code == 0, by_hand.err
    said: list[str] = []
    for _ in range(2):
        installation.rows("DELETE FROM backups WHERE trigger = 'daily' RETURNING 1")
        daily = retinue.begin(COMMAND, os.getpid(), program="retinue.cli.entry", **given, **keeping)
        said.append(daily.communicate(timeout=60)[1])
    listed = await retinue("backup", "list", **given)
    installation.rows("DELETE FROM backups WHERE trigger = 'daily' RETURNING 1")

    assert ["backup.deleted" in each for each in said] == [False, True], said
    assert [line.split()[1] for line in listed.out.splitlines()] == ["daily", "manual"]
    assert not any(key.endswith("/incomplete") for key in bucket.stored())
