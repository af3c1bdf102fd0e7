"""The two roles of the embedded database, set right by one run of `psql`, so that the supervisor needs no driver."""

import os
import subprocess
from dataclasses import dataclass

from retinue.embedded.binaries import Binaries
from retinue.embedded.claim import LASTS_HOURS, Claim
from retinue.embedded.cluster import OWNER
from retinue.embedded.errors import StartError
from retinue.embedded.pidfile import PidFile

APP_ROLE = "retinue_app"
DATABASE = "retinue"
PREPARE = rf"""
SET client_min_messages = warning;
SET log_min_error_statement = panic;
\getenv app_password RETINUE_APP_PASSWORD
SELECT 'CREATE ROLE {APP_ROLE}' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{APP_ROLE}') \gexec
ALTER ROLE {APP_ROLE} LOGIN INHERIT NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD :'app_password';
SELECT 'CREATE DATABASE {DATABASE}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \gexec
"""  # noqa: S608  (both names are constants of this file)
"""Repeating it changes nothing but the application role's password, to the one of the data folder."""


FACTS = """
SELECT to_regclass('public.alembic_version') IS NOT NULL AND to_regclass('public.users') IS NOT NULL AS laid \\gset
\\if :laid
SELECT version_num, EXISTS (SELECT FROM users) FROM alembic_version;
\\endif
"""
ISSUE = (
    "SELECT 1 FROM auth.issue_claim_token('\\x{hash}'::bytea, tenant.now(), tenant.now() + make_interval(hours => {hours}))"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database holds: its schema's revision (empty: none yet), and whether anyone has an account."""

    revision: str
    has_users: bool


def prepare_roles(binaries: Binaries, server: PidFile, *, owner_password: str, app_password: str) -> None:
    """Sign in as the owner, make the database and the application role when they are missing, and let that role sign in.

    Raises StartError when the owner's password does not open the server, or a statement fails.
    """
    said = _psql(binaries, server, PREPARE, database="postgres", owner_password=owner_password, app_password=app_password)
    if said.returncode == 0:
        return
    if "password authentication failed" in said.stderr:
        raise StartError(
            "The owner's password in the data folder does not open the database that lies beside it.",
            "Put back the file postgres.password that belongs to this database, from a backup of the data folder.",
        )
    raise StartError(f"The database could not be prepared: {said.stderr.strip()}.", "")


def read_facts(binaries: Binaries, server: PidFile, *, owner_password: str) -> Facts:
    """Read what the database holds. Raises StartError when it cannot be asked."""
    said = _psql(binaries, server, FACTS, database=DATABASE, owner_password=owner_password)
    if said.returncode != 0:
        raise StartError(f"The database could not be asked for its schema: {said.stderr.strip()}.", "")
    revision, _, has_users = said.stdout.strip().partition("|")
    return Facts(revision, has_users == "t")


def issue_claim(binaries: Binaries, server: PidFile, claim: Claim, *, owner_password: str) -> bool:
    """Let a claim's link work, in place of an earlier one, and say whether it does: it does not once anyone has an account.

    Raises StartError when the database cannot be asked.
    """
    script = ISSUE.format(hash=claim.token_hash.hex(), hours=LASTS_HOURS)
    said = _psql(binaries, server, script, database=DATABASE, owner_password=owner_password)
    if said.returncode != 0:
        raise StartError(f"The link for the first owner could not be made: {said.stderr.strip()}.", "")
    return bool(said.stdout.strip())


def _psql(
    binaries: Binaries, server: PidFile, script: str, *, database: str, owner_password: str, app_password: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [binaries.path("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        input=script,
        env={
            "PATH": os.defpath,
            "PGHOST": str(server.socket_folder),
            "PGPORT": str(server.port),
            "PGUSER": OWNER,
            "PGDATABASE": database,
            "PGPASSWORD": owner_password,
            "PGCONNECT_TIMEOUT": "30",
            "PGAPPNAME": "retinue up",
            "RETINUE_APP_PASSWORD": app_password,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        start_new_session=True,
    )
