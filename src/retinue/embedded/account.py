"""The account under which the embedded PostgreSQL runs: our own, or a powerless one when we are root.

PostgreSQL refuses to run as root, and initdb wants an account that has a passwd entry.
"""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from retinue.embedded.errors import StartError

POWERLESS = ("nobody", "daemon")
"""Accounts that every Linux and macOS has, in the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who the server runs as; `is_dropped` says that it is another than ourselves."""

    name: str
    uid: int
    gid: int
    is_dropped: bool

    def run(self, *command: str, timeout_seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a short command as this account and return what it said; it is never raised for its exit code.

        Raises PermissionError when this account may not execute the command, FileNotFoundError when there is none.
        """
        return subprocess.run(
            command,
            user=self.uid if self.is_dropped else None,
            group=self.gid if self.is_dropped else None,
            extra_groups=[] if self.is_dropped else None,
            cwd="/",
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_seconds,
            start_new_session=True,  # an interrupt at the prompt is ours to act on
        )

    def can_enter(self, folder: Path) -> bool:
        """Whether this account can change into the folder: every parent must let it through."""
        return not self.is_dropped or self.run("/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)).returncode == 0

    def own(self, path: Path) -> None:
        """Make this account the owner of one path of ours."""
        if self.is_dropped:
            os.chown(path, self.uid, self.gid)


def find_account() -> Account:
    """Find the account to run PostgreSQL as.

    Raises StartError when we are root and there is no powerless account, or when our own uid has no passwd entry.
    """
    uid = os.geteuid()
    if uid != 0:
        try:
            entry = pwd.getpwuid(uid)
        except KeyError:
            raise StartError(
                f"The user id {uid} has no entry in the passwd database, and PostgreSQL will not run without one.",
                "Add an entry for it, or set DATABASE_URL to a PostgreSQL server of your own.",
            ) from None
        return Account(entry.pw_name, uid, os.getegid(), is_dropped=False)
    for name in POWERLESS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid, is_dropped=True)
    raise StartError(
        "PostgreSQL does not run as root, and this system has neither a user nobody nor a user daemon to run it as.",
        "Start Retinue as an ordinary user, or set DATABASE_URL to a PostgreSQL server of your own.",
    )
