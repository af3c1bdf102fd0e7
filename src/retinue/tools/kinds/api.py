"""The kind ``api``: one call of an HTTP API, made from templates, arguments and credentials."""

from typing import cast

from pydantic import ValidationError

from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.core.nesting import flattened
from retinue.core.outbound.addresses import OutboundRefusedError
from retinue.core.outbound.client import OutboundFailedError, OutboundRequest, OutboundResponse
from retinue.core.validation import field_problems
from retinue.engine.ports import ToolResult
from retinue.engine.spec.tool import ApiConfiguration, ApiCredentials, arguments_in, origin_of
from retinue.tools.errors import ToolInvalidError
from retinue.tools.kinds.api_request import bearing, request_of
from retinue.tools.kinds.argument_error import ArgumentError
from retinue.tools.kinds.documents import problems_of
from retinue.tools.kinds.failures import failure_of
from retinue.tools.kinds.fixed_arguments import settings_problems, shown_parameters
from retinue.tools.kinds.templates import ABSENT, read_pointer
from retinue.tools.oauth.errors import ConnectionNeededError
from retinue.tools.ports import KindCall
from retinue.tools.types import Effect, ToolDraft

_EXCERPT = 2000
_HTTP_ERROR = 400
_UNAUTHORIZED = 401
_EFFECTS = {"GET": Effect.READ_ONLY, "HEAD": Effect.READ_ONLY, "PUT": Effect.IDEMPOTENT, "DELETE": Effect.IDEMPOTENT}


class Api:
    """One call of an HTTP API."""

    def check(self, draft: ToolDraft) -> ToolDraft:
        """Check the configuration, and derive the schema from its placeholders and the effect from its method."""
        try:
            configuration = ApiConfiguration.model_validate(draft.configuration)
        except ValidationError as error:
            raise ToolInvalidError.of(*field_problems(error.errors(include_url=False), "configuration")) from None
        schema = draft.parameters_schema or _derived_schema(configuration)
        problems = _placeholder_problems(configuration, cast("JsonObject", schema.get("properties", {})))
        if problems:
            raise ToolInvalidError.of(*problems)
        return ToolDraft(
            draft.name,
            draft.description,
            draft.tool_type,
            cast("JsonObject", configuration.model_dump(mode="json", by_alias=True)),
            schema,
            draft.effect or _EFFECTS.get(configuration.method, Effect.DANGEROUS),
        )

    def check_credentials(self, credentials: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with credentials: bearer, api_key, basic or oauth2."""
        problems = problems_of(ApiCredentials, {"credentials": credentials}, "")
        return tuple(FieldProblem(each.field.removeprefix("."), each.message, each.remedy) for each in problems)

    def destination(self, configuration: JsonObject) -> str:
        """Return scheme and host."""
        return origin_of(str(configuration.get("url", "")))

    def check_settings(self, configuration: JsonObject, settings: JsonObject) -> tuple[FieldProblem, ...]:
        """Name what is wrong with an agent's settings: ``arguments`` fixes arguments, which the model then cannot give."""
        sent = cast("list[JsonObject]", configuration.get("parameters", []))
        names = arguments_in([configuration.get(part) for part in ("url", "query", "headers", "body")])
        return settings_problems(settings, names | {str(each.get("argument")) for each in sent}, "api")

    def parameters(self, schema: JsonObject, settings: JsonObject) -> JsonObject:
        """Return the schema without the arguments that the settings fix."""
        return shown_parameters(schema, settings)

    async def invoke(self, call: KindCall) -> ToolResult:
        """Make the call; refusals, failures and error statuses are told to the model."""
        configuration = ApiConfiguration.model_validate(call.configuration)
        try:
            request = await request_of(call, configuration)
            response = await _send(call, request)
        except ArgumentError as error:
            return ToolResult(str(error), is_error=True)
        except OutboundRefusedError as error:
            return ToolResult(error.detail, is_error=True)
        except OutboundFailedError as error:
            is_unknown = error.may_have_arrived and call.effect != Effect.READ_ONLY
            told = _failure(error, is_unknown=is_unknown)
            return ToolResult(told, is_error=True, is_unknown=is_unknown, failure=failure_of(error))
        return _result(configuration, response)


async def _send(call: KindCall, request: OutboundRequest) -> OutboundResponse:
    """Send a request, under an access token if the tool has a connection; once more with a new one when it is refused.

    A call that was answered with 401 was not carried out. Raises ``ConnectionNeededError`` when there is no other token.
    """
    access = call.access
    if access is None:
        return await call.outbound.send(request)
    token = await access.token()
    response = await call.outbound.send(bearing(request, token))
    if response.status != _UNAUTHORIZED:
        return response
    renewed = await access.renew(token)
    if renewed is None:
        raise ConnectionNeededError(await access.need())
    return await call.outbound.send(bearing(request, renewed))


def _failure(error: OutboundFailedError, *, is_unknown: bool) -> str:
    return f"{error.detail} Whether the call took effect is not known." if is_unknown else error.detail


def _derived_schema(configuration: ApiConfiguration) -> JsonObject:
    places = [configuration.url, dict(configuration.query), dict(configuration.headers), configuration.body]
    names = sorted(arguments_in(cast("Json", places)) | {each.argument for each in configuration.parameters})
    needed = arguments_in(configuration.url.partition("?")[0])
    schema: JsonObject = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "additionalProperties": False,
    }
    if needed:
        schema["required"] = cast("Json", sorted(needed))
    return schema


def _placeholder_problems(configuration: ApiConfiguration, declared: JsonObject) -> tuple[FieldProblem, ...]:
    places: dict[str, Json] = {"url": configuration.url}
    places |= {f"query.{name}": text for name, text in configuration.query.items()}
    places |= {f"headers.{name}": text for name, text in configuration.headers.items()}
    places |= {f"parameters.{at}": f"{{{each.argument}}}" for at, each in enumerate(configuration.parameters)}
    return tuple(
        FieldProblem(
            f"configuration.{place}",
            f"uses the argument {name}, which is not in parameters_schema",
            "Add it to parameters_schema.properties.",
        )
        for place, text in places.items()
        for name in sorted(arguments_in(text) - declared.keys())
    )


def _result(configuration: ApiConfiguration, response: OutboundResponse) -> ToolResult:
    text = response.text()
    if response.status >= _HTTP_ERROR:
        known = configuration.errors.get(str(response.status)) or configuration.errors.get(f"{response.status // 100}xx")
        retry = response.headers.get("retry-after")
        parts = [f"The API answered with status {response.status}.", known, f"It asks to wait {retry} s." if retry else None]
        told = " ".join(each for each in (*parts, text[:_EXCERPT].strip()) if each)
        return ToolResult(told, is_error=True, failure=failure_of(response.status))
    if not response.body:
        return ToolResult(f"The call succeeded with status {response.status}; the answer is empty.")
    value = _value(response, text)
    if value is ABSENT:
        size = len(response.body)
        return ToolResult(f"The call succeeded; the answer is {response.media_type} ({size} bytes), not text.")
    selected = read_pointer(cast("Json", value), configuration.response.select)
    if selected is ABSENT:
        return ToolResult(f"The answer has nothing at {configuration.response.select}: {text[:_EXCERPT]}", is_error=True)
    return ToolResult(_cut(flattened(cast("Json", selected)), configuration.response.max_chars))


def _value(response: OutboundResponse, text: str) -> object:
    media_type = response.media_type
    is_json = media_type == "application/json" or media_type.endswith("+json")
    if is_json or (not media_type and text[:1] in {"{", "["}):
        try:
            return loads(response.body)
        except ValueError:
            return text
    if not media_type or media_type.startswith("text/") or media_type.endswith(("xml", "yaml", "csv", "javascript")):
        return text.replace("\0", "")
    return ABSENT


def _cut(value: Json, max_chars: int) -> Json:
    text = value if isinstance(value, str) else dumps(value).decode()
    if len(text) <= max_chars:
        return value
    return f"{text[:max_chars]}… (cut: {len(text)} characters, {max_chars} shown)"
