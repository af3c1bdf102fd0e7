"""Alembic's environment: one connection, one transaction, under an advisory lock.

Numbered steps change tables; afterwards the functions of ``migrations/functions`` are re-applied.
"""

from alembic import context
from sqlalchemy import create_engine, pool, text

from retinue.migrations.statements import apply_functions, apply_one_clock


def _run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        # As tenant.lock_key('migrate'), which does not exist in an empty database.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('retinue.migrate', 0))"))
        connection.execute(text("SET LOCAL lock_timeout = '30s'"))
        context.configure(connection=connection, target_metadata=None, transaction_per_migration=False)
        context.run_migrations()
        apply_functions(connection.connection.driver_connection)
        apply_one_clock(connection.connection.driver_connection)
        connection.execute(text("GRANT SELECT ON alembic_version TO retinue_app"))
        connection.commit()
    engine.dispose()


_run()
