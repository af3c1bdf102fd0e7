"""Nothing that belongs to a database session: behind a pooler the next transaction of the session is another's."""

import re
from pathlib import Path

import retinue

_SOURCE = Path(retinue.__file__).parent
_SESSION = re.compile(
    r"pg_(try_)?advisory_(lock|unlock)(_shared|_all)?\(|\bLISTEN \{|set_config\([^()]*(\([^()]*\))?[^()]*, false\)"
    r"|[\"';]\s*SET (?!LOCAL\b)[a-zA-Z_]|^\s*SET (?!LOCAL\b|search_path)[a-zA-Z_][^,]*;\s*$|CREATE TEMP|CURSOR WITH HOLD"
)
# Each on a connection past the pooler, which is its holder's alone; the time zone is kept by poolers for each client. A tool
# connects to MariaDB once per call.
_ALLOWED = {
    "core/db/connections.py": ["SET TIME ZONE 'UTC';"],
    "core/bus/transport_postgres.py": ["LISTEN {}", "SET synchronous_commit = off"],
    "cli/doctor_connections.py": ["LISTEN {}"],
    "tools/kinds/database/mariadb.py": ["SET SESSION ", "SET @retinue", '"SET "'],
    "embedded/roles.py": ["SET client_min_messages = warning;", "SET log_min_error_statement = panic;"],
}


def _found() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in (*_SOURCE.rglob("*.py"), *(_SOURCE / "migrations" / "functions").glob("*.sql")):
        name = path.relative_to(_SOURCE).as_posix()
        for line in path.read_text("utf-8").splitlines():
            if _SESSION.search(line) and not any(each in line for each in _ALLOWED.get(name, ())):
                found.setdefault(name, []).append(line.strip())
    return found


def test_no_statement_leaves_something_in_the_session() -> None:
    assert _found() == {}, "use set_config(…, true), SET LOCAL, a …_xact_… lock, or a connection to DIRECT_DATABASE_URL"
