"""Keep metrics of agents, the use of the API and of models, and their roll-ups."""

from retinue.migrations.statements import apply_functions_of, run_file

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step; it makes the first partitions and triggers on runs by functions of these files."""
    apply_functions_of("partitions.sql")
    apply_functions_of("runs.sql")
    apply_functions_of("metrics.sql")
    run_file("0034_metrics.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
