"""Documents of deployed. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, TypedDict

from retinue.client.types.common import RunStatus

__all__ = ["Chat", "ChatMessage", "DeployedRun", "RunProblem", "SendChatMessage"]


class ChatMessage(TypedDict):
    """What a visitor said, and what was answered: the run's status, its answer, or that it failed."""

    answer: str | None
    content: str
    created_at: str
    error: str | None
    run_id: str
    status: RunStatus


class Chat(TypedDict):
    """The chat page of a deployment, as one visitor sees it."""

    description: str
    greeting: str
    icon: str
    messages: list[ChatMessage]
    name: str


class RunProblem(TypedDict):
    """Why a run failed."""

    code: str
    message: str


class DeployedRun(TypedDict):
    """A run that was started at a deployment's URL, as its caller sees it."""

    completed_at: str | None
    created_at: str
    deployment_id: str
    duration_ms: int | None
    error: RunProblem | None
    id: str
    output: Any
    status: RunStatus
    version: int | None


class SendChatMessage(TypedDict):
    """A visitor's message."""

    content: str
