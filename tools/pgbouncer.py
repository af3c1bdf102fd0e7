"""PgBouncer for the tests: the system's, else Debian's package where this user may install it.

`python -m tools.pgbouncer` prints where it is, or why there is none, with exit code 1; with `install` it installs it first.
"""

import os
import shutil
import sys

from tools import debian


def find() -> str | None:
    """Return the path of PgBouncer: RETINUE_TEST_PGBOUNCER's, or the system's; None without one."""
    return (
        os.environ.get("RETINUE_TEST_PGBOUNCER") or shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    )


def install() -> str | None:
    """Install Debian's package as root where there is none; return its path, if it came."""
    if find() is None:
        debian.install("pgbouncer")
    return find()


def main() -> int:
    """Print where PgBouncer is; return 1 when there is none."""
    path = install() if sys.argv[1:] == ["install"] else find()
    if path is None:
        print("No PgBouncer: it is not installed, and could not be (needs root and apt-get).")
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
