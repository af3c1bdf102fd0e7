"""Store when the recipient of an alert channel unsubscribed."""

from retinue.migrations.statements import run_file

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
    run_file("0059_alert_channel_unsubscribed.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
