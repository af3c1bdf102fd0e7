"""End API keys and invitations with the membership of anyone who created them."""

from retinue.migrations.statements import apply_functions_of, run_file

revision = "0013"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the trigger's function first, then run the file of this step."""
    apply_functions_of("identity.sql")
    run_file("0013_memberships.sql")


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
