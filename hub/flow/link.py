"""Same person or not: identifiers first, then name, birth date and sex with one more agreement. *Maybe* never merges.

Conservative by design: a false merge discloses one person's life to another's circle, a missed link costs a review.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from hub.model.event import CrisisEvent
from hub.model.person import Person
from hub.model.plan import Block, Candidate, Link, Verdict
from hub.model.values import HumanName

DEMOGRAPHIC = "name+birth+sex"
SSN = "ssn"
_NOT_ALNUM = re.compile(r"[\W_]+")
_FULL_DATE = 10
_NO_SSN = re.compile(r"^(000|666|9\d\d)|^\d{3}00|0000$|^(\d)\2{8}$|^123456789$")
_PERSONAL = {"MR", "PI", "PN", "PT", "U", "RI", "PATID", "HMIS", "RMS", ""}


def person_of(events: tuple[CrisisEvent, ...]) -> Person | None:
    """The Person among the events of a message: it comes first, or there is none."""
    return events[0].body if events and isinstance(events[0].body, Person) else None


def blocks(person: Person | None, source: str) -> tuple[Block, ...]:
    """The value sets a person may be found by: identifiers (strong), and demographics that agree as a whole (weak).

    An anonymous caller has none: nobody is linked without their consent.
    """
    if person is None or person.anonymous:
        return ()
    return tuple(_strong(person, source)) + tuple(_weak(person))


def _strong(person: Person, source: str) -> Iterable[Block]:
    for number in person.identifiers:
        if number.type.upper() in _PERSONAL and number.value:
            name = f"{number.type or 'id'}:{number.assigner or source}"
            yield Block(name=name, values=(number.value.strip().upper(),), strong=True)
    digits = re.sub(r"\D", "", person.ssn)
    if len(digits) == 9 and not _NO_SSN.search(digits):
        yield Block(name=SSN, values=(digits,), strong=True)


def _weak(person: Person) -> Iterable[Block]:
    birth = person.birth_date.iso if person.birth_date else ""
    name = _name(person.names)
    if len(birth) != _FULL_DATE or not all(name):
        return
    if person.sex and person.sex.code:
        yield Block(name=DEMOGRAPHIC, values=(*name, birth, person.sex.code))
    for phone in {re.sub(r"\D", "", t.value)[-10:] for t in person.telecoms} - {""}:
        yield Block(name="name+birth+phone", values=(*name, birth, phone))
    for home in {_plain(" ".join(a.lines) + a.postal_code[:5]) for a in person.addresses if a.lines} - {""}:
        yield Block(name="name+birth+home", values=(*name, birth, home))


def _name(names: tuple[HumanName, ...]) -> tuple[str, str]:
    if not names:
        return "", ""
    return _plain(names[0].family), _plain(names[0].given[0] if names[0].given else "")


def _plain(text: str) -> str:
    return _NOT_ALNUM.sub("", text).casefold()


def judge(found: tuple[Candidate, ...], wanted: tuple[Block, ...], source: str, identity: str, person: str) -> Link:
    """Weigh the candidates. `identity` and `person` are fresh ids to use when this is a new identity or a new person.

    An identifier that the same source assigned settles it. Otherwise *same* needs name, birth date, sex and a phone,
    home or social security number in agreement with one person alone, and no identifier of the same source beside it.
    """
    own = next((c for c in found if c.strong and c.partner == source and _by_number(c)), None)
    if own:
        return Link(
            verdict="same",
            identity=own.identity,
            person=own.person,
            fresh=False,
            blocks=wanted,
            evidence=own.blocks,
        )
    verdict, persons, evidence = _weigh(found, source)
    joined = persons[0] if verdict == "same" else person
    return Link(
        verdict=verdict,
        identity=identity,
        person=joined,
        fresh=True,
        blocks=wanted,
        evidence=evidence,
        rivals=persons if verdict == "maybe" else (),
    )


def _by_number(candidate: Candidate) -> bool:
    return any(name != SSN and "+" not in name for name in candidate.blocks)


def _weigh(found: tuple[Candidate, ...], source: str) -> tuple[Verdict, tuple[str, ...], tuple[str, ...]]:
    agreed: dict[str, set[str]] = {}
    for candidate in found:
        agreed.setdefault(candidate.person, set()).update(candidate.blocks)
    if not agreed:
        return "nobody", (), ()
    evidence = tuple(sorted(set().union(*agreed.values())))
    names, *others = agreed.values()
    contradicted = any(c.partner == source for c in found)
    convincing = any(":" in n for n in names) or (DEMOGRAPHIC in names and len(names) > 1)
    verdict: Verdict = "same" if convincing and not others and not contradicted else "maybe"
    return verdict, tuple(sorted(agreed)), evidence
