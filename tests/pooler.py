"""A real PgBouncer in transaction mode, between a test's processes and its PostgreSQL."""

import os
import pwd
import secrets
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tools import servers

_CONFIGURATION = """
[databases]
* = host={host} port={port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen_port}
unix_socket_dir =
auth_type = plain
auth_file = {users}
pool_mode = transaction
default_pool_size = 4
max_client_conn = 400
max_db_connections = 8
server_tls_sslmode = disable
{more}
"""


@contextmanager
def pooled(owner_url: str, folder: Path, users: dict[str, str], **settings: str) -> Generator[int]:
    """Run PgBouncer before a server for users with their passwords, and give its port; further settings by name."""
    program = servers.needed("pgbouncer")
    server = conninfo_to_dict(owner_url)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        listen_port = int(probe.getsockname()[1])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "users.txt").write_text("".join(f'"{name}" "{password}"\n' for name, password in users.items()))
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(
        _CONFIGURATION.format(
            host=server["host"],
            port=server.get("port", 5432),
            listen_port=listen_port,
            users=folder / "users.txt",
            more="\n".join(f"{name} = {value}" for name, value in settings.items()),
        )
    )
    account: dict[str, Any] = {}
    if os.geteuid() == 0:  # PgBouncer refuses to run as root
        nobody = pwd.getpwnam("nobody")
        account = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        for path in (folder, *folder.iterdir()):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen[bytes]([program, str(configuration)], stdout=log, stderr=log, **account)
    try:
        _wait(listen_port, process, folder / "log")
        yield listen_port
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())


@contextmanager
def login_role(owner_url: str) -> Generator[tuple[str, str]]:
    """Make a login role that is a member of ``retinue_app`` and nothing else; give its name and password."""
    name, password = f"serving_{secrets.token_hex(4)}", secrets.token_hex(12)
    role = sql.Identifier(name)
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE retinue_app").format(role, sql.Literal(password)))
        try:
            yield name, password
        finally:
            owner.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = %s", (name,))
            owner.execute(sql.SQL("DROP ROLE {}").format(role))
