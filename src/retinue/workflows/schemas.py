"""What comes in over the wire."""

from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from retinue.core.http.request_models import Body, Change
from retinue.core.json import JsonObject
from retinue.engine.spec.agent import ServingConfig
from retinue.workflows.types import TriggerConfig

Definition = Annotated[
    dict[str, Any],
    Field(description="A document of format `retinue.workflow/1`; see `GET /api/v1/workflows/schema`."),
]
Note = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=1000), Field(description="Why, kept with the version.")
]
AgentId = Annotated[UUID, Field(description="An agent whose variables the workflow's expressions and tools use.")]


class CreateWorkflow(Body):
    """A new workflow. Its name and description are those of the definition."""

    definition: Definition
    agent_id: AgentId | None = None
    trigger_config: TriggerConfig = TriggerConfig()
    deployment_config: ServingConfig = ServingConfig()
    note: Note = ""


class UpdateWorkflow(Change):
    """What to change; a field that is left out stays as it is.

    With ``version``, the change is refused when the workflow has another version by now.
    """

    clearable: ClassVar[frozenset[str]] = frozenset({"agent_id"})

    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None
    definition: Definition | None = None
    agent_id: AgentId | None = None
    is_active: Annotated[bool, Field(description="Whether triggers are accepted; needs a published version.")] | None = None
    is_paused: Annotated[bool, Field(description="Whether no run begins.")] | None = None
    trigger_config: TriggerConfig | None = None
    deployment_config: ServingConfig | None = None
    note: Note = ""


class ValidateWorkflow(Body):
    """A definition to look at."""

    definition: Definition

    def document(self) -> JsonObject:
        """Return the definition."""
        return self.definition


class ImportGraph(Body):
    """A LangGraph graph to import: send `graph` or `function`."""

    name: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
        Field(description="Name of the workflow."),
    ]
    graph: Annotated[dict[str, Any], Field(description="`graph.get_graph().to_json()` of a compiled graph.")] | None = None
    function: (
        Annotated[
            str,
            Field(min_length=1, max_length=200, description="The name of an installed graph: see `GET /tools/functions`."),
        ]
        | None
    ) = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.graph is None) == (self.function is None):
            raise ValueError("needs either graph or function")
        return self


class PublishWorkflow(Body):
    """The version that runs take from now on; without one, the newest."""

    version: Annotated[int, Field(ge=1, le=2_147_483_647)] | None = None
