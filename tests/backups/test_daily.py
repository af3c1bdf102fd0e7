"""The daily backup: one of several workers makes it; the API reports a failure."""

import subprocess
from pathlib import Path

from retinue.process import Process
from tests.backups.conftest import CommandLine, Installation, until
from tests.serving import serve

_DAILY = "SELECT status, count(*) FROM backups WHERE trigger = 'daily' GROUP BY 1 ORDER BY 1"
_LATER = """
UPDATE backups SET started_at = started_at - interval '20 minutes', finished_at = finished_at - interval '20 minutes'
WHERE trigger = 'daily' RETURNING 1
"""


def _stop(*workers: subprocess.Popen[str]) -> str:
    for worker in workers:
        worker.terminate()
    return "".join(worker.communicate(timeout=60)[1] for worker in workers)


async def _warning(installation: Installation, folder: Path) -> str | None:
    process = Process(installation.environ | {"RETINUE_BACKUP_DIR": str(folder)})
    await process.start()
    try:
        async with serve(process) as client:
            return (await client.get("/readyz")).json["warnings"].get("backup")
    finally:
        await process.stop()


async def test_failure_is_told_and_then_one_of_several_workers_makes_the_backup(
    installation: Installation, retinue: CommandLine, place: Path
) -> None:
    (place / "file").write_text("")
    before = await _warning(installation, place)
    worker = retinue.begin("worker", RETINUE_BACKUP_DIR=str(place / "file" / "below"))
    await until(lambda: installation.rows(_DAILY) == [("failed", 1)], seconds=100)
    said = _stop(worker)
    failed = await _warning(installation, place)
    installation.rows(_LATER)

    folder = place / "backups"
    workers = [retinue.begin("worker", RETINUE_BACKUP_DIR=str(folder)) for _ in range(2)]
    await until(lambda: installation.rows(_DAILY) == [("failed", 1), ("succeeded", 1)], seconds=100)
    told = _stop(*workers)
    after = await _warning(installation, place)

    assert before == "There is no daily backup yet. Look whether a worker runs that has RETINUE_BACKUP_DIR and DATABASE_URL."
    assert "backup.failed" in said
    assert "Not a directory" in said
    assert failed is not None
    assert failed.startswith("The daily backup failed: The backup could not be written to")
    assert [each.name.endswith("Z") for each in folder.iterdir()] == [True]
    assert told.count("backup.completed") <= 1  # a worker that is stopped in this moment says nothing more
    assert after is None
