"""Lay the tables of tenancy."""

from retinue.migrations.statements import apply_functions_of, run_file

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step, and create the functions that its policies and triggers, or later ones, refer to."""
    run_file("0001_tenancy.sql")
    apply_functions_of("tenant.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
