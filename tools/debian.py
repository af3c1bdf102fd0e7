"""Installing packages of Debian for the tests, where this user may."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def install(*packages: str) -> None:
    """Install packages with apt-get as root; do nothing where that is not possible.

    Test processes that install at the same time wait for each other, because apt-get fails while another one runs.
    """
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with (Path(tempfile.gettempdir()) / "retinue-apt-get.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run(["apt-get", "--quiet=2", *arguments], env=environ, check=False, stdout=subprocess.DEVNULL)
