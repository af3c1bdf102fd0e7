"""Pure decisions about agents: presence, warnings, which changes are a new version, what the audit log may show."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError
from yarl import URL

from retinue.agents.errors import AgentInvalidError, AgentNotRunnableError
from retinue.agents.types import AgentDraft, Definition, Runtime
from retinue.core.errors import Error, FieldProblem
from retinue.core.json import JsonObject
from retinue.core.outbound.addresses import parse_url
from retinue.core.validation import field_problems
from retinue.engine.spec.agent import AgentConfig
from retinue.engine.spec.schemas import schema_problems
from retinue.engine.spec.variables import names_in

_CUSTOM_FIELDS = ("instructions", "config")
_ADAPTER: TypeAdapter[Definition] = TypeAdapter(Definition)


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """What is known beside an agent: variables (name → is secret), those without a value, tools disabled."""

    variables: Mapping[str, bool]
    empty: frozenset[str]
    inactive_tools: tuple[str, ...]


def warnings_of(definition: Definition, known: AgentFacts) -> tuple[str, ...]:
    """Say in sentences what would make a run fail or do less than is written."""
    return (
        *(f"{each.field}: {each.message}." for each in variable_problems(definition, known)),
        *(f"The tool {name} is disabled, so runs are refused." for name in known.inactive_tools),
    )


def variable_problems(definition: Definition, known: AgentFacts) -> tuple[FieldProblem, ...]:
    """Name each use of a variable that a run would have no value for, and of a secret where the model would read it."""
    problems: list[FieldProblem] = []
    for name in sorted(names_in(definition.instructions)):
        if known.variables.get(name):
            message = f"uses {{{{{name}}}}}, which is secret; a secret in the instructions would be shown to the model"
            problems.append(FieldProblem("instructions", message, "Use it in a tool's settings or credentials instead."))
        else:
            problems += _value_problems("instructions", name, known)
    for index, use in enumerate(definition.config.tools):
        for name in sorted(names_in(use.settings)):
            problems += _value_problems(f"config.tools.{index}.settings", name, known)
    return tuple(problems)


def _value_problems(field: str, name: str, known: AgentFacts) -> list[FieldProblem]:
    if name not in known.variables:
        message = f"uses {{{{{name}}}}}, but the agent has no variable of this name"
        return [FieldProblem(field, message, f"Add the variable {name}, or take it out.")]
    if name in known.empty:
        return [FieldProblem(field, f"uses {{{{{name}}}}}, which has no value", f"Give the variable {name} a value.")]
    return []


def check_definition(definition: Definition) -> None:
    """Demand that the parts of a definition fit together. Raises ``AgentInvalidError`` that names the field."""
    problems = (
        *output_schema_problems(definition.config, "config.output_schema"),
        *callee_problems(definition.config, "config.agents"),
    )
    if problems:
        raise AgentInvalidError.of(*problems)
    if definition.webhook_url is None:
        return
    if definition.runtime is Runtime.HOSTED:
        message = "is for external agents only; a hosted agent runs here"
        raise AgentInvalidError.of(FieldProblem("webhook_url", message, "Leave it out, or set runtime to external."))
    try:
        parse_url(definition.webhook_url)
    except Error as error:
        raise AgentInvalidError.of(FieldProblem("webhook_url", error.detail.rstrip("."), error.remedy_text)) from None


def output_schema_problems(config: AgentConfig, field: str) -> tuple[FieldProblem, ...]:
    """Return what is wrong with the schema of an agent's output, if it has one."""
    return () if config.output_schema is None else schema_problems(config.output_schema, field)


def callee_problems(config: AgentConfig, field: str) -> tuple[FieldProblem, ...]:
    """Name each agent or team to call whose name another one, or a tool, has."""
    taken = {use.name for use in config.tools}
    problems: list[FieldProblem] = []
    for index, use in enumerate(config.agents):
        if use.name in taken:
            message = f"is {use.name}, which another tool of the agent has"
            problems.append(FieldProblem(f"{field}.{index}.name", message, "Choose another name."))
        taken.add(use.name)
    return tuple(problems)


def drafted(definition: Definition, draft: AgentDraft | None) -> Definition:
    """Return a definition with what a person is trying out in its place.

    Raises ``AgentNotRunnableError`` that names each wrong field of the draft.
    """
    if draft is None:
        return definition
    config = definition.config
    if draft.config is not None:
        try:
            config = AgentConfig.model_validate(draft.config)
        except ValidationError as error:
            raise AgentNotRunnableError.of(*field_problems(error.errors(include_url=False), "draft.config")) from None
    problems = (
        *output_schema_problems(config, "draft.config.output_schema"),
        *callee_problems(config, "draft.config.agents"),
    )
    if problems:
        raise AgentNotRunnableError.of(*problems)
    instructions = definition.instructions if draft.instructions is None else draft.instructions
    return replace(definition, instructions=instructions, config=config)


def write_snapshot(definition: Definition) -> JsonObject:
    """Return a definition as the document that versions keep."""
    return cast("JsonObject", _ADAPTER.dump_python(definition, mode="json"))


def read_snapshot(document: JsonObject) -> Definition:
    """Read a definition that was kept."""
    return _ADAPTER.validate_python(document)


def becomes_custom(before: Definition, after: Definition) -> bool:
    """Tell whether a change makes an agent its owner's own: other instructions or another configuration."""
    return any(getattr(before, name) != getattr(after, name) for name in _CUSTOM_FIELDS)


def shown(definition: Definition) -> JsonObject:
    """Return what the audit log may hold of a definition: a webhook's query, where tokens are put, is left out."""
    document: dict[str, Any] = write_snapshot(definition)
    if definition.webhook_url is not None:
        url = URL(definition.webhook_url)
        document["webhook_url"] = str(url.with_query(None)) + ("?…" if url.query_string else "")
    return document
