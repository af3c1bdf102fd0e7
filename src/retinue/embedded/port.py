"""The port of the console: taken before anything is started, so that a taken one is said at once, and kept over restarts."""

import contextlib
import errno
import json
import os
import socket

from retinue.embedded.errors import StartError
from retinue.embedded.options import HIGHEST_PORT, Options

BACKLOG = 512
ASK_SECONDS = 5.0
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


def why_not_ready(host: str, port: int) -> str | None:
    """Ask the API's /readyz; None when it is ready, else what it, or the system, says is missing."""
    asked_host = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - not bound, translated
    try:
        with socket.create_connection((asked_host, port), timeout=ASK_SECONDS) as connection:
            connection.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
    except OSError as error:
        return f"{error.strerror or type(error).__name__}."
    head, _, body = answer.partition(b"\r\n\r\n")
    if b" 200 " in head.split(b"\r\n")[0]:
        return None
    try:
        reasons: dict[str, str] = json.loads(body)["reasons"]
        return " ".join(reasons.values())
    except (ValueError, KeyError, TypeError, AttributeError):
        return head.split(b"\r\n")[0].decode(errors="replace")


def _why(host: str, port: int, error: OSError, variable: str) -> StartError:
    if error.errno == errno.EADDRINUSE:
        return StartError(
            f"Port {port} on {host} is taken by another program.",
            f"End that program, or choose another port, as with {variable}={port + 1}.",
        )
    if error.errno in {errno.EACCES, errno.EPERM}:
        return StartError(f"This user may not open port {port}.", f"Choose one above 1023 with {variable}.")
    if error.errno == errno.EADDRNOTAVAIL:
        return StartError(f"{host} is not an address of this machine.", "Set RETINUE_HOST to 127.0.0.1 or 0.0.0.0.")
    return StartError(f"Port {port} on {host} cannot be opened: {os.strerror(error.errno or 0)}.", "")
