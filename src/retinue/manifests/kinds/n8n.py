"""The organization's connection to n8n in a file. Its API key and the webhooks' secret are not part of it."""

from typing import Any, cast
from uuid import UUID

from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.integrations.n8n import service as n8n
from retinue.integrations.n8n.errors import N8nNotConnectedError
from retinue.integrations.n8n.types import N8nConnectionDraft
from retinue.manifests.kinds.base import Kind
from retinue.manifests.models import N8N_NAME, N8nConnectionFile
from retinue.manifests.types import MissingSecret

_PLAIN = ("base_url", "webhook_url", "callback_url", "webhook_header")
_SET = "Enter it under Settings → n8n, or with PUT /api/v1/n8n/connection."


class N8nConnectionKind(Kind):
    """Connections to n8n in files: each organization has one at most."""

    name = "n8n_connection"
    folder = "n8n"
    model = N8nConnectionFile

    async def list_ids(self, ctx: Context, name: str | None) -> list[UUID]:
        """Return the connection, when there is one."""
        return [] if name not in (None, N8N_NAME) else await n8n.list_ids(ctx)

    async def read(self, ctx: Context, resource_id: UUID) -> JsonObject | None:
        """Return the connection in the full form of files."""
        if resource_id not in await n8n.list_ids(ctx):
            return None
        found = await n8n.get_connection(ctx)
        plain: dict[str, Any] = {name: getattr(found, name) for name in _PLAIN}
        return {"kind": self.name, "name": N8N_NAME, **plain}

    async def create(self, ctx: Context, file: N8nConnectionFile, note: str) -> UUID:
        """Write the connection."""
        del note  # it has no versions
        await n8n.configure(ctx, _draft(file))
        return (await n8n.list_ids(ctx))[0]

    async def update(self, ctx: Context, resource_id: UUID, file: N8nConnectionFile, note: str) -> None:
        """Make the connection what a file says. Raises ``N8nConnectionInvalidError``."""
        del resource_id, note
        await n8n.configure(ctx, _draft(file))

    async def delete(self, ctx: Context, resource_id: UUID) -> None:
        """Delete the connection, unless workflows are linked."""
        del resource_id
        await n8n.disconnect(ctx)

    def references(self, file: N8nConnectionFile) -> list[tuple[str, str]]:
        """Return nothing."""
        del file
        return []

    async def missing_secrets(self, ctx: Context, resource_id: UUID, file: N8nConnectionFile) -> list[MissingSecret]:
        """Return the API key and the webhooks' secret, when they have yet to be entered."""
        del resource_id
        try:
            found = await n8n.get_connection(ctx)
        except N8nNotConnectedError:
            return []
        wanted = {"api_key": not found.has_api_key, "webhook_secret": file.webhook_header and not found.has_webhook_secret}
        return [MissingSecret(self.name, N8N_NAME, field, _SET) for field, is_missing in wanted.items() if is_missing]

    def secrets(self, document: JsonObject) -> list[str]:
        """Return the API key, and the webhooks' secret where there is one."""
        return ["api_key", *(["webhook_secret"] if document["webhook_header"] else [])]

    def short(self, document: JsonObject) -> JsonObject:
        """Return a document without defaults; the name is one, and written all the same."""
        short = cast("JsonObject", self.model.model_validate(document).model_dump(mode="json", exclude_defaults=True))
        return {"kind": self.name, "name": N8N_NAME, **short}


def _draft(file: N8nConnectionFile) -> N8nConnectionDraft:
    return N8nConnectionDraft(file.base_url, file.webhook_url, file.callback_url, file.webhook_header)
