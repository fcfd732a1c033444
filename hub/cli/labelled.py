"""A county's own labelled pairs: a CSV with two rows a pair, refused by its line where it is anything else.

No error repeats a value: the file is about people.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

from hub.errors import Unreadable
from hub.flow.linkage.evaluate import Pair
from hub.flow.linkage.traits import traits
from hub.lens.times import iso_date
from hub.model.person import Person
from hub.model.traits import Traits
from hub.model.values import Address, Code, HumanName, PartialDate, Telecom

NEEDED: Final = ("pair", "same")
COLUMNS: Final = (*NEEDED, "family", "given", "birth_date", "sex", "ssn", "phone", "street", "city", "postal_code")
_ANSWERS: Final = {"yes": True, "no": False}
_SEXES: Final = {
    "": "",
    "f": "female",
    "female": "female",
    "m": "male",
    "male": "male",
    "other": "",
    "unknown": "",
    "u": "",
}
_HEAD: Final = (
    f"The first line names the columns, with commas between them: {', '.join(COLUMNS)}. Only pair and same are needed."
)
Row = dict[str, str]


def labelled(path: Path) -> Iterator[Pair]:
    """The pairs of a file, in its order. Raises Unreadable at the line of the first row that is not half a pair."""
    rows: dict[str, list[tuple[str, Row]]] = defaultdict(list)
    for at, row in _rows(path):
        rows[row["pair"]].append((at, row))
    if not rows:
        raise Unreadable(
            "There is no pair in it.", at=str(path), cure="Write two rows for each pair, with one name in `pair`."
        )
    for name, both in rows.items():
        if len(both) != 2:
            raise Unreadable(f"A pair has two rows, and this one has {len(both)}.", at=both[0][0])
        (_, one), (at, other) = both
        if one["same"] != other["same"]:
            _refuse(at, "Its two rows disagree whether they are the same.")
        yield Pair(name=name, one=_traits(one), other=_traits(other), same=_ANSWERS[one["same"]])


def _rows(path: Path) -> Iterator[tuple[str, Row]]:
    """Each row with its place, its values trimmed and looked at."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.reader(file, strict=True)
        try:
            heads = _heads(next(reader, []), f"{path} line 1")
            for values in reader:
                if values:
                    at = f"{path} line {reader.line_num}"
                    yield at, _row(heads, values, at)
        except UnicodeDecodeError as problem:
            raise Unreadable("It is not text in UTF-8.", at=str(path), cure="Save it as `CSV UTF-8`.") from problem
        except csv.Error as problem:
            raise Unreadable(f"It is no CSV: {problem}.", at=f"{path} line {reader.line_num}") from problem


def _heads(found: list[str], at: str) -> list[str]:
    heads = [head.strip().lower() for head in found]
    if missing := [name for name in NEEDED if name not in heads]:
        raise Unreadable(f"There is no column {', '.join(missing)}.", at=at, cure=_HEAD)
    for place, head in enumerate(heads, 1):
        if head not in COLUMNS or head in heads[: place - 1]:
            raise Unreadable(
                f"Column {place} is called {head!r}, which is none of them or there twice.", at=at, cure=_HEAD
            )
    return heads


def _row(heads: list[str], values: list[str], at: str) -> Row:
    if len(values) != len(heads):
        _refuse(at, f"There are {len(heads)} columns, and here are {len(values)}.")
    row = dict.fromkeys(COLUMNS, "") | {head: value.strip() for head, value in zip(heads, values, strict=True)}
    row |= {"same": row["same"].lower(), "sex": row["sex"].lower()}
    if not row["pair"]:
        _refuse(at, "It does not say which pair it is of.")
    if row["same"] not in _ANSWERS:
        _refuse(at, "Whether they are the same is yes or no.")
    if row["birth_date"] and iso_date(row["birth_date"]) is None:
        _refuse(at, "A birth date is written 1990-03-14, or 1990-03 or 1990 where no more is known.")
    if row["sex"] not in _SEXES:
        _refuse(at, "Sex is female, male, other or unknown, or nothing.")
    return row


def _refuse(at: str, why: str) -> NoReturn:
    raise Unreadable(why, at=at)


def _traits(row: Row) -> Traits:
    """What the hub would keep of it: made as from a message, placeholders taken for what they are."""
    person = Person(
        names=(HumanName(family=row["family"], given=(row["given"],) if row["given"] else ()),),
        birth_date=PartialDate(iso=row["birth_date"]) if row["birth_date"] else None,
        sex=Code(code=_SEXES[row["sex"]]) if row["sex"] else None,
        ssn=row["ssn"],
        telecoms=(Telecom(value=row["phone"]),) if row["phone"] else (),
        addresses=(Address(lines=(row["street"],), city=row["city"], postal_code=row["postal_code"]),),
    )
    return traits(person, "evaluate")
