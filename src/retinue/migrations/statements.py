"""Run the SQL files of the migrations in Alembic's transaction, through the driver, so that no character is interpreted."""

import hashlib
from importlib import resources
from typing import Any

from alembic import op

# In this order: later files call functions of earlier ones.
FUNCTION_FILES = (
    "tenant.sql",
    "partitions.sql",
    "identity.sql",
    "kv.sql",
    "installation.sql",
    "outbox.sql",
    "timers.sql",
    "tools.sql",
    "agents.sql",
    "teams.sql",
    "workflows.sql",
    "dispatch.sql",
    "admission.sql",
    "control.sql",
    "approvals.sql",
    "events.sql",
    "work.sql",
    "runs.sql",
    "journal.sql",
    "usage.sql",
    "budgets.sql",
    "run_metrics.sql",
    "metrics.sql",
    "external.sql",
    "schedules.sql",
    "traces.sql",
    "realtime.sql",
    "n8n.sql",
    "conversations.sql",
    "deployments.sql",
    "notifications.sql",
    "alerts.sql",
    "status_changes.sql",
    "dashboard.sql",
    "deletions.sql",
    "retention.sql",
    "erasures.sql",
    "backups.sql",
    "redis.sql",
    "metric_exports.sql",
    "pending_work.sql",
)


def run_file(name: str) -> None:
    """Run one file of ``migrations/sql``: the tables of a numbered step."""
    _driver().execute(_text("sql", name))


def apply_functions_of(name: str) -> None:
    """Create the functions that policies and triggers of a numbered step refer to, before its tables exist."""
    _driver().execute("SET LOCAL check_function_bodies = off")
    _driver().execute(_text("functions", name))
    _driver().execute("SET LOCAL check_function_bodies = on")


def functions() -> str:
    """Return the text of all function files, in the order in which they are applied."""
    return "\n".join(_text("functions", name) for name in FUNCTION_FILES)


def apply_functions(driver: Any) -> None:  # noqa: ANN401 - a psycopg connection, which SQLAlchemy declares as an object
    """Create or replace every function of ``migrations/functions``, unless the database has these very texts.

    May be repeated. The comment on the schema ``tenant`` records the digest of the texts that were applied last.
    """
    text = functions()
    mark = f"functions {hashlib.sha256(text.encode()).hexdigest()}"
    found = driver.execute("SELECT obj_description('tenant'::regnamespace, 'pg_namespace')").fetchone()
    if found[0] == mark:
        driver.execute("SELECT realtime.write_out()")  # a step may have changed a policy from which it is written
        return
    driver.execute(text)
    driver.execute(f"COMMENT ON SCHEMA tenant IS '{mark}'")


# By hand ``now()`` is written too easily; the defaults of our tables follow the one clock whatever their step says.
_ONE_CLOCK = """
DO $$
DECLARE
  each record;
BEGIN
  FOR each IN
    SELECT d.adrelid::regclass AS target, a.attname AS name FROM pg_attrdef d
    JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
    JOIN pg_class c ON c.oid = d.adrelid
    WHERE c.relnamespace IN ('public'::regnamespace, 'dispatch'::regnamespace, 'kv'::regnamespace)
      AND pg_get_expr(d.adbin, d.adrelid) IN ('now()', 'clock_timestamp()', 'CURRENT_TIMESTAMP')
  LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT tenant.now()', each.target, each.name);
  END LOOP;
END $$
"""


def apply_one_clock(driver: Any) -> None:  # noqa: ANN401 - as above
    """Let every column whose default is the present instant take it from ``tenant.now()``. May be repeated."""
    driver.execute(_ONE_CLOCK)


def _text(folder: str, name: str) -> str:
    return resources.files("retinue.migrations").joinpath(folder, name).read_text(encoding="utf-8")


def _driver() -> Any:  # noqa: ANN401 - the same
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError
    return driver
