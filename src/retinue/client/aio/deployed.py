"""Operations of deployed, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, Unpack

from retinue.client.resource import AsyncResource, new_key, path
from retinue.client.types.deployed import Chat, ChatMessage, DeployedRun, SendChatMessage


class AsyncDeployedApi(AsyncResource):
    """Operations of deployed."""

    async def get_chat(self, target_id: str, /) -> Chat:
        """Return the chat page with the visitor's own messages."""
        return await self._connection.json("GET", path("deployed", target_id, "chat"))

    async def clear_chat(self, target_id: str, /) -> None:
        """Clear the visitor's chat."""
        await self._connection.nothing("DELETE", path("deployed", target_id, "chat"))

    async def send_chat_message(self, target_id: str, /, **body: Unpack[SendChatMessage]) -> ChatMessage:
        """Send a visitor's message."""
        return await self._connection.json("POST", path("deployed", target_id, "chat", "messages"), body=body)

    async def get_chat_message(self, target_id: str, run_id: str, /) -> ChatMessage:
        """Return one of the visitor's messages; with `Accept: text/event-stream`, its answer as it comes."""
        return await self._connection.json("GET", path("deployed", target_id, "chat", "messages", run_id))

    async def start_run(
        self, target_id: str, body: dict[str, Any], /, *, idempotency_key: str | None = None, wait_seconds: int | None = None
    ) -> DeployedRun:
        """Run the deployed version."""
        return await self._connection.json(
            "POST",
            path("deployed", target_id, "runs"),
            body=body,
            key=idempotency_key or new_key(),
            wait_seconds=wait_seconds,
        )

    async def get_run(self, target_id: str, run_id: str, /) -> DeployedRun:
        """Return a run that was started at this URL."""
        return await self._connection.json("GET", path("deployed", target_id, "runs", run_id))
