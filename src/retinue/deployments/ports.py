"""What can be deployed. Each type of target is one file and one line of ``registry``."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol
from uuid import UUID

from retinue.agents.types import Release
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.deployments.types import Face
from retinue.engine.spec.agent import ServingConfig
from retinue.engine.spec.input import PromptInput

Examine = Callable[[], Awaitable[None]]
"""Makes one check. Raises an ``Error`` whose fields and text say what is missing."""


class Target(Protocol):
    """A type of target. Holds no state; shown by ``tests/deployments``."""

    async def get_saved_config(self, ctx: Context, target_id: UUID) -> ServingConfig | None:
        """Return the ``deployment_config`` that is saved; None when the target is deleted."""
        ...

    async def read(self, ctx: Context, target_id: UUID, version: int | None) -> Release:
        """Return a version of a target; None: the newest. Raises what the target's package raises when it is missing."""
        ...

    def config_of(self, snapshot: JsonObject) -> ServingConfig:
        """Return how a version may be called. Raises ``InvalidError`` for a snapshot of an older form."""
        ...

    def face_of(self, snapshot: JsonObject) -> Face:
        """Return what callers and visitors see of a version."""
        ...

    def read_input(self, given: JsonObject) -> JsonObject:
        """Return a caller's body as the input of a run. Raises ``RequestValidationError`` for one that cannot be it."""
        ...

    def prompt_of(self, snapshot: JsonObject) -> PromptInput | None:
        """Return where a run's input holds what a visitor says; None for a version that cannot be talked to."""
        ...

    def checks_of(
        self, database: Database, organization_id: OrganizationId, target_id: UUID, release: Release
    ) -> Mapping[str, Examine]:
        """Return the checks that a version must pass before it is deployed, in their order, by name."""
        ...

    async def start_serving(self, ctx: Context, target_id: UUID) -> None:
        """Make a target ready for runs in the commit that makes a version of it the deployed one."""
        ...
