"""Migrating: Alembic as the runner of SQL files that travel inside the package."""

from importlib import resources

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


def upgrade(url: str) -> None:
    """Bring the database to the newest schema. May be repeated, and by several processes at once: they take turns."""
    command.upgrade(_config(url), "head")


def head() -> str:
    """Name the newest schema revision that this version of the program knows."""
    revision = ScriptDirectory.from_config(_config("")).get_current_head()
    if revision is None:
        raise RuntimeError
    return revision
