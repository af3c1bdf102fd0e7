"""Add the warnings of steps, and their number to runs."""

from retinue.migrations.statements import run_file

revision = "0010"
down_revision = "0013b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
    run_file("0010_answer_warnings.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
