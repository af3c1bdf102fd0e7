"""`retinue api`: one API process, with the web console in it."""

import gc
import signal
import socket
import sys
from types import FrameType

import uvicorn

from retinue.api import create_app, routed
from retinue.cli.exits import CONFIGURATION, OK, fail, tell_ready
from retinue.cli.prepare import prepare
from retinue.core.http.streams import Streams
from retinue.core.logging import configure
from retinue.core.settings import CoreSettings, SettingsError, environment, load
from retinue.embedded.errors import StartError
from retinue.embedded.port import open_port
from retinue.process import Process

_YOUNG_OBJECTS = 20_000
"""Objects between two collections of the youngest generation: a large body makes many that live for its request."""
LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024
"""Of a WebSocket, where the connection is closed at once; RETINUE_REALTIME_MESSAGE_KIB is the limit that is explained."""
DRAIN_SECONDS = 10
"""For requests that are being answered; streams are ended at once."""


class StreamingServer(uvicorn.Server):
    """uvicorn, ending the streams when it ends."""

    def __init__(self, config: uvicorn.Config, streams: Streams) -> None:
        """Take what is served, and the streams in it."""
        super().__init__(config)
        self._streams = streams

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then the rest."""
        self._streams.end()
        await super().shutdown(sockets)


class _Server(StreamingServer):
    """The server of a process: it tells when it serves."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End at once while starting, whatever does not answer; later, end after the requests that are being answered."""
        if not self.started:
            signal.signal(sig, signal.SIG_DFL)
            signal.raise_signal(sig)
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell the supervisor."""
        await super().startup(sockets)
        if self.started:
            gc.collect()
            gc.freeze()  # what was imported lives as long as the process; collections need not look at it again
            gc.set_threshold(_YOUNG_OBJECTS, 50, 100)
            tell_ready()


def serve_api(*, host: str = "127.0.0.1", port: int = 8600, descriptor: int | None = None) -> int:
    """Serve until SIGTERM or SIGINT; return the exit code.

    With a descriptor the listening socket behind it, made by the supervisor, is used in place of host and port.
    """
    environ = environment()
    try:
        core = load(CoreSettings, environ)
        configure(core.log_level, core.log_format)
        app = create_app(Process(environ), routed())
        listener = open_port(host, port) if descriptor is None else socket.socket(fileno=descriptor)
        prepare(environ)
    except SettingsError as error:
        return fail(error, CONFIGURATION)
    except StartError as error:
        print(error, file=sys.stderr)
        return CONFIGURATION
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        lifespan="on",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = _Server(config, app.state.streams)
    server.run(sockets=[listener])
    return OK if server.started else CONFIGURATION
