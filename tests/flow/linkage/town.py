"""A made-up town whose people are hard to tell apart: twins with names that rhyme, sons named for their fathers, numbers in a row.

Everybody lives in a household with one address and one telephone. Desks leave things out, mistype them, and now and then take a
parent's number for a child's. `python -m tests.flow.linkage.town 20000` prints how many pairs of two people came out as one.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Final, NamedTuple

from msgspec.structs import replace

from hub.flow.linkage.likeness import likeness
from hub.model.traits import Home, Name, Traits
from tests.flow.linkage.febrl import Record, found

_FAMILIES: Final = [
    a + b + c for a in ("ba", "da", "fe", "jo", "ka", "lo") for b in ("l", "n", "rr") for c in ("ez", "er", "ov")
]
# Half of the people are called by names that everybody knows, half by such as nobody wrote down.
_COMMON: Final = (
    "maria",
    "jose",
    "james",
    "mary",
    "john",
    "linda",
    "robert",
    "ana",
    "luis",
    "carmen",
    "michael",
    "laura",
)
_RARE: Final = [
    a + b + c for a in ("xa", "ny", "ze", "qui") for b in ("l", "m", "r", "sh") for c in ("ari", "eo", "ine")
]
_RHYMES: Final = [
    ("jayden", "kayden"), ("maria", "mario"), ("mia", "mya"), ("erin", "aaron"), ("ella", "bella"), ("julio", "julia"),
    ("christina", "christine"), ("daniel", "daniela"), ("brandon", "brendan"), ("hailey", "bailey"), ("ximara", "zimara"),
]  # fmt: skip
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


class Town(NamedTuple):
    """What came of comparing everybody who shares a finder."""

    records: int
    compared: int
    true: int
    found_true: int
    false_same: int
    false_maybe: int
    kinds: dict[str, int]


def town(people: int, seed: int = 7) -> list[Record]:
    """The records of so many people: two of most of them, each written down at another desk."""
    dice = random.Random(seed)
    records: list[Record] = []
    for house in count():
        for who, (kind, traits) in enumerate(_household(dice, house)):
            truth = f"{house}.{who}.{kind}"
            both = (_written(dice, traits) for _ in range(2))
            records += [Record(f"{truth}/{n}", truth, each) for n, each in enumerate(both)]
        if len(records) >= 2 * people:
            return records
    raise AssertionError  # never reached: there is always another house


def _household(dice: random.Random, house: int) -> Iterator[tuple[str, Traits]]:
    """Who lives together: in one of five houses a son with the name of his father, in one of five twins with nearly one name."""
    base = Traits(
        names=(Name(family=dice.choice(_FAMILIES), given=_given(dice)),), sex="male", birth=_day(dice, dice.randint(1950, 1985)),
        phones=(f"555{house:07}",), homes=(Home(street=f"{house % 97}elmst{house}", postal=f"94{house % 40:03}"),),
    )  # fmt: skip
    numbers = count(dice.randint(10_000_000, 80_000_000) * 10)

    def member(birth: str, sex: str, given: str = base.names[0].given) -> Traits:
        names = (replace(base.names[0], given=given),)
        return replace(base, names=names, birth=birth, sex=sex, ssn=f"{next(numbers):09}")

    year = int(base.birth[:4])
    yield "father", member(base.birth, "male")
    yield (
        "mother",
        replace(member(_day(dice, year + 1), "female", _given(dice)), ssn=f"{dice.randint(10**8, 8 * 10**8):09}"),
    )
    if dice.random() < 0.2:
        # Now and then on his father's birthday: one digit lies between them.
        day = base.birth[4:] if dice.random() < 0.1 else _day(dice, 0)[1:]
        yield "junior", member(f"{year + dice.choice((20, 25, 30))}{day}", "male")
    if dice.random() < 0.2:
        day = _day(dice, year + 28)
        for given in dice.choice(_RHYMES) if dice.random() < 0.5 else _alike(dice):
            yield "twin", member(day, "female", given)
    for place in range(dice.randint(0, 3)):
        yield "child", member(_day(dice, year + 22 + 2 * place), dice.choice(("male", "female")), _given(dice))


def _given(dice: random.Random) -> str:
    return dice.choice(_COMMON if dice.random() < 0.5 else _RARE)


def _alike(dice: random.Random) -> tuple[str, str]:
    one = dice.choice(_RARE)
    return one, dice.choice([letter for letter in _LETTERS if letter != one[0]]) + one[1:]


def _day(dice: random.Random, year: int) -> str:
    return f"{year}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"


def _written(dice: random.Random, truly: Traits) -> Traits:
    """What a desk made of somebody."""
    (name,) = truly.names
    return replace(
        truly,
        names=(replace(name, given=_given_as_written(dice, name.given)),),
        ssn=_number_as_written(dice, truly.ssn),
        birth=_either(dice, truly.birth, (0.08, ""), (0.02, truly.birth[:-1] + dice.choice("12345678"))),
        sex=_either(dice, truly.sex, (0.3, "")),
        phones=truly.phones if dice.random() < 0.6 else (),
        homes=truly.homes if dice.random() < 0.8 else (),
    )


def _given_as_written(dice: random.Random, given: str) -> str:
    return _either(dice, given, (0.03, ""), (0.03, given[0]), (0.04, _mistyped(dice, given, _LETTERS)))


def _number_as_written(dice: random.Random, ssn: str) -> str:
    """Seldom given at all; now and then the father's, which ends in 0."""
    return _either(dice, ssn, (0.5, ""), (0.02, f"{ssn[:-1]}0"), (0.04, _mistyped(dice, ssn, "123456789")))


def _either(dice: random.Random, otherwise: str, *chances: tuple[float, str]) -> str:
    return next((text for chance, text in chances if dice.random() < chance), otherwise)


def _mistyped(dice: random.Random, word: str, letters: str) -> str:
    at = dice.randrange(len(word))
    return word[:at] + dice.choice(letters) + word[at + 1 :]


def compared(records: list[Record]) -> Town:
    """Judge everybody who shares a finder with everybody else."""
    counted: Counter[tuple[str, bool]] = Counter()
    kinds: Counter[str] = Counter()
    for one, other in found(records, records):
        if one.id >= other.id:
            continue
        verdict, true = likeness(one.traits, other.traits).verdict, one.truth == other.truth
        counted[verdict, true] += 1
        if verdict == "same" and not true:
            kinds[" and ".join(sorted(record.truth.rsplit(".")[-1] for record in (one, other)))] += 1
    return Town(
        records=len(records), compared=counted.total(), true=sum(n for (_, true), n in counted.items() if true),
        found_true=counted["same", True], false_same=counted["same", False], false_maybe=counted["maybe", False],
        kinds=dict(kinds),
    )  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(compared(town(int(sys.argv[1])))._asdict()) + "\n")
