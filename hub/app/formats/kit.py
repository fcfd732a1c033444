"""The conformance kit: what a partner says is read, and what it would get is written and taken, case by case, with invented people."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

import examples.county
from hub import clock
from hub.app.formats.conformance import ERROR, findings
from hub.app.formats.rehearsal import Rehearsal, Shown, adapter, readings, received, recognised
from hub.app.house import Household
from hub.app.lanes import SUBSCRIBED, lanes_of
from hub.contracts import Adapter, Carrier, Parcel, Reading
from hub.doors.subscribers import Subscribers
from hub.errors import HubError, Lasting
from hub.intake.piece import Sender
from hub.partners import Partner
from hub.settings import Settings
from hub.spans import SECOND

SHIPPED: Final = Path(examples.county.__file__).parent / "traffic"
# Where nobody can be called: the partner's people or programs come by themselves.
_COME: Final = frozenset({"workspace", SUBSCRIBED})


class Sample(NamedTuple):
    """A message about nobody: what its file is called, and its bytes."""

    name: str
    body: bytes


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was tried. `words` say why it failed: places and codes, never what a message says of anybody."""

    name: str
    passed: bool
    words: str = ""


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """What was tried with one partner, and what could not be tried, with the reason."""

    partner: str
    cases: tuple[Case, ...]
    untried: tuple[str, ...] = ()

    @property
    def passed(self) -> int:
        """How many cases passed."""
        return sum(case.passed for case in self.cases)

    @property
    def whole(self) -> bool:
        """Whether something was tried, and all of it passed."""
        return bool(self.cases) and self.passed == len(self.cases)


@dataclass(frozen=True, slots=True)
class _Written:
    """A message as the partner would get it: for which interest, of which sample, under which id."""

    interest: str
    sample: str
    name: str
    shown: Shown


def samples(folder: Path) -> tuple[Sample, ...]:
    """The messages of a folder, by name. Raises Lasting for an empty one."""
    found = tuple(Sample(path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file())
    if not found:
        raise Lasting("There is no message to try.", at=str(folder), cure="Put some there, about nobody.")
    return found


def tried(settings: Settings, known: Household, partner: Partner, own: Sequence[Sample], *, send: bool) -> Kit:
    """Try everything that a partner's file declares, with `own` messages of theirs or else those of the example county.

    With `send`, what is written goes to the partner's own address, twice under one key; it is about invented people.
    """
    cases: list[Case] = []
    untried: list[str] = []
    if partner.source:
        ours = [one for one in own or samples(SHIPPED) if known.senders[partner.id].adapter.recognises(one.body)]
        untried += [] if ours else [f"source: no message of the format {partner.source.format}"]
        cases += [case for one in ours for case in _read(known.senders[partner.id], partner.source.format, one)]
    if partner.delivery:
        written = list(_written(known, partner))
        met = {one.interest for one in written}
        untried += [
            f"{name}: no example may tell it" for name in (want.id for want in partner.wants) if name not in met
        ]
        cases += [case for one in written for case in _judged(known.writers[partner.id], one)]
        if send and partner.delivery.carrier in _COME:
            untried.append(f"sending: {partner.delivery.carrier} is not called")
        elif send:
            cases += asyncio.run(_taken(lanes_of(settings, known, Subscribers())[partner.id].carrier, partner, written))
    return Kit(partner=partner.id, cases=tuple(cases), untried=tuple(untried))


def _read(way: Sender, fmt: str, sample: Sample) -> Iterator[Case]:
    """Whether it is as its standard has it, is read by the partner's mapping, and has no code that no table knows."""
    yield _conforms(f"{sample.name} is {fmt} as it should be", fmt, way.adapter, sample.body)
    found: list[Reading] = []
    yield _case(f"{sample.name} is read", lambda: found.extend(readings(way.adapter, sample.body, received(way))))
    unknown = sorted({f"{table} {code}" for reading in found for table, code in reading.unmapped_codes})
    yield Case(name=f"{sample.name} has known codes", passed=not unknown, words=", ".join(unknown))


def _written(known: Household, partner: Partner) -> Iterator[_Written]:
    """Every message of the example county that this partner would get something of, from whoever sends such here."""
    stamp, senders = clock.now() // SECOND, [each for each in known.county.partners.values() if each.source]
    for sample in samples(SHIPPED):
        fmt = recognised(sample.body)
        way = next((each for each in senders if each != partner and each.source and each.source.format == fmt), None)
        if way is None:
            continue
        facts = received(known.senders[way.id])
        # By the common mapping: what another partner's own one asks for is not this one's matter.
        for n, reading in enumerate(readings(adapter(fmt), sample.body, facts)):
            name = f"K{stamp}-{sample.name[:2]}{n}"
            for shown in Rehearsal(known, way, reading, facts, test=name).shown(partner.id):
                if shown.body or shown.problem:
                    yield _Written(shown.interest, sample.name, name, shown)


def _judged(writer: Adapter, one: _Written) -> Iterator[Case]:
    """Whether it can be written, and is then as its standard has it."""
    title = f"{one.interest} of {one.sample}"
    yield Case(name=f"{title} is written", passed=not one.shown.problem, words=one.shown.problem)
    if one.shown.body:
        yield _conforms(f"{title} is {one.shown.format} as it should be", one.shown.format, writer, one.shown.body)


async def _taken(carrier: Carrier, partner: Partner, written: Sequence[_Written]) -> list[Case]:
    """Whether the partner takes each message, and the very same once more where it says that it knows a repeat."""
    times = ("is taken", "is taken again") if partner.delivery and partner.delivery.dedupe != "none" else ("is taken",)
    found: list[Case] = []
    try:
        for one in written:
            parcel = Parcel(partner=partner.id, key=one.name, body=one.shown.body, media_type=one.shown.media_type)
            title = f"{one.interest} of {one.sample}"
            found += [await _sent(carrier, parcel, f"{title} {time}") for time in times if one.shown.body]
    finally:
        await carrier.close()
    return found


async def _sent(carrier: Carrier, parcel: Parcel, name: str) -> Case:
    try:
        receipt = await carrier.send(parcel)
    except HubError as problem:
        return Case(name=name, passed=False, words=str(problem))
    return Case(name=name, passed=receipt.accepted, words="" if receipt.accepted else f"refused: {receipt.code}")


def _conforms(name: str, fmt: str, reader: Adapter, body: bytes) -> Case:
    errors = [found for found in findings(fmt, reader, body) if found.level == ERROR]
    return Case(name=name, passed=not errors, words="; ".join(f"{one.place}: {one.words}" for one in errors[:3]))


def _case(name: str, act: Callable[[], object]) -> Case:
    try:
        act()
    except HubError as problem:
        return Case(name=name, passed=False, words=str(problem))
    return Case(name=name, passed=True)
