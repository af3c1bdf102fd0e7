"""Servers of other systems for the tests: the system's, else Debian's package where this user may install it.

`python -m tools.servers` prints where each is, or that there is none, with exit code 1; `install` installs them first.
"""

import os
import shutil
import sys

from tools import debian

PACKAGES = {"redis-server": "redis-server", "influxd": "influxdb", "victoria-metrics": "victoria-metrics"}
"""Program → the package of Debian that has it."""


def find(program: str) -> str | None:
    """Return the path of a program: that of a variable such as RETINUE_TEST_INFLUXD, or the system's; None without one."""
    given = os.environ.get(f"RETINUE_TEST_{program.upper().replace('-', '_')}")
    return given or shutil.which(program) or shutil.which(program, path="/usr/sbin")


def install(program: str) -> str | None:
    """Install Debian's package as root where the program is not there; return its path, if it came."""
    if find(program) is None:
        debian.install(PACKAGES[program])
    return find(program)


def main() -> int:
    """Print where the programs are; return 1 when one is missing."""
    look = install if sys.argv[1:] == ["install"] else find
    found = {program: look(program) for program in PACKAGES}
    for program, path in found.items():
        print(path or f"No {program}: it is not installed, and could not be (needs root and apt-get).")
    return 0 if all(found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
