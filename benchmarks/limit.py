"""The physical limit, measured in the same run: pgbench with the least SQL that records the same facts, on the same server.

A run of five steps is eight commits: the run is inserted, claimed, each step is inserted, the run is ended. Statements are
prepared; every statement is its own commit; the tables have the keys that the facts need and nothing else.
"""

import os
import re
import subprocess
import tempfile

import psycopg
from psycopg.conninfo import conninfo_to_dict

from retinue.embedded.binaries import find_binaries

_TABLES = b"""
CREATE SCHEMA IF NOT EXISTS least;
CREATE TABLE IF NOT EXISTS least.runs
  (id bigint PRIMARY KEY, status text, input text, output text, started timestamptz, ended timestamptz);
CREATE TABLE IF NOT EXISTS least.steps (run bigint, n int, output text, at timestamptz, PRIMARY KEY (run, n));
TRUNCATE least.runs, least.steps;
"""


def script(steps: int) -> str:
    """Write the pgbench script of a run with so many steps."""
    lines = [
        "\\set id random(1, 9000000000000000)",
        "INSERT INTO least.runs VALUES (:id, 'pending', repeat('i', 100)) ON CONFLICT DO NOTHING;",
        "UPDATE least.runs SET status = 'running', started = now() WHERE id = :id;",
        *(
            f"INSERT INTO least.steps VALUES (:id, {n}, repeat('o', 300), now()) ON CONFLICT DO NOTHING;"
            for n in range(steps)
        ),
        "UPDATE least.runs SET status = 'completed', output = repeat('o', 300), ended = now() WHERE id = :id;",
    ]
    return "\n".join(lines) + "\n"


def runs_per_second(url: str, *, steps: int, clients: int, seconds: int = 5) -> float:
    """Run pgbench and return the recorded runs a second."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLES)
    parts = conninfo_to_dict(url)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script(steps))
        file.flush()
        command = [
            find_binaries().path("pgbench"),
            *("-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(seconds), "-f", file.name),
            *("-h", str(parts["host"]), "-p", str(parts.get("port", 5432)), "-U", str(parts["user"]), str(parts["dbname"])),
        ]
        environ = {**os.environ, "PGPASSWORD": str(parts.get("password", ""))}
        output = subprocess.run(command, env=environ, check=True, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([\d.]+)", output)
    assert found is not None, output
    return float(found[1])
