"""A real MariaDB on the loopback, in a folder of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pymysql
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tools import servers


@dataclass(frozen=True, slots=True)
class MariaDb:
    """The server: its port, and a socket through which its administrator is let in."""

    port: int
    socket: Path
    certificate: str = ""
    """The server's certificate in PEM, which vouches for itself at 127.0.0.1."""

    def execute(self, *statements: str, database: str | None = None) -> list[tuple[Any, ...]]:
        """Run statements as the administrator; return the rows of the last."""
        connection = pymysql.connect(unix_socket=str(self.socket), user="root", database=database, autocommit=True)
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return list(cursor.fetchall())
        finally:
            connection.close()


@contextmanager
def serving_mariadb() -> Generator[MariaDb]:
    """Serve an empty MariaDB until the block ends."""
    program = servers.install("mariadbd")
    if program is None:
        pytest.skip(
            "MariaDB is needed: python -m tools.servers install mariadbd (Debian: mariadb-server-core and -client-core)"
        )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="retinue-mariadb-") as name:
        folder = Path(name)
        account = _account(folder)
        data, sock = folder / "data", folder / "sock"
        plain = ["--no-defaults", f"--datadir={data}"]
        installer = shutil.which("mariadb-install-db") or "mariadb-install-db"
        subprocess.run(
            [installer, *plain, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **account,
        )
        certificate = _certificate(folder / "server.pem", account.get("user"))
        told = [f"--ssl-cert={folder}/server.pem", f"--ssl-key={folder}/server.pem"]
        told += [f"--socket={sock}", "--bind-address=127.0.0.1", f"--port={port}", "--innodb-flush-log-at-trx-commit=0"]
        told += [f"--secure-file-priv={folder}", "--performance-schema=off", "--innodb-buffer-pool-size=32M"]
        with subprocess.Popen([program, *plain, *told], stderr=subprocess.PIPE, **account) as process:
            try:
                _wait(process, sock)
                yield MariaDb(port, sock, certificate)
            finally:
                process.kill()


def _certificate(file: Path, user: int | None) -> str:
    """Write a key and its certificate; return the certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    text = made.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_text(private.decode() + text)
    file.chmod(0o600)
    if user is not None:
        os.chown(file, user, -1)
    return text


def _account(folder: Path) -> dict[str, Any]:
    """MariaDB refuses to run as root: it then runs as nobody, who owns the folder."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam("nobody")
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _wait(process: subprocess.Popen[Any], sock: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert process.poll() is None, process.stderr and process.stderr.read()
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(str(sock)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("MariaDB did not start")
