"""nginx for the tests: the system's, else Debian's package where this user may install it."""

import shutil

from tools import debian


def find() -> str | None:
    """Return the path of nginx; None without one."""
    return shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")


def install() -> str | None:
    """Install Debian's package as root where there is none; return its path, if it came."""
    if find() is None:
        debian.install("nginx-light")
    return find()
