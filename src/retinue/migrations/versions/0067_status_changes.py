"""Keep when the status of agents and workflows changed."""

from retinue.migrations.statements import apply_functions_of, run_file

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
    apply_functions_of("status_changes.sql")
    run_file("0067_status_changes.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
