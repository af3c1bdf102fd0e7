"""A backup is restored: into another database, into a data folder, and in the rehearsal."""

import json
import os
import signal
from pathlib import Path

import psycopg

from retinue.core.secrets import SecretBox
from retinue.process import Process
from tests.backups.conftest import LETTER, NOTE, PASSPHRASE, TOKEN, CommandLine, Installation, app_url
from tests.cast import PASSWORD
from tests.client import Client
from tests.serving import serve

_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
_POLICIES = """
SELECT tablename, policyname, permissive, cmd, qual, with_check,
  array_replace(roles, current_user::name, 'the owner'::name)::text FROM pg_policies ORDER BY 1, 2
"""
_GRANTS = """
SELECT c.oid::regclass::text, array_to_string(c.relacl, ' ') LIKE '%retinue_app=%', c.relrowsecurity, c.relforcerowsecurity
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('public', 'dispatch', 'kv') AND c.relkind IN ('r', 'S', 'p') ORDER BY 1
"""


def _all(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


async def test_organization_is_restored_with_its_runs_files_and_secrets(
    installation: Installation, retinue: CommandLine, empty: str, place: Path
) -> None:
    made = await retinue("backup", "--to", place / "backups", RETINUE_BACKUP_KEY=_KEY)
    (folder,) = (place / "backups").iterdir()
    target = {"DATABASE_URL": empty, "RETINUE_APP_DATABASE_URL": app_url(empty), "RETINUE_DATA_DIR": str(place / "data")}
    restored = await retinue("restore", folder, RETINUE_BACKUP_KEY=_KEY, **target)
    assert (made.code, restored.code) == (0, 0), made.err + restored.err
    content = b"".join(path.read_bytes() for path in folder.iterdir() if path.name != "manifest.json")
    assert b"PGDMP" not in content
    assert b"a letter" not in content

    process = Process(installation.environ | target)
    await process.start()
    try:
        async with serve(process) as client:
            anna = Client(client.session, client.base_url, email=installation.cast.anna.email, password=PASSWORD)
            run = await anna.get(f"/runs/{installation.run_id}")
            note = await anna.get(installation.artifact_url)
            letter = await anna.get(installation.attachment_url)
            otto = Client(client.session, client.base_url, email=installation.cast.otto.email, password=PASSWORD)
            hidden = await otto.get(f"/runs/{installation.run_id}")
    finally:
        await process.stop()
    ((sealed,),) = _all(empty, "SELECT value_encrypted FROM organization_variables WHERE value_encrypted IS NOT NULL")

    assert run.json["status"] == "completed"
    assert (note.text, letter.text.encode()) == (NOTE, LETTER)
    assert SecretBox((installation.environ["RETINUE_SECRET_KEY"],)).open(bytes(sealed)) == TOKEN  # pyright: ignore[reportArgumentType]
    assert hidden.status == 404
    assert _all(empty, _POLICIES) == _all(installation.owner_url, _POLICIES)
    assert _all(empty, _GRANTS) == _all(installation.owner_url, _GRANTS)


async def test_data_folder_is_restored_and_people_sign_in(
    installation: Installation, elsewhere: CommandLine, backup: Path, place: Path
) -> None:
    data = place / "data"
    restored = await elsewhere("restore", backup, "--data-dir", data, RETINUE_BACKUP_PASSPHRASE=PASSPHRASE)
    assert restored.code == 0, restored.err
    again = await elsewhere("restore", backup, "--data-dir", data, RETINUE_BACKUP_PASSPHRASE=PASSPHRASE)

    port = 20000 + os.getpid() % 10000
    settings = {"RETINUE_DATA_DIR": str(data), "RETINUE_PORT": str(port), "RETINUE_LOCAL_MODEL": "off"}
    up = elsewhere.begin(program="retinue.embedded", **settings)
    try:
        assert up.stdout is not None
        lines = ""
        while "Metrics" not in lines:
            line = up.stdout.readline()
            assert line, (up.communicate(timeout=30), lines)
            lines += line
        session = installation.cast.anna.http.session
        anna = Client(session, f"http://127.0.0.1:{port}", email=installation.cast.anna.email, password=PASSWORD)
        note = await anna.get(installation.artifact_url)
    finally:
        up.send_signal(signal.SIGTERM)
        up.communicate(timeout=60)

    assert note.text == NOTE
    assert "with your account" in lines
    assert (data / "secret.key").read_text().strip() == installation.environ["RETINUE_SECRET_KEY"]
    assert again.code == 1
    assert "is not empty" in again.err
    assert "Name an empty or new folder with --data-dir." in again.err


async def test_rehearsal_restores_compares_and_starts_the_api(elsewhere: CommandLine, backup: Path, place: Path) -> None:
    said = await elsewhere("backup", "verify", backup, RETINUE_BACKUP_PASSPHRASE=PASSPHRASE, TMPDIR=str(place))
    rows = json.loads((backup / "manifest.json").read_text())["tables"]

    assert said.code == 0, said.err + said.out
    assert f"{sum(table['rows'] for table in rows)} rows in {len(rows)} tables, 2 files compared" in said.out
    assert "the key in the backup opens them" in said.out
    assert "/readyz answers 200" in said.out
    assert list(place.iterdir()) == []


async def test_backup_says_that_the_secret_key_is_left_out(
    installation: Installation, retinue: CommandLine, place: Path
) -> None:
    said = await retinue("backup", "--to", place)
    (folder,) = place.iterdir()
    listed = await retinue("backup", "list", place)
    content = b"".join(path.read_bytes() for path in folder.iterdir())

    assert "The secret key is not in it: RETINUE_BACKUP_PASSPHRASE is not set." in said.out
    assert "not encrypted, without secret key" in listed.out
    assert installation.environ["RETINUE_SECRET_KEY"].encode() not in content
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


async def test_lost_file_is_named_and_the_rest_is_restored_even_without_the_secret_key(
    installation: Installation, retinue: CommandLine, elsewhere: CommandLine, place: Path
) -> None:
    (note,) = Path(installation.environ["RETINUE_DATA_DIR"], "artifacts", "runs").rglob("*/*/*")
    hidden = place / "hidden"
    note.rename(hidden)
    try:
        said = await retinue("backup", "--to", place / "backups")
    finally:
        hidden.rename(note)
    (folder,) = (place / "backups").iterdir()
    rehearsed = await elsewhere("backup", "verify", folder, TMPDIR=str(place), RETINUE_DATA_DIR=str(place))

    assert said.code == 0
    assert "is missing from the storage" in said.err
    assert rehearsed.code == 0, rehearsed.out
    assert "1 files compared" in rehearsed.out
    assert "not tried: the key that opens them is not here" in rehearsed.out
