"""Runs a command while no other runs under the same lock: python3 tools/alone.py LOCK COMMAND [ARGUMENT…]

Set-up must work before anything is installed, with any Python 3, and where there is no ``flock`` command. The command and
what it starts inherit the lock, so it is released when the last of them ends, however it ends.
"""

import fcntl
import os
import sys


def main() -> None:
    """Take the lock, waiting for it with a sentence, and become the command, which finds ``SETUP_HAS_WAITED`` set then."""
    descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another set-up is running in this folder. Waiting until it has finished.", file=sys.stderr, flush=True)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.environ["SETUP_HAS_WAITED"] = "1"
    os.set_inheritable(descriptor, True)
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606 - the command is our own script


if __name__ == "__main__":
    main()
