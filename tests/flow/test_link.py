"""Same person or not: what is enough, what is not, and what contradicts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hub.flow.link import blocks, judge
from hub.model.person import Person
from hub.model.plan import Block, Candidate
from hub.model.values import Address, Code, HumanName, Identifier, PartialDate, Telecom

RILEY = Person(
    identifiers=(Identifier(value="H1-77", assigner="H1", type="MR"),),
    names=(HumanName(family="Doe", given=("Riley",)),),
    birth_date=PartialDate(iso="1990-03-14"),
    sex=Code(code="female"),
    telecoms=(Telecom(value="+1 (555) 010-0177"),),
    addresses=(Address(lines=("12 Elm St",), postal_code="94000"),),
)


def found(person: str, *names: str, partner: str = "PD", strong: bool = False) -> Candidate:
    return Candidate(identity=f"i-{person}", person=person, partner=partner, blocks=names, strong=strong)


def verdict(*candidates: Candidate, source: str = "H1") -> tuple[str, str]:
    link = judge(candidates, blocks(RILEY, source), source, "new-identity", "new-person")
    return link.verdict, link.person


def test_nobody_found_is_a_new_person() -> None:
    assert verdict() == ("nobody", "new-person")


def test_the_sources_own_number_settles_it() -> None:
    own = found("p1", "MR:H1", partner="H1", strong=True)

    link = judge((own, found("p2", "name+birth+sex")), blocks(RILEY, "H1"), "H1", "new", "new")

    assert (link.verdict, link.person, link.identity, link.fresh) == ("same", "p1", "i-p1", False)


def test_name_birth_and_sex_alone_are_maybe_and_never_merge() -> None:
    assert verdict(found("p1", "name+birth+sex")) == ("maybe", "new-person")


def test_one_more_agreement_makes_it_the_same() -> None:
    assert verdict(found("p1", "name+birth+sex", "name+birth+phone")) == ("same", "p1")
    assert verdict(found("p1", "name+birth+sex", "ssn")) == ("same", "p1")


def test_a_social_security_number_alone_is_maybe() -> None:
    assert verdict(found("p1", "ssn", strong=True)) == ("maybe", "new-person")


def test_two_candidates_are_maybe_however_well_one_agrees() -> None:
    one = found("p1", "name+birth+sex", "name+birth+phone")

    assert verdict(one, found("p2", "name+birth+sex")) == ("maybe", "new-person")


def test_another_number_of_the_same_source_contradicts() -> None:
    twin = found("p1", "name+birth+sex", "name+birth+phone", partner="H1")

    assert verdict(twin) == ("maybe", "new-person")


def test_a_number_another_partner_quotes_is_convincing() -> None:
    assert verdict(found("p1", "MR:H1", partner="S1", strong=True)) == ("same", "p1")


def test_the_order_of_candidates_does_not_matter() -> None:
    pair = found("p1", "name+birth+sex"), found("p2", "ssn", strong=True)

    forwards = judge(pair, (), "H1", "i", "p")
    backwards = judge(pair[::-1], (), "H1", "i", "p")

    assert forwards == backwards


def test_an_anonymous_caller_is_never_looked_for() -> None:
    assert blocks(Person(anonymous=True, identifiers=RILEY.identifiers), "L1") == ()


def test_blocks_name_what_agreed_and_never_a_single_weak_fact() -> None:
    names = {b.name for b in blocks(RILEY, "H1")}

    assert names == {"MR:H1", "name+birth+sex", "name+birth+phone", "name+birth+home"}


@given(st.from_regex(r"\A\d{9}\Z"))
def test_impossible_social_security_numbers_find_nobody(digits: str) -> None:
    impossible = digits[:3] in {"000", "666"} or digits[0] == "9" or digits[3:5] == "00" or digits[5:] == "0000"

    wanted = [b for b in blocks(Person(ssn=digits), "H1") if b.name == "ssn"]

    assert not (impossible and wanted)


def test_spelling_and_punctuation_do_not_hide_a_person() -> None:
    spoken = Person(
        names=(HumanName(family="O'Neil-Doe", given=("Zoë",)),),
        birth_date=PartialDate(iso="1990-03-14"),
        sex=Code(code="female"),
    )
    typed = Person(
        names=(HumanName(family="ONEIL DOE", given=("ZOË",)),),
        birth_date=PartialDate(iso="1990-03-14"),
        sex=Code(code="female"),
    )

    assert blocks(spoken, "A") == blocks(typed, "B") != ()


def test_a_block_is_a_value() -> None:
    assert Block(name="x", values=("1",)) == Block(name="x", values=("1",))
