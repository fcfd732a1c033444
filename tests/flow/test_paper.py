"""What a partner may see, as people read it: nothing more than was disclosed, and how to handle it first."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.app.workspace.sheet import Sheet
from hub.flow.paper import notice, parts
from hub.model.crisis import RiskAssessment
from hub.model.event import Body
from hub.model.label import Handling
from hub.model.person import Person, RelatedPerson
from hub.model.service import Referral
from hub.model.values import Address, Code, HumanName, Identifier, Instant, PartialDate, Place, Telecom, Worker
from tests.disclosing import AT, TARGET, disclose

BODIES: tuple[Body, ...] = (
    Referral(
        number="R-1",
        service=Code(code="bed_tonight"),
        reason=(Code(code="R45.851", display="Suicidal ideations"),),
        requester_worker=Worker(name=HumanName(family="Ito", given=("Aiko",)), role=Code(display="clinician")),
        requested_for=Instant(at=AT),
        connected=False,
        based_on=(Identifier(value="X-1", assigner="CR1"),),
    ),
    RiskAssessment(level=Code(code="moderate"), imminent=False),
    Person(
        names=(HumanName(family="Doe", given=("Riley", "Sam")),),
        birth_date=PartialDate(iso="1990-03"),
        addresses=(Address(lines=("1 Main St",), city="Phoenix", state="AZ"),),
        telecoms=(Telecom(value="555-0100", use="mobile"), Telecom(value="555-0101")),
        related=(RelatedPerson(name=HumanName(text="Ari Doe"), relationship=Code(code="sister")),),
    ),
)


def clock(at: int) -> str:
    return f"{datetime.fromtimestamp(at // 1_000_000, UTC):%H:%M}"


def test_the_person_comes_first_and_every_value_is_in_words() -> None:
    found = parts(disclose(BODIES).events, clock)

    assert [part.title for part in found] == ["Person", "Referral", "Risk"]
    assert found[0].lines == (
        ("Name", "Riley Sam Doe"),
        ("Born", "Mar 1990"),
        ("Address", "1 Main St, Phoenix AZ"),
        ("Reach by", "555-0100 (mobile); 555-0101"),
        ("Related, Name", "Ari Doe"),
        ("Related, Relationship", "sister"),
    )
    assert ("Asked for", "bed tonight") in found[1].lines
    assert ("Requester worker", "Aiko Ito, clinician") in found[1].lines
    assert ("Wanted for", "15:30") in found[1].lines
    assert ("Connected", "no") in found[1].lines
    assert found[2].lines == (("Level", "moderate"), ("Imminent", "no"))


def test_what_was_not_granted_is_on_no_line() -> None:
    found = parts(disclose(BODIES, ["referral.number", "person.names"]).events, clock)

    assert [part.lines for part in found] == [(("Name", "Riley Sam Doe"),), (("Number", "R-1"),)]


def test_a_place_says_where_and_nothing_twice() -> None:
    visit = Referral(number="R-1", note="n")
    place = Place(address=Address(city="Phoenix"), description="laundromat", latitude="33.4", longitude="-112")
    from hub.flow.paper import said

    assert said(place, clock) == "Phoenix; laundromat; 33.4, -112"
    assert said((Code(code="a"), Code(code="a")), clock) == "a"
    assert said(visit, clock) is None


def test_the_notice_travels_whole() -> None:
    handling = Handling(
        confidentiality="R", regimes=("PART2",), refrain=("NORDSCLCD",), notice_text="42 CFR part 2 ..."
    )

    assert notice(handling) == (
        ("Confidentiality", "restricted"),
        ("Stands under", "PART2"),
        ("Rules that travel with it", "NORDSCLCD"),
        ("Notice", "42 CFR part 2 ..."),
    )


def test_a_sheet_is_text_that_says_first_how_to_handle_it() -> None:
    handling = Handling(confidentiality="R", notice_text="A notice. " * 20)

    writing = Sheet().write(disclose(BODIES, handling=handling), TARGET)
    lines = writing.body.decode().splitlines()

    assert lines[0] == "Sheet out-1 for p2, written Mar 1 2026, 09:30:00 CST"
    assert lines[2:4] == ["HOW TO HANDLE THIS", "  Confidentiality: restricted"]
    assert max(map(len, lines)) <= 78
    assert "  Name: Riley Sam Doe" in lines
    assert {loss.outcome for loss in writing.losses().items} == {"mapped"}
