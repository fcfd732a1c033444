"""What it costs to find somebody among many: `python -m tests.store.measure_linkage [persons]` prints it for your machine.

Everybody stands in the index; only those whom the questions meet have their traits sealed, because sealing a million takes
long and changes nothing about the time of a question.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from hub.flow import link
from hub.flow.linkage.finders import finders, numbers, seekers
from hub.model.traits import Home, Name, Traits
from hub.store import bulk, schema
from hub.store.facts import Ask
from hub.store.scout import Wanted
from hub.store.sealing import Place, Sealer
from hub.store.tokens import Tokens, _encode, details_of
from tests.houses import Store, store

NOON = 1_795_000_000_000_000
QUESTIONS = 300
GROUP, GROUPS = 64, 40
_BEGINS, _MIDDLES = ("mar", "jo", "ben", "ro", "wil", "car", "han", "de"), ("tin", "ne", "ri", "so", "ke", "lan")
_ENDS = ("ez", "son", "s", "field", "er", "", "berg", "ton")
_FAMILIES = [f"{a}{b}{c}" for a in _BEGINS for b in _MIDDLES for c in _ENDS]
_FIRST, _LAST = ("al", "be", "chris", "da", "el", "jo", "ma", "ri", "sa", "to"), ("n", "lia", "ra", "vid", "mas", "ley")
_GIVEN = [f"{a}{b}" for a in _FIRST for b in _LAST]


def person(number: int) -> Traits:
    """Somebody, always the same for one number; names and dates repeat as they do in a county."""
    dice = random.Random(number)
    born = f"{dice.randint(1930, 2015)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
    family = _FAMILIES[min(int(dice.expovariate(0.02)), len(_FAMILIES) - 1)]
    name = Name(family=family, given=_GIVEN[min(int(dice.expovariate(0.06)), len(_GIVEN) - 1)])
    home = Home(street=f"{dice.randint(1, 400)}elmst{dice.randint(1, 400)}", postal="94000")
    return Traits(
        names=(name,), birth=born, sex="female", phones=(f"555{number:07}",), homes=(home,), numbers=(("MR:H1", f"M{number}"),),
    )  # fmt: skip


def say(words: str) -> None:
    """One line for whoever runs it."""
    sys.stdout.write(f"{words}\n")


def main(persons: int) -> None:
    """Fill a store, then ask."""
    with tempfile.TemporaryDirectory() as folder, store(Path(folder)) as kept:
        begun = time.perf_counter()
        _fill(kept, persons)
        say(f"{persons:,} persons indexed in {time.perf_counter() - begun:.0f} s")
        dice = random.Random(7)
        asked = [dice.randrange(persons) for _ in range(QUESTIONS)]
        _known(kept, persons)
        _alike(kept, asked)


def _fill(kept: Store, persons: int) -> None:
    tokens = Tokens(kept.keys)
    connection = kept.writer._connection
    with connection.begin():
        for table, rows in (
            (schema.identity, ((_id(n), "h1", _id(n), NOON) for n in range(persons))),
            (schema.blind, sorted(_rows(tokens, persons))),
        ):
            batch: list[bulk.Row] = []
            for row in rows:
                batch.append(row)
                if len(batch) == 10_000:
                    bulk.insert(connection, table, batch)
                    batch = []
            if batch:
                bulk.insert(connection, table, batch)


def _rows(tokens: Tokens, persons: int) -> Iterator[tuple[bytes, bytes, bytes]]:
    for number in range(persons):
        who = person(number)
        found = details_of((*numbers(who), *finders(who)), tokens.mark(who), tokens)
        yield from ((token, _id(number), details) for token, details in found.items())


def _id(number: int) -> bytes:
    return number.to_bytes(16)


def _known(kept: Store, persons: int) -> None:
    """A number the source gave before, with the same traits, in groups as the desk makes them; nobody is asked for twice."""
    facts, spent = kept.writer.facts(), []
    asked = random.Random(11).sample(range(persons), min(GROUPS * GROUP, persons))
    for start in range(0, len(asked), GROUP):
        each = [person(n) for n in asked[start : start + GROUP]]
        asks = [Ask(partner="h1", message_id="", body=b"", at=NOON, blocks=numbers(t)) for t in each]
        begun = time.thread_time_ns()
        with kept.database.read() as connection:
            world = type(facts.gather([]))(facts._tokens, facts._marks)
            facts._identities(connection, asks, world)
        links = [link.settled(world.candidates(numbers(t), t), t, "h1") for t in each]
        spent.append((time.thread_time_ns() - begun) / len(asks) / 1000)
        assert all(links)
    say(f"a known number: {median(spent):.1f} µs CPU each, {min(spent):.1f} in the best group")


def _alike(kept: Store, asked: list[int]) -> None:
    """Somebody whom another source spells a little otherwise, and does not number."""
    scout, sealer = kept.writer.scout(), Sealer(kept.keys, kept.signer.name)
    wanted = [_misspelt(person(number)) for number in asked]
    looks = [Wanted(source="s1", traits=t, numbers=numbers(t), finders=seekers(t)) for t in wanted]
    met = {c.identity for sighting in scout.look(looks) if sighting for c in sighting.candidates}
    _seal(kept, sealer, met)
    spent, found = [], 0
    for traits, look in zip(wanted, looks, strict=True):
        begun = time.thread_time_ns()
        (seen,) = scout.look([look])
        judged = link.judge((), seen or link.NOT_SEEN, traits, "s1", identity="i", person="p")
        spent.append((time.thread_time_ns() - begun) / 1000)
        found += judged.verdict == "same"
    several = sum(len(s.candidates) for s in scout.look(looks) if s) / len(looks)
    say(f"somebody alike: {median(spent):.0f} µs CPU each, {max(spent):.0f} at most; {several:.1f} candidates each")
    say(f"{found} of {len(asked)} are the same, the others maybe")


def _misspelt(who: Traits) -> Traits:
    (name,) = who.names
    return Traits(
        names=(Name(family=f"{name.family}e", given=name.given),), birth=who.birth, sex=who.sex, phones=who.phones
    )


def _seal(kept: Store, sealer: Sealer, identities: set[str]) -> None:
    names = [bytes.fromhex(each) for each in identities]
    rows = [(i, NOON, sealer.sealed(_encode(person(int.from_bytes(i))), Place("traits", i, NOON, i))) for i in names]
    kept.keys.flush()
    with kept.writer._connection.begin():
        bulk.insert(kept.writer._connection, schema.traits, rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
