"""
Spans sent by OpenTelemetry's protocol, where a collector is configured.

Imported only then (`OTEL_EXPORTER_OTLP_ENDPOINT`): the SDK takes memory and time that
a service without a collector keeps for itself.
"""

from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status
from opentelemetry.trace.span import TraceFlags

from chassis.tracing import Attributes, Kind, Recording, Span

EXPORT_EVERY_MS = 1000

_KINDS = {
    "server": SpanKind.SERVER,
    "consumer": SpanKind.CONSUMER,
    "client": SpanKind.CLIENT,
    "internal": SpanKind.INTERNAL,
}


def set_up(service: str, *, version: str) -> None:
    """Record spans from now on; what is left is sent when the process ends."""
    about = {"service.name": service, "service.version": version}
    provider = TracerProvider(resource=Resource.create(about))
    # A collector that is away costs nothing but its spans: the queue has a bound.
    provider.add_span_processor(
        BatchSpanProcessor(OTLPSpanExporter(), schedule_delay_millis=EXPORT_EVERY_MS)
    )
    Recording.to = _Recorder(provider.get_tracer("chassis"))


class _Recorder:
    def __init__(self, tracer: trace.Tracer) -> None:
        self._tracer = tracer

    def begin(
        self,
        name: str,
        parent: str | None,
        kind: Kind,
        attributes: Attributes,
        links: Sequence[str],
    ) -> Span:
        """Begin a span under the parent, or a trace of its own."""
        above = trace.set_span_in_context(NonRecordingSpan(_context(parent)))
        begun = self._tracer.start_span(
            name,
            above if parent else None,
            _KINDS[kind],
            dict(attributes),
            [Link(_context(each)) for each in links],
        )
        return _Recorded(begun)


class _Recorded:
    def __init__(self, span: trace.Span) -> None:
        self._span = span
        found = span.get_span_context()
        self.traceparent = (
            f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"
        )

    def say(self, name: str | None = None, **attributes: str | int) -> None:
        """Add to what is known of it."""
        if name:
            self._span.update_name(name)
        for key, value in attributes.items():
            self._span.set_attribute(key.replace("__", "."), value)

    def end(self, error: BaseException | None) -> None:
        """End it, as a failure where it is one; what the error says stays here."""
        if error is not None:
            kind = type(error).__name__
            self._span.set_attribute("error.type", kind)
            self._span.set_status(Status(trace.StatusCode.ERROR, kind))
        self._span.end()


def _context(traceparent: str | None) -> SpanContext:
    if not traceparent:
        return trace.INVALID_SPAN_CONTEXT
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(
        int(trace_id, 16),
        int(span_id, 16),
        is_remote=True,
        trace_flags=TraceFlags(int(flags, 16)),
    )
