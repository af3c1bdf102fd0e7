"""Lay the tables of tools."""

from retinue.migrations.statements import apply_functions_of, run_file

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step, and create the functions that its policies and triggers, or later ones, refer to."""
    apply_functions_of("tools.sql")
    run_file("0004_tools.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
