"""Keep the runs of a conversation private to its person, in the database."""

from retinue.migrations.statements import apply_functions_of, run_file

revision = "0012"
down_revision = "0013c"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step, which uses functions of tenancy and of runs."""
    apply_functions_of("tenant.sql")
    apply_functions_of("runs.sql")
    run_file("0012_private_runs.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
