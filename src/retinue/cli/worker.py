"""`retinue worker`: one worker process."""

import uvloop

from retinue.cli.exits import CONFIGURATION, OK, fail, tell_ready
from retinue.core.logging import configure
from retinue.core.settings import CoreSettings, SettingsError, environment, load


def serve_worker() -> int:
    """Work until SIGTERM or SIGINT; return the exit code."""
    environ = environment()
    try:
        core = load(CoreSettings, environ)
        configure(core.log_level, core.log_format)
        # The engine's imports are heavy: settings are judged before they are paid for.
        from retinue.worker import work  # noqa: PLC0415

        uvloop.run(work(environ, tell_ready))
    except SettingsError as error:
        return fail(error, CONFIGURATION)
    return OK
