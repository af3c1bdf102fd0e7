"""A rehearsal is recorded with the backup that it tried, and one that failed is told."""

import json
import re
import shutil
from pathlib import Path

from retinue.process import Process
from tests.backups.conftest import PASSPHRASE, CommandLine, Installation
from tests.crash.ground import free_port
from tests.serving import serve

_RECORD = "SELECT rehearsed_at IS NOT NULL, rehearsal_error FROM backups WHERE rehearsed_at IS NOT NULL"


async def _warning(installation: Installation, **settings: str) -> str | None:
    process = Process(installation.environ | settings)
    await process.start()
    try:
        async with serve(process) as client:
            return (await client.get("/readyz")).json["warnings"].get("backup")
    finally:
        await process.stop()


async def test_rehearsal_is_recorded_and_its_failure_and_its_age_are_told(
    installation: Installation, retinue: CommandLine, backup: Path, place: Path
) -> None:
    given = {"TMPDIR": str(place), "RETINUE_BACKUP_PASSPHRASE": PASSPHRASE}
    missing = await _warning(installation, RETINUE_BACKUP_REHEARSAL_DAYS="1")
    quiet = await _warning(installation)
    undone = await retinue("doctor", "--port", free_port())

    done = await retinue("backup", "verify", backup, **given)
    recorded = installation.rows(_RECORD)
    fresh = await _warning(installation, RETINUE_BACKUP_REHEARSAL_DAYS="1")
    examined = await retinue("doctor", "--port", free_port())
    damaged = place / "damaged"
    shutil.copytree(backup, damaged)
    manifest = json.loads((damaged / "manifest.json").read_text())
    (damaged / manifest["parts"][0]["name"]).unlink()
    failed = await retinue("backup", "verify", damaged, **given)
    installation.rows(
        "UPDATE backups SET rehearsed_at = rehearsed_at - interval '2 days' WHERE rehearsed_at IS NOT NULL RETURNING 1"
    )
    old = await _warning(installation, RETINUE_BACKUP_REHEARSAL_DAYS="1")
    installation.rows("UPDATE backups SET rehearsal_error = '2 differences.' WHERE rehearsed_at IS NOT NULL RETURNING 1")
    told = await _warning(installation)
    looked = await retinue("doctor", "--port", free_port(), RETINUE_BACKUP_DIR=str(place))
    installation.rows(
        "UPDATE backups SET rehearsed_at = NULL, rehearsal_error = NULL WHERE rehearsed_at IS NOT NULL RETURNING 1"
    )

    assert done.code == 0, done.err + done.out
    assert "entered in the installation's database" in done.out
    assert recorded == [(True, None)]
    assert missing == old == "No rehearsal of a backup succeeded in 1 days. Run 'retinue backup verify'."
    assert "mind    Rehearsal          No rehearsal of a backup is recorded." in undone.out
    assert "mind    Backups            No daily backup is made: RETINUE_BACKUP_DIR is not set." in undone.out
    assert "ok      Rehearsal          The last one succeeded at " in examined.out
    assert "mind    Rehearsal          The last rehearsal of a backup failed at " in looked.out
    # Another test of this installation may have made a daily backup before.
    assert re.search("Backups +(There is no daily backup yet|The last daily backup began)", looked.out)
    assert quiet is fresh is None
    assert failed.code != 0
    assert told is not None
    assert told.endswith("UTC: 2 differences.")
