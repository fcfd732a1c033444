"""Whoever may be somebody who refused is refused as well, however many are alike; and nobody reads the papers of a crowd."""

from __future__ import annotations

from msgspec.structs import replace

from hub.model.commands import Keep
from hub.model.consent import ConsentDirective
from hub.model.plan import Move
from hub.model.values import Code
from hub.store.planning.facts import Ask
from hub.store.planning.scout import MOST
from hub.store.planning.world import World
from tests.store.county import County, link_of, linked, message, same_person, traits
from tests.store.test_facts import ask

REFUSAL = ConsentDirective(directive="R-1", kind=Code(code="DENY"))
CROWD = 100


def somebody(number: int, *rivals: Keep, said: tuple[ConsentDirective, ...] = ()) -> Keep:
    """A message about somebody new, who may be one of the `rivals`."""
    persons = tuple(link_of(each).person for each in rivals)
    link = linked(number, verdict="maybe" if rivals else "nobody", rivals=persons)
    return message(number, link=link, consents=said)


def refusing(kept: Keep, name: str = "R-1") -> Keep:
    """A later message of somebody, by which they refuse."""
    number = kept.plan.message_id.removeprefix("MSG-")
    said = (replace(REFUSAL, directive=name),)
    return message(number, link=same_person(kept, rivals=()), consents=said, body=b"refused")


def refused(world: World, kept: Keep) -> list[str]:
    return [each.directive for each in world.refused(link_of(kept).person)]


def seen(kept: Keep) -> Ask:
    """A message that says no number: a reader saw these people to be alike."""
    return replace(ask(message("other")), seen=(link_of(kept).identity,))


def test_a_refusal_holds_for_whoever_may_be_them_by_number_or_by_sight(county: County) -> None:
    first = somebody(1)
    second = somebody(2, first)
    county.commit(first, second, refusing(second))

    assert refused(county.facts.gather([ask(first)]), first) == ["R-1"]
    assert refused(county.facts.gather([seen(first)]), first) == ["R-1"]
    assert refused(county.facts.gather([ask(second)]), second) == []


def test_a_refusal_in_the_same_group_holds_for_whoever_may_be_them(county: County) -> None:
    first = somebody(1)
    second = somebody(2, first)
    county.commit(first, second)
    late = refusing(second)

    for asked in (ask(first), seen(first)):
        world = county.facts.gather([ask(late), asked])
        world.apply(late)

        assert refused(world, first) == ["R-1"]


def test_a_refusal_goes_along_with_whom_the_same_group_moves(county: County) -> None:
    first, third = somebody(1), somebody(3)
    second = somebody(2, first)
    county.commit(first, second, third, refusing(second))
    link = link_of(second)
    move = Move(identity=link.identity, before=link.person, after=link_of(third).person, why="resolved")
    moving = message(2, link=same_person(second, person=move.after, moves=(move,), rivals=()), body=b"moved")

    for asked in (ask(first), seen(first)):
        world = county.facts.gather([ask(moving), ask(third), asked])
        world.apply(moving)

        assert refused(world, first) == ["R-1"]
        assert link_of(third).person in {each.person for each in world.candidates(link.blocks[:1], traits(2))}


def test_somebody_found_alike_after_all_is_met_with_what_they_refused(county: County) -> None:
    first = somebody(1)
    county.commit(first, refusing(first))
    world = county.facts.gather([ask(message("other"))])

    world.meet([link_of(first).person])

    assert [each.directive for each in world.allowed(link_of(first).person).directives] == ["R-1"]


def test_what_is_read_does_not_grow_with_how_many_may_be_somebody(county: County) -> None:
    first = somebody(1)
    crowd = [somebody(n, first) for n in range(2, CROWD)]
    county.commit(first, *crowd, refusing(crowd[-1], "R-last"))

    for asked in (ask(first), seen(first)):
        world = county.facts.gather([asked])
        assert refused(world, first) == ["R-last"]
        assert len(world.owners()) == 2

    alike = replace(seen(first), seen=tuple(link_of(each).identity for each in crowd[:MOST]))
    assert len(county.facts.gather([alike]).owners()) == MOST
