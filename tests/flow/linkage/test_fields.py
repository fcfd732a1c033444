"""On which level two people agree, field by field; and what is no trait at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.flow.linkage.fields import FIELDS, ORDER, levels
from hub.flow.linkage.finders import finders, numbers, seekers
from hub.flow.linkage.likeness import likeness
from hub.flow.linkage.sound import plain, sound
from hub.flow.linkage.spelling import close, slip
from hub.flow.linkage.spelling import likeness as alike
from hub.flow.linkage.traits import joined, traits
from hub.flow.linkage.weights import DEFAULT, SHARES
from hub.model.person import Person
from hub.model.traits import Home, Name, Traits
from hub.model.values import Address, HumanName, PartialDate, Telecom
from hub.store.seal.blind import fields_of
from tests.flow.linkage.people import RILEY, changed, named

GIVEN = {
    ("riley", "riley"): "same",
    ("william", "bill"): "short form",
    ("jose", "pepe"): "short form",
    ("jordan", "jordna"): "slip",
    ("catherine", "kathryn"): "short form",
    ("geoffrey", "jeffrey"): "short form",
    ("aaliyah", "aliyah"): "slip",
    ("maximiliano", "maximilian"): "slip",
    ("kristofer", "christopher"): "sound",
    ("r", "riley"): "initial",
    ("riley", "xavier"): "differs",
}


@pytest.mark.parametrize(("pair", "level"), GIVEN.items())
def test_given_names_agree_on_a_level(pair: tuple[str, str], level: str) -> None:
    one, other = (Traits(names=(Name(given=name),)) for name in pair)

    assert levels(one, other) == {"given": level}


BIRTHS = {
    ("1990-03-14", "1990-03-14"): "same",
    ("1990-03-04", "1990-04-03"): "swapped",
    ("1990-03-14", "1990-03-15"): "slip",
    ("1990-03-14", "1984-03-14"): "close",
    ("1990-03-14", "1990-03"): "month",
    ("1990-03-14", "1990"): "year",
    ("1990-03-14", "1961-11-02"): "differs",
}


@pytest.mark.parametrize(("pair", "level"), BIRTHS.items())
def test_birth_dates_agree_on_a_level(pair: tuple[str, str], level: str) -> None:
    assert levels(Traits(birth=pair[0]), Traits(birth=pair[1])) == {"birth": level}


def test_what_one_lacks_says_nothing() -> None:
    assert levels(traits(RILEY, "H1"), Traits()) == {}


def test_exchanged_names_are_seen() -> None:
    one, other = (
        Traits(names=(Name(family="nguyen", given="linh"),)),
        Traits(names=(Name(family="linh", given="nguyen"),)),
    )

    assert levels(one, other) == {"family": "swapped", "given": "swapped"}


def test_exchanged_names_of_which_one_is_mistyped_are_seen_and_two_are_not() -> None:
    truly = Traits(names=(Name(family="brus", given="joselyn"),))

    assert levels(truly, Traits(names=(Name(family="joselnyn", given="brus"),)))["family"] == "swapped"
    assert levels(truly, Traits(names=(Name(family="joselnyn", given="bruse"),)))["family"] == "differs"


PLACEHOLDERS = {
    "john doe": Person(names=named("Doe", "John")),
    "unknown": Person(names=named("Unknown", "Trauma")),
    "a date nobody was born on": Person(birth_date=PartialDate(iso="1900-01-01")),
    "no home": Person(addresses=(Address(lines=("HOMELESS",)),)),
    "a telephone of nines": Person(telecoms=(Telecom(value="999-999-9999"),)),
    "a social security number of ones": Person(ssn="111-11-1111"),
}


@pytest.mark.parametrize("who", PLACEHOLDERS.values(), ids=PLACEHOLDERS)
def test_a_placeholder_is_no_trait(who: Person) -> None:
    assert traits(who, "H1") == Traits()


def test_somebody_really_called_doe_is_somebody() -> None:
    assert traits(Person(names=named("Doe", "Riley")), "H1").names == (Name(family="doe", given="riley"),)


@given(st.from_regex(r"\A\d{9}\Z"))
def test_impossible_social_security_numbers_find_nobody(digits: str) -> None:
    impossible = digits[:3] in {"000", "666"} or digits[0] == "9" or digits[3:5] == "00" or digits[5:] == "0000"

    assert not (impossible and traits(Person(ssn=digits), "H1").ssn)


def test_spelling_and_punctuation_do_not_hide_a_person() -> None:
    spoken = Person(names=(HumanName(family="O'Neil-Doe", given=("Zoë",)),), birth_date=PartialDate(iso="1990-03-14"))
    typed = Person(names=(HumanName(family="ONEIL DOE", given=("ZOË",)),), birth_date=PartialDate(iso="1990-03-14"))

    assert finders(traits(spoken, "A")) == finders(traits(typed, "B")) != ()


def test_every_finder_is_strong_enough_for_the_blind_index() -> None:
    wanted = finders(traits(changed(ssn="412550199"), "H1"))

    assert {block.name for block in wanted} == {
        "ssn", "family_sound+birth_date", "given+birth_date", "street+family", "phone+given_initial",
    }  # fmt: skip
    assert all(fields_of(block.name) for block in wanted if not block.strong)
    assert [block.name for block in numbers(traits(RILEY, "H1"))] == ["MR:H1"]


def test_whoever_looks_finds_exchanged_names_without_a_row_more() -> None:
    stored, asked = (
        traits(RILEY, "H1"),
        traits(changed(names=named("Riley", "Dorsett"), telecoms=(), addresses=()), "PD"),
    )

    assert not set(finders(stored)) & set(finders(asked))
    assert len(set(finders(stored)) & set(seekers(asked))) == 2


def test_every_level_has_its_weight() -> None:
    assert set(FIELDS) == set(SHARES) == set(DEFAULT)
    assert {level for field in SHARES.values() for level in field} <= set(ORDER)


words = st.text(alphabet="abcdehlmnorsty'- é", max_size=9)
people = st.builds(
    Traits,
    names=st.lists(st.builds(Name, family=words.map(plain), given=words.map(plain)), max_size=2).map(tuple),
    birth=st.sampled_from(["", "1990", "1990-03", "1990-03-14", "1990-04-13", "1961-11-02"]),
    sex=st.sampled_from(["", "male", "female"]),
    ssn=st.sampled_from(["", "412550199", "412550198"]),
    phones=st.lists(st.sampled_from(["5550100177", "5550100178"]), max_size=2, unique=True).map(tuple),
    homes=st.lists(st.builds(Home, street=words.map(plain), postal=st.sampled_from(["", "94000"])), max_size=2).map(
        tuple
    ),
)


@given(people, people)
def test_likeness_does_not_depend_on_who_comes_first(one: Traits, other: Traits) -> None:
    assert likeness(one, other) == likeness(other, one)


@given(people, people)
def test_what_is_joined_keeps_the_newest_word(before: Traits, now: Traits) -> None:
    both = joined(before, now)

    assert both.birth == (now.birth or before.birth)
    assert set(now.names) <= set(both.names)


@given(st.text("abc12", min_size=1), st.text("abc12", min_size=1), st.sampled_from((0.8, 0.88, 0.95)))
def test_words_are_close_where_their_likeness_is_so_much(one: str, other: str, floor: float) -> None:
    assert close(one, other, floor) == (alike(one, other) >= floor)
    assert close(one, one, floor)


@given(words.map(plain), words.map(plain))
def test_spelling_is_symmetric(one: str, other: str) -> None:
    assert slip(one, other) == slip(other, one)
    assert abs(alike(one, other) - alike(other, one)) < 1e-9
    assert sound(one) == sound(one.upper().lower())
