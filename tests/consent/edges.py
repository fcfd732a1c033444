"""The requests at the edges of every rule: in the middle of it, and one fact, one law or one day away from there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, reduce
from operator import or_

from consent.obligation import obligations
from consent.question import Limits, Question, Scope, usual
from consent.vocabulary import UNKNOWN, vocabulary
from hub.model.category import Category, Regime
from hub.model.label import Label
from hub.model.registry import BODIES, BY_BODY, BY_CATEGORY
from tests.consent.asking import AS_OF
from tests.consent.tables import Said, shown

EVERY = frozenset(Category)
EVERY_KIND = frozenset(one.value for one in EVERY)
CLINICAL = (Category.MH_CLINICAL, Category.MEDS)
# Kinds that no field is declared as: a label moves diagnoses and medication there, and what names a place of substance-use care.
MOVED = {
    Category.SUD_RECORD: (*CLINICAL, Category.ENCOUNTER, Category.REFERRAL),
    Category.HIV: CLINICAL,
    Category.REPRODUCTIVE: CLINICAL,
}
Events = tuple[tuple[str, tuple[tuple[Category, Category], ...]], ...]


@cache
def _middle(bits: int) -> Events:
    """Every body that holds some of these paths, as it is and as each kind that a label may make of it."""
    plain = tuple((body, ()) for body in BODIES if BY_BODY[body] & bits)
    moved = tuple(
        (body, tuple((source, target) for source in sources))
        for target, sources in MOVED.items()
        for body in BODIES
        if BY_BODY[body] & bits & reduce(or_, map(BY_CATEGORY.__getitem__, sources))
    )
    return (*plain, *moved)


def _moved() -> Events:
    """Diagnoses as each kind that a label may make of them."""
    return tuple(("condition", tuple((source, target) for source in CLINICAL)) for target in MOVED)


@cache
def _few(bits: int, kinds: frozenset[str]) -> Events:
    """As few bodies as hold something of each kind among these paths."""
    found: dict[str, tuple[tuple[Category, Category], ...]] = {}
    for kind in sorted(kinds):
        wanted = BY_CATEGORY[Category(kind)] & bits
        if wanted and not any(BY_BODY[body] & wanted for body in found):
            found[next(body for body in BODIES if BY_BODY[body] & wanted)] = ()
    moved = [event for event, kind in zip(_moved(), MOVED, strict=True) if kind.value in kinds]
    return (*found.items(), *moved[:1])


def _whole(said: Said) -> Events:
    """Whatever a permit may show; of the others, something of every kind."""
    return _middle(_bits(said)) if said.views else (*_few(-1, EVERY_KIND), *_moved())


def _bits(said: Said) -> int:
    """What a rule is about: what its views show, or whatever is of its kinds."""
    if said.views:
        return reduce(lambda left, view: left & shown()[view], said.views, -1)
    kinds = said.when.get("category", EVERY_KIND)
    return reduce(or_, (BY_CATEGORY[Category(kind)] for kind in kinds), 0)


def middle(said: Said) -> Iterator[Question]:
    """The requests in the middle of a rule, about everything, with a consent or an order that names all, or little."""
    for asked in said.asked:
        for named in (EVERY, frozenset({Category.IDENT, Category.ENCOUNTER})):
            yield _question(said, asked, _whole(said), named=named)


@cache
def _about(kinds: frozenset[str], field: int) -> Events:
    """The body that a field stands in, as a kind that is among these."""
    declared = next(kind for kind, bits in BY_CATEGORY.items() if bits & field)
    body = next(body for body, bits in BY_BODY.items() if bits & field)
    moved = [target for target, sources in MOVED.items() if declared in sources and target.value in kinds]
    if declared.value in kinds:
        return ((body, ()),)
    return tuple((body, ((declared, target),)) for target in moved[:1])


def about(said: Said, field: int) -> Iterator[Question]:
    """A request in the middle of a rule about one field, where it is about such fields."""
    if events := _about(said.when.get("category", EVERY_KIND), field):
        yield _question(said, said.asked[0], events)


def beside(said: Said, fact: str) -> Iterator[Question]:
    """The same with another value of one fact or another law, about little."""
    few = _few(_bits(said), said.when.get("category", EVERY_KIND))
    for asked in said.asked[:1]:
        for value in (*vocabulary().dimensions[fact].values, UNKNOWN):
            if fact == "regime":
                yield _question(said, asked, few, regime=value)
            else:
                yield _question(said, asked | {fact: value}, few)


def around(said: Said) -> Iterator[Question]:
    """The same on the last day before a rule, on its first, and on those at its end."""
    for at in (said.since, *([said.until] if said.until is not None else [])):
        for asked in said.asked[:1]:
            yield from (_question(said, asked, _whole(said), as_of=at - ago) for ago in (1, 0))


def edges(said: Said) -> Iterator[Question]:
    """All of them."""
    yield from middle(said)
    for fact in sorted(said.when.keys() - {"category"}):
        yield from beside(said, fact)
    yield from around(said)


def _question(
    said: Said,
    asked: dict[str, str],
    events: Events,
    *,
    regime: str = "",
    named: frozenset[Category] = EVERY,
    as_of: int = AS_OF,
) -> Question:
    home = asked.get("regime", "")
    facts = usual(**{name: value for name, value in asked.items() if name != "regime"})
    law = Regime(regime or home or _law(said))
    scope = Scope(actors=frozenset({"partner"}), purposes=frozenset({facts.purpose}), categories=named)
    return Question(
        partner="partner",
        facts=facts,
        labels=tuple(Label(regimes=frozenset({law}), recast=recast) for _, recast in events),
        bodies=tuple(body for body, _ in events),
        limits=Limits(agreement="A@1", categories=EVERY, purposes=frozenset({facts.purpose})),
        consent=scope,
        order=scope,
        dischargeable=frozenset(obligations()),
        consents=("C@1",),
        as_of=as_of,
    )


def _law(said: Said) -> str:
    """The law that a rule is asked under, where its requests do not say so."""
    return min(said.when["regime"])
