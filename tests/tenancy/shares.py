"""A link to a conversation of Acme's, for the tests of tenancy."""

from datetime import UTC, datetime, timedelta

from tests.tenancy.world import World


async def share(world: World) -> str:
    conversation = await world.id_of("conversation_id")
    row = world.filler().make(
        "conversation_shares", conversation_id=conversation, user_id=world.cast.olga.user_id,
        expires_at=datetime.now(UTC) + timedelta(days=1),
    )  # fmt: skip
    return str(row["id"])
