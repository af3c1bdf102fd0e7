r"""Transcripts: what a provider's server sends in one case, and what is expected of it. One file a case.

about: a sentence
messages: [...]        what is asked (engine.ports.Message); without it, "Hello"
tools: [{name, description, parameters}]
parameters: {...}      of the model
answers:               one for each request, in their order; the last one is repeated
  - events: [...]      server-sent events: documents, or texts that are sent as they are; Anthropic's are named by their type
    lines: [...]       JSON lines
    raw: text          bytes as they are; \\xNN in it is one byte
    status: 200        content_type: text/event-stream; "" for none
expect:
  text, reasoning, finish_reason, finish_detail, model
  calls: [{name, arguments, invalid: part of the reason}]
  usage: [in, out], or estimated
  warnings: codes of engine.answers
  error: class of llm.errors;  says: part of its sentence;  partial: the text that arrived before it
  attempts: of requests made
  sent: {path: value}  in the last request; a path is keys and places, joined by dots; null for what is absent
"""

import codecs
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import yaml
from aiohttp import web

from tests.llm.strict_servers import refusal_of

FOLDER = Path(__file__).parent / "transcripts"
_MEDIA = {"events": "text/event-stream", "lines": "application/x-ndjson", "raw": "text/event-stream"}


@dataclass(frozen=True, slots=True)
class Transcript:
    """One case."""

    kind: str
    name: str
    document: dict[str, Any]

    @property
    def expect(self) -> dict[str, Any]:
        """What is expected."""
        return self.document["expect"]


@dataclass(slots=True)
class Server:
    """A server that answers as its transcript says, and refuses what a strict server of its kind refuses."""

    transcript: Transcript
    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        body = orjson.loads(await request.read())
        self.bodies.append(body)
        refusal = refusal_of(self.transcript.kind, body)
        if refusal is not None:
            return web.json_response({"error": {"message": f"strict: {refusal}"}}, status=400)
        answers = self.transcript.document["answers"]
        answer = answers[min(len(self.bodies), len(answers)) - 1]
        form = next(name for name in _MEDIA if name in answer)
        media = answer.get("content_type", _MEDIA[form])
        response = web.StreamResponse(status=answer.get("status", 200), headers={"Content-Type": media} if media else {})
        if not media:
            response.headers["Content-Type"] = ""
        await response.prepare(request)
        await response.write(_written(form, answer[form]))
        await response.write_eof()
        return response


def _written(form: str, content: Any) -> bytes:
    if form == "raw":
        return codecs.escape_decode(content.encode())[0]  # pyright: ignore[reportAttributeAccessIssue] - it is there
    if form == "lines":
        return b"".join(orjson.dumps(each) + b"\n" for each in content)
    return b"".join(_event(each) for each in content)


def _event(each: Any) -> bytes:
    if isinstance(each, str):
        return b"data: " + each.encode() + b"\n\n"
    named = f"event: {each['type']}\n".encode() if isinstance(each.get("type"), str) else b""
    return named + b"data: " + orjson.dumps(each) + b"\n\n"


def read_transcripts() -> list[Transcript]:
    """Read every case, in the order of their names."""
    return [
        Transcript(path.parent.name, path.stem, yaml.safe_load(path.read_text())) for path in sorted(FOLDER.glob("*/*.yaml"))
    ]


@asynccontextmanager
async def serving(transcript: Transcript) -> AsyncGenerator[Server]:
    """Serve a transcript on an ephemeral port."""
    server = Server(transcript)
    application = web.Application()
    application.router.add_post("/{path:.*}", server.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}" + ("/v1" if transcript.kind == "openai" else "")
    try:
        yield server
    finally:
        await runner.cleanup()
