"""What comes in over the wire."""

import re
from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import Field, StringConstraints, field_validator

from retinue.core.http.request_models import Body, Change
from retinue.core.json import Json, JsonObject
from retinue.runs.types import RunType

_HEADER: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]+")

Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_048)]
Secret = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
Header = Annotated[str, StringConstraints(min_length=1, max_length=100)]
N8nId = Annotated[str, Field(min_length=1, max_length=255, description="The id that n8n has for its workflow.")]


class ConnectN8n(Body):
    """How n8n is reached. A secret that is left out stays as it is, while the address stays the same."""

    base_url: Url = Field(description="Where n8n is, without `/api/v1`.", examples=["https://n8n.example.com"])
    api_key: Secret | None = Field(default=None, description="An API key of n8n. It is never returned.")
    webhook_url: Url | None = Field(
        default=None, description="Where n8n receives webhooks, when that is not `base_url` (`WEBHOOK_URL` of n8n)."
    )
    callback_url: Url | None = Field(
        default=None, description="Under which address n8n reaches Retinue, when that is not Retinue's public URL."
    )
    webhook_header: Header | None = Field(
        default=None, description="The header that webhooks demand (n8n: Header Auth).", examples=["X-Retinue"]
    )
    webhook_secret: Secret | None = Field(default=None, description="The value of that header. It is never returned.")

    @field_validator("webhook_header")
    @classmethod
    def _check_header(cls, value: str | None) -> str | None:
        if value is not None and _HEADER.fullmatch(value) is None:
            raise ValueError("may contain letters, digits and -")
        return value

    @field_validator("api_key", "webhook_secret")
    @classmethod
    def _check_secret(cls, value: str | None) -> str | None:
        if value is not None and _PRINTABLE.fullmatch(value) is None:
            raise ValueError("may contain printable ASCII characters only")
        return value


class LinkN8nWorkflow(Body):
    """A workflow of n8n, and the workflow of Retinue that it is to carry out; without one, a new workflow is created."""

    n8n_workflow_id: N8nId
    workflow_id: UUID | None = None
    imports_runs: Annotated[bool, Field(description="Whether executions that n8n starts itself become runs.")] = True


class UpdateN8nLink(Change):
    """What to change of a link."""

    clearable: ClassVar[frozenset[str]] = frozenset()

    imports_runs: bool | None = None


class N8nCallback(Body):
    """What n8n sends at the end of a workflow: see the snippet in docs/n8n.md."""

    token: Annotated[str, Field(min_length=1, max_length=200, description="`retinue.token` of the webhook's body.")]
    execution_id: Annotated[str, Field(min_length=1, max_length=100)] | Annotated[int, Field(ge=0)] | None = None
    output: Annotated[Json, Field(description="The run's output.")] = None
    error: Annotated[
        str | None, Field(max_length=4_000, description="Why the workflow failed; without it, it has completed.")
    ] = None


class StartForN8n(Body):
    """A run that an execution of n8n waits for."""

    type: RunType
    target_id: UUID
    input: Annotated[JsonObject, Field(default_factory=dict)]
    resume_url: Annotated[
        str, Field(min_length=1, max_length=2_048, description="`{{ $execution.resumeUrl }}` of n8n's Wait node.")
    ]
