"""Facts for planning: duplicates over days, people by what they are found by, consents, episodes; k sees what k-1 did."""

from __future__ import annotations

from itertools import permutations

import msgspec
import pytest

from hub import clock
from hub.errors import Conflict
from hub.model.commands import Keep, Relink
from hub.model.consent import ConsentDirective
from hub.model.entry import Kind
from hub.model.person import Person
from hub.model.plan import Block, Candidate, EpisodeEvent, Move
from hub.model.values import Instant, PartialDate
from hub.spans import DAY
from hub.store import schema
from hub.store.ids import new_id
from hub.store.planning.facts import Ask
from hub.store.planning.world import Duplicate, World
from tests.store.county import (
    EVENING,
    County,
    blocks,
    entry,
    episode_of,
    link_of,
    linked,
    message,
    planned,
    same_person,
    traits,
)

INCIDENT = Block(name="incident", values=("2026-0315-77",), strong=True)


def ask(kept: Keep) -> Ask:
    plan = kept.plan
    return Ask(
        partner=kept.partner,
        message_id=plan.message_id,
        body=kept.body,
        at=kept.at,
        blocks=tuple(block for block in plan.link.blocks if block.strong) if plan.link else (),
        keys=plan.episode.keys if plan.episode else (),
    )


def numbers(number: int) -> tuple[Block, ...]:
    return blocks(number)[:1]


def world(county: County, *kept: Keep) -> World:
    return county.facts.gather([ask(each) for each in kept])


def duplicate(found: World, kept: Keep) -> object:
    return found.duplicate(kept.partner, kept.plan.message_id, kept.body, kept.at)


# --- duplicates


def test_the_same_message_again_is_known_by_its_journal_id(county: County) -> None:
    kept = message(1)
    county.commit(kept)

    found = world(county, kept).duplicate("h1", "MSG-1", kept.body, EVENING)

    assert found is not None
    assert (found.journal, found.same) == (kept.journal, True)


def test_the_same_id_with_other_bytes_is_told_apart(county: County) -> None:
    kept, other = message(1), message(1, body=b"edited")
    county.commit(kept)

    found = world(county, other).duplicate("h1", "MSG-1", other.body, EVENING)

    assert found is not None
    assert (found.journal, found.same) == (kept.journal, False)


def test_an_exact_resend_is_found_behind_an_edit_of_the_same_id(county: County) -> None:
    kept, edited = message(1), message(1, body=b"edited")
    county.commit(kept, edited)

    found = world(county, kept)

    assert duplicate(found, kept) == Duplicate(journal=kept.journal, same=True)
    assert duplicate(found, edited) == Duplicate(journal=edited.journal, same=True)


@pytest.mark.parametrize(
    ("partner", "number"), [("h2", 1), ("h1", 2), ("h1M", 1)], ids=["partner", "id", "no seam between partner and id"]
)
def test_another_partner_or_id_is_no_duplicate(county: County, partner: str, number: int) -> None:
    kept = message(1)
    county.commit(kept)

    other = msgspec.structs.replace(message(number), partner=partner, body=kept.body)

    assert duplicate(world(county, other), other) is None


def test_a_message_without_an_id_is_known_by_its_bytes(county: County) -> None:
    kept = message(1, message_id="")
    county.commit(kept)

    assert world(county, kept).duplicate("h1", "", kept.body, EVENING) is not None
    assert world(county, kept).duplicate("h1", "", kept.body + b".", EVENING) is None


def test_message_k_of_a_group_sees_the_duplicate_before_it(county: County) -> None:
    kept = message(1)
    found = world(county, kept, kept)
    assert duplicate(found, kept) is None

    found.apply(kept)

    assert duplicate(found, kept) is not None


@pytest.mark.parametrize(("days", "known"), [(1, True), (9, True), (10, True), (29, True), (30, True), (41, False)])
def test_duplicates_are_known_over_day_boundaries_for_thirty_days(county: County, days: int, known: bool) -> None:
    midnight = EVENING // DAY * DAY
    first = message(1, at=midnight - 1)
    with clock.hold(first.at):
        county.again()
        county.commit(first)

    for day in range(1, days + 1):
        with clock.hold(midnight + day * DAY - 1):
            county.commit(message(f"daily {day}", at=clock.now()))
    late = msgspec.structs.replace(first, at=first.at + days * DAY)

    assert (duplicate(world(county, late), late) is not None) is known


def kept_marks(county: County) -> int:
    return sum(len(county.rows(f"dedupe_{slot}")) for slot in range(schema.SLOTS))


def test_windows_that_are_over_are_cleared(county: County) -> None:
    for day in range(0, 60, 5):
        with clock.hold(EVENING + day * DAY):
            county.commit(message(day, at=clock.now()))
            assert len([at for at in range(0, day + 1, 5) if day - at <= 30]) <= kept_marks(county) <= 9


def test_a_hub_that_slept_for_months_wakes_without_old_digests(county: County) -> None:
    with clock.hold(EVENING):
        county.again()
        county.commit(message(1, at=EVENING))

    for days in (47, 95):
        with clock.hold(EVENING + days * DAY):
            county.again()
            assert kept_marks(county) == 0


def test_a_clock_that_goes_back_for_a_while_forgets_no_message(county: County) -> None:
    kept = message(1)
    with clock.hold(EVENING):
        county.again()
        county.commit(kept)
    with clock.hold(EVENING - 250 * DAY):
        county.commit(message(2, at=clock.now()))
    with clock.hold(EVENING + DAY):
        county.commit(message(3, at=clock.now()))

    assert duplicate(world(county, kept), kept) is not None


# --- people


def test_a_number_finds_the_identity_and_says_whether_its_traits_are_the_ones_it_came_with(county: County) -> None:
    kept = message(1)
    county.commit(kept)

    (found,) = world(county, kept).candidates(numbers(1), traits(1))
    (other,) = world(county, kept).candidates(numbers(1), traits(2))

    assert (found.identity, found.person, found.partner) == (link_of(kept).identity, link_of(kept).person, "h1")
    assert (found.strong, found.blocks, found.unchanged, other.unchanged) == (True, ("MR:H1",), True, False)


def test_another_authority_is_another_number(county: County) -> None:
    county.commit(message(1))
    elsewhere = Block(name="MR:H2", values=("M1",), strong=True)
    other = message(2, link=linked(2, blocks=(elsewhere,)))

    assert world(county, other).candidates((elsewhere,), traits(1)) == ()


def test_message_k_of_a_group_sees_the_person_before_it(county: County) -> None:
    kept = message(1)
    found = world(county, kept, kept)
    assert found.candidates(numbers(1), traits(1)) == ()

    found.apply(kept)

    (candidate,) = found.candidates(numbers(1), traits(1))
    assert (candidate.identity, candidate.unchanged) == (link_of(kept).identity, True)
    assert found.identities(link_of(kept).person) == (link_of(kept).identity,)


def test_every_way_a_sender_spells_somebody_is_learnt_once(county: County) -> None:
    kept, billed = message(1), traits("1 as billed")
    again = same_person(kept, traits=billed, said=billed)
    county.commit(kept)

    county.commit(message(2, link=again))
    rows = county.rows("blind")
    county.commit(message(3, link=again))

    for spelling in (traits(1), billed):
        (candidate,) = world(county, message(4, link=again)).candidates(numbers(1), spelling)
        assert candidate.unchanged
    assert county.rows("blind") == rows
    assert len(county.rows("traits")) == 1


def test_the_same_person_at_two_sources_is_two_identities_of_one_person(county: County) -> None:
    first = message(1)
    second = message(2, link=linked(2, person=link_of(first).person, verdict="same", blocks=blocks(1)))
    county.commit(first, second)

    found = world(county, first)

    both = {link_of(first).identity, link_of(second).identity}
    assert {c.identity for c in found.candidates(numbers(1), traits(1))} == both
    assert set(found.identities(link_of(first).person)) == both


def test_whoever_a_reader_saw_is_known_with_the_person_of_today(county: County) -> None:
    first, second = message(1), message(2)
    county.commit(first, second)
    seen = Candidate(identity=link_of(second).identity, person=link_of(second).person, partner="h1")
    move = Move(identity=seen.identity, before=seen.person, after=link_of(first).person, why="reviewed")
    county.commit(message(3, link=same_person(second, person=link_of(first).person, moves=(move,))))

    found = county.facts.gather([msgspec.structs.replace(ask(message(4)), seen=(seen.identity,))])

    assert [each.person for each in found.today((seen,))] == [link_of(first).person]


def test_an_identity_that_moves_to_another_person_is_told_to_both(county: County) -> None:
    first, second = message(1), message(2)
    county.commit(first, second)
    before, after = link_of(second).person, link_of(first).person
    move = Move(identity=link_of(second).identity, before=before, after=after, why="resolved")

    county.commit(message(3, link=same_person(second, person=after, moves=(move,))))

    found = world(county, first, second)
    assert len(found.identities(after)) == 2
    assert found.identities(before) == ()
    both = {bytes.fromhex(link_of(each).person) for each in (first, second)}
    assert {row.id: row.changed for row in county.rows("person")} == dict.fromkeys(both, 3)
    assert found.allowed(after).changed == 3
    (row,) = county.rows("moved")
    assert (row.before.hex(), row.after.hex(), row.message, row.why) == (before, after, 3, "resolved")


# --- consents


def test_a_consent_is_known_to_the_next_message_of_that_person(county: County) -> None:
    granted = ConsentDirective(directive="CR1", decision="permit", signed_at=Instant(at=EVENING))
    kept = message(1, consents=(granted,))
    before = world(county, kept)
    assert before.allowed(link_of(kept).person).directives == ()

    before.apply(kept)
    county.commit(kept)

    after = world(county, kept).allowed(link_of(kept).person)
    assert before.allowed(link_of(kept).person).directives == after.directives == (granted,)
    assert after.changed == 1


def test_a_revocation_takes_the_place_of_the_consent_and_history_stays(county: County) -> None:
    granted = ConsentDirective(directive="CR1", decision="permit", effective_at=Instant(at=EVENING))
    revoked = msgspec.structs.replace(granted, revoked_at=Instant(at=EVENING + 5))
    first = message(1, consents=(granted,))
    again = same_person(first)
    later = message(2, link=again, consents=(revoked,), at=EVENING + 6)

    county.commit(first)
    found = world(county, later)
    found.apply(later)
    county.commit(later)

    assert found.allowed(again.person).directives == (revoked,)
    assert world(county, later).allowed(again.person).directives == (revoked,)
    assert [(row.known_from, row.known_to, row.starts, row.ends) for row in county.rows("directive")] == [
        (EVENING, EVENING + 6, EVENING, 0),
        (EVENING + 6, 0, EVENING, EVENING + 5),
    ]


def test_two_versions_in_one_group_leave_one_in_force(county: County) -> None:
    granted = ConsentDirective(directive="CR1", decision="permit")
    denied = ConsentDirective(directive="CR1", decision="deny")
    first = message(1, consents=(granted,))
    again = same_person(first)

    county.commit(first, message(2, link=again, consents=(denied,)))

    assert world(county, first).allowed(again.person).directives == (denied,)


def versions() -> tuple[ConsentDirective, ConsentDirective, ConsentDirective]:
    """A consent, its revocation, and what was signed anew under the same number."""
    granted = ConsentDirective(directive="CR1", decision="permit", signed_at=Instant(at=EVENING))
    revoked = msgspec.structs.replace(granted, revoked_at=Instant(at=EVENING + 5))
    return granted, revoked, msgspec.structs.replace(granted, signed_at=Instant(at=EVENING + 9))


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whatever_order_versions_come_in_the_one_signed_or_revoked_last_is_in_force(
    county: County, order: tuple[int, ...]
) -> None:
    said = versions()
    first = message(1, consents=(said[order[0]],))
    link = same_person(first)
    later = [message(n, link=link, consents=(said[which],), at=EVENING + n) for n, which in enumerate(order[1:], 2)]

    found = world(county, first)
    for one in (first, *later):
        found.apply(one)
        county.commit(one)

    assert found.allowed(link.person).directives == (said[2],)
    assert world(county, first).allowed(link.person).directives == (said[2],)
    assert len(county.rows("directive")) == 3


def test_a_consent_that_comes_after_its_revocation_is_known_and_never_in_force(county: County) -> None:
    granted, revoked, _ = versions()
    first = message(1, consents=(revoked,))
    link = same_person(first)

    county.commit(first, message(2, link=link, consents=(granted,), at=EVENING + 20))

    assert world(county, first).allowed(link.person).directives == (revoked,)
    assert [(row.known_from, row.known_to) for row in county.rows("directive")] == [
        (EVENING, 0),
        (EVENING + 20, EVENING + 20),
    ]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_a_permit_and_a_refusal_that_nobody_can_order_the_refusal_stays(
    county: County, order: tuple[int, ...]
) -> None:
    said = ConsentDirective(directive="CR1", decision="permit"), ConsentDirective(directive="CR1", decision="deny")
    first = message(1, consents=(said[order[0]],))
    second = message(2, link=same_person(first), consents=(said[order[1]],))

    found = world(county, first)
    found.apply(first)
    found.apply(second)
    county.commit(first)
    county.commit(second)

    kept = world(county, first).allowed(link_of(first).person).directives
    assert said[1] in kept
    assert found.allowed(link_of(first).person).directives == kept


def test_consents_without_an_id_never_displace_each_other(county: County) -> None:
    one, two = ConsentDirective(decision="permit"), ConsentDirective(decision="deny")
    kept = message(1, consents=(one, two))

    county.commit(kept)

    assert set(world(county, kept).allowed(link_of(kept).person).directives) == {one, two}


def test_a_persons_consents_are_those_of_all_identities(county: County) -> None:
    one, two = ConsentDirective(directive="A", decision="permit"), ConsentDirective(directive="A", decision="deny")
    first = message(1, consents=(one,))
    second = message(2, link=linked(2, person=link_of(first).person), consents=(two,))

    county.commit(first, second)

    assert set(world(county, first).allowed(link_of(first).person).directives) == {one, two}


# --- episodes


def test_what_happened_to_a_person_lately_is_known_and_what_is_long_past_is_not(county: County) -> None:
    old = message(1, at=EVENING - 60 * DAY)
    again = same_person(old)
    recent = message(2, link=again, at=EVENING - DAY)
    county.commit(old, recent)

    now = message(3, link=again)
    happened = world(county, now).episodes(again.person, ())

    assert [(each.episode, each.at, each.by_number) for each in happened] == [
        (episode_of(recent).episode, EVENING - DAY, False)
    ]


def test_an_incident_number_finds_the_episode_of_somebody_not_yet_named(county: County) -> None:
    visit, call = message(2), message(1)
    numbered = msgspec.structs.replace(episode_of(call), keys=(INCIDENT,))
    call = msgspec.structs.replace(call, plan=msgspec.structs.replace(call.plan, link=None, episode=numbered))
    asked = msgspec.structs.replace(ask(visit), keys=(INCIDENT,))
    before = county.facts.gather([asked])
    before.apply(call)
    county.commit(call)

    for each in (before, county.facts.gather([asked])):
        (happened,) = each.episodes(link_of(visit).person, (INCIDENT,))
        assert (happened.episode, happened.at, happened.by_number) == (numbered.episode, EVENING, True)


@pytest.mark.parametrize("orders", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
def test_of_a_part_of_a_snapshot_the_newest_change_is_known_in_whatever_order_it_was_told(
    county: County, orders: tuple[int, ...]
) -> None:
    part, episode = Block(name="part:C1", values=("urn:1 call",), strong=True), new_id()
    for n, order in enumerate(orders, 1):
        told = EpisodeEvent(episode=episode, at=EVENING, what="call", parts=((part, EVENING + order),))
        county.commit(message(n, plan=planned(n, episode=told)))
    asked = msgspec.structs.replace(ask(message(9)), parts=(part,))

    found = county.facts.gather([asked])

    assert found.newest(part) == EVENING + 3
    assert found.newest(msgspec.structs.replace(part, values=("urn:1 unit 12A",))) is None
    later = EpisodeEvent(episode=episode, at=EVENING, what="call", parts=((part, EVENING + 4),))
    found.apply(message(10, plan=planned(10, episode=later)))
    assert found.newest(part) == EVENING + 4


def test_an_episode_that_joins_another_is_found_under_the_older_name_by_everybody(county: County) -> None:
    old, new = new_id(), new_id()
    first = message(1, plan=planned(1, episode=EpisodeEvent(episode=old, at=EVENING, what="call")))
    keys = (INCIDENT,)
    second = message(2, plan=planned(2, episode=EpisodeEvent(episode=new, at=EVENING, what="call", keys=keys)))
    county.commit(first, second)
    joining = EpisodeEvent(episode=old, at=EVENING, what="visit", joins=(new,))
    third = message(3, plan=planned(3, episode=joining, link=same_person(first)))
    before = county.facts.gather([msgspec.structs.replace(ask(third), keys=keys)])
    before.apply(third)

    county.commit(third)

    after = county.facts.gather([msgspec.structs.replace(ask(message(4)), keys=keys)])
    for each in (before, after):
        assert {h.episode for h in each.episodes(link_of(second).person, keys)} == {old}
    assert {row.episode.hex() for row in county.rows("message")} == {old}


def test_a_word_on_who_is_who_is_all_or_nothing(county: County) -> None:
    first, second = message(1), message(2)
    county.commit(first, second)
    here, there = link_of(second), link_of(first)
    move = Move(identity=here.identity, before=here.person, after=there.person, why="reviewed")
    said = Relink(
        at=EVENING, actor="dana", reason="same wristband", entry=entry(Kind.LINK, actor="dana"), moves=(move,),
        apart=((here.identity, "ab" * 16),),
    )  # fmt: skip

    county.commit(said)

    assert set(world(county, first, second).identities(there.person)) == {here.identity, there.identity}
    assert len(county.rows("apart")) == 1
    with pytest.raises(Conflict, match="another person now"):
        county.commit(said)
    assert len(county.rows("moved")) == 1
    assert "wristband" not in str(county.rows("entry"))


def test_nothing_is_known_of_nobody(county: County) -> None:
    kept = message(1)
    found = county.facts.gather([])

    assert duplicate(found, kept) is None
    assert found.candidates(numbers(1), traits(1)) == ()
    assert found.allowed(link_of(kept).person).directives == ()
    assert found.episodes(link_of(kept).person, ()) == ()


# --- how old somebody is, where a message does not say


BORN = Person(birth_date=PartialDate(iso="2010-05-05"))


def told(kept: Keep, person: Person) -> Keep:
    events = tuple(
        msgspec.structs.replace(e, body=person) if isinstance(e.body, Person) else e for e in kept.plan.events
    )
    return msgspec.structs.replace(kept, plan=msgspec.structs.replace(kept.plan, events=events))


def ageless(county: County, *kept: Keep) -> World:
    return county.facts.gather([msgspec.structs.replace(ask(each), ageless=True) for each in kept])


def test_an_earlier_message_tells_how_old_the_person_is(county: County) -> None:
    first = told(message(1), BORN)
    county.commit(first, message(1, link=same_person(first), body=b"later"))
    asking = message(1, link=same_person(first), body=b"now")

    assert ageless(county, asking).born(link_of(first).person) == BORN


def test_the_message_before_in_the_same_group_tells_it_too(county: County) -> None:
    first = told(message(1), BORN)
    found = ageless(county, first, message(1, link=same_person(first), body=b"now"))

    found.apply(first)

    assert found.born(link_of(first).person) == BORN


def test_years_told_later_do_not_displace_a_birth_date(county: County) -> None:
    first = told(message(1), BORN)
    found = ageless(county, first)

    found.apply(first)
    found.apply(told(message(1, link=same_person(first), body=b"now"), Person(age="33")))

    assert found.born(link_of(first).person) == BORN
