"""People whom a household, a birthday or a number in a row makes alike stay two, and what a desk mistypes stays one."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from hub.flow.linkage.likeness import likeness
from hub.model.traits import Home, Name, Traits
from tests.flow.linkage.town import compared, town

ANA = Traits(
    names=(Name(family="delgado", given="maria"),), birth="1990-03-14", ssn="412550198", phones=("5550100177",),
    homes=(Home(street="12elmst", postal="94000", city="phoenix"),),
)  # fmt: skip
NO_NUMBER = replace(ANA, ssn="")
RARE = replace(ANA, names=(Name(family="delgado", given="ximara"),))
FATHER = replace(ANA, names=(Name(family="delgado", given="jose"),), birth="1960-03-14", sex="male")
ELSEWHERE = {"phones": (), "homes": (Home(street="9pinest", postal="94105", city="mesa"),)}


def called(who: Traits, given: str, family: str = "delgado", **changes: object) -> Traits:
    return replace(who, names=(Name(family=family, given=given),), **changes)


TWO_PEOPLE = {
    "twins whose names rhyme": (NO_NUMBER, called(NO_NUMBER, "mario")),
    "twins whose names rhyme, with numbers in a row": (ANA, called(ANA, "mario", ssn="412550199")),
    "twins whose names rhyme, with one digit between their numbers": (ANA, called(ANA, "mario", ssn="412950198")),
    "twins whose names sound alike": (called(NO_NUMBER, "erin"), called(NO_NUMBER, "aaron")),
    "twins of whom one name begins as the other": (called(NO_NUMBER, "daniel"), called(NO_NUMBER, "daniela")),
    "twins whose names exchanged parts": (called(NO_NUMBER, "jayden"), called(NO_NUMBER, "delgado", "kayden")),
    "twins with names nobody wrote down": (replace(RARE, ssn=""), called(NO_NUMBER, "zimara")),
    "twins with names nobody wrote down and numbers in a row": (RARE, called(RARE, "zimara", ssn="412550199")),
    "twins with names nobody wrote down and numbers far apart": (RARE, called(RARE, "zimara", ssn="677120045")),
    "twins with numbers in a row, of whom one name is mistyped": (ANA, called(ANA, "merio", ssn="412550199")),
    "twins whose numbers carry over": (replace(ANA, ssn="412550199"), called(ANA, "mariq", ssn="412550200")),
    "a twin of whom an initial is known": (NO_NUMBER, called(NO_NUMBER, "m")),
    "a twin of whom no given name is known": (NO_NUMBER, called(NO_NUMBER, "")),
    "a twin of whom no given name is known, with the next number": (ANA, called(ANA, "", ssn="412550199")),
    "father and son of one name with numbers of their own": (FATHER, replace(FATHER, birth="1985-07-02", ssn="677120045")),
    "father and son of one name, born on one day of the year": (FATHER, replace(FATHER, birth="1990-03-14", ssn="")),
    "the same with numbers of their own": (FATHER, replace(FATHER, birth="1990-03-14", ssn="677120045")),
    "father and son of one name, and nobody knows when born": (FATHER, replace(FATHER, birth="", ssn="")),
    "the same with numbers in a row": (FATHER, replace(FATHER, birth="", ssn="412550199")),
    "senior and junior, with the father's number for both": (
        replace(FATHER, suffix="sr"), replace(FATHER, suffix="jr", birth="1985-07-02"),
    ),
    "a child for whom a parent's number was given": (FATHER, called(FATHER, "luis", birth="1995-07-02")),
    "the same, and nobody knows when the child was born": (FATHER, called(FATHER, "luis", birth="")),
    "the same, without the child's name": (FATHER, called(FATHER, "", birth="1995-07-02")),
    "a wife under her husband's number": (FATHER, called(FATHER, "ana", birth="1962-07-02", sex="female")),
    "somebody of her first name moved in after the wedding": (
        ANA, called(ANA, "maria", "whitfield", birth="1988-07-02", ssn="677120045", phones=()),
    ),
    "the same, and nobody knows when she was born": (ANA, called(ANA, "maria", "whitfield", birth="", ssn="677120045")),
    "cousins with one of two family names": (
        called(ANA, "jose", "delgadoruiz"), called(ANA, "jose", "delgadomora", ssn="677120045", **ELSEWHERE),
    ),
    "cousins with one of two family names in one house": (
        called(NO_NUMBER, "jose", "delgadoruiz"), called(NO_NUMBER, "jose", "delgadomora", birth="1991-08-02"),
    ),
    "a common name and one birthday, elsewhere": (
        called(ANA, "john", "smith"), called(ANA, "john", "smith", ssn="677120045", **ELSEWHERE),
    ),
    "a common name and nearly one birthday in one shelter": (
        called(ANA, "john", "smith", phones=()), called(ANA, "john", "smith", birth="1990-03-15", ssn="677120045", phones=()),
    ),
    "a common name in one shelter, and nobody knows when born": (
        called(NO_NUMBER, "john", "smith"), called(NO_NUMBER, "john", "smith", birth=""),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), TWO_PEOPLE.values(), ids=TWO_PEOPLE)
def test_who_may_be_another_of_the_household_or_of_the_name_is_never_the_same(one: Traits, other: Traits) -> None:
    assert likeness(one, other).verdict != "same"


ONE_PERSON = {
    "a slip in a common name": (NO_NUMBER, called(NO_NUMBER, "mraia")),
    "another spelling of one name": (called(NO_NUMBER, "aiden"), called(NO_NUMBER, "aidan")),
    "a short form": (called(NO_NUMBER, "william"), called(NO_NUMBER, "bill")),
    "a rare name mistyped, with the number": (RARE, called(RARE, "zimara")),
    "no given name, and a slip in the number": (ANA, called(ANA, "", ssn="412950198")),
    "the next number, and everything else": (ANA, replace(ANA, ssn="412550199")),
    "another postal code in the same city": (
        NO_NUMBER, replace(NO_NUMBER, phones=(), homes=(Home(street="12elmst", postal="94731", city="phoenix"),)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), ONE_PERSON.values(), ids=ONE_PERSON)
def test_what_a_desk_makes_of_one_person_stays_one(one: Traits, other: Traits) -> None:
    assert likeness(one, other).verdict == "same"


def test_the_same_street_of_another_city_is_another_address() -> None:
    moved = replace(NO_NUMBER, phones=(), homes=(Home(street="12elmst", postal="80202", city="denver"),))

    assert likeness(NO_NUMBER, moved).verdict == "maybe"


def test_in_a_town_of_twins_and_juniors_hardly_anybody_is_taken_for_somebody_else() -> None:
    found = compared(town(2_000))

    assert found.true > 1_800
    assert found.found_true > 0.6 * found.true
    # One in four thousand comparisons: a slip that makes one twin's name of the other's, a father's number for his namesake.
    assert found.false_same * 4_000 <= found.compared
