"""Spans as requests of OTLP in protobuf (https://opentelemetry.io/docs/specs/otlp/, version 1.x).

The messages are those of the package ``opentelemetry-proto``. It and protobuf take a tenth of a second and 6 MB to import,
so only a worker that exports imports this module.
"""

import zlib
from collections.abc import Iterator, Sequence

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest, ExportTraceServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1 import trace_pb2

from retinue import __version__
from retinue.integrations.tracing.spans import SCHEMA_URL
from retinue.integrations.tracing.types import Attribute, Span, SpanKind

_MOST_BYTES = 2_000_000
"""Of a request before compression; one span may be larger."""
_GZIP = zlib.MAX_WBITS | 16
_KINDS = {
    SpanKind.INTERNAL: trace_pb2.Span.SPAN_KIND_INTERNAL,
    SpanKind.CLIENT: trace_pb2.Span.SPAN_KIND_CLIENT,
}


def encode(spans: Sequence[Span]) -> list[tuple[int, bytes]]:
    """Return requests with the spans in their order: the number of spans, and the body, compressed with gzip."""
    return [(len(group), _packed(_request(group).SerializeToString())) for group in _groups(spans)]


def read_rejected(body: bytes) -> tuple[int, str]:
    """Return how many spans the receiver of a request refused, and why. An answer that is not OTLP's tells of none."""
    try:
        answer = ExportTraceServiceResponse.FromString(body)
    except DecodeError:
        return 0, ""
    return max(answer.partial_success.rejected_spans, 0), answer.partial_success.error_message


def _groups(spans: Sequence[Span]) -> Iterator[list[trace_pb2.Span]]:
    group: list[trace_pb2.Span] = []
    size = 0
    for span in spans:
        message = _span(span)
        length = message.ByteSize()
        if group and size + length > _MOST_BYTES:
            yield group
            group, size = [], 0
        group.append(message)
        size += length
    if group:
        yield group


def _request(spans: list[trace_pb2.Span]) -> ExportTraceServiceRequest:
    resource = {"service.name": "retinue", "service.version": __version__}
    scope = trace_pb2.ScopeSpans(
        scope=InstrumentationScope(name="retinue", version=__version__), spans=spans, schema_url=SCHEMA_URL
    )
    of_resource = trace_pb2.ResourceSpans(
        resource=Resource(attributes=[_pair(*each) for each in resource.items()]), scope_spans=[scope], schema_url=SCHEMA_URL
    )
    return ExportTraceServiceRequest(resource_spans=[of_resource])


def _span(span: Span) -> trace_pb2.Span:
    code = trace_pb2.Status.STATUS_CODE_ERROR if span.is_error else trace_pb2.Status.STATUS_CODE_UNSET
    return trace_pb2.Span(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id or b"",
        name=_clean(span.name),
        kind=_KINDS[span.kind],
        start_time_unix_nano=span.start_ns,
        end_time_unix_nano=span.end_ns,
        attributes=[_pair(*each) for each in span.attributes.items()],
        status=trace_pb2.Status(code=code, message=_clean(span.message)),
    )


def _pair(name: str, value: Attribute) -> KeyValue:
    return KeyValue(key=name, value=_value(value))


def _value(value: Attribute) -> AnyValue:
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    if isinstance(value, str):
        return AnyValue(string_value=_clean(value))
    return AnyValue(array_value=ArrayValue(values=[AnyValue(string_value=_clean(each)) for each in value]))


def _clean(text: str) -> str:
    """Return a text that UTF-8 has a form for: a lone surrogate, which JSON may hold, is replaced."""
    return text.encode("utf-8", "replace").decode()


def _packed(body: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, _GZIP)
    return packer.compress(body) + packer.flush()
