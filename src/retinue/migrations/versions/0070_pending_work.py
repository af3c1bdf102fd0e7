"""Say which periodic work has something to do."""

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Change nothing here: the function follows with the others."""


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
