"""Create the table of the installation, which holds the check value of the secret key."""

from retinue.migrations.statements import run_file

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
    run_file("0018_installation.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
