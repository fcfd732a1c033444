"""Traces: every step of a message is a span under the message's own id, nothing of it is about anybody, and off costs nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from hub.app.serve import running
from hub.app.tracing import _STEPS, Span, exported, traced, tracing
from hub.app.vault import make
from hub.errors import Misconfigured
from hub.settings import Settings, Tracing, load
from tests.cli import county
from tests.sinks import http_sink

STEPS = {"receive", "read", "link", "label", "decide", "commit", "project", "write", "claim", "send", "settle"}


async def spans(tmp_path: Path) -> tuple[list[Span], str]:
    """The spans of one message that reached one partner, and its id."""
    found: list[Span] = []
    async with http_sink() as clinic:
        config = county.write(tmp_path, clinic=clinic.port)
        make(load(config))
        with traced(found.append):
            async with running(load(config)) as hub:
                (kept,) = await county.took(hub, county.message(1, veteran="Y"))
                await county.settled(hub, clinic)
    return found, kept.journal


async def test_every_step_is_a_span_of_the_message_from_the_door_to_the_partner(tmp_path: Path) -> None:
    found, journal = await spans(tmp_path)

    ours = [span for span in found if span.journal == journal]
    assert {span.name for span in ours} == STEPS
    assert all(span.begun <= span.ended for span in ours)
    first = {span.name: span.begun for span in reversed(ours)}
    assert first["receive"] <= first["read"] <= first["link"] <= first["decide"] <= first["commit"]
    assert first["decide"] <= first["label"] <= first["commit"]
    assert first["commit"] <= first["write"] <= first["project"] <= first["claim"] <= first["send"] <= first["settle"]


async def test_no_span_says_anything_about_anybody(tmp_path: Path) -> None:
    found, _ = await spans(tmp_path)

    said = " ".join(str(span.facts) for span in found)
    assert "B1" in said
    assert not any(canary in said for canary in ("Riley", "Doe", "1990", "Phoenix", "H1-1", "R45"))


async def test_opentelemetry_gets_them_under_the_messages_own_id(tmp_path: Path) -> None:
    memory, found = InMemorySpanExporter(), (await spans(tmp_path))[0]

    with exported(SimpleSpanProcessor(memory)) as recorder:
        for span in found:
            recorder(span)

    got = memory.get_finished_spans()
    kept = {span.journal for span in found if span.journal}
    assert {f"{span.context.trace_id:032x}" for span in got if span.context} == kept
    assert {span.name for span in got} == STEPS
    assert len({span.context.span_id for span in got if span.context}) == len(got)


def test_off_wraps_nothing_and_imports_nothing() -> None:
    plain = [getattr(owner, name) for owner, name, _ in _STEPS]

    with tracing(Settings()):
        assert [getattr(owner, name) for owner, name, _ in _STEPS] == plain
    code = "import sys, hub.app.serve; sys.exit(any(n.startswith('opentelemetry.sdk') for n in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_afterwards_every_step_is_as_it_was() -> None:
    plain = [getattr(owner, name) for owner, name, _ in _STEPS]

    with traced(lambda _: None):
        assert all(getattr(owner, name) is not was for (owner, name, _), was in zip(_STEPS, plain, strict=True))

    assert [getattr(owner, name) for owner, name, _ in _STEPS] == plain


def test_a_missing_extra_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    with (
        pytest.raises(Misconfigured, match=r"crisis-hub\[tracing\]"),
        tracing(Settings(tracing=Tracing(endpoint="http://x"))),
    ):
        pass
