"""Keys of external agents and the secrets that sign their calls: created, rotated, revoked, and whom a key stands for."""

import hashlib
import secrets
from typing import Final
from uuid import UUID

from retinue.agents import service as agents
from retinue.agents.errors import AgentHostedError
from retinue.agents.types import Runtime
from retinue.core import audit
from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import Database
from retinue.core.ids import new_id
from retinue.core.permissions import require
from retinue.core.webhooks import new_secret
from retinue.external.keys import repository
from retinue.external.keys.errors import AgentKeyMissingError, AgentKeyRefusedError, TooManyAgentKeysError
from retinue.external.keys.permissions import READ, WRITE
from retinue.external.keys.types import AgentKey, AgentKeyList, IssuedAgentKey, WebhookSecret

AGENT_KEY_MARK: Final = "rta_"
MAX_KEYS: Final = 20
_PREFIX_LENGTH = 8
_SECRET_BYTES = 32
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


async def find_holder(database: Database, key: str) -> tuple[Actor, str]:
    """Return the agent that a key stands for, and the subscription tier that limits its requests.

    Raises ``AgentKeyRefusedError``.
    """
    holder = await repository.find(database, _hash(key))
    if holder is None:
        raise AgentKeyRefusedError
    actor = Actor(ActorKind.AGENT, organization_id=holder.organization_id, agent_id=holder.agent_id)
    return actor, holder.subscription_tier


async def list_keys(ctx: Context, agent_id: UUID) -> AgentKeyList:
    """Return the keys of an agent, newest first. Raises ``AgentMissingError``."""
    require(ctx, READ)
    await agents.require_exists(ctx, agent_id)
    return AgentKeyList(await repository.list_keys(ctx, agent_id))


async def create(ctx: Context, agent_id: UUID) -> IssuedAgentKey:
    """Create a key; its text is in the result alone.

    Raises ``AgentMissingError``, ``AgentHostedError``, ``TooManyAgentKeysError``.
    """
    await _demand_external(ctx, agent_id)
    live = [key for key in await repository.list_keys(ctx, agent_id) if _is_live(ctx, key)]
    if len(live) >= MAX_KEYS:
        raise TooManyAgentKeysError(f"The agent has {MAX_KEYS} keys.")
    issued = await _issue(ctx, agent_id)
    after = {"prefix": issued.agent_key.prefix, "key_id": str(issued.agent_key.id)}
    await audit.record(ctx, "agent.key_created", ("agent", agent_id), after={**after})
    return issued


async def rotate(ctx: Context, agent_id: UUID, key_id: UUID, overlap_seconds: float) -> IssuedAgentKey:
    """Create a key in place of another, which goes on to be accepted for so many seconds.

    Raises ``AgentMissingError``, ``AgentHostedError``, ``AgentKeyMissingError``.
    """
    await _demand_external(ctx, agent_id)
    if not await repository.end_after(ctx, agent_id, key_id, overlap_seconds):
        raise AgentKeyMissingError
    issued = await _issue(ctx, agent_id)
    after = {"prefix": issued.agent_key.prefix, "key_id": str(issued.agent_key.id)}
    await audit.record(ctx, "agent.key_rotated", ("agent", agent_id), before={"key_id": str(key_id)}, after={**after})
    return issued


async def revoke(ctx: Context, agent_id: UUID, key_id: UUID) -> None:
    """Revoke a key at once and permanently; may be repeated. Raises ``AgentMissingError``, ``AgentKeyMissingError``."""
    require(ctx, WRITE)
    await agents.require_exists(ctx, agent_id)
    prefix = await repository.revoke(ctx, agent_id, key_id)
    if prefix is None:
        raise AgentKeyMissingError
    await audit.record(ctx, "agent.key_revoked", ("agent", agent_id), before={"key_id": str(key_id), "prefix": prefix})


async def set_webhook_secret(ctx: Context, agent_id: UUID) -> WebhookSecret:
    """Create another signing secret; for 24 hours calls carry a signature under the former one too.

    Raises ``AgentMissingError``, ``AgentHostedError``.
    """
    await _demand_external(ctx, agent_id)
    secret = new_secret()
    until = await repository.set_secret(ctx, agent_id, ctx.resources.secrets.seal(secret))
    await audit.record(ctx, "agent.webhook_secret_set", ("agent", agent_id))
    return WebhookSecret(secret, until)


async def signing_secrets(platform: Context, agent_id: UUID) -> list[str]:
    """Return the secrets that sign calls of an agent now, newest first. In a context of the platform."""
    return [platform.resources.secrets.open(each) for each in await repository.get_secrets(platform, agent_id)]


async def _demand_external(ctx: Context, agent_id: UUID) -> None:
    require(ctx, WRITE)
    if (await agents.get(ctx, agent_id)).runtime is Runtime.HOSTED:
        raise AgentHostedError


async def _issue(ctx: Context, agent_id: UUID) -> IssuedAgentKey:
    prefix = AGENT_KEY_MARK + "".join(secrets.choice(_LETTERS) for _ in range(_PREFIX_LENGTH))
    key = f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    row = await repository.insert(ctx, agent_id, key_id=new_id(), prefix=prefix, secret_hash=_hash(key), expires_at=None)
    return IssuedAgentKey(key, row)


def _is_live(ctx: Context, key: AgentKey) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > ctx.now)


def _hash(key: str) -> bytes:
    """Return what is stored of a key. Plain SHA-256 does: the key is random, not chosen by a person."""
    return hashlib.sha256(key.encode()).digest()
