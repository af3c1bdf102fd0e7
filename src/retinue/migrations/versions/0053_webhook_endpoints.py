"""Send webhooks when runs end."""

from retinue.migrations.statements import run_file

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
    run_file("0053_webhook_endpoints.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
