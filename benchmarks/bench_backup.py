"""How fast is a backup, its restore and its rehearsal, against COPY of the same tables in the same run; how does it grow?

One real run (a model step, two artifacts, labels, feedback) is copied by SQL until there are so many, with everything it
recorded and a file each. COPY writes every table into a file and from it into tables without indexes; a backup also
compresses, counts and hashes every row, and a restore also builds indexes, checks foreign keys, and compares every row.

    python -m benchmarks.bench_backup [RUNS ...]

Two quiet cores (load 2 to 3), the start of each command included, November 2026:

    runs (database, text)        COPY out   backup        size     COPY in   restore       rehearsal
    1,000 (43 MB, 20 MB)         0.14 s     1.4 s (10x)   3.3 MB   0.22 s    4.6 s (21x)   20.1 s
    10,000 (253 MB, 199 MB)      0.6 s      5.4 s (9x)    22 MB    1.2 s     9.5 s (8x)    11.6 s
    100,000 (2.4 GB, 2.0 GB)     8.3 s      44 s (5x)     208 MB   13.5 s    85 s (6x)     40 s

A restore takes 0.85 to 0.95 s for each thousand runs, from 10,000 to 100,000: it grows with them alone. The first rehearsal
of a machine is the slowest. Memory does not bound the number of runs, as COPY goes through a file.
"""

import asyncio
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.bench_deletion import copy_runs, files_of_copies, one_run
from benchmarks.installation import Installation, installation
from benchmarks.report import Report

SIZES = (1_000, 10_000, 100_000)
_CHUNK_BYTES = 1024 * 1024
_CONTENT = b"The content of an artifact."
_TABLES = """
SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
GROUP BY 1 ORDER BY 1
"""


def _retinue(made: Installation, *arguments: str, **settings: str) -> float:
    """Run a command; return how many seconds it took."""
    began = time.perf_counter()
    line = [sys.executable, "-m", "retinue.cli.main", *arguments]
    environ = {name: value for name, value in made.environ.items() if name not in settings or settings[name]} | settings
    said = subprocess.run(line, env=environ, check=False, capture_output=True, text=True)
    if said.returncode:
        raise SystemExit(f"{arguments}: {said.stderr}{said.stdout}")
    return time.perf_counter() - began


def _copy_all(made: Installation) -> tuple[float, float, int]:
    """COPY every table into a file, then into tables without indexes; return the seconds of both and the bytes."""
    out = into = 0.0
    total = 0
    with psycopg.connect(made.owner_url, autocommit=True) as connection, tempfile.TemporaryFile() as content:
        for name, names in connection.execute(_TABLES).fetchall():
            table, columns = sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, names))
            began = time.perf_counter()
            content.seek(0)
            content.truncate()
            with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} TO STDOUT").format(table)) as copy:
                for chunk in copy:
                    content.write(chunk)
            out += time.perf_counter() - began
            total += content.tell()
            content.seek(0)
            connection.execute(sql.SQL("CREATE TABLE kept_copy (LIKE {} INCLUDING GENERATED)").format(table))
            into_copy = sql.SQL("COPY kept_copy ({}) FROM STDIN").format(columns)
            began = time.perf_counter()
            with connection.cursor() as cursor, cursor.copy(into_copy) as copy:
                while chunk := content.read(_CHUNK_BYTES):
                    copy.write(chunk)
            into += time.perf_counter() - began
            connection.execute("DROP TABLE kept_copy")
    return out, into, total


def _measure(made: Installation, report: Report, source: str, size: int, folder: Path) -> None:
    organization_id = made.query("SELECT organization_id::text FROM runs WHERE id = %s", source)[0][0]
    rows = copy_runs(made, source, size)
    files_of_copies(made, organization_id)
    values = (len(_CONTENT), hashlib.sha256(_CONTENT).hexdigest())
    made.query("UPDATE run_artifacts SET size = %s, checksum = %s WHERE storage_key LIKE '%%/file'", *values)
    made.query("DROP TABLE copies")
    made.query("VACUUM ANALYZE")
    stored = made.query("SELECT pg_database_size(current_database())")[0][0] / 1e6
    out, into, total = _copy_all(made)
    name = f"{size:,} runs of {rows} rows and a file ({stored:.0f} MB, {total / 1e6:.0f} MB as text)"
    taken = _retinue(made, "backup", "--to", str(folder))
    (place,) = folder.iterdir()
    written = sum(path.stat().st_size for path in place.iterdir()) / 1e6
    made.query("DROP DATABASE IF EXISTS restored")
    made.query("CREATE DATABASE restored")
    database = made.owner_url.replace("/retinue?", "/restored?")
    restored = _retinue(made, "restore", str(place), DATABASE_URL=database, RETINUE_DATA_DIR=str(folder.parent / "files"))
    verified = _retinue(made, "backup", "verify", str(place))
    report.figure(f"{name}: COPY out", out, "s")
    report.figure(f"{name}: backup", taken, "s")
    report.figure(f"{name}: backup against COPY out", taken / out, "times")
    report.figure(f"{name}: size of the backup", written, "MB")
    report.figure(f"{name}: COPY in, without indexes", into, "s")
    report.figure(f"{name}: restore", restored, "s")
    report.figure(f"{name}: restore against COPY in", restored / into, "times")
    report.figure(f"{name}: restore of a thousand runs", restored / size * 1000, "s")
    report.figure(f"{name}: rehearsal", verified, "s")


async def main() -> None:
    """Measure each size on an installation of its own."""
    report = Report("backup")
    for size in [int(each) for each in sys.argv[1:]] or SIZES:
        async with installation() as made:
            source = await one_run(made)
            made.signal_workers(15)
            folder = Path(made.environ["RETINUE_DATA_DIR"]) / "backups"
            await asyncio.to_thread(os.makedirs, folder)
            _measure(made, report, source, size, folder)
    report.close()


if __name__ == "__main__":
    asyncio.run(main())
