"""Taking secrets out of what a tool gives back: a called API may repeat in its answer what it was sent."""

import base64
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote, quote_plus

from retinue.core.json import Json, JsonObject
from retinue.engine.ports import ToolArtifact, ToolResult

MARK = "[secret]"
_SHORTEST = 4
"""A shorter secret is not looked for: it would be found in everything."""

_NOT_SECRET = frozenset({"type", "in", "name", "username"})


def secrets_of(credentials: JsonObject | None, values: Iterable[str]) -> tuple[str, ...]:
    """Return the texts that must not come back, the longest first: secret values as they are and as they are sent."""
    found = set(values)
    if credentials is not None:
        found |= _texts(credentials)
        if credentials.get("type") == "basic":
            pair = f"{credentials.get('username')}:{credentials.get('password')}"
            found.add(base64.b64encode(pair.encode()).decode())
    long = {each for each in found if len(each) >= _SHORTEST}
    forms = {form for each in long for form in (each, quote(each, safe=""), quote_plus(each))}
    return tuple(sorted(forms, key=len, reverse=True))


def _texts(credentials: JsonObject) -> set[str]:
    found: set[str] = set()
    for name, value in credentials.items():
        if isinstance(value, dict):
            found |= _texts(value)
        elif isinstance(value, str) and name not in _NOT_SECRET:
            found.add(value)
    return found


def redact(result: ToolResult, secrets: tuple[str, ...]) -> ToolResult:
    """Return the result with every secret replaced, in keys and artifacts too, and without NUL characters."""
    artifacts = tuple(_clean_artifact(artifact, secrets) for artifact in result.artifacts)
    logs = tuple((level, _clean(message, secrets)) for level, message in result.logs)
    return replace(result, output=_clean_document(result.output, secrets), artifacts=artifacts, logs=logs)


def _clean(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, MARK)
    return text.replace("\0", "")


def _clean_document(value: Json, secrets: tuple[str, ...]) -> Json:
    if isinstance(value, str):
        return _clean(value, secrets)
    if isinstance(value, list):
        return [_clean_document(item, secrets) for item in value]
    if isinstance(value, dict):
        return {_clean(key, secrets): _clean_document(item, secrets) for key, item in value.items()}
    return value


def _clean_artifact(artifact: ToolArtifact, secrets: tuple[str, ...]) -> ToolArtifact:
    content = artifact.content
    for secret in secrets:
        content = content.replace(secret.encode(), MARK.encode())
    return ToolArtifact(_clean(artifact.name, secrets), artifact.type, content)
