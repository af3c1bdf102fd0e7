"""Alembic's environment: one connection, one transaction, under an advisory lock.

Numbered steps change tables; afterwards the functions of ``migrations/functions`` are re-applied.
"""

from collections.abc import Collection, Mapping
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import create_engine, pool, text

from retinue.migrations.statements import apply_functions, apply_one_clock

# What CREATE INDEX CONCURRENTLY leaves that was broken off (``retinue migrate --plan`` proposes it) is no index.
_DROP_INVALID = """
DO $$
DECLARE
  each record;
BEGIN
  FOR each IN SELECT i.indexrelid::regclass AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    WHERE NOT i.indisvalid AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'i'
  LOOP
    EXECUTE format('DROP INDEX %s', each.name);
  END LOOP;
END $$
"""


def _run() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        # As tenant.lock_key('migrate'), which does not exist in an empty database.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('retinue.migrate', 0))"))
        connection.execute(text("SET LOCAL lock_timeout = '30s'"))
        driver = connection.connection.driver_connection
        connection.execute(text(_DROP_INVALID))

        def watch(ctx: MigrationContext, step: MigrationInfo, heads: Collection[Any], run_args: Mapping[str, Any]) -> None:
            del ctx, heads, run_args
            watching = context.config.attributes.get("watch")
            if watching is not None:
                watching(driver, step.up_revision_id)

        context.configure(
            connection=connection, target_metadata=None, transaction_per_migration=False, on_version_apply=watch
        )
        context.run_migrations()
        if context.config.attributes.get("is_partial"):
            connection.commit()
            engine.dispose()
            return
        apply_functions(connection.connection.driver_connection)
        apply_one_clock(connection.connection.driver_connection)
        connection.execute(text("GRANT SELECT ON alembic_version TO retinue_app"))
        connection.commit()
    engine.dispose()


_run()
