"""Index the waiting runs, for the metrics."""

from retinue.migrations.statements import run_file

revision = "0019"
down_revision = "0016b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
    run_file("0019_metrics.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
