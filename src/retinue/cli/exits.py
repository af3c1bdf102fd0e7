"""Exit codes of the commands, by the customs of sysexits(3), and how a process tells that it is ready."""

import os
import sys

from retinue.core.errors import Error

OK = 0
FAILED = 1
UNAVAILABLE = 69
CONFIGURATION = 78


def fail(error: Error, code: int) -> int:
    """Say what went wrong and what to do, and return the exit code."""
    sentences = [f"{text.rstrip('.')}." for text in (error.detail, error.remedy_text) if text]
    print(" ".join(sentences), file=sys.stderr)
    return code


def tell_ready() -> None:
    """Report that this process serves now, by the pipe that RETINUE_READY_FD names, to the process that started it."""
    descriptor = os.environ.pop("RETINUE_READY_FD", "")
    if descriptor:
        os.write(int(descriptor), b"1")
        os.close(int(descriptor))
