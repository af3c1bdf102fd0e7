"""The kind ``custom``: a Python function that the operator installed, or a snippet that runs only in the sandbox."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticSerializationError, to_jsonable_python

from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.core.resources import Resources
from retinue.core.strict import StrictTypes
from retinue.core.validation import field_problems
from retinue.engine.ports import ToolResult
from retinue.sandbox.service import check_limits_of, limits_of, sandbox_of
from retinue.sandbox.types import Failure, Program
from retinue.tools.errors import ToolInvalidError
from retinue.tools.functions import CallContext, ToolError
from retinue.tools.installed import LoadedFunction, get_installed
from retinue.tools.kinds.fixed_arguments import arguments_of, settings_problems, shown_parameters
from retinue.tools.kinds.signatures import Signature, SignatureError, read_signature
from retinue.tools.ports import KindCall
from retinue.tools.types import Effect, ToolDraft

_CODE_CHARACTERS = 32_000
_ORDER = (Effect.READ_ONLY, Effect.IDEMPOTENT, Effect.DANGEROUS)
_CODE, _FUNCTION = "configuration.code", "configuration.function"


class CustomConfiguration(StrictTypes, BaseModel):
    """The configuration of a tool of type ``custom``: the name of an installed function, or code that defines ``main``.

    ``seconds`` narrows the running time of code.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    function: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    code: Annotated[str, Field(min_length=1, max_length=_CODE_CHARACTERS)] | None = None
    seconds: Annotated[float, Field(ge=0.1, le=60)] | None = None

    @model_validator(mode="after")
    def _check_one(self) -> "CustomConfiguration":
        if (self.function is None) == (self.code is None):
            raise ValueError("needs either function or code")
        if self.function is not None and self.seconds is not None:
            raise ValueError("seconds goes with code only")
        return self


class Custom:
    """Your own Python code."""

    def check(self, draft: ToolDraft) -> ToolDraft:
        """Check the configuration, and take schema, description and effect from the function where they are left open."""
        configuration = _configuration(draft.configuration)
        if configuration.code is not None:
            signature = _signature(configuration.code)
            schema, text, least = signature.schema, signature.description, Effect.READ_ONLY
        else:
            shown = _function(cast("str", configuration.function)).shown
            schema, text, least = shown.parameters_schema, shown.description, shown.effect
        effect = draft.effect or least
        problems = [*_schema_problems(draft.parameters_schema, schema), *_effect_problems(effect, least)]
        if problems:
            raise ToolInvalidError.of(*problems)
        return ToolDraft(
            draft.name,
            draft.description or text,
            draft.tool_type,
            cast("JsonObject", configuration.model_dump(mode="json", exclude_none=True)),
            draft.parameters_schema or schema,
            effect,
        )

    async def examine(self, draft: ToolDraft, resources: Resources, organization_id: str) -> None:
        """Have the sandbox check a snippet: syntax, types, names and modules; a function is imported, in a thread."""
        del organization_id
        configuration = _configuration(draft.configuration)
        if configuration.code is None:
            await asyncio.to_thread(get_installed, cast("str", configuration.function))
            return
        problems = await sandbox_of(resources).check(configuration.code, check_limits_of(resources))
        if problems:
            raise ToolInvalidError.of(*(_code_problem(each.message, each.line, each.column) for each in problems))

    def check_credentials(self, credentials: JsonObject) -> tuple[FieldProblem, ...]:
        """Refuse: nothing is sent anywhere."""
        del credentials
        remedy = "Leave them out; give secrets to a function as fixed arguments: {{variable}} in the agent's tool settings."
        return (FieldProblem("credentials", "a custom tool takes none", remedy),)

    def destination(self, configuration: JsonObject) -> str:
        """Return nobody."""
        del configuration
        return ""

    def check_settings(self, configuration: JsonObject, settings: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with an agent's settings: ``arguments`` fixes arguments."""
        try:
            names = _properties(_schema_of(_configuration(configuration)))
        except ToolInvalidError as error:
            return error.fields
        return settings_problems(settings, names, "custom")

    def parameters(self, schema: JsonObject, settings: JsonObject) -> JsonObject:
        """Return the schema without the arguments that the settings fix."""
        return shown_parameters(schema, settings)

    async def invoke(self, call: KindCall) -> ToolResult:
        """Call the function, or run the snippet; what goes wrong in a snippet is told to the model."""
        configuration = _configuration(call.configuration)
        if configuration.code is not None:
            return await _run_code(call, configuration, configuration.code)
        found = get_installed(cast("str", configuration.function))
        if not isinstance(found, LoadedFunction):
            why = f"cannot be loaded here: {found.error}" if found else "is not installed on this worker"
            return ToolResult(f"The function {configuration.function} {why}.", is_error=True)
        return await _call_function(call, found)


def _configuration(document: JsonObject) -> CustomConfiguration:
    try:
        return CustomConfiguration.model_validate(document)
    except ValidationError as error:
        raise ToolInvalidError.of(*field_problems(error.errors(include_url=False), "configuration")) from None


def _code_problem(message: str, line: int | None, column: int | None) -> FieldProblem:
    place = f"line {line}, column {column}: " if line is not None else ""
    return FieldProblem(_CODE, f"{place}{message}", "Correct the code.")


def _signature(code: str) -> Signature:
    try:
        return read_signature(code)
    except SignatureError as error:
        raise ToolInvalidError.of(FieldProblem(_CODE, str(error), "Define def main(…) with plain parameters.")) from None


def _function(name: str) -> LoadedFunction:
    found = get_installed(name)
    if isinstance(found, LoadedFunction):
        return found
    message = f"names {name}, which cannot be loaded: {found.error}" if found else f"names {name}, which is not installed"
    raise ToolInvalidError.of(FieldProblem(_FUNCTION, message, "Choose one of GET /api/v1/tools/functions."))


def _schema_of(configuration: CustomConfiguration) -> JsonObject:
    if configuration.code is not None:
        return _signature(configuration.code).schema
    return _function(cast("str", configuration.function)).shown.parameters_schema


def _properties(schema: JsonObject) -> JsonObject:
    return cast("JsonObject", schema.get("properties", {}))


def _schema_problems(given: JsonObject | None, own: JsonObject) -> list[FieldProblem]:
    if given is None:
        return []
    remedy = "Leave parameters_schema out (null) to take it from the function."
    unknown = sorted(_properties(given).keys() - _properties(own).keys())
    needed = cast("list[str]", own.get("required", []))
    missing = [name for name in needed if name not in cast("list[str]", given.get("required", []))]
    return [
        *(
            FieldProblem(f"parameters_schema.properties.{name}", "is no parameter of the function", remedy)
            for name in unknown
        ),
        *(FieldProblem("parameters_schema.required", f"lacks {name}, which the function needs", remedy) for name in missing),
    ]


def _effect_problems(effect: Effect, least: Effect) -> list[FieldProblem]:
    if _ORDER.index(effect) >= _ORDER.index(least):
        return []
    message = f"is {effect}, but the function is declared {least}"
    return [FieldProblem("effect", message, f"Set {least}, or leave effect out (null).")]


async def _run_code(call: KindCall, configuration: CustomConfiguration, code: str) -> ToolResult:
    arguments = arguments_of(call.arguments, call.settings)
    is_async = _signature(code).is_async
    program = Program(
        source=code,
        call="await main(**arguments)" if is_async else "main(**arguments)",
        inputs={"arguments": arguments},
        owner=call.organization_id,
        now=call.now,
        seed=call.idempotency_key,
        limits=limits_of(call.resources, seconds=configuration.seconds),
    )
    outcome = await sandbox_of(call.resources).run(program)
    logs = tuple(("info", line) for line in outcome.printed.splitlines() if line.strip())
    if outcome.failure is not None:
        return ToolResult(_describe(outcome.failure), is_error=True, logs=logs)
    return ToolResult(outcome.value, logs=logs)


def _describe(failure: Failure) -> str:
    place = f" (line {failure.line} of the tool's code)" if failure.line is not None else ""
    return f"{failure.message.rstrip('.')}{place}."


async def _call_function(call: KindCall, loaded: LoadedFunction) -> ToolResult:
    try:
        read = loaded.arguments.model_validate(arguments_of(call.arguments, call.settings))
    except ValidationError as error:
        problems = field_problems(error.errors(include_url=False), "")
        told = "; ".join(f"{each.field.removeprefix('.')}: {each.message}" for each in problems)
        return ToolResult(f"The arguments do not fit: {told}.", is_error=True)
    values: dict[str, Any] = {name: getattr(read, name) for name in loaded.arguments.model_fields}
    if loaded.context is not None:
        values[loaded.context] = CallContext(call.organization_id, call.run_id, call.idempotency_key)
    try:
        if loaded.shown.is_async:
            value: object = await loaded.function(**values)
        else:
            value = await _in_thread(lambda: loaded.function(**values))
        return ToolResult(cast("Json", to_jsonable_python(value)))
    except ToolError as error:
        return ToolResult(str(error) or "The function failed.", is_error=True)
    except PydanticSerializationError as error:
        return ToolResult(f"The function was called, but its value is not JSON: {error}", is_error=True)


async def _in_thread(function: Callable[[], object]) -> object:
    """Run a function in a thread of its own: one that hangs keeps no thread of the process's pool, nor its end, waiting."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[object] = loop.create_future()
    context = contextvars.copy_context()

    def settle(value: object, error: BaseException | None) -> None:
        if not done.cancelled():
            _ = done.set_exception(error) if error is not None else done.set_result(value)

    def work() -> None:
        value: object = None
        error: BaseException | None = None
        try:
            value = context.run(function)
        except BaseException as raised:  # noqa: BLE001 - handed to the caller, whatever it is
            error = raised
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, value, error)

    threading.Thread(target=work, name="tool-function", daemon=True).start()
    return await done
