from retinue.migrations.revision import SCHEMA_REVISION
from retinue.migrations.runner import head


def test_the_needed_revision_is_the_newest_migration() -> None:
    assert head() == SCHEMA_REVISION
