"""What a partner calls somebody: an id of its own, which stays through every merge, and which no second partner has."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import json
import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from hub import clock
from hub.app.acts import mislink
from hub.app.acts.recall import Recaller
from hub.app.asking.look import Look
from hub.app.facade.facade import noted
from hub.app.facade.places import Places
from hub.app.facade.records import Records
from hub.courier.alias import Telling
from hub.courier.prepare import Desk as HubDesk
from hub.courier.prepare import Nothing, Prepared
from hub.errors import Conflict
from hub.model.commands import Command
from hub.model.decision import Decision
from hub.model.entry import Kind
from hub.store import schema
from hub.store.asking.disclosed import Disclosures
from hub.store.asking.due import Due
from hub.store.asking.granted import Granted
from hub.store.result import Result
from hub.store.sealing import Sealer
from hub.store.writing.work import Work
from tests.capabilities.phrases import adt, bundle, patient, score
from tests.capabilities.town import TRAFFIC, Town, partner, settled, town

# The ids that the hub mints, wherever they stand.
MINTED = re.compile(r"P-[0-9A-Z]{8,24}")
ORDER = mislink.Order(actor="dana", reason="another birth date on the passport")
RIDES = partner("RIDE", "CORESPONDER", {"id": "visits", "bodies": ["encounter"], "purpose": "TREAT"})
SEES = partner(
    "OPS9", "HOSP_ED", {"id": "visits", "bodies": ["encounter"], "purpose": "TREAT"},
    delivery={"format": "hl7v2", "carrier": "folder", "path": "exchange/ops9/in"},
)  # fmt: skip
# Arrivals are nothing to it: whoever only arrived, it never heard of.
LATE = partner(
    "LATE", "HOSP_ED", {"id": "changes", "bodies": ["encounter"], "purpose": "TREAT", "when": [{"encounter.trigger": ["A08"]}]},
)  # fmt: skip
# Each message has a number of its own.
NUMBERS = itertools.count(1)
TOLD = {"B1", "RIDE", "OPS9", "S1"}


class Desk:
    """The way to the one writer, for whoever waits for it."""

    def __init__(self, here: Town) -> None:
        self._writer = here.writer

    async def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        return self._writer.commit(commands)


def called(told: dict[str, list[str]], partner: str) -> set[str]:
    """What a partner was told to call people."""
    return {name for text in told.get(partner, ()) for name in MINTED.findall(text)}


def unsaid(notices: dict[str, list[str]], partner: str) -> set[str]:
    """Which ids a partner was asked not to hold to be one person."""
    said = [found for text in notices[partner] for found in re.findall(r"ids being the same person: ([^.]*)\.", text)]
    return {name for each in said for name in MINTED.findall(each)}


def visit(here: Town, number: str, trigger: str = "A08", *segments: str) -> str:
    """The hospital speaks of the patient of that number; the message's id."""
    return here.tell("H1", adt("H1", trigger, f"N{next(NUMBERS)}", number, *segments)).journal


def merged(here: Town, kept: str, gone: str) -> None:
    """The hospital says that both numbers are of one patient."""
    visit(here, kept, "A40", f"MRG|{gone}^^^H1^MR")


def unmerged(here: Town, journal: str) -> tuple[mislink.Wrong, ...]:
    """A reviewer takes it back; what went out because of it."""
    command, found = mislink.unmerge(Look(known=here.known, vault=here.vault), journal, ORDER)
    (result,) = here.writer.commit([command])
    assert result.error is None
    return found


def recalled(here: Town) -> None:
    """The recaller looks once."""
    desk = cast("HubDesk", Desk(here))
    recaller = Recaller(known=here.known, vault=here.vault, desk=desk, settling=0)
    asyncio.run(recaller.look(clock.now()))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("names") / "county", RIDES, SEES, LATE) as found:
        yield found


def test_a_partner_keeps_both_ids_through_a_merge_and_hears_that_they_are_one(here: Town) -> None:
    visit(here, "old", "A04")
    old = here.delivered()
    visit(here, "new", "A04")
    new = here.delivered()
    merged(here, "new", "old")
    here.delivered()
    visit(here, "new")
    after = here.delivered()

    assert {len(name) for name in called(old, "B1")} == {15}  # HL7 v2 has room for as many in CX.1
    assert len(called(old, "B1")) == len(called(new, "B1")) == len(called(new, "RIDE")) == 1
    assert called(after, "B1") == called(old, "B1") | called(new, "B1")
    patient = json.loads(after["B1"][-1])["entry"][0]["resource"]
    ours = [(each["value"], each.get("use")) for each in patient["identifier"] if MINTED.fullmatch(each["value"])]
    assert ours == [(*called(new, "B1"), None), (*called(old, "B1"), "secondary")]
    pid = next(line for line in after["OPS9"][-1].split("\r") if line.startswith("PID|")).split("|")[3].split("~")
    assert [MINTED.findall(one) for one in pid if "CRISISHUB" in one] == [
        [*called(new, "OPS9")],
        [*called(old, "OPS9")],
    ]
    assert not called(after, "B1") & called(after, "RIDE")


def test_an_alias_is_a_disclosure_of_its_own_with_a_leaf_and_a_line_in_the_accounting(here: Town) -> None:
    gone, kept = visit(here, "leaf-1"), visit(here, "leaf-2")
    here.delivered()
    merged(here, "leaf-2", "leaf-1")
    here.delivered()
    owner, other = (journal_owner(here, one) for one in (gone, kept))

    with here.vault.database.read() as connection:
        found = Disclosures(connection, here.vault.keys, here.vault.origin).about([owner], 0, clock.now() + 1)

    told = [each for each in found if each.entry and each.entry.kind is Kind.LINK]
    assert {each.recipient for each in told} == TOLD
    assert {each.journal for each in told} == {gone}
    assert all(each.entry and each.entry.rules and each.entry.rule_set and each.entry.subject == owner for each in told)
    attempts = [entry for entry in here.entries if entry.kind is Kind.ATTEMPT and entry.subject == other and entry.also]
    assert {(entry.partner, entry.also) for entry in attempts} == {(name, (owner,)) for name in TOLD}


def journal_owner(here: Town, journal: str) -> str:
    with here.journal() as books:
        found = books.message(journal)
    assert found is not None
    return found.owner


def test_an_id_that_a_partner_never_saw_is_not_told_to_it(here: Town) -> None:
    visit(here, "unseen-1", "A04")
    early = here.delivered()
    visit(here, "unseen-2")
    middle = here.delivered()
    merged(here, "unseen-2", "unseen-1")
    here.delivered()
    visit(here, "unseen-2")
    last = here.delivered()

    assert "LATE" not in early
    assert called(last, "B1") == called(early, "B1") | called(middle, "B1")
    assert called(last, "LATE") == called(middle, "LATE")
    assert len(called(last, "LATE")) == 1


def test_taking_a_merge_back_ends_the_alias_and_the_notice_names_both_ids(here: Town) -> None:
    visit(here, "back-1", "A04")
    first = here.delivered()
    visit(here, "back-2", "A04")
    second = here.delivered()
    merged(here, "back-2", "back-1")
    here.delivered()
    later = visit(here, "back-2")
    told = here.delivered()
    found = unmerged(here, later)
    recalled(here)
    notices = here.delivered()
    visit(here, "back-2")
    after = here.delivered()

    both = called(first, "B1") | called(second, "B1")
    assert called(told, "B1") == both
    assert {wrong.recipient for wrong in found} == TOLD
    assert all("person.identifiers.value" in wrong.paths for wrong in found)
    assert unsaid(notices, "B1") == both
    assert unsaid(notices, "RIDE") == called(told, "RIDE")
    with here.vault.database.read() as connection:
        tasks = Work(connection, Sealer(here.vault.keys, here.vault.origin)).tasks()
    # HL7 v2 has no words for a notice: a person is told whom to ring, and what to say.
    by_hand = [task.words for task in tasks if task.about == "OPS9" and "same person" in task.words]
    assert all(called(told, "OPS9") == set(MINTED.findall(words)) for words in by_hand[-1:])
    assert by_hand
    assert called(after, "B1") == called(second, "B1")
    assert called(after, "RIDE") == called(second, "RIDE")


def test_who_somebody_is_in_records_that_are_no_longer_released_is_no_longer_told_by_an_alias(here: Town) -> None:
    here.tell("B1-S", TRAFFIC / "14-b1s-consent.json")
    programme = here.tell("B1-S", TRAFFIC / "16-b1s-referral.json").journal
    released = here.delivered()
    stay = visit(here, "sud-1", "A04")
    here.delivered()
    one = mislink.merge(Look(known=here.known, vault=here.vault), stay, programme, ORDER)
    assert [result.error for result in here.writer.commit([one])] == [None]
    visit(here, "sud-1")
    told = here.delivered()
    here.tell("B1-S", TRAFFIC / "21-b1s-revocation.json")
    here.delivered()
    recalled(here)
    notices = here.delivered()
    visit(here, "sud-1")
    after = here.delivered()

    secret = here.names.person("B1", journal_owner(here, programme))
    plain = here.names.person("B1", journal_owner(here, stay))
    assert secret in called(released, "B1")
    assert called(told, "B1") == {secret, plain}
    assert called(after, "B1") == {plain}
    assert called(told, "RIDE") == called(after, "RIDE") == {here.names.person("RIDE", journal_owner(here, stay))}
    assert unsaid(notices, "B1") == {secret, plain}


def test_a_partner_that_asks_by_fhir_finds_the_same_ids_as_in_what_it_was_sent(here: Town) -> None:
    visit(here, "ask-1", "A04")
    visit(here, "ask-2", "A04")
    here.delivered()
    merged(here, "ask-2", "ask-1")
    journal = visit(here, "ask-2")
    told = here.delivered()
    asker, owner = here.known.county.partners["B1"], journal_owner(here, journal)

    with here.vault.database.read() as connection:
        records = Records(
            partner=asker, places=Places(here.names.locator("B1")), names=here.names, preparer=here.preparer(),
            writer=here.known.writers["B1"], zone="UTC", now=clock.now(),
        )  # fmt: skip
        seen = records.of(Granted(connection, Sealer(here.vault.keys, here.vault.origin), "B1").about(owner))

    (patient,) = (one for one in seen if one.node["resourceType"] == "Patient")
    assert {each["value"] for each in patient.node["identifier"]} >= called(told, "B1")
    assert len(called(told, "B1")) == 2
    note = noted(asker, "Patient", [patient], clock.now()).entry
    assert (note.subject, len(note.also)) == (owner, 1)


def test_an_alias_wants_a_delivery_that_arrived_and_stands_and_makes_other_bytes_another_message(here: Town) -> None:
    visit(here, "due-1", "A04")
    lost = due(here, "RIDE")
    attempt = here.preparer().prepare(here.known.county.partners["RIDE"], lost, clock.now())
    assert isinstance(attempt, Prepared)
    here.writer.commit([attempt.command])
    here.writer.commit([replace(settled(attempt), outcome="parked", code="timeout")])
    here.delivered()
    merged(here, "due-2", "due-1")
    here.delivered()
    visit(here, "due-2")
    now, preparer, silent = clock.now(), here.preparer(), dataclasses.replace(here.preparer(), akin=lambda *_: ())
    rows = {name: due(here, name) for name in ("B1", "RIDE")}
    written = {
        (name, told): one.prepare(here.known.county.partners[name], row, now)
        for name, row in rows.items()
        for told, one in ((True, preparer), (False, silent))
    }
    (past,) = here.outbox().akin("B1", rows["B1"].identity)
    told = Telling(
        house=here.known.house,
        partner=here.known.county.partners["B1"],
        question=rows["B1"].question,
        at=now,
    )

    assert key(written["RIDE", True]) == key(written["RIDE", False])
    assert key(written["B1", True]) != key(written["B1", False])
    assert preparer.aliases(told.partner, rows["B1"], Decision(partner="B1", purpose="TREAT", granted=(0,)), now) == ()
    assert told.decided(past, ()) is not None
    assert told.decided(replace(past, recalled=True), ()) is None
    assert told.decided(replace(past, bodies=("encounter",) * len(past.bodies)), ()) is None
    here.delivered()


def test_a_partner_that_sends_both_ids_back_binds_no_records_for_good(here: Town) -> None:
    visit(here, "echo-1", "A04")
    first = here.delivered()
    visit(here, "echo-2", "A04")
    second = here.delivered()
    merged(here, "echo-2", "echo-1")
    here.delivered()
    ids = sorted(called(first, "B1") | called(second, "B1"))
    owners = []
    for own_number, names in (("M-1", ids), ("M-2", ids), ("M-2", ids[1:]), ("M-1", ids[:1])):
        who = patient("B1", own_number, family=f"Echo{own_number}")
        who["identifier"] += [{"system": "urn:crisis-hub:person", "value": name} for name in names]
        owners.append(
            journal_owner(here, here.tell("B1", bundle(who, score("75626-2", "Total score AUDIT-C", 3))).journal)
        )
    here.delivered()

    assert len(ids) == 2
    assert owners[0] == owners[3]
    assert owners[1] == owners[2]
    assert owners[0] != owners[1]


def due(here: Town, name: str) -> Due:
    """The last that is due at a partner."""
    return here.outbox().due({name: 50}, clock.now())[-1]


def key(one: Prepared | Nothing) -> str:
    """Under which key it would go."""
    assert isinstance(one, Prepared)
    return one.parcel.key


@pytest.mark.parametrize("seed", [1, 2])
def test_over_any_merges_and_what_was_taken_back_ids_stay_and_aliases_are_ids_that_were_seen(
    seed: int, tmp_path: Path
) -> None:
    dice = random.Random(seed)
    partners = ("B1", "RIDE", "OPS9")
    with town(tmp_path / "county", RIDES, SEES, LATE) as here:
        own: dict[tuple[str, str], str] = {}
        for _ in range(40):
            number = f"w{dice.randrange(5)}"
            act = dice.choice(("speak", "speak", "merge", "take back"))
            if act == "merge":
                merged(here, number, f"w{dice.randrange(5)}")
                here.delivered()
            journal = visit(here, number)
            if act == "take back":
                with_conflict(here, journal)
                journal = visit(here, number)
            told = here.delivered()
            one = journal_owner(here, journal)
            for name in partners:
                check(here, name, one, told, own)
        every = {name: {own_id for (each, _), own_id in own.items() if each == name} for name in partners}
        assert all(every.values())
        assert not every["B1"] & every["RIDE"] | every["B1"] & every["OPS9"] | every["RIDE"] & every["OPS9"]
        assert any(len(aliases) > 1 for aliases in HEARD)


HEARD: list[set[str]] = []


def with_conflict(here: Town, journal: str) -> None:
    """Taken back, where there is anything to take back."""
    try:
        unmerged(here, journal)
    except Conflict:
        here.delivered()


def check(here: Town, name: str, one: str, told: dict[str, list[str]], own: dict[tuple[str, str], str]) -> None:
    """Its own id never changes; what else stands there are ids that this partner has, of who is one person with it now."""
    said = MINTED.findall(told[name][-1])
    mine = here.names.person(name, one)
    known = own.setdefault((name, one), mine)
    with here.vault.database.read() as connection:
        person = connection.scalar(select(schema.identity.c.person).where(schema.identity.c.id == bytes.fromhex(one)))
        members = connection.scalars(select(schema.identity.c.id).where(schema.identity.c.person == person)).all()
    same = {own[name, other.hex()] for other in members if (name, other.hex()) in own}
    HEARD.append(set(said))
    assert mine == known == said[0]
    assert set(said) == same
