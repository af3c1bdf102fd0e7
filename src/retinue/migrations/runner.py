"""Migrating: Alembic as the runner of SQL files that travel inside the package."""

from collections.abc import Callable
from importlib import resources
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("retinue.migrations")))
    config.set_main_option("path_separator", "os")
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            url = "postgresql+psycopg://" + url.removeprefix(prefix)
    config.attributes["url"] = url
    return config


def upgrade(
    url: str, target: str = "head", *, is_partial: bool = False, watch: Callable[[Any, str], None] | None = None
) -> None:
    """Bring the database to the newest schema. May be repeated, and by several processes at once: they take turns.

    It is one transaction: a migration that fails, or whose process is killed, leaves the schema as it was. For a plan:
    ``is_partial`` leaves functions out, which may need later steps, and ``watch`` is called after each step with the
    driver's connection and the revision.
    """
    config = _config(url)
    config.attributes |= {"is_partial": is_partial, "watch": watch}
    command.upgrade(config, target)


def pending(current: str) -> list[tuple[str, str]]:
    """Return the steps that a schema lacks, oldest first: the revision, and what it does.

    Raises Alembic's ``CommandError`` for a revision that this version does not know.
    """
    scripts = ScriptDirectory.from_config(_config(""))
    found = scripts.iterate_revisions("head", current or "base")
    return [(each.revision, (each.doc or "").strip()) for each in found][::-1]


def head() -> str:
    """Name the newest schema revision that this version of the program knows."""
    revision = ScriptDirectory.from_config(_config("")).get_current_head()
    if revision is None:
        raise RuntimeError
    return revision
