"""The built-in scripts: *demo* uses whichever of an agent's tools fits the prompt, *echo* says the prompt again.

So tools, approvals and live steps can be shown and tried without a real model. Pure; no judgement is to be expected.
"""

import re
from typing import Any, cast

from retinue.core.json import Json, JsonObject, dumps
from retinue.engine.ports import MEMBER_ANSWERS, OUTPUT_REPAIR, ROUTE_REMINDER, Message, ModelRequest, ToolSchema
from retinue.llm.demo_phrases import expression_in, zone_in
from retinue.llm.sample import sample
from retinue.llm.script import Call, Turn

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_ADDRESS = re.compile(r"https?://[^\s<>\"')]+")
_TIME = re.compile(r"\b(time|date|day|clock|today|now)\b", re.IGNORECASE)
_WRITE = re.compile(r"\b(write|note|save|file|report|artifact|draft)\b", re.IGNORECASE)
_GREETING = re.compile(r"\s*(hi|hello|hey|thanks|thank you|good (morning|day|evening))\b", re.IGNORECASE)
_PACE = 60.0
_SHOWN = 400


def demo_turn(request: ModelRequest) -> Turn:
    """Return what the demo says to a conversation: calls first, and then their results."""
    results = [message for message in since_user(request.messages) if message["role"] == "tool"]
    if results and request.output_schema is None:
        told = "; ".join(f"{each.get('name', 'the tool')} answered {text_of(each)[:_SHOWN]}" for each in results)
        return Turn(text=f"Here is what I found: {told}.", tokens_per_second=_PACE)
    prompt = prompt_of(request.messages)
    calls = [] if results else _fitting_calls(prompt, request.tools)
    if calls:
        names = " and ".join(call.name for call in calls)
        return Turn(reasoning=f"The question can be answered with {names}.", tool_calls=calls)
    if request.output_schema is not None:
        return Turn(text=dumps(sample(request.output_schema, prompt)).decode(), tokens_per_second=_PACE)
    return Turn(text=_help(request.tools), tokens_per_second=_PACE)


_EXAMPLES = {
    "calculator": "“What is 17 times 24?”",
    "current_time": "“What time is it in Tokyo?”",
    "http_fetch": "“Read https://example.com”",
    "write_artifact": "“Write a note: the delivery comes on Thursday”",
}


def _help(tools: tuple[ToolSchema, ...]) -> str:
    """Say what can be asked of a script with these tools."""
    names = [tool.name for tool in tools]
    examples = [_EXAMPLES.get(name, f"a message that names the tool {name}") for name in names[:4]]
    if not examples:
        return "I am a script, not a model, and this agent has no tools that I could use. Connect a model to get answers."
    return f"I am a script, not a model: I can only use this agent's tools. Try {', or '.join(examples)}."


def echo_turn(request: ModelRequest) -> Turn:
    """Return the prompt."""
    return Turn(text=prompt_of(request.messages))


def since_user(messages: list[Message]) -> list[Message]:
    """Return what came after the last message of the user."""
    last = max((index for index, message in enumerate(messages) if is_of_user(message)), default=-1)
    return messages[last + 1 :]


def prompt_of(messages: list[Message]) -> str:
    """Return the text of the user's last message."""
    return next((text_of(each) for each in reversed(messages) if is_of_user(each)), "")


_OF_THE_PLATFORM = frozenset({OUTPUT_REPAIR, MEMBER_ANSWERS, ROUTE_REMINDER})


def is_of_user(message: Message) -> bool:
    """Return whether the user wrote a message, and not the platform, which asks for a corrected answer and the like."""
    return message["role"] == "user" and message.get("name") not in _OF_THE_PLATFORM


def text_of(message: Message) -> str:
    """Return a message's text, its parts joined."""
    content = message["content"]
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def _fitting_calls(prompt: str, tools: tuple[ToolSchema, ...]) -> list[Call]:
    known = {tool.name for tool in tools}
    calls: list[Call] = []
    expression = expression_in(prompt) if "calculator" in known else None
    if expression:
        calls.append(Call(name="calculator", arguments={"expression": expression}))
    if "current_time" in known and _TIME.search(prompt):
        zone = zone_in(prompt)
        calls.append(Call(name="current_time", arguments={"timezone": zone} if zone else {}))
    address = _ADDRESS.search(prompt)
    if "http_fetch" in known and address:
        calls.append(Call(name="http_fetch", arguments={"url": address[0].rstrip(".,;")}))
    if "write_artifact" in known and (_WRITE.search(prompt) or (known == {"write_artifact"} and _is_statement(prompt))):
        calls.append(Call(name="write_artifact", arguments={"name": "note.md", "content": f"# Note\n\n{prompt}\n"}))
    called = {call.name for call in calls}
    calls += [_named_call(prompt, tool) for tool in tools if tool.name not in called and _is_named(prompt, tool.name)]
    return calls


def _is_statement(prompt: str) -> bool:
    return len(prompt.split()) > 1 and not prompt.rstrip().endswith("?") and not _GREETING.match(prompt)


def _is_named(prompt: str, name: str) -> bool:
    words = [re.escape(word) for word in re.split(r"[_-]+", name) if word]
    return bool(words) and re.search(rf"\b{'[ _-]?'.join(words)}\b", prompt, re.IGNORECASE) is not None


def _named_call(prompt: str, tool: ToolSchema) -> Call:
    """Call a tool that the prompt names, with ``name=value`` out of the prompt, and else a guess by the type."""
    properties = cast("dict[str, Any]", tool.parameters.get("properties") or {})
    required = cast("list[str]", tool.parameters.get("required") or [])
    arguments: JsonObject = {}
    for name, schema in properties.items():
        given = re.search(rf"\b{re.escape(name)}\s*[=:]\s*(\"[^\"]*\"|[^\s,;]+)", prompt)
        if given or name in required:
            kind = cast("dict[str, Any]", schema if isinstance(schema, dict) else {})
            arguments[name] = _value(given[1].strip('"') if given else None, kind, prompt)
    return Call(name=tool.name, arguments=arguments)


def _value(given: str | None, schema: dict[str, Any], prompt: str) -> Json:
    choices = cast("list[Json]", schema.get("enum") or [])
    if choices:
        wanted = (given or prompt).lower()
        return next((choice for choice in choices if str(choice).lower() in wanted), choices[0])
    kind = schema.get("type")
    if kind in {"integer", "number"}:
        found = _NUMBER.search(given or prompt)
        number = float(found[0]) if found else 0.0
        return int(number) if kind == "integer" else number
    if kind == "boolean":
        return given is None or given.lower() not in {"false", "no", "0"}
    if kind in {"array", "object"}:
        return [] if kind == "array" else {}
    return prompt if given is None else given
