"""Keep with a workflow when it is started next."""

from retinue.migrations.statements import apply_functions_of, run_file

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step; its trigger calls a function."""
    apply_functions_of("schedules.sql")
    run_file("0039_next_execution.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
