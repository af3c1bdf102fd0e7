"""The child process that says how hard passwords are to guess: each comes on a line of standard input.

``python -m retinue.identity.users.guessing``. The score is zxcvbn's (Wheeler, USENIX Security 2016). It holds no secret but
the password it is asked about, and ends when its input does, as when the process that started it is gone.
"""

import json
import sys


def main() -> None:
    """Answer until the input ends."""
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its word lists are why this is a process of its own

    for line in sys.stdin:
        password, words = json.loads(line)
        sys.stdout.write(f"{zxcvbn(password, words)['score']}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
