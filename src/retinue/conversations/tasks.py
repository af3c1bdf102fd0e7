"""What conversations do on news of others. Each may be repeated."""

from uuid import UUID

from retinue.conversations import service
from retinue.core.context import Context
from retinue.core.outbox import Event


def is_of_conversation(event: Event) -> bool:
    """Say whether a run's event concerns a conversation at all."""
    return event.payload.get("conversation_id") is not None


async def append_reply(ctx: Context, event: Event) -> None:
    """Write a run's end into the reply it was to write."""
    await service.finalize_reply(ctx, UUID(str(event.payload["run_id"])))


async def delete_files(ctx: Context, event: Event) -> None:
    """Delete files whose rows are gone. Storage is asked inside the event's own transaction, which holds nothing else."""
    keys = event.payload["keys"]
    if isinstance(keys, list):
        await ctx.resources.storage.delete([str(key) for key in keys])
