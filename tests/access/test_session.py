"""Sessions end when nobody does anything, end for good after some hours, and their secrets lie nowhere."""

from __future__ import annotations

from hub.access import session
from hub.access.session import Here, Terms
from hub.spans import HOUR, MINUTE
from hub.store.writing.lodged import Lodging

AT = 1_773_604_800_000_000
TERMS = Terms(longest=12 * HOUR, idle=30 * MINUTE)


def here(at: int = AT) -> Here:
    command, token = session.begin("a1", "password", at, TERMS)
    found = session.found(token, Lodging(name=command.name, version=1, at=at, until=command.until, value=command.value))
    assert found is not None
    return found


def test_it_is_over_when_nobody_does_anything() -> None:
    command, _ = session.begin("a1", "password", AT, TERMS)

    assert command.until == AT + 30 * MINUTE


def test_work_keeps_it_and_not_every_request_is_a_commit() -> None:
    now = here()

    assert session.touched(now, AT + MINUTE - 1, TERMS) is None
    command = session.touched(now, AT + 20 * MINUTE, TERMS)
    assert command is not None
    assert command.until == AT + 50 * MINUTE


def test_no_work_keeps_it_longer_than_its_longest() -> None:
    command = session.touched(here(), AT + 12 * HOUR - MINUTE, TERMS)

    assert command is not None
    assert command.until == AT + 12 * HOUR


def test_its_secret_is_not_what_is_lodged_and_forms_tell_nothing_of_it() -> None:
    command, token = session.begin("a1", "password", AT, TERMS)
    now = here()

    assert token not in str(command)
    assert token.encode() not in command.value
    assert now.token not in now.csrf
    assert now.csrf != here().csrf


def test_an_unknown_cookie_is_no_session() -> None:
    assert session.found("guess", None) is None
