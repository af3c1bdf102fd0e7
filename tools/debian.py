"""Installing a package of Debian for the tests, where this user may."""

import os
import shutil
import subprocess


def install(package: str) -> None:
    """Install a package with apt-get as root; do nothing where that is not possible."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        subprocess.run(["apt-get", "--quiet=2", *arguments], env=environ, check=False, stdout=subprocess.DEVNULL)
