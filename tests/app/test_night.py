"""Every night: what is older than retention is destroyed and cleared, and nothing that waits for a person ever is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.app.desk import at_desk
from hub.app.disclosures.accounting import Scope, accounting
from hub.app.keeping import orders, proofs
from hub.app.keeping.night import tend
from hub.app.vault import make, opened
from hub.errors import KeyUnavailable, Lasting
from hub.model.commands import Once
from hub.settings import Retention, load
from hub.spans import DAY
from hub.store.asking.journal import Journal
from tests.app.books import RULES, Books, Person, books
from tests.cli import county as config_of
from tests.store import county
from tests.store.county import EVENING

MONTH = 31 * DAY
RETENTION = Retention(payload_months=3, accounting_months=72)
LATER = EVENING + 5 * MONTH


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Books]:
    with books(tmp_path) as made:
        yield made


@pytest.fixture
def riley(kept: Books) -> Person:
    person = kept.person().at("H1", "77")
    kept.sent(person, "H1", "PD", [RULES["threat"]], EVENING + DAY, purpose="AVERT_THREAT")
    return person


def night(kept: Books, now: int = LATER, retention: Retention = RETENTION) -> object:
    return tend(kept.look.vault.keys, kept.writer, retention, now)


def readable(kept: Books, journal: str) -> bool:
    with kept.look.vault.database.read() as connection:
        try:
            return bool(Journal(connection, kept.look.vault.keys, kept.look.vault.origin).kept([journal])[0].body)
        except KeyUnavailable:
            return False


def journals(kept: Books) -> list[str]:
    with kept.look.vault.database.read() as connection:
        return [row[0].hex() for row in connection.exec_driver_sql("SELECT id FROM message ORDER BY seq")]


def payloads(kept: Books) -> int:
    with kept.look.vault.database.read() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM payload").scalar_one())


def test_what_is_older_than_retention_cannot_be_read_and_is_accounted_for_all_the_same(
    kept: Books, riley: Person
) -> None:
    (first, second), before = journals(kept), payloads(kept)

    night(kept)

    assert (readable(kept, first), readable(kept, second)) == (False, False)
    assert payloads(kept) < before
    who = tuple(riley.identities.values())
    assert len(accounting(kept.look, who, "hipaa", Scope(verified="yes"), LATER).rows) == 1
    assert proofs.verify(kept.look.vault).destroyed == 0


def test_a_clock_that_is_years_ahead_takes_one_month_a_night_and_no_more(kept: Books) -> None:
    for month in range(3):
        kept.commit(county.message(month, at=EVENING + month * MONTH, to=()))
    left = []
    for nth in range(3):
        night(kept, LATER + 60 * MONTH + nth * DAY)
        left.append((sum(readable(kept, journal) for journal in journals(kept)), payloads(kept)))

    assert left == [(2, 2), (1, 1), (0, 0)]


def test_a_night_that_finds_nothing_old_changes_nothing(kept: Books, riley: Person) -> None:
    before = proofs.verify(kept.look.vault).leaves

    night(kept, EVENING + MONTH)

    assert all(readable(kept, journal) for journal in journals(kept))
    assert proofs.verify(kept.look.vault).leaves == before
    assert orders.read(kept.look.vault.keys.path) == []


def test_a_night_that_destroys_leaves_one_leaf_and_an_order(kept: Books, riley: Person) -> None:
    before = proofs.verify(kept.look.vault).leaves

    night(kept)
    night(kept, LATER + DAY)

    assert proofs.verify(kept.look.vault).leaves == before + 1
    assert [each.why for each in orders.read(kept.look.vault.keys.path)] == ["payload retention"]


def test_what_waits_for_a_person_is_never_destroyed(kept: Books, riley: Person) -> None:
    parked = county.parked("never read")
    waiting, ended, stuck = (county.message(n, plan=county.planned(n, to=("B1",))) for n in ("a", "b", "c"))
    kept.commit(parked)
    kept.commit(waiting)
    kept.commit(ended)
    kept.commit(county.claim(kept.last_outbox), county.settle(kept.last_outbox))
    kept.commit(stuck)
    kept.commit(county.claim(kept.last_outbox), county.settle(kept.last_outbox, "parked"))

    night(kept)

    assert readable(kept, parked.journal)
    assert readable(kept, waiting.journal)
    assert readable(kept, stuck.journal)
    assert not readable(kept, ended.journal)


def test_accounting_goes_after_its_own_time_and_the_proofs_stay(kept: Books, riley: Person) -> None:
    leaves = proofs.verify(kept.look.vault).leaves

    night(kept, EVENING + 74 * MONTH)

    found = proofs.verify(kept.look.vault)
    assert found.leaves == leaves + 1
    assert found.destroyed >= leaves - 1


def test_used_assertions_are_forgotten_when_nobody_could_use_them(kept: Books) -> None:
    kept.commit(
        Once(digest=b"a" * 32, at=EVENING, expires=EVENING), Once(digest=b"b" * 32, at=EVENING, expires=LATER + 1)
    )

    night(kept)

    with kept.look.vault.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM jti").scalar_one() == 1


async def test_an_errand_is_done_between_groups_and_its_fault_is_told(tmp_path: Path) -> None:
    settings = load(config_of.write(tmp_path))
    make(settings)
    with opened(settings, writing=True) as vault:
        from hub.app.house import household

        async with at_desk(settings, household(settings), vault, nights=True) as desk:
            assert await desk.errand(lambda: 7) == 7
            with pytest.raises(Lasting, match="ZeroDivisionError"):
                await desk.errand(lambda: 1 // 0)
            assert await asyncio.wait_for(desk.ask(()), 2) == []
