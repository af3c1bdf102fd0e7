"""Connect organizations and members to other services by OAuth, and let runs wait until they are connected."""

from retinue.migrations.statements import run_file

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
    run_file("0054_connections.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
