"""What the person at the prompt sees: each line with the name of the process that wrote it."""

import contextlib
import os
import sys

COLOURS = {"postgres": "36", "api": "32", "worker": "35", "model": "33", "retinue": "1"}
WIDTH = 8


class Output:
    """The prompt: lines of the processes on standard error, what the person needs on standard output.

    A reader who went away (a closed pipe or terminal) ends nothing.
    """

    def __init__(self) -> None:
        """Colour the names only where someone looks."""
        self._is_coloured = sys.stderr.isatty() and not os.environ.get("NO_COLOR")

    def line(self, name: str, text: str) -> None:
        """Write one line that a process, or the supervisor itself, has to say."""
        label = f"{name:<{WIDTH}}"
        if self._is_coloured:
            label = f"\x1b[{COLOURS.get(name, '0')}m{label}\x1b[0m"
        self._write(sys.stderr.fileno(), f"{label} | {text}\n")

    def say(self, text: str) -> None:
        """Write what is meant for the person."""
        self._write(sys.stdout.fileno(), f"{text}\n")

    def _write(self, descriptor: int, text: str) -> None:
        rest = text.encode(errors="replace")
        with contextlib.suppress(OSError):
            while rest:
                rest = rest[os.write(descriptor, rest) :]
