"""The port of the console: taken before anything is started, so that a taken one is said at once, and kept over restarts."""

import contextlib
import errno
import json
import os
import socket
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from retinue.embedded.errors import StartError
from retinue.embedded.options import HIGHEST_PORT, Options

BACKLOG = 512
ASK_SECONDS = 3.0
LONGEST_ANSWER_BYTES = 1024 * 1024
_READY = b"200"
WORKER_PORT_DISTANCE = 1000


def open_port(host: str, port: int, *, variable: str = "RETINUE_PORT") -> socket.socket:
    """Listen on a port; a child inherits it, and connections wait in it while the child is started again.

    ``variable`` is what sets the port, for the message.

    Raises StartError when the port is taken, the address is not one of this machine, or a right is missing.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror:
        raise StartError(f"RETINUE_HOST is {host!r}, which is not an address.", "Use 127.0.0.1 or 0.0.0.0.") from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _why(host, port, error, variable) from None
    return listener


def open_status_port(options: Options) -> socket.socket:
    """Listen on the worker's port: RETINUE_WORKER_PORT, else a thousand above the console's, else any that is free.

    Raises StartError when the one that was asked for cannot be opened.
    """
    if options.worker_port:
        return open_port(options.worker_host, options.worker_port, variable="RETINUE_WORKER_PORT")
    for port in (options.port + WORKER_PORT_DISTANCE, 0):
        if port <= HIGHEST_PORT:
            with contextlib.suppress(StartError):
                return open_port(options.worker_host, port)
    return open_port(options.worker_host, 0, variable="RETINUE_WORKER_PORT")


class Listener(StrEnum):
    """Who listens on a port that is taken."""

    READY = "a Retinue that is ready"
    UNREADY = "a Retinue that is not ready"
    SILENT = "a program that does not answer"
    STRANGER = "another program"


@dataclass(frozen=True, slots=True)
class Taken:
    """Who listens on a port, and what it says of itself when it is a Retinue that is not ready."""

    by: Listener
    reasons: str = ""


class PortTakenError(StartError):
    """A port that someone else listens on."""

    def __init__(self, problem: str, remedy: str, taken: Taken) -> None:
        """Keep who has it."""
        super().__init__(problem, remedy)
        self.taken = taken


def who_listens(host: str, port: int) -> Taken:
    """Ask the program that listens on a port for its identity, by /readyz."""
    try:
        status, body = _ask(host, port)
    except TimeoutError:
        return Taken(Listener.SILENT)
    except OSError:
        return Taken(Listener.STRANGER)
    reasons = _reasons(body)
    if reasons is None:
        return Taken(Listener.STRANGER)
    return Taken(Listener.READY) if status == _READY else Taken(Listener.UNREADY, " ".join(reasons.values()))


def _reasons(body: bytes) -> dict[str, str] | None:
    """Return the reasons in the answer of a Retinue's /readyz; None when it is none."""
    try:
        document: Any = json.loads(body)
        reasons: dict[str, str] = document["reasons"]
        return {str(name): str(text) for name, text in reasons.items()} if "checks" in document else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def _ask(host: str, port: int) -> tuple[bytes, bytes]:
    """Return the status line's code and the body of /readyz. Raises ``OSError``, of it ``TimeoutError`` for silence."""
    asked_host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not bound, translated
    deadline = time.monotonic() + ASK_SECONDS
    answer = b""
    with socket.create_connection((asked_host, port), timeout=ASK_SECONDS) as connection:
        connection.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        while piece := connection.recv(65536):
            answer += piece
            if time.monotonic() > deadline or len(answer) > LONGEST_ANSWER_BYTES:
                break
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(b"\r\n")[0].split()
    return (words[1] if len(words) > 1 else b""), body


def why_not_ready(host: str, port: int) -> str | None:
    """Ask the API's /readyz; None when it is ready, else what it, or the system, says is missing."""
    try:
        status, body = _ask(host, port)
    except OSError as error:
        return f"{error.strerror or type(error).__name__}."
    if status == _READY:
        return None
    reasons = _reasons(body)
    return f"status {status.decode(errors='replace')}" if reasons is None else " ".join(reasons.values())


def _why(host: str, port: int, error: OSError, variable: str) -> StartError:
    if error.errno == errno.EADDRINUSE:
        return _taken(host, port, variable)
    if error.errno in {errno.EACCES, errno.EPERM}:
        return StartError(f"This user may not open port {port}.", f"Choose one above 1023 with {variable}.")
    if error.errno == errno.EADDRNOTAVAIL:
        return StartError(f"{host} is not an address of this machine.", "Set RETINUE_HOST to 127.0.0.1 or 0.0.0.0.")
    return StartError(f"Port {port} on {host} cannot be opened: {os.strerror(error.errno or 0)}.", "")


def _taken(host: str, port: int, variable: str) -> StartError:
    taken = who_listens(host, port)
    other = f"choose another port, as with {variable}={port + 1}."
    where = f"Port {port} on {host} is taken by"
    if taken.by is Listener.READY:
        return PortTakenError(f"{where} another Retinue, which is ready.", f"Use that one, end it, or {other}", taken)
    if taken.by is Listener.UNREADY:
        return StartError(
            f"{where} another Retinue, which is not ready: {taken.reasons}", f"Mend or end that one, or {other}"
        )
    remedy = f"End that program, or {other}"
    if taken.by is Listener.SILENT:
        remedy += f" It does not answer within {ASK_SECONDS:g} s: a Retinue that was stopped would not either."
    return PortTakenError(f"{where} another program.", remedy, taken)
