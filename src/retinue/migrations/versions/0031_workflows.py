"""Workflows."""

from retinue.migrations.statements import apply_functions_of, run_file

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step, whose triggers call a function."""
    apply_functions_of("workflows.sql")
    run_file("0031_workflows.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
