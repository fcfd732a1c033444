"""An answer whose format has no place for who asked (HMIS) reaches whoever did: by release, once, and of just one person's referral."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Iterator
from typing import cast

import pytest

from adapters.social.hmis.tables import read
from adapters.wire.archive import pack
from hub import clock
from hub.app.acts.mislink import Order, unmerge
from hub.app.asking.look import Look
from hub.app.care.answering import Answering
from hub.courier.prepare import Desk, Prepared
from tests.capabilities.phrases import bundle, patient, referral, release
from tests.capabilities.test_custody import Straight, born, family
from tests.capabilities.town import Town, partner, settled, town

SSN = {"system": "http://hl7.org/fhir/sid/us-ssn"}
WANTS = {"id": "asked", "bodies": ["referral"], "purpose": "COC", "when": [{"referral.performer": ["COC9"]}]}
FOLDER = {"kind": "folder", "path": "exchange/coc9/from"}
COC = partner(
    "COC9", "SOCIAL_SVC", WANTS,
    source={"format": "hmis", "regime": "HMIS", "doors": [FOLDER]},
    delivery={"format": "hmis", "carrier": "folder", "path": "exchange/coc9/in"},
)  # fmt: skip
EXPORTS, PEOPLE = itertools.count(1), itertools.count(1)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("answers") / "county", COC) as found:
        yield found


def somebody() -> str:
    """The number of somebody who is like nobody else here."""
    return f"{(n := next(PEOPLE)) + 300}4{n}{n * 1117:05}"[:9]


def listed(ssn: str, event: str, exited: str = "") -> bytes:
    """The continuum's export about one client of its own."""
    files = {
        "Export": f"ExportID,CSVVersion,HashStatus\nX{next(EXPORTS)},2026 v1.0,1\n",
        "Client": (
            "PersonalID,FirstName,LastName,SSN,SSNDataQuality,DOB,DOBDataQuality,Sex\n"
            f"HM{ssn},Noor,{family(ssn)},{ssn},1,{born(ssn)},1,0\n"
        ),
        "Event": f"EventID,EnrollmentID,PersonalID,EventDate,Event,ReferralResult,ResultDate\n{event}",
        "Exit": f"ExitID,EnrollmentID,PersonalID,ExitDate,Destination\n{exited}",
    }
    return pack({f"{name}.csv": text.encode() for name, text in files.items() if text.count("\n") > 1})


def asks(here: Town, source: str, number: str, ssn: str, *consents: str) -> str:
    """Somebody asks the continuum for a bed for this person, who lets it hear that, and each of these partners its answer."""
    who = patient(source, f"{source}-{ssn}", birthDate=born(ssn), telecom=[])
    who["name"] = [{"family": family(ssn), "given": ["Noor"]}]
    who["identifier"].append(SSN | {"value": ssn})
    let = [release(source, f"LET-{ssn}-{name}", name, "COC", "REFERRAL", held_by=("COC9",)) for name in consents]
    let.append(release(source, f"LET-{ssn}-asked", "COC9", "COC", "IDENT", "CONTACT", "HMIS_RECORD", "REFERRAL"))
    asked = referral(source, number, "COC9", service="shelter", reason="Z59.01")
    return here.tell(source, bundle(who, *asked, *let)).journal


def looked(here: Town) -> int:
    """The hub looks once, as one that starts does."""
    desk = cast("Desk", Straight(here))
    return asyncio.run(Answering(known=here.known, vault=here.vault, desk=desk).look(clock.now()))


def sent(here: Town) -> list[Prepared]:
    """Whatever is due to the two of them."""
    outbox, preparer = here.outbox(), here.preparer()
    rows = outbox.due({"COC9": 50, "CR1": 50}, clock.now())
    found = [preparer.prepare(here.known.county.partners[row.destination], row, clock.now()) for row in rows]
    here.writer.commit([one.command for one in found])
    ready = [one for one in found if isinstance(one, Prepared)]
    here.writer.commit([settled(one) for one in ready])
    return ready


def answers(here: Town) -> list[str]:
    """The state of each task that the co-responders hear of now."""
    bodies = [json.loads(one.parcel.body) for one in sent(here) if one.parcel.partner == "CR1"]
    return [e["resource"]["status"] for b in bodies for e in b["entry"] if e["resource"]["resourceType"] == "Task"]


@pytest.mark.parametrize(
    ("event", "exited", "said"),
    [
        ("{number},E1,HM{ssn},2026-03-12,10,1,2026-03-14\n", "", ["completed"]),
        ("{number},E1,HM{ssn},2026-03-12,10,3,\n", "", ["failed"]),
        ("{number},E1,HM{ssn},2026-03-12,10,,\n", "X,E1,HM{ssn},2026-04-01,435\n", ["completed"]),
        ("{number},E1,HM{ssn},2026-03-12,10,,\n", "X,E1,HM{ssn},2026-04-01,116\n", ["cancelled"]),
        ("{number},E1,HM{ssn},2026-03-12,10,,\n", "X,E1,HM{ssn},2026-02-01,435\n", []),
        ("{number},E1,HM{ssn},2026-03-12,10,,\n", "", []),
    ],
)
def test_a_result_or_an_exit_is_told_to_whoever_asked_once_however_often_it_is_exported(
    here: Town, event: str, exited: str, said: list[str]
) -> None:
    ssn = somebody()
    number = f"RF-{ssn}"
    asks(here, "CR1", number, ssn, "CR1")
    for _ in range(2):
        here.tell("COC9", listed(ssn, *(text.format(number=number, ssn=ssn) for text in (event, exited))))

    assert looked(here) == len(said)
    assert looked(here) == 0
    assert answers(here) == said


def test_without_a_release_and_of_anybody_elses_number_nothing_is_told(here: Town) -> None:
    alone, other = somebody(), somebody()
    asks(here, "CR1", f"RF-{alone}", alone)
    here.tell("COC9", listed(alone, f"RF-{alone},E1,HM{alone},2026-03-12,10,1,\n"))
    # Another client, with the number of somebody else's referral.
    here.tell("COC9", listed(other, f"RF-{alone},E1,HM{other},2026-03-12,10,1,\n"))

    assert looked(here) == 1
    assert answers(here) == []


def test_what_two_asked_under_one_number_is_told_to_neither(here: Town) -> None:
    ssn = somebody()
    for source in ("CR1", "B1"):
        asks(here, source, f"RF-{ssn}", ssn, "CR1", "B1")
    here.tell("COC9", listed(ssn, f"RF-{ssn},E1,HM{ssn},2026-03-12,10,1,\n"))

    assert looked(here) == 0


def test_a_continuum_hears_its_own_number_of_somebody_and_a_wrong_link_asks_it_back_by_that_number(here: Town) -> None:
    ssn = somebody()
    sent(here)
    asks(here, "CR1", f"RF-{ssn}-1", ssn, "CR1")
    stranger = called(here)
    here.tell("COC9", listed(ssn, f"RF-{ssn},E1,HM{ssn},2026-03-12,10,,\n"))
    journal = asks(here, "CR1", f"RF-{ssn}-2", ssn, "CR1")

    assert [name.startswith("P-") for name in stranger] == [True]
    assert called(here) == [f"HM{ssn}"]

    look = Look(known=here.known, vault=here.vault)
    command, wrong = unmerge(look, journal, Order(actor="dana", reason="another birth date on the passport"))
    here.writer.commit([command])
    assert "COC9" in {each.recipient for each in wrong}


def called(here: Town) -> list[str]:
    """What the continuum is told to call whom it is asked about now."""
    tables = [read(one.parcel.body) for one in sent(here) if one.parcel.partner == "COC9"]
    return [row["PersonalID"] for files in tables for row in files["Event"]]
