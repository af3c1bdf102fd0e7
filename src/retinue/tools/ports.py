"""What a kind of tool must be able to do. Each kind is one file of ``kinds/`` and one line of ``registry``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.core.outbound.client import Outbound
from retinue.core.resources import Resources
from retinue.engine.ports import ToolArtifact, ToolResult
from retinue.tools.oauth.service import Access
from retinue.tools.types import KindForm, ToolDraft


class Files(Protocol):
    """The files of the run that makes a call."""

    async def get(self, name: str) -> ToolArtifact | None:
        """Return the newest file of this name, or the one with this id; None when there is none."""
        ...


@dataclass(frozen=True, slots=True)
class KindCall:
    """One call as a kind sees it: everything it may use, already looked up.

    ``arguments`` fit the tool's schema, ``declared`` are the names it knows. ``credentials`` and ``values`` (variables by
    name) are secret: they go into the call and nowhere else. ``timeout_seconds`` is watched from outside too; ``max_bytes``
    is what the answer may have as JSON. ``allowed_hosts`` narrows whom the call may reach (None: no narrowing). ``access``
    gives the access tokens of a connection by OAuth, in place of credentials.
    """

    name: str
    configuration: JsonObject
    settings: JsonObject
    arguments: JsonObject
    declared: frozenset[str]
    credentials: JsonObject | None
    values: Mapping[str, str]
    effect: str
    idempotency_key: str
    timeout_seconds: float
    now: datetime
    outbound: Outbound
    organization_id: str
    run_id: str
    resources: Resources
    files: Files
    max_bytes: int
    allowed_hosts: tuple[str, ...] | None = None
    access: Access | None = None


class ToolKind(Protocol):
    """A kind of tool. Holds no state; shown by ``tests/tools``."""

    def check(self, draft: ToolDraft) -> ToolDraft:
        """Return the draft completed: configuration in full, schema and effect chosen where they were left open.

        Raises ``ToolInvalidError`` that names each wrong field of the configuration.
        """
        ...

    def check_credentials(self, credentials: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with credentials that a person gives."""
        ...

    def destination(self, configuration: JsonObject) -> str:
        """Say to whom credentials are sent; when that changes they must be given again."""
        ...

    def check_settings(self, configuration: JsonObject, settings: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with an agent's settings of the tool; fields are relative to ``settings``."""
        ...

    def parameters(self, schema: JsonObject, settings: JsonObject) -> JsonObject:
        """Return the schema as an agent's model sees it: what the settings fix is left out."""
        ...

    async def invoke(self, call: KindCall) -> ToolResult:
        """Make the call. Failures a model can act on are results with ``is_error``; other errors are the caller's."""
        ...


@runtime_checkable
class ExaminedKind(Protocol):
    """A kind whose drafts are also examined outside of the database: by another process or over the network."""

    async def examine(self, draft: ToolDraft, resources: Resources, organization_id: str) -> None:
        """Look at a draft before it is stored, while no transaction is open. Raises ``ToolInvalidError``."""
        ...


@runtime_checkable
class FormedKind(Protocol):
    """A kind whose configuration and credentials a form can ask for, by their schemas."""

    def form(self) -> KindForm:
        """Return what a form needs."""
        ...
