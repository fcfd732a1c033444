"""J9, revocation: somebody takes a consent back; nothing more leaves, whoever has it is asked to stop, and silence is an alarm."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from hub.spans import DAY, HOUR
from hub.store.asking.recalls import Standing
from tests.journeys.officers import APPROACH, SEVEN, card, files, helps, incident, met, releases
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

IDA = Person(given="Ida", family="Moreau", born="1990-10-10", street="77 Tamarisk", phone="602-555-0251", tag="-I")
WIM = Person(given="Wim", family="Abara", born="1977-05-21", street="79 Tamarisk", phone="602-555-0253", tag="-W")
XIA = Person(given="Xia", family="Pell", born="1999-12-03", street="80 Tamarisk", phone="602-555-0254", tag="-X")
YUL = Person(given="Yul", family="Corvin", born="1961-07-30", street="81 Tamarisk", phone="602-555-0255", tag="-Y")
JON = Person(given="Jon", family="Keller", born="1982-01-19", street="78 Tamarisk", phone="602-555-0252", tag="-J")


def test_the_clinic_is_asked_to_stop_and_nothing_more_comes(county: Town) -> None:
    county.sends("B1-S", IDA.told("14-b1s-consent.json"))
    referred = county.sends("B1-S", IDA.told("16-b1s-referral.json"))
    before = len(county.recalls("B1"))

    county.sends("B1-S", IDA.told("21-b1s-revocation.json"))

    asked = county.comes(lambda: county.recalls("B1")[before:])[0].body.decode()
    assert "Stop relying on the messages named here, and delete them as our agreement provides" in asked
    assert not [word for word in ("Moreau", "CO-B1S-17", "revoke") if word in asked]

    after = county.sends("B1-S", IDA.told("22-b1s-after.json"))
    assert county.holds("B1", "B1S-RF-10-I") == []
    assert "The consent was revoked" in county.types("why", after.journal, "B1").out
    asks = ("--law", "part2-consent", "--verified", "passport seen", "--actor", "dana")
    assert "Clinic B1" in county.types("accounting", "list", referred.journal, *asks).out


def test_a_release_taken_back_ends_what_waits_for_the_shelter(county: Town) -> None:
    county.sends("CR1", JON.told("19-cr1-release.json"))
    county.sends("CR1", JON.told("20-cr1-shelter.json"))
    county.gets("SH1", "CR1-RF-6-J")

    county.sends("CR1", inactive(JON))
    second = county.sends("CR1", JON.told("20-cr1-shelter.json").replace(b"CR1-RF-6", b"CR1-RF-7"))

    assert county.holds("SH1", "CR1-RF-7-J") == []
    assert "may see nothing" in county.types("why", second.journal, "SH1").out
    asked = county.comes(lambda: [one for one in county.look.recalls() if one.destination == "SH1"])
    assert asked[0].due_at - asked[0].at == 3 * DAY


def test_a_card_is_empty_as_soon_as_its_release_is_taken_back(county: Town, tmp_path: Path) -> None:
    met(county, WIM)
    helps(county, WIM, APPROACH)
    releases(county, WIM, tmp_path)
    before, _ = card(county, incident(WIM))

    releases(county, WIM, tmp_path, revoked_at="2026-03-02")

    after, size = card(county, incident(WIM))
    assert before["triggers"]
    assert (size, [name for name in SEVEN if after[name]]) == (4096, [])


def test_what_waits_while_a_release_is_taken_back_never_leaves(county: Town) -> None:
    county.sends("CR1", XIA.told("19-cr1-release.json"))
    with county.held():
        kept = county.takes("CR1", XIA.told("20-cr1-shelter.json"))
        assert "may see" in county.types("why", kept.journal, "SH1").out
        county.takes("CR1", inactive(XIA))

    county.settles(kept)
    assert county.holds("SH1", "CR1-RF-6-X") == []
    assert "ended unsent by" in county.types("message", kept.journal).out


def test_of_all_who_have_it_whoever_is_silent_is_an_alarm_after_72_hours(county: Town, tmp_path: Path) -> None:
    county.sends("PD", YUL.told("04-pd-field-contact.json"))
    stay = county.sends("S1", YUL.told("09-s1-a01.hl7"))
    assert county.comes(lambda: county.holds("H1", "Corvin"))
    assert county.comes(lambda: county.holds("B1", "Corvin"))

    files(county, YUL, tmp_path, kind="DENY", recipients=["H1", "B1"], purposes=["TREAT"], classes=["IDENT"])

    county.comes(lambda: {one.destination for one in recalls(county, stay.journal)} == {"H1", "B1"})
    county.comes(lambda: {one.state for one in recalls(county, stay.journal)} == {"told", "by hand"})
    assert ("recall", "H1") not in county.alarms(later=71 * HOUR)
    assert ("recall", "H1") in county.alarms(later=73 * HOUR)
    assert ("recall", "B1") not in county.alarms(later=73 * HOUR)

    county.types("recall", "done", stay.journal, "--partner", "H1")

    assert ("recall", "H1") not in county.alarms(later=73 * HOUR)
    asks = ("--law", "all", "--verified", "passport seen", "--actor", "dana", "--form", "csv")
    rows = list(csv.DictReader(io.StringIO(county.types("accounting", "list", stay.journal, *asks).out)))
    told = {
        row["recipient"]: bool(row["recalled"] and row["answered"]) for row in rows if row["message"] in stay.journal
    }
    assert told == {"Hospital H1": True, "Clinic B1": True}


def recalls(county: Town, journal: str) -> list[Standing]:
    return [one for one in county.look.recalls() if one.journal == journal]


def inactive(person: Person) -> bytes:
    """The person's release to the shelter, taken back."""
    said = person.told("19-cr1-release.json")
    revoked = said.replace(b'"status": "active",\n        "scope"', b'"status": "inactive",\n        "scope"')
    assert revoked != said
    return revoked.replace(b'"versionId": "1"', b'"versionId": "2"')
