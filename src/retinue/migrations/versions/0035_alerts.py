"""Add notifications, alert rules and alerts."""

from retinue.migrations.statements import apply_functions_of, run_file

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step; its trigger calls a function."""
    apply_functions_of("notifications.sql")
    run_file("0035_alerts.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
