"""Alembic's environment: one connection, one transaction for all pending steps, under an advisory lock."""

from alembic import context
from sqlalchemy import create_engine, pool, text

_LOCK = 7_304_118_228


def _run() -> None:
    url = context.config.attributes["url"]
    engine = create_engine(url, poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        connection.execute(text("SET LOCAL lock_timeout = '30s'"))
        context.configure(connection=connection, target_metadata=None, transaction_per_migration=False)
        context.run_migrations()
        connection.commit()
    engine.dispose()


_run()
