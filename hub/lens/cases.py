"""The cases a lens file carries: what its wire says in the model, and that writing says it again. Run by the tests and `map check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from hub.contracts import Received
from hub.errors import HubError
from hub.lens.source import plain
from hub.lens.spec import Lens
from hub.lens.translate import Translator
from hub.model.event import CrisisEvent
from hub.model.registry import body_of
from hub.model.values import Code, Instant, PartialDate, Quantity

# What stands for the whole of a value where a case gives only a text.
MAIN: dict[type, str] = {Code: "code", PartialDate: "iso", Instant: "text", Quantity: "value"}
RECEIVED = Received(journal="case", partner="case", as_of=1_772_379_000_000_000)


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One case, and where it stands."""

    lens: str
    name: str
    place: str
    wire: Any
    canon: Any
    kind: str


def cases(lenses: Sequence[Lens]) -> Iterator[Case]:
    """Every case of some lenses."""
    for lens in lenses:
        for n, said in enumerate(lens.cases, 1):
            kind = said.get("kind") or next(iter(lens.reads), "")
            name = said.get("name") or f"case {n}"
            yield Case(
                lens=lens.name,
                name=name,
                place=str(said.place),
                wire=said["wire"],
                canon=plain(said["canon"]),
                kind=kind,
            )


def problems(translator: Translator, case: Case) -> list[str]:
    """What a case finds wrong, in words; nothing when it holds."""
    try:
        events = _read(translator, translator.syntax.snippet(plain(case.wire), case.kind), case)
        found = list(_differences(case.canon, events))
        return found or list(_back(translator, events, case))
    except HubError as error:
        return [f"{case.place}: {error}"]


def _read(translator: Translator, root: Any, case: Case) -> list[CrisisEvent]:
    events, _ = translator.read(root, case.kind, "case", RECEIVED, careful=True)
    return events


def _differences(canon: Any, events: Sequence[CrisisEvent]) -> Iterator[str]:
    wanted = canon if isinstance(canon, list) else [{root: said} for root, said in canon.items()]
    left = list(events)
    for want in wanted:
        root, said = next(iter(want.items()))
        if root == "event":
            yield from _unlike(said, events[0] if events else None, "event")
            continue
        event = next((e for e in left if body_of(e.body) == root), None)
        if event is None:
            yield f"there is no {root}"
        else:
            left.remove(event)
            yield from _unlike(said, event.body, root)


def _unlike(said: Any, found: Any, path: str) -> Iterator[str]:
    """Where `found` is not what is said of it. What is not said does not matter."""
    if isinstance(said, Mapping):
        for name, inner in said.items():
            yield from _unlike(inner, getattr(found, name, None), f"{path}.{name}")
    elif isinstance(said, list):
        if not isinstance(found, tuple) or len(found) != len(said):
            yield f"{path}: there should be {len(said)} of these"
        else:
            for n, (one, other) in enumerate(zip(said, found, strict=True)):
                yield from _unlike(one, other, f"{path}[{n}]")
    elif _text(found) != (said or ""):
        yield f'{path} should be "{said or ""}", and is "{_text(found)}"'


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(getattr(value, MAIN[type(value)]) if type(value) in MAIN else value or "")


def _back(translator: Translator, events: Sequence[CrisisEvent], case: Case) -> Iterator[str]:
    """What we write of these events reads the same again."""
    parts = translator.write(events, case.kind, "UTC", {}, RECEIVED.as_of)
    again = _read(translator, translator.syntax.reread(parts, case.kind), case)
    for before, after in zip(events, again, strict=False):
        if before.body != after.body:
            yield f"{body_of(before.body)} changes when it is written and read again"
    if len(events) != len(again):
        yield f"{len(events)} events become {len(again)} when they are written and read again"
