"""The two roles of the embedded database, set right by one run of `psql`, so that the supervisor needs no driver."""

import os
import subprocess

from retinue.embedded.binaries import Binaries
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


def prepare_roles(binaries: Binaries, server: PidFile, *, owner_password: str, app_password: str) -> None:
    """Sign in as the owner, make the database and the application role when they are missing, and let that role sign in.

    Raises StartError when the owner's password does not open the server, or a statement fails.
    """
    said = subprocess.run(
        [binaries.path("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        input=PREPARE,
        env={
            "PATH": os.defpath,
            "PGHOST": str(server.socket_folder),
            "PGPORT": str(server.port),
            "PGUSER": OWNER,
            "PGDATABASE": "postgres",
            "PGPASSWORD": owner_password,
            "PGCONNECT_TIMEOUT": "30",
            "PGAPPNAME": "retinue up",
            "RETINUE_APP_PASSWORD": app_password,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=120,
    )
    if said.returncode == 0:
        return
    if "password authentication failed" in said.stderr:
        raise StartError(
            "The owner's password in the data folder does not open the database that lies beside it.",
            "Put back the file postgres.password that belongs to this database, from a backup of the data folder.",
        )
    raise StartError(f"The database could not be prepared: {said.stderr.strip()}.", "")
