"""What it costs to find somebody among many: a number the source gave before, and somebody alike. Processor time of one thread.

Everybody stands in the index; only those whom the questions meet have their traits sealed, because sealing a million takes
long and changes nothing about the time of a question. Everybody is asked for once, so nothing is remembered from before.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from hub.errors import Lasting
from hub.flow import link
from hub.flow.linkage.finders import finders, numbers, seekers
from hub.model.traits import Home, Name, Traits
from hub.store import bulk, schema
from hub.store.engine import Database
from hub.store.migrate import migrate
from hub.store.planning.facts import Ask, Facts
from hub.store.planning.scout import Scout, Wanted
from hub.store.seal import init
from hub.store.sealing import Place
from hub.store.tokens import details_of
from hub.store.tools import Tools

ORIGIN: Final = "bench.example/linkage"
NOON: Final = 1_795_000_000_000_000
# As many as the desk gathers facts for at once, and how many such groups; how many are looked for by likeness.
GROUP, GROUPS, ALIKE = 64, 40, 300
# What is promised of each, in microseconds.
BARS: Final = {"known_us": 30.0, "alike_us": 3_000.0}
_BEGINS, _MIDDLES = ("mar", "jo", "ben", "ro", "wil", "car", "han", "de"), ("tin", "ne", "ri", "so", "ke", "lan")
_ENDS = ("ez", "son", "s", "field", "er", "", "berg", "ton")
_FAMILIES = [f"{a}{b}{c}" for a in _BEGINS for b in _MIDDLES for c in _ENDS]
_FIRST, _LAST = ("al", "be", "chris", "da", "el", "jo", "ma", "ri", "sa", "to"), ("n", "lia", "ra", "vid", "mas", "ley")
_GIVEN = [f"{a}{b}" for a in _FIRST for b in _LAST]
_encode = msgspec.msgpack.Encoder().encode


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Microseconds of processor for one person: `known_us` in the best group of 64, `alike_us` in the median; and how sure."""

    persons: int
    known_us: float
    known_median_us: float
    alike_us: float
    alike_most_us: float
    candidates: float
    same: int
    maybe: int

    @property
    def missed(self) -> tuple[str, ...]:
        """The bars that were not kept."""
        return tuple(name for name, bar in BARS.items() if getattr(self, name) > bar)


def person(number: int) -> Traits:
    """Somebody, always the same for one number; names and dates repeat as they do in a county."""
    dice = random.Random(number)  # noqa: S311  # made-up people, the same every time
    born = f"{dice.randint(1930, 2015)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
    family = _FAMILIES[min(int(dice.expovariate(0.02)), len(_FAMILIES) - 1)]
    name = Name(family=family, given=_GIVEN[min(int(dice.expovariate(0.06)), len(_GIVEN) - 1)])
    home = Home(street=f"{dice.randint(1, 400)}elmst{dice.randint(1, 400)}", postal="94000")
    return Traits(
        names=(name,), birth=born, sex="female", phones=(f"555{number:07}",), homes=(home,),
        numbers=(("MR:H1", f"M{number}"),),
    )  # fmt: skip


def measure(persons: int) -> Found:
    """Fill a store of its own with so many persons, then ask for some."""
    with TemporaryDirectory(prefix="crisis-hub-bench-") as folder:
        data, apart = Path(folder) / "data", Path(folder) / "keys"
        data.mkdir()
        apart.mkdir()
        keys = init(key_file=apart / "kek", keystore=apart / "keystore", apart_from=data)
        database, tools = Database(data / "hub.db"), Tools.of(keys, ORIGIN)
        with database.connect() as connection:
            migrate(connection)
            with connection.begin():
                _fill(connection, tools, persons)
            looks = [_look(n) for n in _some(persons, ALIKE)]
            met = {c.identity for seen in Scout(database, tools).look(looks) if seen for c in seen.candidates}
            with connection.begin():
                _seal(connection, tools, met)
            keys.flush()
        tools = Tools.of(keys, ORIGIN)
        found = _asked(Facts(database, tools), Scout(database, tools), looks, persons)
        database.close()
        keys.close()
    return found


def _fill(connection: Connection, tools: Tools, persons: int) -> None:
    identities = ((_id(n), "h1", _id(n), NOON) for n in range(persons))
    for table, rows in ((schema.identity, identities), (schema.blind, sorted(_rows(tools, persons)))):
        waiting = iter(rows)
        while several := list(islice(waiting, 10_000)):
            bulk.insert(connection, table, several)


def _rows(tools: Tools, persons: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    tokens = tools.tokens
    for number in range(persons):
        who = person(number)
        found = details_of((*numbers(who), *finders(who)), tokens.mark(who), tokens)
        yield from ((token, _id(number), details) for token, details in found.items())


def _seal(connection: Connection, tools: Tools, identities: Iterable[str]) -> None:
    names = [bytes.fromhex(each) for each in identities]
    sealed = tools.sealer.sealed
    rows = [(i, NOON, sealed(_encode(person(int.from_bytes(i))), Place("traits", i, NOON, i))) for i in names]
    if rows:
        bulk.insert(connection, schema.traits, rows)


def _id(number: int) -> bytes:
    return number.to_bytes(16)


def _some(persons: int, several: int) -> list[int]:
    """So many of them, nobody twice."""
    return random.Random(7).sample(range(persons), min(several, persons))  # noqa: S311  # which ones does not matter


def _look(number: int) -> Wanted:
    """Somebody as another source tells of them: a letter more, no address, no number."""
    (name,) = person(number).names
    known = replace(person(number), names=(replace(name, family=f"{name.family}e"),), homes=(), numbers=())
    return Wanted(source="s1", traits=known, numbers=(), finders=seekers(known))


def _asked(facts: Facts, scout: Scout, looks: Sequence[Wanted], persons: int) -> Found:
    known = list(_known(facts, _some(persons, GROUP * GROUPS)))
    spent, verdicts, met = [], [], 0
    for look in looks:
        begun = time.thread_time_ns()
        (seen,) = scout.look([look])
        judged = link.judge((), seen or link.NOT_SEEN, look.traits, "s1", identity="i", person="p")
        spent.append((time.thread_time_ns() - begun) / 1000)
        verdicts.append(judged.verdict)
        met += len(seen.candidates) if seen else 0
    return Found(
        persons=persons,
        known_us=round(min(known), 1),
        known_median_us=round(median(known), 1),
        alike_us=round(median(spent), 1),
        alike_most_us=round(max(spent), 1),
        candidates=round(met / len(looks), 1),
        same=verdicts.count("same"),
        maybe=verdicts.count("maybe"),
    )


def _known(facts: Facts, asked: Sequence[int]) -> Iterator[float]:
    """A number that the source gave before, with the same traits, in groups as the desk makes them."""
    for start in range(0, len(asked), GROUP):
        each = [person(n) for n in asked[start : start + GROUP]]
        begun = time.thread_time_ns()
        asks = [Ask(partner="h1", message_id="", body=b"", at=NOON, blocks=numbers(t)) for t in each]
        world = facts.people(asks)
        links = [link.settled(world.candidates(numbers(t), t), t, "h1") for t in each]
        yield (time.thread_time_ns() - begun) / len(each) / 1000
        if not all(links):
            raise Lasting("Somebody who is there was not found.")
