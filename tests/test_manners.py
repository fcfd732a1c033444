"""The manners of every adapter that is installed, ours or not: one suite, many subjects.

`golden/<format>/<case>/` holds `wire.*`, what it means in `canon.json`, and `back.*`, what we write of it; a format that is only
read has no `back.*`. With CRISIS_HUB_GOLDEN=anew the last two are written anew: read the difference before you keep it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import found
from hub.contracts import OUTCOMES, Adapter, Reading, Received, Target
from hub.errors import Unmapped, Unreadable
from hub.flow.project import Envelope, project
from hub.model.decision import Decision
from hub.model.disclosure import Disclosure
from hub.model.event import CrisisEvent
from hub.model.label import Handling
from hub.model.registry import EVERYTHING
from tests.misshaping import ODD, misshapen

GOLDEN = Path(__file__).parent / "golden"
ANEW = os.environ.get("CRISIS_HUB_GOLDEN") == "anew"
AT = 1_772_379_000_000_000
RECEIVED = Received(journal="golden", partner="golden", as_of=AT, zone="America/Chicago")
TARGET = Target(partner="recipient", message_id="out-1", person_id="", at=AT, zone="America/Chicago")
HANDLING = Handling(
    confidentiality="R",
    sensitivities=("PSY",),
    regimes=("HIPAA",),
    refrain=("NORDSCLCD",),
    notice_id="n1",
    notice_text="A notice.",
)
FORMATS = sorted(found())
ADAPTERS = {name: make({}) for name, make in found().items()}
FOLDERS = {name: [folder for folder in sorted((GOLDEN / name).glob("*")) if folder.is_dir()] for name in FORMATS}
CASES = [pytest.param(name, folder, id=f"{name}/{folder.name}") for name in FORMATS for folder in FOLDERS[name]]
each_format = pytest.mark.parametrize("name", FORMATS)
each_case = pytest.mark.parametrize(("name", "folder"), CASES)


def one(folder: Path, pattern: str) -> Path | None:
    """The file of a case, or None."""
    return next(iter(folder.glob(pattern)), None)


def wire(folder: Path) -> bytes:
    """What came over the wire."""
    path = one(folder, "wire.*")
    assert path is not None, f"{folder} has no wire.*"
    return path.read_bytes()


def readings(adapter: Adapter, folder: Path) -> list[Reading]:
    """The readings of a case, one for each piece that can be read."""
    return [adapter.read(piece, RECEIVED) for piece in adapter.split(wire(folder))]


def disclosed(events: tuple[CrisisEvent, ...]) -> Disclosure:
    """A Disclosure of everything in some events."""
    decision = Decision(partner=TARGET.partner, purpose="TREAT", granted=(EVERYTHING,) * len(events))
    return project(events, decision, HANDLING, [Envelope(id=e.id, source=e.source) for e in events])


def told(reading: Reading) -> dict[str, Any]:
    """A reading as a golden file keeps it."""
    keep = [{"body": e.body, "occurred_at": e.occurred_at, "cleared": e.cleared} for e in reading.events]
    found: dict[str, Any] = {
        "kind": reading.kind,
        "message_id": reading.message_id,
        "inherited": reading.inherited,
        "invalid": [loss.path for loss in reading.invalid],
        "unmapped_codes": reading.unmapped_codes,
        "unmapped": [loss.path for loss in reading.account().items if loss.outcome == "unmapped"],
        "events": [{name: value for name, value in event.items() if value} for event in keep],
    }
    plain: dict[str, Any] = msgspec.to_builtins({name: value for name, value in found.items() if value})
    return plain


def keep_or_compare(path: Path, text: bytes) -> None:
    """The file holds this text; written anew it does."""
    if ANEW:
        path.write_bytes(text)
    assert path.is_file(), f"{path} is missing: CRISIS_HUB_GOLDEN=anew writes it"
    assert text == path.read_bytes()


@each_format
def test_it_keeps_the_contract_and_has_golden_cases(name: str) -> None:
    adapter = ADAPTERS[name]

    assert isinstance(adapter, Adapter)
    assert adapter.name
    assert "/" in adapter.media_type
    assert FOLDERS[name], f"golden/{name} has no case"


@each_case
def test_it_reads_its_golden_cases(name: str, folder: Path) -> None:
    adapter = ADAPTERS[name]

    found = [told(reading) for reading in readings(adapter, folder)]

    assert adapter.recognises(wire(folder))
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    keep_or_compare(folder / "canon.json", text.encode())


@each_case
def test_it_accounts_for_every_element_once(name: str, folder: Path) -> None:
    for reading in readings(ADAPTERS[name], folder):
        losses = reading.account()

        paths = [loss.path for loss in losses.items]
        assert paths
        assert len(paths) == len(set(paths)) == sum(losses.counts().values())
        assert {loss.outcome for loss in losses.items} <= set(OUTCOMES)
        assert [loss for loss in losses.items if loss.outcome == "invalid"] == list(reading.invalid)


@each_case
def test_it_writes_what_it_reads(name: str, folder: Path) -> None:
    """What was written says the same when it is read, settles when it is written again, and names what it cannot carry."""
    adapter = ADAPTERS[name]
    back = one(folder, "back.*")
    path = back or folder / f"back{next(folder.glob('wire.*')).suffix}"

    try:
        written = [adapter.write(disclosed(reading.events), TARGET) for reading in readings(adapter, folder)]
    except Unmapped:
        assert back is None, "it could be written once"
        return

    keep_or_compare(path, b"".join(w.body for w in written))
    for writing in written:
        second = rewritten(adapter, writing.body)
        assert rewritten(adapter, second) == second
        assert [loss.path for loss in writing.losses().items if loss.outcome != "mapped"] == lost(folder)


def rewritten(adapter: Adapter, body: bytes) -> bytes:
    """What an adapter writes of what it reads."""
    return adapter.write(disclosed(adapter.read(body, RECEIVED).events), TARGET).body


def lost(folder: Path) -> list[str]:
    """The canonical paths that the format has no place for, as a case says in `lost.txt`."""
    path = folder / "lost.txt"
    return path.read_text(encoding="utf-8").split() if path.is_file() else []


@each_format
def test_it_holds_no_state(name: str) -> None:
    adapter = ADAPTERS[name]
    bodies = [piece for folder in FOLDERS[name] for piece in adapter.split(wire(folder))]

    first = [adapter.read(body, RECEIVED).events for body in bodies]
    before = dict(vars(adapter))
    again = [adapter.read(body, RECEIVED).events for body in reversed(bodies)]

    assert first == again[::-1]
    assert before == vars(adapter)


def mutations(bodies: list[bytes]) -> st.SearchStrategy[bytes]:
    """Golden bytes cut, doubled, spliced with bytes that formats care about, or with any bytes at all."""
    spice = st.sampled_from(
        [b"|", b"^", b"~", b"&", b"\\", b'""', b"\r", b"\n", b"{", b"}", b"[", b"]", b'"', b",", b"<", b"\xff", b"\x00"]
    )

    def splice(parts: tuple[bytes, int, int, bytes]) -> bytes:
        body, start, length, put = parts
        start %= len(body) + 1
        return body[:start] + put + body[start + length :]

    positions = st.integers(0, 1 << 16), st.integers(0, 40)
    return st.tuples(st.sampled_from(bodies), *positions, spice | st.binary(max_size=8)).map(splice)


def swallow(call: Callable[[], object]) -> None:
    """Only the two errors that a reader promises may come out."""
    with suppress(Unreadable, Unmapped):
        result = call()
        if isinstance(result, Iterable):
            list(result)


@each_format
def test_it_survives_what_nobody_should_send(name: str) -> None:
    adapter = ADAPTERS[name]
    bodies = [wire(folder) for folder in FOLDERS[name]]

    @given(mutations(bodies))
    def survive(body: bytes) -> None:
        adapter.recognises(body)
        swallow(lambda: adapter.split(body))
        swallow(lambda: adapter.read(body, RECEIVED).account().items)

    survive()


@each_format
def test_it_survives_values_of_another_kind(name: str) -> None:
    """What is well-formed and says something that cannot stand there is read and accounted for, or refused."""
    adapter = ADAPTERS[name]
    bodies = [wire(folder) for folder in FOLDERS[name]]

    @given(st.builds(misshapen, st.sampled_from(bodies), st.integers(0, 1 << 16), st.sampled_from(ODD)))
    def survive(body: bytes) -> None:
        adapter.recognises(body)
        with suppress(Unreadable, Unmapped):
            for piece in adapter.split(body):
                with suppress(Unreadable, Unmapped):
                    losses = adapter.read(piece, RECEIVED).account()
                    assert sum(losses.counts().values()) == len({loss.path for loss in losses.items})

    survive()
