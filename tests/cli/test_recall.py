"""Recalls, from the command line."""

from __future__ import annotations

from hub import clock
from hub.app.asking.look import looking
from hub.app.vault import opened
from hub.model.commands import Recall
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Task
from hub.settings import load
from tests.cli.conftest import County


def recalled(own: County, *, due_at: int) -> None:
    """Somebody is asked to ring the clinic about the message that it got."""
    settings = load(own.config)
    with looking(settings) as look:
        message = look.message(own.delivered)
        with look.journal() as journal:
            (row,) = [row for row in journal.timeline(message.journal) if row.state == "delivered"]
    entry = LedgerEntry(
        kind=Kind.RECALL, at=clock.now(), journal=message.journal, partner=row.destination, subject=message.owner
    )
    task = Task(kind="recall", about=row.destination, words="Ring there.", due_at=due_at)
    command = Recall(deliveries=(row.outbox,), at=clock.now(), due_at=due_at, entry=entry, task=task)
    with opened(settings, writing=True) as vault, vault.writer() as writer:
        (result,) = writer.commit([command])
    assert result.error is None


def test_a_recall_is_listed_seen_to_and_gone(own: County) -> None:
    recalled(own, due_at=clock.now() + 60_000_000)

    listed, done = own("recall", "list"), own("recall", "done", own.delivered)
    after = own("recall", "list", "--outstanding", "--json")

    assert (listed.status, done.status, after.status) == (0, 0, 0)
    assert "by hand" in listed.out
    assert own.delivered[:12] in listed.out
    assert "is seen to" in done.out
    assert after.json == []
    assert own("recall", "done", own.delivered).status == 1


def test_an_overdue_recall_ends_with_1(own: County) -> None:
    recalled(own, due_at=clock.now() - 1)

    listed = own("recall", "list", "--json")

    assert listed.status == 1
    assert [one["state"] for one in listed.json] == ["by hand"]


def test_nothing_was_recalled(rested: County) -> None:
    assert "Nothing was recalled." in rested("recall", "list").out
    assert "No recall of this message is open." in rested("recall", "done", rested.delivered).aside
