"""Traces across the steps of a message, for those who want them: each step is wrapped from outside and never knows.

The trace id is the message's own journal id, 32 random hex digits, so the spans of both processes meet without anything being
passed along, and an operator finds a message's trace by its id. Spans hold partners, doors, counts and outcomes; nothing else.
Where `tracing.endpoint` is empty nothing is wrapped and nothing of the OpenTelemetry SDK is imported: it costs nothing.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

from hub.courier import prepare
from hub.courier.lane import Lane
from hub.courier.prepare import Preparer
from hub.errors import Misconfigured
from hub.flow.plan import House
from hub.intake.arrival import Again, Arrival
from hub.intake.desk import Desk
from hub.intake.steps import Steps
from hub.intake.view import View
from hub.model.commands import Claim, Keep, Replan, Settle
from hub.settings import Settings
from hub.store.writing.writer import Writer

Facts = Mapping[str, str | int]


class Span(NamedTuple):
    """One step of one message: when it began and ended (nanoseconds since 1970), and facts without anybody in them."""

    journal: str
    name: str
    begun: int
    ended: int
    facts: Facts


# Takes spans that have ended. It must not raise, and must not wait.
Recorder = Callable[[Span], None]


@contextmanager
def tracing(settings: Settings) -> Iterator[None]:
    """Trace for the length of a `with`, where the settings name an endpoint. Raises Misconfigured where the extra is missing."""
    if not settings.tracing.endpoint:
        yield
        return
    with _exporter(settings) as recorder, traced(recorder):
        yield


@contextmanager
def traced(recorder: Recorder) -> Iterator[None]:
    """Wrap every step for the length of a `with`."""
    with ExitStack() as stack:
        for owner, name, wrapper in _STEPS:
            plain = getattr(owner, name)
            setattr(owner, name, wrapper(plain, recorder))
            stack.callback(setattr, owner, name, plain)
        yield


def _once(name: str, journal: Callable[..., str], facts: Callable[[Any], Facts] = lambda _: {}) -> Any:
    """A wrapper of a function that does one step of one message; `journal` finds whose from its arguments."""

    def wrapper(plain: Callable[..., Any], recorder: Recorder) -> Callable[..., Any]:
        @functools.wraps(plain)
        def wrapped(*given: Any, **named: Any) -> Any:
            begun, whose = time.time_ns(), journal(*given)
            before = _whose.set(whose)
            try:
                made = plain(*given, **named)
            finally:
                _whose.reset(before)
            if whose:
                recorder(Span(whose, name, begun, time.time_ns(), facts(made)))
            return made

        return wrapped

    return wrapper


def _same(*_: Any) -> str:
    """The message whose step this is a part of; nothing where none is under way."""
    return _whose.get()


_whose: Final = ContextVar("whose", default="")


def _received(plain: Callable[..., Any], recorder: Recorder) -> Callable[..., Any]:
    """From the hand-over at a door until its answer: the whole way to the disk."""

    @functools.wraps(plain)
    def wrapped(desk: Desk, arrival: Any) -> asyncio.Future[Any]:
        begun, waiter = time.time_ns(), plain(desk, arrival)

        def answered(done: asyncio.Future[Any]) -> None:
            state = "" if done.cancelled() or done.exception() else str(done.result().state)
            facts = {"partner": arrival.partner, "door": arrival.door, "bytes": len(arrival.body), "state": state}
            recorder(Span(arrival.journal, "receive", begun, time.time_ns(), facts))

        waiter.add_done_callback(answered)
        return waiter  # type: ignore[no-any-return]  # what the desk gave

    return wrapped


def _committed(plain: Callable[..., Any], recorder: Recorder) -> Callable[..., Any]:
    """One span for each command of a group: they share its beginning and its end."""

    @functools.wraps(plain)
    def wrapped(writer: Writer, commands: Sequence[Any]) -> Any:
        begun = time.time_ns()
        made, ended = plain(writer, commands), time.time_ns()
        for command in commands:
            if found := _COMMITS.get(type(command)):
                name, journal = found
                recorder(Span(journal(command), name, begun, ended, {"group": len(commands)}))
        return made

    return wrapped


def _sent(plain: Callable[..., Any], recorder: Recorder) -> Callable[..., Any]:
    @functools.wraps(plain)
    async def wrapped(lane: Lane, prepared: Any) -> Settle:
        begun = time.time_ns()
        made: Settle = await plain(lane, prepared)
        facts: Facts = {"partner": lane.partner.id, "attempt": made.attempt, "outcome": made.outcome, "code": made.code}
        recorder(Span(prepared.journal, "send", begun, time.time_ns(), facts))
        return made

    return wrapped


def _arrival(what: Arrival | Again) -> Arrival:
    return what.arrival if isinstance(what, Again) else what


_COMMITS: Final[dict[type, tuple[str, Callable[[Any], str]]]] = {
    Keep: ("commit", lambda command: command.journal),
    Replan: ("commit", lambda command: command.journal),
    Claim: ("claim", lambda command: command.entry.journal),
    Settle: ("settle", lambda command: command.entry.journal),
}
_STEPS: Final[tuple[tuple[Any, str, Any], ...]] = (
    (Desk, "take", _received),
    (Steps, "read", _once("read", lambda _, what: _arrival(what).journal)),
    (
        View,
        "_link",
        _once("link", lambda _, sight: sight.piece.arrival.journal, lambda link: {"verdict": link.verdict}),
    ),
    (House, "label", _once("label", _same, lambda labels: {"events": len(labels)})),
    (House, "plan", _once("decide", lambda _, __, known: known.journal, lambda plan: {"decisions": len(plan.decided)})),
    (Writer, "commit", _committed),
    (Preparer, "prepare", _once("write", lambda _, __, row, ___: row.journal, lambda made: {"outbox": made.outbox})),
    (prepare, "project", _once("project", _same, lambda disclosure: {"events": len(disclosure.events)})),
    (Lane, "_attempt", _sent),
)


@contextmanager
def _exporter(settings: Settings) -> Iterator[Recorder]:
    """Spans to an OTLP endpoint, in groups, from a thread of OpenTelemetry's own."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415 - an optional extra, there only where tracing is on
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - an optional extra, there only where tracing is on
    except ImportError as missing:
        cure = "pip install 'crisis-hub[tracing]', or leave tracing.endpoint empty."
        raise Misconfigured("OpenTelemetry is not installed.", at="tracing.endpoint", cure=cure) from missing
    processor = BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.tracing.endpoint))
    with exported(processor) as recorder:
        yield recorder


@contextmanager
def exported(processor: Any) -> Iterator[Recorder]:
    """A recorder that hands spans to a span processor of OpenTelemetry."""
    from opentelemetry import trace  # noqa: PLC0415 - an optional extra, there only where tracing is on
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an optional extra, there only where tracing is on
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an optional extra, there only where tracing is on

    provider = TracerProvider(resource=Resource({"service.name": "crisis-hub"}), shutdown_on_exit=False)
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("crisis-hub")

    def record(span: Span) -> None:
        if not span.journal:
            return
        above = trace.SpanContext(
            trace_id=int(span.journal, 16),
            # All steps hang below one span that nobody records: the message itself.
            span_id=int(span.journal[16:], 16) or 1,
            is_remote=True,
            trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
        )
        context = trace.set_span_in_context(trace.NonRecordingSpan(above))
        made = tracer.start_span(span.name, context=context, start_time=span.begun, attributes=dict(span.facts))
        made.end(end_time=span.ended)

    try:
        yield record
    finally:
        provider.shutdown()
