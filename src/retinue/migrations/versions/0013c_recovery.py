"""Add password reset links, two-factor authentication and its requirement by an organization."""

from retinue.migrations.statements import run_file

revision = "0013c"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
    run_file("0013c_recovery.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
