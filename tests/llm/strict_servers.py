"""What a strict server of each kind refuses in a request, as the providers' own do with status 400."""

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_ID = re.compile(r"[a-zA-Z0-9_-]{1,40}")
_GOOGLE_FIELDS = {
    "type", "format", "title", "description", "nullable", "enum", "items", "properties", "required", "anyOf", "minimum",
    "maximum", "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties",
}  # fmt: skip


def refusal_of(kind: str, body: dict[str, Any]) -> str | None:
    """Return what is wrong with a request, or None."""
    match kind:
        case "anthropic":
            return next(_anthropic(body), None)
        case "google":
            return next(_google(body), None)
        case _:
            return next(_chat(body["messages"]), None)


def _chat(messages: list[dict[str, Any]]) -> Iterator[str]:
    """Check OpenAI's and Ollama's messages: strict templates also want roles to alternate."""
    told = [each for each in messages if each["role"] != "system"]
    if [each["role"] for each in messages].count("system") > 1 or (
        messages[0]["role"] != "system" and len(told) < len(messages)
    ):
        yield "one system message, and that first"
    yield from _turns([each["role"] for each in told], "assistant", {"tool"})
    waiting: list[str] = []
    seen: set[str] = set()
    for message in told:
        calls: list[dict[str, Any]] = message.get("tool_calls") or []
        if waiting and message["role"] != "tool":
            yield f"no result for {waiting}"
        yield from _named((each["function"]["name"], each["id"]) for each in calls)
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                yield "a result without its call"
            waiting.remove(message["tool_call_id"])
        if not calls and not str(message["content"]).strip():
            yield "a blank message"
        waiting += [each["id"] for each in calls]
        if len(seen | set(waiting)) < len(seen) + len(calls):
            yield "an id is used twice"
        seen |= {each["id"] for each in calls}


def _anthropic(body: dict[str, Any]) -> Iterator[str]:
    yield from _turns([each["role"] for each in body["messages"]], "assistant", set())
    waiting: list[str] = []
    seen: set[str] = set()
    for message in body["messages"]:
        blocks = message["content"]
        if not blocks:
            yield "an empty message"
        results = [each["tool_use_id"] for each in blocks if each["type"] == "tool_result"]
        if results != waiting or [each["type"] for each in blocks[: len(results)]] != ["tool_result"] * len(results):
            yield f"results {results} do not answer {waiting}"
        if any(each["type"] == "text" and not each["text"].strip() for each in blocks):
            yield "text content blocks must contain non-whitespace text"
        uses = [each for each in blocks if each["type"] == "tool_use"]
        yield from _named((each["name"], each["id"]) for each in uses)
        waiting = [each["id"] for each in uses]
        if seen & set(waiting) or len(set(waiting)) < len(waiting):
            yield "tool_use ids must be unique"
        seen |= set(waiting)


def _google(body: dict[str, Any]) -> Iterator[str]:
    yield from _turns([each["role"] for each in body["contents"]], "model", set())
    asked: list[str] = []
    for content in body["contents"]:
        if not content["parts"] or any("text" in each and not each["text"].strip() for each in content["parts"]):
            yield "an empty part"
        answered = [each["functionResponse"]["name"] for each in content["parts"] if "functionResponse" in each]
        if answered != asked:
            yield "the number of function response parts is not that of function call parts"
        asked = [each["functionCall"]["name"] for each in content["parts"] if "functionCall" in each]
        yield from _named((name, "id") for name in asked)
    for tool in body.get("tools", ()):
        for declared in tool["functionDeclarations"]:
            if "parameters" in declared:
                yield from _schema(declared["parameters"], declared["name"])


def _schema(schema: dict[str, Any], path: str) -> Iterator[str]:
    unknown = set(schema) - _GOOGLE_FIELDS
    if unknown:
        yield f"{path}: unknown fields {sorted(unknown)}"
    if "anyOf" in schema and len(schema) > 1:
        yield f"{path}: other fields beside any_of"
    if "anyOf" not in schema and not isinstance(schema.get("type"), str):
        yield f"{path}: type"
    if "enum" in schema and (schema["type"] != "string" or not all(isinstance(e, str) and e for e in schema["enum"])):
        yield f"{path}: enum is for texts only"
    if schema.get("type") == "array" and "items" not in schema:
        yield f"{path}: items: missing field"
    for name, each in schema.get("properties", {}).items():
        yield from _schema(each, f"{path}.{name}")
    for each in [*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else [])]:
        yield from _schema(each, path)


def _turns(roles: list[str], model: str, between: set[str]) -> Iterator[str]:
    if roles[:1] != ["user"]:
        yield "the first message must be the user's"
    for first, second in itertools.pairwise(roles):
        if first == second and first not in between:
            yield f"roles must alternate: {roles}"
    if roles[-1:] == [model]:
        yield "the last message must not be the model's"


def _named(calls: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, call_id in calls:
        if not _NAME.fullmatch(name):
            yield f"{name!r} is not a name"
        if not _ID.fullmatch(call_id):
            yield f"{call_id!r} is not an id"
