"""What is tested of migrations where the repository's history is not here, as in an archive or a shallow clone."""

import subprocess
from pathlib import Path


def _has_history() -> bool:
    command = ["git", "rev-parse", "--is-shallow-repository"]
    try:
        found = subprocess.run(command, cwd=Path(__file__).parent, check=True, capture_output=True)  # noqa: S603 - words of this file
    except (OSError, subprocess.CalledProcessError):
        return False
    return found.stdout.strip() == b"false"


# The version before is taken from the history.
collect_ignore = [] if _has_history() else ["test_version_before.py"]
