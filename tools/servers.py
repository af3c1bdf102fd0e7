"""Servers of other systems for the tests: the system's, else Debian's packages where this user may install them.

`python -m tools.servers [install] [NAME …]` prints where each (or all) is, or that there is none, with exit code 1; with
`install` it installs them first.
"""

import os
import shutil
import sys

from tools import debian

PACKAGES = {
    "influxd": ("influxdb",),
    "mariadbd": ("mariadb-server-core", "mariadb-client-core"),  # without a service that starts by itself
    "nginx": ("nginx-light",),
    "pgbouncer": ("pgbouncer",),
    "prometheus": ("prometheus",),
    "redis-server": ("redis-server",),
    "victoria-metrics": ("victoria-metrics",),
}
"""Program → the packages of Debian that have it and what sets it up."""


def find(program: str) -> str | None:
    """Return the path of a program: that of a variable such as RETINUE_TEST_INFLUXD, or the system's; None without one."""
    given = os.environ.get(f"RETINUE_TEST_{program.upper().replace('-', '_')}")
    return given or shutil.which(program) or shutil.which(program, path="/usr/local/sbin:/usr/sbin")


def install(program: str) -> str | None:
    """Install Debian's packages as root where the program is not there; return its path, if it came."""
    if find(program) is None:
        debian.install(*PACKAGES[program])
    return find(program)


def needed(program: str) -> str:
    """Return the path of a program, installed if need be. Raises ``AssertionError`` with what to do when it is not there."""
    path = install(program)
    assert path is not None, f"Run: python -m tools.servers install {program} (Debian: {' '.join(PACKAGES[program])})"
    return path


def main() -> int:
    """Print where the programs are; return 1 when one is missing."""
    names = sys.argv[1:]
    look = find
    if names[:1] == ["install"]:
        look, names = install, names[1:]
    found = [look(program) for program in names or PACKAGES]
    for path, program in zip(found, names or PACKAGES, strict=True):
        print(path or f"No {program}: it is not installed, and could not be (needs root and apt-get).")
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
