"""Same person or not: what is enough, what is not, and what contradicts."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from hub.flow.link import DOUBT, NOBODY, judge, settled, traits_of
from hub.flow.linkage.traits import traits
from hub.model.person import Person
from hub.model.plan import Candidate, Link, Sighting
from hub.model.values import Code, HumanName, PartialDate, Telecom
from tests.flow.linkage.people import POLICE_NUMBER, RILEY, candidate, changed, named, riley, sighting

POLICE_RILEY = changed(identifiers=POLICE_NUMBER)
JOHN_DOE = Person(identifiers=RILEY.identifiers, names=named("Doe", "John"))


def verdict(*candidates: Candidate, who: Person = RILEY, source: str = "H1") -> tuple[str, str]:
    link = judged(sighting(*candidates), who, source)
    return link.verdict, link.person


def judged(seen: Sighting, who: Person = RILEY, source: str = "H1", found: tuple[Candidate, ...] = ()) -> Link:
    return judge(found, seen, traits(who, source), source, identity="new-identity", person="new-person")


def own(who: Person = RILEY, *, unchanged: bool = False) -> Candidate:
    found = candidate("p1", who, partner="H1", strong=True)
    return msgspec.structs.replace(found, unchanged=unchanged)


def test_nobody_found_is_a_new_person() -> None:
    assert verdict() == ("nobody", "new-person")


def test_the_sources_own_number_with_the_same_traits_settles_it_at_once() -> None:
    link = settled((own(unchanged=True),), riley(), "H1")

    assert link is not None
    assert (link.verdict, link.person, link.identity, link.fresh, link.evidence) == (
        "same",
        "p1",
        "i-p1",
        False,
        ("MR:H1",),
    )
    assert (link.blocks, link.traits) == ((), None)


def test_other_traits_or_another_source_do_not_settle_it() -> None:
    assert settled((own(),), riley(), "H1") is None
    assert settled((msgspec.structs.replace(own(unchanged=True), partner="S1"),), riley(), "H1") is None


def test_name_birth_and_sex_alone_are_maybe_and_never_merge() -> None:
    bare = changed(telecoms=(), addresses=(), identifiers=POLICE_NUMBER)

    assert verdict(candidate("p1", bare)) == ("maybe", "new-person")


def test_one_more_agreement_makes_it_the_same() -> None:
    phone = changed(addresses=(), identifiers=POLICE_NUMBER)
    insured = changed(addresses=(), telecoms=(), identifiers=POLICE_NUMBER, ssn="412-55-0199")

    assert verdict(candidate("p1", phone)) == ("same", "p1")
    assert verdict(candidate("p1", insured), who=changed(ssn="412550199")) == ("same", "p1")


def test_a_nickname_and_a_slip_in_the_birth_date_are_still_the_same_person_at_the_same_address() -> None:
    william = changed(names=named("Okafor", "William"), birth_date=PartialDate(iso="1990-03-14"))
    bill = changed(names=named("Okafor", "Bill"), birth_date=PartialDate(iso="1990-03-15"), identifiers=POLICE_NUMBER)

    assert verdict(candidate("p1", bill), who=william) == ("same", "p1")


def test_a_social_security_number_alone_is_never_the_same() -> None:
    someone = Person(ssn="412550199", identifiers=POLICE_NUMBER, names=named("Quill", "Xavier"))

    assert verdict(candidate("p1", someone), who=changed(ssn="412550199"))[1] == "new-person"


INSURED = changed(ssn="412550199", telecoms=(), addresses=())
ONE_PERSON = {
    "name and birth date, and one digit of the social security number mistyped": (
        changed(ssn="412550189", telecoms=(), addresses=(), identifiers=POLICE_NUMBER),
        INSURED,
    ),
    "family and given name exchanged, and one of them mistyped": (
        changed(names=named("Riley", "Dorset"), identifiers=POLICE_NUMBER),
        RILEY,
    ),
    "another family name since the wedding, at the same address and telephone": (
        changed(names=named("Okafor", "Riley"), identifiers=POLICE_NUMBER),
        RILEY,
    ),
}


@pytest.mark.parametrize(("other", "who"), ONE_PERSON.values(), ids=ONE_PERSON)
def test_what_one_person_is_typed_as_is_one_person(other: Person, who: Person) -> None:
    assert verdict(candidate("p1", other), who=who) == ("same", "p1")


TWINS = {
    "a namesake of the same birthday in one house, with another family name": changed(
        names=named("Okafor", "Riley"), telecoms=(), identifiers=POLICE_NUMBER
    ),
    "a child of the same first name under another family name": changed(
        names=named("Okafor", "Riley"), birth_date=PartialDate(iso="1990-04-14"), identifiers=POLICE_NUMBER
    ),
    "a twin whose names are exchanged": changed(names=named("Morgan", "Dorsett"), identifiers=POLICE_NUMBER),
    "a twin": changed(names=named("Dorsett", "Morgan"), identifiers=POLICE_NUMBER),
    "a twin whose social security number is the next one": changed(
        names=named("Dorsett", "Morgan"), ssn="412550198", identifiers=POLICE_NUMBER
    ),
    "a parent of the same name": changed(birth_date=PartialDate(iso="1961-11-02"), identifiers=POLICE_NUMBER),
    "a brother of the same birthday": changed(sex=Code(code="male"), identifiers=POLICE_NUMBER),
    "a junior": changed(names=(HumanName(family="Dorsett", given=("Riley",), suffix="Jr"),), identifiers=POLICE_NUMBER),
}


@pytest.mark.parametrize("other", TWINS.values(), ids=TWINS)
def test_a_household_is_not_one_person(other: Person) -> None:
    who = changed(ssn="412550199", names=(HumanName(family="Dorsett", given=("Riley",), suffix="Sr"),))

    assert verdict(candidate("p1", other), who=who)[1] == "new-person"


def test_two_people_who_are_alike_are_maybe_however_well_one_agrees() -> None:
    bare = changed(telecoms=(), addresses=(), identifiers=POLICE_NUMBER)

    link = judged(sighting(candidate("p1", POLICE_RILEY), candidate("p2", bare)))

    assert (link.verdict, link.person, link.rivals) == ("maybe", "new-person", ("p1", "p2"))


def test_a_twin_on_file_does_not_hide_the_person() -> None:
    twin = TWINS["a twin"]

    assert verdict(candidate("p1", POLICE_RILEY), candidate("p2", twin)) == ("same", "p1")


def test_another_number_of_the_same_source_contradicts() -> None:
    double = changed(identifiers=(msgspec.structs.replace(RILEY.identifiers[0], value="H1-78"),))

    assert verdict(candidate("p1", double, partner="H1")) == ("maybe", "new-person")


def test_a_source_that_gives_no_numbers_knows_no_doubles() -> None:
    whom = changed(identifiers=())

    assert verdict(candidate("p1", whom, partner="C1"), who=whom, source="C1") == ("same", "p1")
    assert verdict(candidate("p1", RILEY, partner="C1"), who=whom, source="C1") == ("maybe", "new-person")


def test_a_number_another_partner_quotes_is_convincing_unless_it_comes_with_another_person() -> None:
    quoted = Person(identifiers=RILEY.identifiers)
    stranger = changed(names=named("Quill", "Xavier"), birth_date=PartialDate(iso="1961-11-02"))

    assert verdict(candidate("p1", quoted, partner="S1", strong=True)) == ("same", "p1")
    assert verdict(candidate("p1", stranger, partner="S1", strong=True)) == ("maybe", "new-person")


def test_more_candidates_than_anybody_opens_are_maybe() -> None:
    seen = Sighting(candidates=(candidate("p1", POLICE_RILEY),), overflow=True)

    assert judged(seen).verdict == "maybe"


def test_a_candidate_whose_details_were_destroyed_is_never_certain() -> None:
    gone = msgspec.structs.replace(candidate("p1", POLICE_RILEY), traits=None)

    assert verdict(gone) == ("maybe", "new-person")


def test_the_order_of_candidates_does_not_matter() -> None:
    several = (
        candidate("p1", POLICE_RILEY),
        candidate("p1", TWINS["a twin"], identity="i-other"),
        candidate("p2", TWINS["a parent of the same name"]),
        candidate("p3", changed(telecoms=(), addresses=(), identifiers=POLICE_NUMBER)),
    )

    assert len({msgspec.json.encode(judged(sighting(*order))) for order in itertools.permutations(several)}) == 1


# --- a known number with other traits


def test_john_doe_is_nobody_until_he_has_a_name() -> None:
    assert traits_of(JOHN_DOE, "H1").names == ()


def test_an_anonymous_caller_is_never_looked_for() -> None:
    assert traits_of(Person(anonymous=True, identifiers=RILEY.identifiers), "L1") == NOBODY


def test_john_doe_resolved_moves_to_the_person_he_turns_out_to_be() -> None:
    mine = own(JOHN_DOE)

    link = judged(sighting(mine, candidate("p2", POLICE_RILEY)), found=(mine,))

    assert (link.verdict, link.person, link.identity, link.fresh) == ("same", "p2", "i-p1", False)
    (move,) = link.moves
    assert (move.identity, move.before, move.after, move.why) == ("i-p1", "p1", "p2", "resolved")


def test_whoever_is_linked_already_does_not_move_by_itself() -> None:
    mine = own(JOHN_DOE)

    link = judged(sighting(mine, candidate("p2", POLICE_RILEY), alone=False), found=(mine,))

    assert (link.verdict, link.person, link.moves, link.rivals) == ("maybe", "p1", (), ("p2",))


def test_more_is_learnt_of_a_known_number_and_nothing_forgotten() -> None:
    mine = own(changed(telecoms=(Telecom(value="5550100999"),)))

    link = judged(sighting(mine), found=(mine,))

    assert (link.verdict, link.person, link.doubt) == ("same", "p1", "")
    assert link.traits is not None
    assert link.traits.phones == ("5550100177", "5550100999")
    assert link.said == riley()


def test_a_number_that_comes_with_somebody_else_is_for_a_person_to_look_at() -> None:
    mine = own(
        changed(names=named("Quill", "Xavier"), birth_date=PartialDate(iso="1961-11-02"), telecoms=(), addresses=())
    )

    link = judged(sighting(mine, candidate("p2", POLICE_RILEY)), found=(mine,))

    assert (link.person, link.moves, link.doubt) == ("p1", (), DOUBT)


def test_evidence_is_words_without_values() -> None:
    link = judged(sighting(candidate("p1", POLICE_RILEY)))

    said = " ".join(link.evidence).lower()
    assert "birth date agrees" in said
    assert not any(value in said for value in ("dorsett", "riley", "1990", "0177", "elm", "94000"))
