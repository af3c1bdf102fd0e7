"""Standard output as it really is: of a small alphabet, closed, full, or with a reader who has seen enough."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from retinue.cli.client.errors import NOT_WRITTEN, READER_GONE, ClientError
from retinue.core.json import dumps


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


_CONTROLS = {
    **{code: chr(0x2400 + code) for code in range(0x20)},
    **dict.fromkeys(range(0x7F, 0xA0), "\N{REPLACEMENT CHARACTER}"),
    ord("\n"): "\n",
    ord("\t"): "\t",
}


def harmless(text: str) -> str:
    """Return a text with pictures in place of control characters: names and answers must not steer a terminal.

    By ECMA-48 those are C0, C1 and DEL; line feeds and tabs stay.
    """
    return text.translate(_CONTROLS)


def print_text(text: str) -> None:
    """Write a text to standard output: as it is to a file or a program, harmless to a terminal."""
    print(harmless(text) if sys.stdout.isatty() else text, flush=True)


def print_json(value: Any) -> None:
    """Write a value as JSON on one line."""
    sys.stdout.flush()
    sys.stdout.buffer.write(dumps(value) + b"\n")
    sys.stdout.flush()


def _give_up() -> None:
    """Drop what is still in the buffer: the interpreter would try to write it again at its end, and complain."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
