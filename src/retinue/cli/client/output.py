"""Standard output as it really is: of a small alphabet, closed, full, or with a reader who has seen enough."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from retinue.cli.client.errors import NOT_WRITTEN, READER_GONE, ClientError


@contextmanager
def opened() -> Generator[None]:
    """Let a command write whatever it has to; what cannot be written is a ``ClientError``, never a traceback."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # the caller closed it
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - until the process ends
        getattr(sys, name).reconfigure(errors="backslashreplace")
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        _give_up()
        raise SystemExit(READER_GONE) from None
    except OSError as error:
        _give_up()
        raise ClientError(f"The output cannot be written: {error.strerror or error}.", NOT_WRITTEN) from None


def print_json(value: Any) -> None:
    """Write a value as JSON on one line."""
    sys.stdout.flush()
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE))
    sys.stdout.flush()


def _give_up() -> None:
    """Drop what is still in the buffer: the interpreter would try to write it again at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
