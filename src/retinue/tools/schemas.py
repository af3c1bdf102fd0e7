"""What comes in over the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Body, Change
from retinue.core.json import Json, JsonObject
from retinue.core.validation import form
from retinue.engine.spec.limits import ToolLimits
from retinue.tools.types import AllowedCaller, CallerType, Effect, ToolType

Name = Annotated[
    str,
    StringConstraints(
        pattern=form(r"^[A-Za-z0-9_-]{1,64}$", "may contain letters, digits, '_' and '-', from 1 to 64 characters")
    ),
    Field(
        description="Name that the model uses: letters, digits, _ and -; at most 64 characters.", examples=["get_weather"]
    ),
]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


class AllowCaller(Body):
    """An agent, a team (its members) or a workflow that may use a tool."""

    type: CallerType
    id: UUID

    def caller(self) -> AllowedCaller:
        """Return it as the package has it."""
        return AllowedCaller(self.type, self.id, None)


AllowedFor = Annotated[
    list[AllowCaller],
    Field(
        max_length=200,
        description="Who alone may use the tool: checked when an agent or a workflow is saved with it, and when a run "
        "starts. A team stands for its members. An empty list: all agents and workflows of the organization.",
    ),
]


class CreateTool(Body):
    """A new tool."""

    name: Name
    description: Annotated[
        Description, Field(description="What the tool does and when to use it. The model reads this.")
    ] = ""
    tool_type: ToolType
    configuration: JsonObject = Field(
        description="For api: method, url, query, headers, body, body_type, idempotency_header, response, errors. "
        "{name} stands for an argument, {{name}} for a variable of the calling agent. "
        "For database: engine, host, port, database, path, tls, allow_writes, max_rows, statement, parameters. "
        "For file: store, path, bucket, prefix, endpoint, region, allow_writes, max_file_bytes, max_entries. "
        "For custom: function (see GET /tools/functions) or code that defines main, and seconds."
    )
    parameters_schema: JsonObject | None = Field(
        default=None,
        description="JSON Schema of the arguments. Left out: every placeholder is a string; "
        "for custom, the signature of the function.",
    )
    effect: Effect | None = Field(
        default=None,
        description="Left out: GET and HEAD read only, PUT and DELETE are idempotent, the others dangerous; code is "
        "read_only, a function is what it declares.",
    )
    credentials: JsonObject | None = Field(
        default=None,
        description='{"type": "bearer", "token"}, {"type": "api_key", "in": "header" or "query", "name", "value"} or '
        '{"type": "basic", "username", "password"}; for database {"type": "password", "username", "password"}; for file '
        'in a bucket {"type": "access_key", "access_key_id", "secret_access_key"}. Stored encrypted; never returned.',
    )
    limits: ToolLimits = ToolLimits()
    is_active: bool = True
    allowed_for: AllowedFor = Field(default_factory=list[AllowCaller])


class UpdateTool(Change):
    """Fields to change. Omitted fields are not changed.

    ``credentials: null`` and ``limits: null`` remove them; ``parameters_schema: null`` and ``effect: null`` derive them
    from the configuration again.
    """

    clearable = frozenset({"parameters_schema", "effect", "limits", "credentials"})

    name: Name | None = None
    description: Description | None = None
    configuration: JsonObject | None = None
    parameters_schema: JsonObject | None = None
    effect: Effect | None = None
    limits: ToolLimits | None = Field(default=None, description="All limits; a limit that is omitted is removed.")
    credentials: JsonObject | None = None
    is_active: bool | None = None
    allowed_for: AllowedFor | None = None


class TestTool(Body):
    """A test call. ``agent_id`` selects the agent whose variables are used."""

    __test__ = False

    arguments: JsonObject = Field(default_factory=dict[str, Json])
    settings: JsonObject = Field(default_factory=dict[str, Json], description="As an agent sets them in config.tools.")
    agent_id: UUID | None = None


class ImportOpenApi(Body):
    """An OpenAPI 3.0 or 3.1 or Swagger 2.0 document, given as text or by its URL, and what to import of it.

    Without ``create`` nothing is stored: the answer shows the operations, each with the tool that an import creates.
    """

    document: str | JsonObject | None = Field(
        default=None, description="The document as JSON or YAML text of up to 10 MiB, or as an object."
    )
    url: Annotated[str, StringConstraints(max_length=8192)] | None = Field(default=None, description="Where to read it.")
    base_url: Annotated[str, StringConstraints(max_length=2000)] | None = Field(
        default=None, description="Replaces the servers of the document; those of a path or an operation stay."
    )
    create: (
        Annotated[list[Annotated[str, StringConstraints(min_length=1, max_length=500)]], Field(max_length=2000)]
        | Literal["all"]
    ) = Field(
        default=[],
        description="Ids of the operations to import, or all. An operation that was imported before, from a document of "
        "the same title with the same name_prefix, has its tool updated where the document changed.",
    )
    name_prefix: Annotated[
        str,
        StringConstraints(
            pattern=form(r"^[A-Za-z0-9_-]{0,32}$", "may contain letters, digits, '_' and '-', up to 32 characters")
        ),
    ] = ""
    credentials: JsonObject | None = Field(
        default=None, description="For every tool that calls the document's server, unless its operation needs none."
    )
    offset: Annotated[int, Field(ge=0, le=100_000, description="The first operation that the answer shows.")] = 0
    limit: Annotated[int, Field(ge=0, le=2000, description="How many operations the answer shows.")] = 100
    with_tools: bool = Field(default=True, description="Show the tool of each operation.")
    digest: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        default=None, description="The digest of the document that was shown; another document is refused."
    )
