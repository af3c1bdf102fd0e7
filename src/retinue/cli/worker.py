"""`retinue worker`: one worker process, which carries out runs."""

import socket

import uvloop

from retinue.cli.exits import CONFIGURATION, OK, fail, tell_ready
from retinue.cli.prepare import prepare
from retinue.core.logging import configure
from retinue.core.settings import CoreSettings, SettingsError, environment, load
from retinue.worker import work


def serve_worker(*, descriptor: int | None = None) -> int:
    """Carry out runs until SIGTERM or SIGINT; return the exit code.

    With a descriptor, metrics and health are served on the listening socket behind it, made by the supervisor.
    """
    environ = environment()
    try:
        core = load(CoreSettings, environ)
        configure(core.log_level, core.log_format)
        prepare(environ)
        listener = None if descriptor is None else socket.socket(fileno=descriptor)
        uvloop.run(work(environ, tell_ready, listener=listener))
    except SettingsError as error:
        return fail(error, CONFIGURATION)
    return OK
