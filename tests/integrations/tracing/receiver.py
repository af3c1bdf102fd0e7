"""A receiver of OTLP over HTTP: it reads what arrives with the official messages and keeps it."""

import gzip
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse


@dataclass(frozen=True)
class Got:
    """A span that arrived."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: int
    start_ns: int
    end_ns: int
    status: int
    message: str
    attributes: dict[str, Any]


@dataclass
class Receiver:
    """Collects spans. ``before`` is awaited at each request and may answer in its place."""

    url: str = ""
    requests: list[web.Request] = field(default_factory=list[web.Request])
    bodies: list[bytes] = field(default_factory=list[bytes])
    spans: list[Got] = field(default_factory=list[Got])
    before: Callable[[list[Got]], Awaitable[web.Response | None]] | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Take a request of OTLP."""
        assert request.headers["Content-Type"] == "application/x-protobuf"
        body = await request.read()
        raw = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body  # the server may have unpacked it
        message = ExportTraceServiceRequest.FromString(raw)
        found = [_got(span) for part in message.resource_spans for scope in part.scope_spans for span in scope.spans]
        self.requests.append(request)
        self.bodies.append(raw)
        if self.before is not None and (own := await self.before(found)) is not None:
            return own
        self.spans += found
        return web.Response(body=ExportTraceServiceResponse().SerializeToString(), content_type="application/x-protobuf")

    def of(self, trace_id: str) -> list[Got]:
        """Return the spans of a trace, by their start."""
        return sorted((span for span in self.spans if span.trace_id == trace_id), key=lambda span: span.start_ns)

    def named(self, trace_id: str, name: str) -> Got:
        """Return the one span of a trace with a name."""
        (span,) = [span for span in self.of(trace_id) if span.name == name]
        return span


def _got(span: Any) -> Got:
    return Got(
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name,
        span.kind,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        span.status.code,
        span.status.message,
        {each.key: _value(each.value) for each in span.attributes},
    )


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return [_value(each) for each in value.array_value.values] if kind == "array_value" else getattr(value, kind)


@asynccontextmanager
async def receiving() -> AsyncGenerator[Receiver]:
    """Serve a receiver on loopback."""
    receiver = Receiver()
    application = web.Application(client_max_size=32_000_000)
    application.router.add_post("/{path:.*}", receiver.answer)
    server = web.AppRunner(application, shutdown_timeout=0.1)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{server.addresses[0][1]}"
    try:
        yield receiver
    finally:
        await server.cleanup()
