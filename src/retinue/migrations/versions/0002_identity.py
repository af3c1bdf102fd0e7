"""Lay the tables of identity."""

from retinue.migrations.statements import apply_functions_of, run_file

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step, and create the functions that its policies and triggers, or later ones, refer to."""
    apply_functions_of("identity.sql")
    run_file("0002_identity.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
