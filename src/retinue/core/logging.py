"""Logs: events in the past tense with fields (``run.claimed``, ``run_id=…``). Ids always, payloads and secrets never."""

import logging
import sys
from typing import cast

_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # pyright: ignore[reportArgumentType] - structlog loads it where it is installed: 5 MB for tracebacks unused
import structlog  # noqa: E402 - see above

if _rich is None:
    del sys.modules["rich"]
else:
    sys.modules["rich"] = _rich

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure(level: str, form: str) -> None:
    """Set up logging for the process: ``text`` for people, ``json`` for machines, both to standard error.

    Tracebacks are plain: one with the values of variables would put payloads and secrets into the log.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([structlog.processors.format_exc_info] if form == "json" else []),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS.get(level, logging.INFO)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # The pool would tell of each of its tries to connect, several a second; the caller logs the failure.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    # The MCP SDK logs what servers send.
    logging.getLogger("mcp").setLevel(logging.CRITICAL)


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """Return the logger of a module."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(module=name))
