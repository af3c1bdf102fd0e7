"""Running the SQL file of a migration inside Alembic's transaction."""

from importlib import resources

from alembic import op


def run_file(name: str) -> None:
    """Run one file of ``migrations/sql`` as it is, through the driver, so that no character of it is interpreted."""
    text = resources.files("retinue.migrations").joinpath("sql", name).read_text(encoding="utf-8")
    driver = op.get_bind().connection.driver_connection
    if driver is None:
        raise RuntimeError(name)
    driver.execute(text)
