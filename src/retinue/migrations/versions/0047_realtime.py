"""Create the feed of row changes for subscriptions."""

from retinue.migrations.statements import run_file

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step. Its triggers are made with the functions that they call."""
    run_file("0047_realtime.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
