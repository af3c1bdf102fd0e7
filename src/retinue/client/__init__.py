"""The client of Retinue's API: sync and async, typed, with retries. Needs ``httpx`` and nothing of the server.

``Retinue`` and ``AsyncRetinue`` start runs and wait for them. ``ExternalAgent`` and ``AsyncExternalAgent`` are for agents
that run elsewhere: they claim runs, report, and send heartbeats. ``verify_webhook`` checks the calls of Retinue.
"""

from retinue.client.agent import ExternalAgent
from retinue.client.async_agent import AsyncExternalAgent, Task
from retinue.client.calls import Retry
from retinue.client.connection import AsyncConnection, Connection
from retinue.client.errors import ApiError, ConnectionFailedError, RetinueError, TaskWarning, WebhookError, WorkLostError
from retinue.client.models import Heartbeat, Report, Run, RunEvent, Work
from retinue.client.runs import AsyncRetinue, Retinue
from retinue.client.webhooks import WebhookCall, verify_webhook
from retinue.client.working import SyncTask

__all__ = [
    "ApiError",
    "AsyncConnection",
    "AsyncExternalAgent",
    "AsyncRetinue",
    "Connection",
    "ConnectionFailedError",
    "ExternalAgent",
    "Heartbeat",
    "Report",
    "Retinue",
    "RetinueError",
    "Retry",
    "Run",
    "RunEvent",
    "SyncTask",
    "Task",
    "TaskWarning",
    "WebhookCall",
    "WebhookError",
    "Work",
    "WorkLostError",
    "verify_webhook",
]
