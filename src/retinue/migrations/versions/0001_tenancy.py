"""Lay the tables of tenancy."""

from retinue.migrations.statements import apply_functions_of_tenancy, run_file

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step, then create the functions that later steps refer to."""
    run_file("0001_tenancy.sql")
    apply_functions_of_tenancy()


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
