"""The database that `retinue up` serves from: the embedded server, or the one that DATABASE_URL names.

Both answer the same questions: the two addresses, whether the schema is already this version's, whether it is alive.
"""

from dataclasses import dataclass

from retinue.embedded.claim import make_claim
from retinue.embedded.errors import StartError
from retinue.embedded.folder import DataFolder
from retinue.embedded.launch import Pause
from retinue.embedded.options import Options
from retinue.embedded.postgres import Server, start_server
from retinue.embedded.roles import Facts, issue_claim, read_facts
from retinue.migrations.revision import SCHEMA_REVISION
from retinue.migrations.state import is_newer


@dataclass(frozen=True, slots=True)
class Database:
    """Where the data is; `server` is None when it is the operator's own."""

    owner_url: str
    app_url: str
    server: Server | None
    is_migrated: bool
    has_users: bool

    def issue_claim(self, public_url: str) -> str | None:
        """Make the embedded database's link for the first owner; None when someone has an account already."""
        claim = make_claim(public_url)
        server = self.server
        if server is None or self.has_users:
            return None
        is_open = issue_claim(server.binaries, server.pid_file, claim, owner_password=server.owner_password)
        return claim.url if is_open else None


def open_database(options: Options, folder: DataFolder, pause: Pause) -> Database:
    """Start or adopt the embedded server, or name the operator's; ask the embedded one whether anything is to be done.

    Raises StartError when the server does not start, or its schema is newer than this program.
    """
    if options.database_url:
        return Database(options.database_url, "", None, is_migrated=False, has_users=False)
    server = start_server(folder.path, port=options.postgres_port, pause=pause)
    try:
        facts = read_facts(server.binaries, server.pid_file, owner_password=server.owner_password)
        _refuse_newer(server, facts)
    except BaseException:
        server.stop()
        raise
    is_migrated = facts.revision == SCHEMA_REVISION
    return Database(server.owner_url, server.app_url, server, is_migrated=is_migrated, has_users=facts.has_users)


def _refuse_newer(server: Server, facts: Facts) -> None:
    if is_newer(facts.revision):
        raise StartError(
            f"The database in {server.cluster.data} has the schema {facts.revision} of a newer Retinue; this one knows "
            f"{SCHEMA_REVISION}. Nothing was changed.",
            "Start that newer version, or set RETINUE_DATA_DIR to another folder.",
        )
