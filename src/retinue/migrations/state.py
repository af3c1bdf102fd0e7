"""What schema a database has, for the start, for health checks and for `retinue doctor`."""

from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

from retinue.migrations.revision import SCHEMA_REVISION

QUEUE_FUNCTIONS = ("procrastinate_defer_jobs_v1", "procrastinate_register_worker_v1", "procrastinate_unregister_worker_v1")
"""What this version calls of the schema that Procrastinate's tables live in; their names carry their version."""
READ_REVISION: LiteralString = "SELECT version_num FROM alembic_version"
READ_MISSING: LiteralString = """
SELECT name FROM unnest(%s::text[]) AS name
WHERE NOT EXISTS (
  SELECT FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'dispatch' AND p.proname = name)
"""
_MIGRATE = "Run 'retinue migrate', or start 'retinue up'."


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """Why a schema does not fit this version, and what to do; ``is_newer``: waiting does not help."""

    text: str
    remedy: str
    is_newer: bool = False

    def __str__(self) -> str:
        """Return both sentences."""
        return f"{self.text} {self.remedy}"


def known_revisions() -> frozenset[str]:
    """Return every revision this version knows. Reads the names of files, as Alembic would take long to import."""
    return frozenset(file.name.partition("_")[0] for file in Path(__file__).with_name("versions").glob("[0-9]*_*.py"))


def is_newer(revision: str) -> bool:
    """Return whether a schema's revision is one of a newer Retinue: none that this version knows."""
    return bool(revision) and revision not in known_revisions()


def problem_of(revision: str | None) -> SchemaProblem | None:
    """Return why the schema of a database does not fit, by its revision; None for none at all, which has no schema."""
    if revision == SCHEMA_REVISION:
        return None
    if not revision:
        return SchemaProblem("The database has no schema of Retinue yet.", _MIGRATE)
    if is_newer(revision):
        text = f"The database has the schema {revision} of a newer Retinue; this version knows {SCHEMA_REVISION}."
        return SchemaProblem(text, "Start that version or a later one.", is_newer=True)
    return SchemaProblem(f"The database has the old schema {revision}; this version needs {SCHEMA_REVISION}.", _MIGRATE)


def queue_problem(missing: list[str]) -> SchemaProblem | None:
    """Return why the queue's part of the schema does not fit, by the functions it lacks."""
    if not missing:
        return None
    text = f"The queue's schema is not the one of this version's Procrastinate: dispatch.{missing[0]} is missing."
    return SchemaProblem(text, "Restore the schema 'dispatch' from a backup, or start the version of Retinue that made it.")
