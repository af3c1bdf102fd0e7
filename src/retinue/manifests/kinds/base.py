"""What kinds of resources in files have in common."""

from typing import cast
from uuid import UUID

from pydantic import BaseModel

from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.manifests.types import MissingSecret


class Kind:
    """A kind whose files are of one model."""

    model: type[BaseModel]

    async def finish(self, ctx: Context, resource_id: UUID, file: object) -> None:
        """Do nothing: whatever these files name comes before them."""
        del ctx, resource_id, file

    def short(self, document: JsonObject) -> JsonObject:
        """Return a document without defaults."""
        return cast("JsonObject", self.model.model_validate(document).model_dump(mode="json", exclude_defaults=True))


class KindWithoutSecrets(Kind):
    """A kind whose resources have no secrets of their own."""

    async def missing_secrets(self, ctx: Context, resource_id: UUID, file: object) -> list[MissingSecret]:
        """Return nothing."""
        del ctx, resource_id, file
        return []

    def secrets(self, document: JsonObject) -> list[str]:
        """Return nothing."""
        del document
        return []
