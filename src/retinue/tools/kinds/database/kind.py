"""The kind ``database``: statements with bound parameters on PostgreSQL, MariaDB, MySQL or a file of SQLite.

Reading is enforced by the session with the database, never by looking at the text; see the engine's module.
"""

from collections.abc import Sequence
from typing import cast

from pydantic import ValidationError

from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.core.outbound.addresses import OutboundRefusedError
from retinue.core.outbound.client import OutboundFailedError
from retinue.core.resources import Resources
from retinue.core.validation import field_problems
from retinue.engine.ports import ToolResult
from retinue.engine.spec.database import DEFAULT_PORTS, DatabaseConfiguration, PasswordCredentials
from retinue.engine.spec.variables import fill_document
from retinue.tools.errors import ToolInvalidError
from retinue.tools.kinds.database import postgresql, sqlite
from retinue.tools.kinds.database.overview import MARIADB, overview_of
from retinue.tools.kinds.database.values import Answer, Query, Server, StatementError
from retinue.tools.kinds.documents import problems_of
from retinue.tools.kinds.fixed_arguments import arguments_of, settings_problems, shown_parameters
from retinue.tools.kinds.folders import FolderRefusedError, path_below
from retinue.tools.ports import KindCall
from retinue.tools.settings import ToolSettings
from retinue.tools.types import Effect, KindForm, ToolDraft, ToolType

_DIALECTS = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "mysql": "MySQL", "sqlite": "SQLite"}
_OVERVIEWS = {
    "postgresql": postgresql.OVERVIEW,
    "mariadb": MARIADB,
    "mysql": MARIADB,
    "sqlite": sqlite.OVERVIEW,
}
_OVERVIEW_COLUMNS = 5000
_CONNECT_SECONDS = 10.0
_SERVER_SHARE = 0.9
"""The part of a call's time after which the server ends the statement itself, so that its outcome is told."""


class Database:
    """Statements on one database."""

    def form(self) -> KindForm:
        """Return what a form asks."""
        return KindForm(
            ToolType.DATABASE,
            DatabaseConfiguration.model_json_schema(),
            PasswordCredentials.model_json_schema(),
            {"engine": ["postgresql", "mariadb", "mysql"]},
            has_hosts=True,
        )

    def check(self, draft: ToolDraft) -> ToolDraft:
        """Check the configuration; schema and effect follow from it."""
        try:
            configuration = DatabaseConfiguration.model_validate(draft.configuration)
        except ValidationError as error:
            raise ToolInvalidError.of(*field_problems(error.errors(include_url=False), "configuration")) from None
        effect = Effect.DANGEROUS if configuration.allow_writes else Effect.READ_ONLY
        if draft.effect not in {None, effect}:
            raise ToolInvalidError.of(
                FieldProblem("effect", f"is {effect} for this configuration", "Leave it out, or change allow_writes.")
            )
        return ToolDraft(
            draft.name,
            draft.description,
            draft.tool_type,
            cast("JsonObject", configuration.model_dump(mode="json", exclude_none=True)),
            _schema(configuration, draft.parameters_schema),
            effect,
        )

    async def examine(self, draft: ToolDraft, resources: Resources, organization_id: str) -> None:
        """Refuse a file that is not below a folder of the operator's. Raises ``ToolInvalidError``."""
        path = draft.configuration.get("path")
        if draft.configuration.get("engine") != "sqlite" or not isinstance(path, str):
            return  # ``check`` tells of it
        try:
            path_below(resources.settings_of(ToolSettings).folders_of(organization_id), path)
        except FolderRefusedError as error:
            raise ToolInvalidError.of(FieldProblem("configuration.path", error.detail, error.remedy_text)) from None

    def check_credentials(self, credentials: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with credentials: a user and a password."""
        return problems_of(PasswordCredentials, credentials, "credentials")

    def destination(self, configuration: JsonObject) -> str:
        """Return server and port."""
        engine = str(configuration.get("engine"))
        port = configuration.get("port") or DEFAULT_PORTS.get(engine)
        return f"{engine}://{str(configuration.get('host', '')).lower()}:{port}"

    def check_settings(self, configuration: JsonObject, settings: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with an agent's settings: ``arguments`` fixes arguments of a fixed statement."""
        return settings_problems(settings, cast("list[str]", configuration.get("parameters", [])), "database")

    def parameters(self, schema: JsonObject, settings: JsonObject) -> JsonObject:
        """Return the schema without the arguments that the settings fix."""
        return shown_parameters(schema, settings)

    async def invoke(self, call: KindCall) -> ToolResult:
        """Run one statement, or tell what the database has."""
        filled = cast("JsonObject", fill_document(call.configuration, call.values))
        try:
            configuration = DatabaseConfiguration.model_validate(filled)
            return await _invoke(call, configuration)
        except ValidationError as error:
            problem = field_problems(error.errors(include_url=False), "configuration")[0]
            return ToolResult(f"The tool's configuration is not valid: {problem.field} {problem.message}.", is_error=True)
        except StatementError as error:
            is_unknown = error.is_unknown and call.effect != Effect.READ_ONLY
            return ToolResult(str(error), is_error=True, is_unknown=is_unknown)
        except (OutboundRefusedError, OutboundFailedError, FolderRefusedError) as error:
            return ToolResult(error.detail, is_error=True)


async def _invoke(call: KindCall, configuration: DatabaseConfiguration) -> ToolResult:
    if configuration.statement is not None:
        arguments = arguments_of(call.arguments, call.settings)
        parameters = [arguments.get(name) for name in configuration.parameters]
        answer = await _run(call, configuration, _query(call, configuration, configuration.statement, parameters))
        return answer.result()
    if call.arguments.get("action") == "describe":
        return await _describe(call, configuration)
    statement = call.arguments.get("statement")
    if not isinstance(statement, str) or not statement.strip():
        return ToolResult(
            "The argument statement is needed; the action describe tells which tables there are.", is_error=True
        )
    given = cast("list[Json]", call.arguments.get("parameters", []))
    return (await _run(call, configuration, _query(call, configuration, statement, given))).result()


def _query(call: KindCall, configuration: DatabaseConfiguration, statement: str, parameters: Sequence[Json]) -> Query:
    return Query(
        statement=statement,
        parameters=tuple(parameters),
        is_writing=configuration.allow_writes,
        max_rows=configuration.max_rows,
        max_bytes=call.max_bytes,
        timeout_seconds=call.timeout_seconds * _SERVER_SHARE,
    )


async def _describe(call: KindCall, configuration: DatabaseConfiguration) -> ToolResult:
    table = call.arguments.get("table")
    name = None if table is None else str(table)
    parameters: list[Json] = [name, name] if configuration.engine in {"mariadb", "mysql"} else [name]
    query = Query(
        statement=_OVERVIEWS[configuration.engine],
        parameters=tuple(parameters),
        is_writing=False,
        max_rows=_OVERVIEW_COLUMNS,
        max_bytes=call.max_bytes * 4,
        timeout_seconds=call.timeout_seconds * _SERVER_SHARE,
    )
    return overview_of(await _run(call, configuration, query), name, call.max_bytes)


async def _run(call: KindCall, configuration: DatabaseConfiguration, query: Query) -> Answer:
    if configuration.engine == "sqlite":
        return await sqlite.run(
            path_below(
                call.resources.settings_of(ToolSettings).folders_of(call.organization_id), cast("str", configuration.path)
            ),
            query,
        )
    server = await _server(call, configuration)
    if configuration.engine == "postgresql":
        return await postgresql.run(server, query)
    from retinue.tools.kinds.database import mariadb  # noqa: PLC0415 - the driver is needed only where such a server is named

    return await mariadb.run(server, query)


async def _server(call: KindCall, configuration: DatabaseConfiguration) -> Server:
    if call.credentials is None:
        raise StatementError("The tool has no credentials: a person must give it a user and a password.")
    credentials = PasswordCredentials.model_validate(fill_document(call.credentials, call.values))
    host, port = cast("str", configuration.host), configuration.effective_port
    addresses = await call.outbound.addresses(
        host, port, protocol_ports=frozenset(DEFAULT_PORTS.values()), allowed_hosts=call.allowed_hosts
    )
    return Server(
        host=host,
        addresses=addresses,
        port=port,
        database=cast("str", configuration.database),
        username=credentials.username,
        password=credentials.password,
        tls=configuration.tls,
        ca_certificate=configuration.ca_certificate,
        connect_seconds=min(_CONNECT_SECONDS, call.timeout_seconds),
    )


def _schema(configuration: DatabaseConfiguration, given: JsonObject | None) -> JsonObject:
    if configuration.statement is None:
        derived = _free_schema(configuration)
        if given is not None and set(cast("JsonObject", given.get("properties", {}))) != set(
            _free_properties(configuration)
        ):
            message = "follows from the configuration when the model writes statements"
            raise ToolInvalidError.of(FieldProblem("parameters_schema", message, "Leave it out; null when changing."))
        return derived
    names = set(configuration.parameters)
    if given is None:
        return {
            "type": "object",
            "properties": {name: {"type": "string"} for name in configuration.parameters},
            "required": list[Json](configuration.parameters),
            "additionalProperties": False,
        }
    declared = cast("JsonObject", given.get("properties", {})).keys()
    if declared != names:
        odd = min(declared ^ names)
        message = f"and configuration.parameters must name the same arguments; {odd} is in one only"
        raise ToolInvalidError.of(FieldProblem("parameters_schema", message, "Leave it out, or null when changing."))
    return given


def _free_schema(configuration: DatabaseConfiguration) -> JsonObject:
    return {"type": "object", "additionalProperties": False, "properties": _free_properties(configuration)}


def _free_properties(configuration: DatabaseConfiguration) -> JsonObject:
    dialect = _DIALECTS[configuration.engine]
    mark = "$1, $2" if configuration.engine == "postgresql" else "?"
    what = "One statement" if configuration.allow_writes else "One query that only reads"
    return {
        "action": {
            "type": "string",
            "enum": ["query", "describe"],
            "description": "query runs the statement; describe lists tables with their columns. Left out: query.",
        },
        "statement": {
            "type": "string",
            "minLength": 1,
            "maxLength": 20_000,
            "description": f"{what} of {dialect}. Put values into parameters, with {mark} in their places.",
        },
        "parameters": {
            "type": "array",
            "maxItems": 200,
            "items": {"type": ["string", "number", "boolean", "null", "array", "object"]},
            "description": "The values of the placeholders, in order.",
        },
        "table": {"type": "string", "maxLength": 200, "description": "With describe: this table only."},
    }
