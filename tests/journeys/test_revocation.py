"""J9, revocation: somebody takes a consent back; nothing more leaves, whoever has it is asked to stop, and silence is an alarm."""

from __future__ import annotations

import pytest

from hub.spans import DAY
from tests.journeys.town import Person, Town

pytestmark = pytest.mark.slow

IDA = Person(given="Ida", family="Moreau", born="1990-10-10", street="77 Tamarisk", phone="602-555-0251", tag="-I")
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
    revoked = JON.told("19-cr1-release.json").replace(
        b'"status": "active",\n        "scope"', b'"status": "inactive",\n        "scope"'
    )
    assert revoked != JON.told("19-cr1-release.json")

    county.sends("CR1", revoked.replace(b'"versionId": "1"', b'"versionId": "2"'))
    second = county.sends("CR1", JON.told("20-cr1-shelter.json").replace(b"CR1-RF-6", b"CR1-RF-7"))

    assert county.holds("SH1", "CR1-RF-7-J") == []
    assert "may see nothing" in county.types("why", second.journal, "SH1").out
    asked = county.comes(lambda: [one for one in county.look.recalls() if one.destination == "SH1"])
    assert asked[0].due_at - asked[0].at == 3 * DAY
