"""Record the last test of each model provider, and prices and context lengths of models."""

from retinue.migrations.statements import run_file

revision = "0011"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
    run_file("0011_model_overrides.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
