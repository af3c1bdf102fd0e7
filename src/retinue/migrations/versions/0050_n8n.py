"""Connect organizations to n8n: linked workflows, their executions, and executions of n8n that wait for runs."""

from retinue.migrations.statements import run_file

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
    run_file("0050_n8n.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
