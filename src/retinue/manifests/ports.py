"""What a kind of resource must be able to do to be kept in files.

Each kind is one file of ``kinds/`` and one line of ``registry``.
"""

from typing import Any, Protocol
from uuid import UUID

from pydantic import BaseModel

from retinue.core.context import Context
from retinue.core.json import JsonObject
from retinue.manifests.types import MissingSecret


class ManifestKind(Protocol):
    """A kind of resource, such as agents or teams.

    Documents are compared in their full form, as ``read`` returns it: every field, in the order of the file's format. What
    is invalid is raised as the resource's own errors, whose fields are those of the file.
    """

    @property
    def name(self) -> str:
        """What a file writes in its field ``kind``."""
        ...

    @property
    def folder(self) -> str:
        """Where an export puts its files; the plural of the name."""
        ...

    @property
    def model(self) -> type[BaseModel]:
        """The format of its files."""
        ...

    async def list_ids(self, ctx: Context, name: str | None) -> list[UUID]:
        """Return the organization's own resources, oldest first; those of one name only when it is given."""
        ...

    async def read(self, ctx: Context, resource_id: UUID) -> JsonObject | None:
        """Return a resource as a document in its full form, without secrets; None when it does not exist."""
        ...

    async def create(self, ctx: Context, file: Any, note: str) -> UUID:  # noqa: ANN401 - an instance of ``model``
        """Create a resource; ``note`` says where it comes from."""
        ...

    async def update(self, ctx: Context, resource_id: UUID, file: Any, note: str) -> None:  # noqa: ANN401 - as above
        """Make a resource what a file says."""
        ...

    async def delete(self, ctx: Context, resource_id: UUID) -> None:
        """Delete a resource."""
        ...

    async def finish(self, ctx: Context, resource_id: UUID, file: Any) -> None:  # noqa: ANN401 - as above
        """Write what names resources that come later than this one. Called when all files are applied; may do nothing."""
        ...

    def references(self, file: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - as above
        """Return the resources that a file names, as kind and name: they must exist before it is applied."""
        ...

    def short(self, document: JsonObject) -> JsonObject:
        """Return a document without the fields that have their defaults, as it is written to a file."""
        ...

    async def missing_secrets(self, ctx: Context, resource_id: UUID, file: Any) -> list[MissingSecret]:  # noqa: ANN401 - as above
        """Return the secrets that a resource needs by its file and does not have."""
        ...

    def secrets(self, document: JsonObject) -> list[str]:
        """Return the fields of a document whose secret values are left out."""
        ...
