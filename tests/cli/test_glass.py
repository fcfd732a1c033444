"""Broken glass and its review, from the command line."""

from __future__ import annotations

import msgspec

from hub import clock
from hub.app.care.glass import KIND, Broken, Request
from hub.app.vault import opened
from hub.model.commands import Lodge
from hub.settings import load
from tests.cli.conftest import County


def broken(own: County) -> None:
    """Somebody broke the glass."""
    request = Request(who="Dr. N. Achterberg", reason="unconscious in the ED", minutes=30, identifier="H1-77")
    use = Broken(partner="B1", request=request, at=clock.now(), until=clock.now())
    command = Lodge(kind=KIND, name="a" * 16, at=use.at, value=msgspec.msgpack.encode(use))
    with opened(load(own.config), writing=True) as vault, vault.writer() as writer:
        (result,) = writer.commit([command])
    assert result.error is None


def test_a_use_waits_for_its_review_is_judged_once_and_names_no_patient(own: County) -> None:
    broken(own)

    listed = own("glass", "list")
    judged = own("glass", "review", "a" * 16, "--verdict", "justified", "--words", "seen on the ward")
    again = own("glass", "review", "a" * 16, "--verdict", "unjustified", "--words", "on second thought")
    after, everything = own("glass", "list"), own("glass", "list", "--all", "--json")

    assert (listed.status, judged.status, again.status, after.status) == (1, 0, 1, 0)
    assert "Dr. N. Achterberg" in listed.out
    assert "H1-77" not in listed.whole + everything.whole
    assert "reviewed already" in again.aside
    assert "No use waits" in after.out
    assert [one["verdict"] for one in everything.json] == ["justified"]


def test_nothing_waits_where_nothing_was_broken(rested: County) -> None:
    assert rested("glass", "list").status == 0
