"""Let alerts rest in maintenance windows and quiet hours, group their messages, and escalate."""

from retinue.migrations.statements import run_file

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
    run_file("0052_alert_windows.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
