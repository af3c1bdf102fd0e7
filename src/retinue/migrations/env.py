"""Alembic's environment: one connection, one transaction for all pending steps, under an advisory lock."""

from alembic import context
from sqlalchemy import create_engine, pool, text

_LOCK = 7_304_118_228


def _run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        connection.execute(text("SET LOCAL lock_timeout = '30s'"))
        context.configure(connection=connection, target_metadata=None, transaction_per_migration=False)
        context.run_migrations()
        connection.execute(text("GRANT SELECT ON alembic_version TO retinue_app"))
        connection.commit()
    engine.dispose()


_run()
