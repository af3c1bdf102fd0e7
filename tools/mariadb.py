"""MariaDB for the tests: the system's, else Debian's package where this user may install it.

`python -m tools.mariadb` prints where it is, or why there is none, with exit code 1; with `install` it installs it first.
"""

import os
import shutil
import sys

from tools import debian


def find() -> str | None:
    """Return the path of the server: RETINUE_TEST_MARIADB's, or the system's; None without one."""
    given = os.environ.get("RETINUE_TEST_MARIADB")
    return given or shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin")


def install() -> str | None:
    """Install Debian's packages as root where there is none; return its path, if it came.

    They hold the server and what sets up its folder, without a service that starts by itself.
    """
    if find() is None:
        debian.install("mariadb-server-core", "mariadb-client-core")
    return find()


def main() -> int:
    """Print where MariaDB is; return 1 when there is none."""
    path = install() if sys.argv[1:] == ["install"] else find()
    if path is None:
        print("No MariaDB: it is not installed, and could not be (needs root and apt-get).")
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
