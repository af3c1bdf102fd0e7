"""The browser for the console's tests: the system's Chromium, else Debian's package, else Playwright's own.

`python -m tools.browser` prints where it is, or why there is none, with exit code 1; `python -m tools.browser install` first
installs one where this user may.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find() -> str | None:
    """Return the path of a Chromium: RETINUE_TEST_CHROMIUM's, the system's, or Playwright's own; None without one."""
    chosen = os.environ.get("RETINUE_TEST_CHROMIUM")
    if chosen:
        return chosen
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return found
    return _playwrights_own()


def install() -> str | None:
    """Install a Chromium where there is none: Debian's as root, else Playwright's; return its path, if one came."""
    if find() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(["apt-get", "--quiet=2", *arguments], env=environ, check=False, stdout=subprocess.DEVNULL)
    if find() is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)
    return find()


def _playwrights_own() -> str | None:
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or "~/.cache/ms-playwright").expanduser()
    patterns = ("chromium-*/chrome-linux*/chrome", "chromium-*/chrome-mac*/**/Chromium")
    found = [path for pattern in patterns for path in sorted(folder.glob(pattern))]
    return str(found[-1]) if found else None


def main() -> int:
    """Print where the browser is; return 1 when there is none."""
    path = install() if sys.argv[1:] == ["install"] else find()
    if path is None:
        print("No Chromium: it is not installed, and could not be (needs root and apt-get, or Playwright's download).")
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
