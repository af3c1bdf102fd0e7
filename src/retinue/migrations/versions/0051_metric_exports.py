"""Queue points of metrics for an InfluxDB, and let organizations allow content in traces."""

from retinue.migrations.statements import run_file

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
    run_file("0051_metric_exports.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
