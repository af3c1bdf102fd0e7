"""The client of Retinue's API: sync and async, typed, with retries. Needs ``httpx`` and nothing of the server.

``Retinue`` and ``AsyncRetinue`` have a method for each operation of the API, grouped as its reference is: ``agents.list()``,
``runs.start(…)``. ``ExternalAgent`` and ``AsyncExternalAgent`` are for agents that run elsewhere: they claim runs, report,
and send heartbeats. ``verify_webhook`` checks the calls of Retinue. ``retinue.client.types`` has what is given and answered.
"""

from retinue.client.agent import ExternalAgent
from retinue.client.async_agent import AsyncExternalAgent, Task
from retinue.client.async_connection import AsyncConnection
from retinue.client.calls import Retry
from retinue.client.clients import AsyncRetinue, Retinue
from retinue.client.connection import Connection
from retinue.client.errors import (
    ApiError,
    ConflictError,
    ConnectionFailedError,
    ForbiddenError,
    InvalidError,
    MissingError,
    RateLimitedError,
    RetinueError,
    ServerError,
    TaskWarning,
    UnauthenticatedError,
    WebhookError,
    WorkLostError,
)
from retinue.client.files import Upload
from retinue.client.models import Download, Heartbeat, Report, RunEvent, Work
from retinue.client.webhooks import WebhookCall, verify_webhook
from retinue.client.working import SyncTask

__all__ = [
    "ApiError",
    "AsyncConnection",
    "AsyncExternalAgent",
    "AsyncRetinue",
    "ConflictError",
    "Connection",
    "ConnectionFailedError",
    "Download",
    "ExternalAgent",
    "ForbiddenError",
    "Heartbeat",
    "InvalidError",
    "MissingError",
    "RateLimitedError",
    "Report",
    "Retinue",
    "RetinueError",
    "Retry",
    "RunEvent",
    "ServerError",
    "SyncTask",
    "Task",
    "TaskWarning",
    "UnauthenticatedError",
    "Upload",
    "WebhookCall",
    "WebhookError",
    "Work",
    "WorkLostError",
    "verify_webhook",
]
