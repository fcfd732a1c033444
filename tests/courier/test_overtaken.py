"""Versions that wait while a later one seals the record, or takes the caller's permission back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hub.courier.prepare import Nothing, Prepared, Preparer
from hub.flow.label import Source
from hub.flow.overtaken import Change, overtaken
from hub.flow.question import Asked, encode
from hub.model.care import Condition
from hub.model.category import Regime
from hub.model.crisis import CrisisContact
from hub.model.event import Body, CrisisEvent
from hub.model.person import Person
from hub.model.public_safety import FieldContact
from hub.model.values import HumanName
from hub.partners import Interest
from hub.store.asking.due import Due
from hub.store.asking.outbox import Outbox
from tests.courier.test_lane import clinic, keep_only, toy
from tests.houses import Toy, house, partner, store

NOW = 1_795_000_000_000_000
TEAM = partner("B1", "MOBILE_CRISIS", Interest(id="calls", bodies=("crisis_contact",), purpose="COC"))


def told(*bodies: Body) -> tuple[CrisisEvent, ...]:
    return tuple(CrisisEvent(id=f"e{n}", body=b, source="H1", recorded_at=NOW) for n, b in enumerate(bodies))


def contact(**more: Any) -> CrisisContact:
    return CrisisContact(**{"contact": "C-1", "center": "L1", "caller_name": "Sam Roe", **more})


RECORD, ALLOWED = FieldContact(number="T-1", case_number="26-7"), contact(shared_by_permission=True)
SEALED: frozenset[Change] = frozenset({"sealed"})
WITHDRAWN: frozenset[Change] = frozenset({"withdrawn"})
NEITHER: frozenset[Change] = frozenset()


@pytest.mark.parametrize(
    ("earlier", "later", "changes"),
    [
        (RECORD, [told(FieldContact(number="T-1", sealed=True))], SEALED),
        (RECORD, [told(FieldContact(case_number="26-7", sealed=True))], SEALED),
        (RECORD, [told(Person(age="15"), FieldContact(number="T-1"))], SEALED),
        (RECORD, [told(FieldContact(number="T-2", case_number="26-7", sealed=True))], NEITHER),
        (RECORD, [told(FieldContact(number="T-1"))], NEITHER),
        (ALLOWED, [told(contact(shared_by_permission=False))], WITHDRAWN),
        (ALLOWED, [told(contact(shared_by_permission=False)), told(contact(shared_by_permission=True))], NEITHER),
        (ALLOWED, [told(contact(shared_by_permission=False)), told(contact())], WITHDRAWN),
        (ALLOWED, [told(contact(contact="C-2", shared_by_permission=False))], NEITHER),
        (ALLOWED, [], NEITHER),
    ],
)
def test_the_last_word_about_the_very_record_counts(
    earlier: Body, later: Sequence[tuple[CrisisEvent, ...]], changes: frozenset[Change]
) -> None:
    assert overtaken(told(earlier), later) == changes


def prepared(tmp_path: Path, body: Body, *later: Body, permission: str) -> Prepared | Nothing:
    """What becomes of a delivery of the body that waited while the later ones came."""
    known = house(TEAM)
    known.sources["H1"] = Source(regimes=frozenset({Regime.L988}))  # type: ignore[index]  # a dictionary of this test's own
    facts = {"recipient": "MOBILE_CRISIS", "purpose": "COC", "state": "DEMO", "capacity": "PARTNER"}
    asked = Asked(facts=facts | {"permission": permission}, as_of=NOW)
    row = Due(
        outbox=1, destination="B1", interest="calls", identity="ab" * 16, journal="cd" * 16, source="H1", at=NOW, due_at=NOW,
        deadline=0, attempts=0, question=encode(asked), events=told(Person(names=(HumanName(family="Roe"),)), body),
    )  # fmt: skip
    with store(tmp_path) as kept:
        return Preparer(
            house=known,
            adapters={"B1": Toy()},
            names=kept.names("B1"),
            allowed=lambda _: (),
            zone="UTC",
            since=lambda _: tuple(told(one) for one in later),
        ).prepare(TEAM, row, NOW)


def test_a_version_that_waits_goes_without_what_the_caller_took_back(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()

    first = prepared(tmp_path / "one", ALLOWED, permission="YES")
    then = prepared(tmp_path / "other", ALLOWED, contact(shared_by_permission=False), permission="YES")

    assert isinstance(first, Prepared)
    assert b"Roe" in first.parcel.body
    assert isinstance(then, Prepared)
    assert b"Roe" not in then.parcel.body


def test_a_version_that_waits_does_not_leave_once_a_later_one_is_sealed(tmp_path: Path) -> None:
    ended = prepared(tmp_path, RECORD, FieldContact(number="T-1", sealed=True), permission="NO")

    assert isinstance(ended, Nothing)
    assert ended.command.to == "cancelled"


def test_the_store_gives_what_the_source_told_later_of_the_same_person(tmp_path: Path) -> None:
    with store(tmp_path) as kept:
        keep_only(kept, clinic(), toy(1, 7), toy(2, 8), toy(3, 7, code="F41.1"), toy(4, 7, code="F20.9"))
        outbox = Outbox(kept.database, kept.keys, kept.signer.name)
        first = outbox.due({"B1": 10}, 2 * NOW)[0]

        later = outbox.since(first.journal)

    codes = [e.body.code.code for told in later for e in told if isinstance(e.body, Condition) and e.body.code]
    assert codes == ["F41.1", "F20.9"]
