"""Disclosures, what may be pruned, and cosignatures, read alike from both databases."""

from __future__ import annotations

from hub.model.commands import Cosign
from hub.spans import DAY
from hub.store.asking.cosigned import cosigned, last_at, newest
from hub.store.asking.disclosed import Disclosures
from hub.store.asking.ledger import Ledger
from hub.store.asking.pulse import pulse
from hub.store.writing import prune
from tests.store.county import EVENING, ORIGIN, County, claim, link_of, linked, message, parked, settle


def test_what_left_is_disclosed_and_what_never_did_is_not(county: County) -> None:
    link = linked("riley")
    county.commit(message(1, link=link), message(2), message(3))
    county.commit(claim(1), claim(2), claim(3))
    county.commit(settle(1), settle(2, "parked", code="PartnerUnreachable"), settle(3, "again", due_at=EVENING + 1))
    county.commit(claim(3, attempt=2))
    county.commit(settle(3, attempt=2))

    with county.read() as connection:
        found = Disclosures(connection, county.keys, ORIGIN)
        owners = [row.owner.hex() for row in county.rows("message")]
        about = found.about(owners, 0, EVENING + DAY)
        assert [(each.outcome, each.recipient) for each in about] == [("delivered", "clinic"), ("delivered", "clinic")]
        assert all(each.entry is not None for each in about)
        assert found.about(owners[1:2], 0, EVENING + DAY) == []
        assert found.counted(0, EVENING + DAY) == ({("clinic", "care"): 2}, 3, 3)
        assert found.identities(link.identity) == (link.identity,)
        assert found.found(link.blocks[0]) == (link.identity,)


def test_entries_that_lie_in_many_commits_say_the_same_as_those_of_one(county: County) -> None:
    county.commit(*(message(n) for n in range(1, 13)))
    for n in range(1, 13):
        county.commit(claim(n))
        county.commit(settle(n))

    with county.read() as connection:
        found = Disclosures(connection, county.keys, ORIGIN)
        owners = [row.owner.hex() for row in county.rows("message")]
        together = {each.leaf: each.entry for each in found.about(owners, 0, EVENING + DAY)}
        alone = {each.leaf: each.entry for one in owners for each in found.about([one], 0, EVENING + DAY)}

    assert len(together) == 12
    assert all(together.values())
    assert together == alone


def test_only_what_is_settled_may_be_cleared(county: County) -> None:
    done, stuck = message(1), message(2)
    county.commit(done)
    county.commit(stuck, parked(3))
    county.commit(claim(1))
    county.commit(settle(1))

    with county.read() as connection:
        spared = prune.unresolved(connection, EVENING + 1)
    cleared = county.writer.tidy(lambda connection: prune.clear(connection, EVENING + 1, spared))

    assert bytes.fromhex(link_of(stuck).identity) in spared
    assert bytes.fromhex(link_of(done).identity) not in spared
    assert (len(spared), cleared, len(county.rows("payload"))) == (2, 1, 1)


def test_the_largest_tree_that_covers_a_leaf_is_found_with_all_who_signed_it(county: County) -> None:
    county.commit(message(1))
    county.commit(message(2))
    size = county.verified()
    county.commit(
        Cosign(size=2, witness="a", at=1, line="a2"),
        Cosign(size=size, witness="a", at=3, line="a4"),
        Cosign(size=size, witness="b", at=4, line="b4"),
    )

    with county.read() as connection:
        whole, one = cosigned(connection, 3), newest(connection, "a")
        assert whole is not None
        assert (whole.size, whole.at, whole.lines) == (size, 4, ("a4", "b4"))
        assert one is not None
        assert one.lines == ("a4",)
        assert cosigned(connection, size + 1) is None
        assert last_at(connection) == 4
        assert Ledger(connection).note_at(size) == Ledger(connection).checkpoint
        assert (pulse(connection).messages, pulse(connection).leaves) == (2, size)
