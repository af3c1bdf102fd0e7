"""What a model or a tool gave back, without the agent's secrets. See ``engine.redaction``."""

from dataclasses import replace
from typing import cast

from retinue.core.errors import Error
from retinue.core.json import JsonObject
from retinue.engine.ports import ModelResponse, ToolArtifact, ToolCall, ToolResult
from retinue.engine.redaction import Redactor


def clean_response(redactor: Redactor, response: ModelResponse) -> ModelResponse:
    """Return a model's answer without secrets, in the arguments of its calls either."""
    return replace(
        response,
        content=redactor.text(response.content),
        reasoning=redactor.text(response.reasoning),
        tool_calls=tuple(_clean_call(redactor, call) for call in response.tool_calls),
        warnings=tuple(redactor.text(warning) for warning in response.warnings),
    )


def _clean_call(redactor: Redactor, call: ToolCall) -> ToolCall:
    reason = call.invalid_reason
    return replace(
        call,
        name=redactor.text(call.name),
        arguments=cast("JsonObject", redactor.document(call.arguments)),
        invalid_reason=None if reason is None else redactor.text(reason),
    )


def clean_result(redactor: Redactor, result: ToolResult) -> ToolResult:
    """Return a tool's result without secrets, in its files and log lines either."""
    return replace(
        result,
        output=redactor.document(result.output),
        artifacts=tuple(
            ToolArtifact(redactor.text(each.name), redactor.text(each.type), redactor.content(each.content))
            for each in result.artifacts
        ),
        logs=tuple((level, redactor.text(message)) for level, message in result.logs),
    )


def clean_error(redactor: Redactor, error: Error) -> None:
    """Take secrets out of an error's sentences: a provider may repeat in its refusal what it was sent."""
    error.detail = redactor.text(error.detail)
    error.args = (error.detail,)
    if error.remedy_text is not None:
        error.remedy_text = redactor.text(error.remedy_text)
