"""Prometheus for the tests: the system's, else Debian's package where this user may install it.

`python -m tools.prometheus` prints where it is, or why there is none, with exit code 1; with `install` it installs it first.
"""

import shutil
import sys

from tools import debian


def find() -> str | None:
    """Return the path of Prometheus; None without one."""
    return shutil.which("prometheus")


def install() -> str | None:
    """Install Debian's package as root where there is none; return its path, if it came."""
    if find() is None:
        debian.install("prometheus")
    return find()


def main() -> int:
    """Print where Prometheus is; return 1 when there is none."""
    path = install() if sys.argv[1:] == ["install"] else find()
    print(path or "No Prometheus: it is not installed, and could not be (needs root and apt-get).")
    return 0 if path else 1


if __name__ == "__main__":
    sys.exit(main())
