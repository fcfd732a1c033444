"""The laws of lenses, over bundles made of everything the FHIR mappings know: any text, any repetition, dates that are none."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

import mappings
from adapters.ehr import fhir_bundle
from adapters.ehr.fhir import translator
from adapters.wire import fhir as wire
from adapters.wire.fhir_lens import FHIR, FILTERS, parse
from adapters.wire.fhir_steps import meeting, met
from adapters.wire.json import read, write
from hub.errors import Unmapped
from hub.lens.check import check
from hub.lens.explain import Way, ways
from hub.lens.losses import leaves
from hub.lens.syntax import Step
from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent
from hub.model.person import Person
from hub.model.service import CapacityReport
from tests.adapters.ehr.fhir_talk import ADAPTER, RECEIVED
from tests.disclosing import TARGET, disclose

HOME = Path(mappings.__file__).parent
TRANSLATOR = translator("")
LENSES = TRANSLATOR.lenses
EACH = {lens.name: (str(lens.each), str(lens.within)) for lens in LENSES.lenses}
TEXTS = ("Doe", "a b", "O'Neil", "Łukasz 木", '"', "back\\slash", "1\n2", " ", "http://loinc.org", "x|y#z", "F32.9")
READ = {
    "date": ("1990", "1990-03", "1990-03-14", "1989-14-11", "soon"),
    "instant": ("2026-03-01", "2026-03-01T09:30:00-06:00", "2026-03-01T09:30:00.25Z", "2026-02-30T02:30:00Z", "soon"),
    "number": (read(b"8"), read(b"63.50"), read(b"-1"), read(b"1e3"), "many"),
    "flag": (True, False, "?"),
}
SYSTEMS = ("http://loinc.org", "http://hl7.org/fhir/sid/icd-10-cm", "https://clinic.example.org/codes", "L")


def of_lens(name: str) -> list[Way]:
    """The leaves that a lens reads."""
    return [way for way in ways(LENSES) if way.lens == name and way.direction != "write"]


# What is about the person stands in one record of them. A severity has a table of its own where it is read from a reaction.
WAYS = {name: of_lens(name) for name in EACH if name not in ("labels", "merge")}
WAYS["person"] += of_lens("merge")
WAYS["allergy"] = [way for way in WAYS["allergy"] if not way.wire.endswith(".severity")]


def leaf(dice: Random, way: Way, steps: tuple[Step, ...]) -> Any:
    """A value that a line could find, or could not understand."""
    last = steps[-1]
    if last.kind == "in":
        return dice.choice([code for code, same in last.arg if code == same])
    if way.canon.endswith((".system", "_system")) or last.kind in ("name", "uri"):
        return dice.choice(SYSTEMS)
    word, _, table = way.how.partition(" ")
    # A code that no table knows has no place where FHIR allows only its own.
    if table in LENSES.tables and (word == "code" or dice.random() < 0.8):
        return str(dice.choice(LENSES.tables[table].rows).wire)
    if last.kind == "base64":
        return dice.choice(("Y2FsbQ==", "JVBERi3i48/T", "?"))
    kind = word if word in READ else "flag" if "Boolean" in str(last.arg) else "text"
    kind = "instant" if "DateTime" in str(last.arg) or str(last.arg) in ("start", "end", "authored", "sent") else kind
    return dice.choice(READ.get(kind, TEXTS))


COUNT = re.compile(r"\[\d+\]")


class Maker:
    """Makes one resource, leaf by leaf."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.contained: list[dict[str, Any]] = []

    def plant(self, node: Any, steps: tuple[Step, ...], value: Any) -> None:
        """Put a value where some steps lead."""
        (kind, arg), rest = steps[0], steps[1:]
        if kind == "follow":
            node = self._target(node, arg)
            self.plant(node, rest, value)
        elif not rest:
            node.setdefault(arg, value)
        elif rest[0].kind in ("each", "index", "pick", "picks"):
            self._item(node.setdefault(arg, []), rest, value)
        else:
            self.plant(node.setdefault(arg, {}), rest, value)

    def _item(self, items: list[Any], steps: tuple[Step, ...], value: Any) -> None:
        (kind, arg), rest = steps[0], steps[1:]
        rest = rest[1:] if kind == "picks" else rest
        if not rest:
            items.append(value)
            return
        new = meeting({}, *met(arg)) if kind in ("pick", "picks") else {}
        fitting = [one for one in items if isinstance(one, dict) and all(one.get(k) == v for k, v in new.items())]
        if not fitting or (kind in ("each", "picks") and self.dice.random() < 0.4):
            items.append(new)
            fitting = [new]
        self.plant(self.dice.choice(fitting), rest, value)

    def coded(self, node: Any) -> None:
        """A coding has a code; one without is nothing anybody sends."""
        for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            self.coded(inner)
        for one in node.get("coding", ()) if isinstance(node, dict) else ():
            one.setdefault("code", self.dice.choice(TEXTS))

    def answered(self, items: list[Any]) -> None:
        """FHIR has a name for every item, and one value for every answer; one that says nothing is nobody's answer."""
        for one in items:
            one.setdefault("linkId", self.dice.choice(TEXTS))
            told = [dict(list(answer.items())[:1]) for answer in one.get("answer", ()) if answer]
            told = [answer for answer in told if any(read_of(value) for value in answer.values())]
            one.pop("answer", None)
            one.update({"answer": told} if told else {})
            self.answered(one.get("item", []))

    def _target(self, node: dict[str, Any], kind: str) -> dict[str, Any]:
        for one in self.contained:
            if node.get("reference") == f"#{one['id']}":
                return one if one["resourceType"] == kind else {}
        self.contained.append({"resourceType": kind, "id": f"c{len(self.contained)}"})
        node["reference"] = f"#{self.contained[-1]['id']}"
        return self.contained[-1]


def read_of(value: Any) -> bool:
    """Whether a value of an answer says anything."""
    return bool(value.get("code") or value.get("display")) if isinstance(value, dict) else str(value).strip() != ""


def record(dice: Random, name: str) -> dict[str, Any]:
    """The resources of one lens, each line filled or not."""
    each, within = EACH[name]
    maker = Maker(dice)
    whole: dict[str, Any] = {}
    for way in WAYS[name]:
        if dice.random() < 0.35:
            path = way.wire.removeprefix(each).lstrip(".")
            steps = parse(path) if not within else (Step("key", "component"), Step("each"), *parse(path))
            maker.plant(whole, tuple(s for s in steps if s.kind not in FILTERS), leaf(dice, way, parse(path)))
    kind = within or each
    made = whole if each in ("Person", "Referral") else {kind: whole}
    maker.coded([whole, maker.contained])
    maker.answered(whole.get("item", []) if each == "QuestionnaireResponse" else [])
    if maker.contained:
        next(iter(made.values()))["contained"] = maker.contained
    return made


def bundle(seed: int) -> bytes:
    """A bundle of anything that the lenses know."""
    dice = Random(seed)
    found = []
    for name in dice.sample(sorted(WAYS), k=dice.randint(1, 6)):
        for kind, made in record(dice, name).items():
            if name == "risk" and dice.random() < 0.9:
                made["code"] = {"coding": [{"system": "http://loinc.org", "code": "93374-7"}]}
            found += [
                {"resource": {"resourceType": kind, **one}} for one in (made if isinstance(made, list) else [made])
            ]
    return write({"resourceType": "Bundle", "entry": found})


# The seed is all that Hypothesis sees; bundles are too large to be drawn leaf by leaf.
bundles = st.integers(0, 1 << 32).map(bundle)


@given(bundles)
def test_what_the_lenses_write_of_what_they_read_says_the_same(body: bytes) -> None:
    """Consents are made whole by the adapter: test_fhir_consent has their law. Beds are written by it: test_fhir_ours has theirs."""
    events, _ = TRANSLATOR.read(wire.gather(wire.read(body)), "Bundle", "m", RECEIVED, careful=False)
    events = [event for event in events if not isinstance(event.body, ConsentDirective | CapacityReport)]

    again, _ = TRANSLATOR.read(rewritten(events), "Bundle", "m", RECEIVED, careful=False)

    before, after = (
        dict(leaves(in_order(event) for event in said if event.body != type(event.body)())) for said in (events, again)
    )
    assert {
        path for path in before | after if before.get(path) != after.get(path) and not known(path, before, after)
    } == set()


def in_order(event: CrisisEvent) -> CrisisEvent:
    """The contacts of a patient stand before those who are somebody of their own."""
    if not isinstance(event.body, Person):
        return event
    related = tuple(sorted(event.body.related, key=lambda one: bool(one.identifiers)))
    return structs.replace(event, body=structs.replace(event.body, related=related))


# What a page about the format must tell: leaves that FHIR has less room for, or wants said though nobody said them.
FILLED = {"referral.status", "referral.intent"}
ONE_ONLY = "person.related.addresses"
WHOLE_TIMES = {"appointment.starts_at", "appointment.ends_at", "document.written_at"}
OWN_WORDS = {
    "risk_assessment.scale",
    "risk_assessment.level",
    "risk_assessment.answers.question",
    "medication.status",
    "referral.status",
}


def known(path: str, before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether the difference is one that is known, and of the kind that is known."""
    plain = COUNT.sub("", path)
    old: Any = before.get(path)
    new: Any = after.get(path)
    if plain in FILLED and old is None:
        return True
    if plain.startswith("person_merge.survivor"):
        return not any(other.startswith("person_merge.merged") for other in before)
    if plain == "risk_assessment.level" and old is None:  # a number where a level belongs is an answer in words
        return not new.code and not new.local_system
    if plain.startswith(ONE_ONLY):
        return new is None
    if plain in WHOLE_TIMES:
        return new is None and old.precision in ("year", "month", "day", "hour", "minute")
    return plain in OWN_WORDS and bool(old and new) and (old.code, old.system) == (new.code, new.system)


def rewritten(events: list[CrisisEvent]) -> wire.Resources:
    """What the lenses alone write of some events, tasks with their requests."""
    parts = TRANSLATOR.write(events, "Bundle", "America/Chicago", {"patient": "Patient/p"}, RECEIVED.as_of)
    made = [{"resourceType": kind, "id": f"r{n}", **one} for n, (kind, one) in enumerate(fhir_bundle.resources(parts))]
    for request, task in pairwise(made):
        if task["resourceType"] == "Task":
            task["focus"] = {"reference": f"ServiceRequest/{request['id']}"}
    return wire.gather(wire.read(write({"resourceType": "Bundle", "entry": [{"resource": one} for one in made]})))


@given(bundles)
def test_the_account_reads_what_the_reader_reads_and_leaves_nothing_out(body: bytes) -> None:
    try:
        reading = ADAPTER.read(body, RECEIVED)
    except Unmapped:
        return
    root = wire.gather(wire.read(body))
    noted, _ = TRANSLATOR.record(FHIR.mark(root), reading.kind, reading.message_id, RECEIVED)

    losses = reading.account()

    plain, _ = TRANSLATOR.read(root, reading.kind, reading.message_id, RECEIVED, careful=False)
    assert noted == plain
    assert (
        sum(losses.counts().values())
        == len({loss.path for loss in losses.items})
        == len(FHIR.elements(FHIR.mark(root)))
    )


@given(bundles)
def test_what_we_write_of_anything_is_written_so_again(body: bytes) -> None:
    try:
        reading = ADAPTER.read(body, RECEIVED)
    except Unmapped:
        return

    first = ADAPTER.write(disclose([event.body for event in reading.events]), TARGET).body
    events = ADAPTER.read(first, RECEIVED).events
    second = ADAPTER.write(disclose([event.body for event in events]), TARGET).body
    third = ADAPTER.write(disclose([event.body for event in ADAPTER.read(second, RECEIVED).events]), TARGET).body

    assert second == third


def test_the_set_is_in_order() -> None:
    assert check(HOME / "ehr/fhir/set.yaml", FHIR, HOME) == []
