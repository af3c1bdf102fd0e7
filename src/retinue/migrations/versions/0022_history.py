"""Bound the history of messages and of the audit log."""

from retinue.migrations.statements import run_file

<<<<<<<< HEAD:src/retinue/migrations/versions/0022_history.py
revision = "0022"
down_revision = "0021"
========
revision = "0021"
down_revision = "0019"
>>>>>>>> 63a6ff9 (Number the step of the history, and document set-ups that take turns):src/retinue/migrations/versions/0021_history.py
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the file of this step."""
<<<<<<<< HEAD:src/retinue/migrations/versions/0022_history.py
    run_file("0022_history.sql")
========
    run_file("0021_history.sql")
>>>>>>>> 63a6ff9 (Number the step of the history, and document set-ups that take turns):src/retinue/migrations/versions/0021_history.py


def downgrade() -> None:
    """Refuse: a step is undone by restoring a backup, since dropping tables would lose data."""
    raise NotImplementedError
