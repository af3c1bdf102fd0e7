"""What the client's command for conversations does: begin one or continue one, say something, follow the answer."""

import asyncio
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final, cast

from retinue.cli.client.actions import checked, find_agent, follow
from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, USAGE, ClientError
from retinue.cli.client.teams import find_team
from retinue.cli.client.workflows import find_workflow

_FINDERS: Final[Mapping[str, Callable[[Connection, str], Awaitable[str]]]] = {
    "agent": find_agent,
    "team": find_team,
    "workflow": find_workflow,
}


async def chat(given: Credentials, chosen: Mapping[str, str | None], message: str | None, *, as_json: bool) -> int:
    """Say messages in a conversation, one after the other, and print each answer. Ends as the last answer's run does."""
    named = {kind: name for kind, name in chosen.items() if name is not None}
    if len(named) != 1:
        raise ClientError("Name one of --agent, --team, --workflow and --conversation.", USAGE)
    ((kind, name),) = named.items()
    code = COMPLETED
    async with connected(given) as connection:
        conversation_id = id_of(name) if kind == "conversation" else None
        async for said in _messages(message):
            if conversation_id is None:
                body = {f"{kind}_id": await _FINDERS[kind](connection, name)}
                conversation_id = str((await connection.post("/conversations", body))["id"])
                print(f"conversation {conversation_id}", file=sys.stderr)
            headers = {"Idempotency-Key": str(uuid.uuid4())}
            sent = await connection.post(f"/conversations/{conversation_id}/messages", {"content": said}, headers)
            code = await follow(connection, sent["run"]["id"], as_json=as_json, shown=_answer_of)
    if conversation_id is None:
        raise ClientError('Say something: retinue chat --agent AGENT "message".', USAGE)
    return code


def _answer_of(run: Any) -> Any:
    """Return what a run answers: of a workflow that gives one text, whatever its name, that text."""
    output = run["output"]
    if run["type"] != "workflow" or not isinstance(output, dict):
        return output
    values = list(cast("dict[str, Any]", output).values())
    return values[0] if len(values) == 1 and isinstance(values[0], str) else cast("dict[str, Any]", output)


async def _messages(message: str | None) -> AsyncIterator[str]:
    """Yield the message that was given, or the lines of standard input that are not empty."""
    if message is not None:
        yield checked(message, "The message")
        return
    while line := await asyncio.to_thread(_read_line):
        if said := checked(line, "The message").strip():
            yield said


def _read_line() -> str:
    if sys.stdin.isatty():
        print("> ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline()


def id_of(given: str, what: str = "conversation") -> str:
    """Return an id that was given. Raises ``ClientError``."""
    try:
        return str(uuid.UUID(given))
    except ValueError:
        raise ClientError(f"{given!r} is not the id of a {what}.", USAGE) from None
