"""Accounts: passwords are kept as Argon2id alone, wrong ones lock out, links work once, and access ends when it is ended."""

from __future__ import annotations

import time
from collections.abc import Iterator

import msgspec
import pytest
from msgspec.structs import replace

from hub.access import accounts, password
from hub.access.accounts import Account, Known, Tried
from hub.errors import Conflict, Misconfigured
from hub.model.commands import Lodge
from hub.spans import DAY, MINUTE, SECOND
from tests.passwords import REAL, costing

AT = 1_773_604_800_000_000
GOOD = "seven quiet herons"
JO = Account(name="jo@county.example", words="Jo Reyes", role="operator", made_at=AT)


@pytest.fixture(scope="module", autouse=True)
def _real() -> Iterator[None]:
    with costing(**REAL):
        yield


@pytest.fixture(scope="module")
def jo() -> Known:
    return Known("a1", 1, replace(JO, secret=password.hashed(GOOD)))


def kept(command: Lodge | None) -> Account:
    assert command is not None
    return msgspec.msgpack.decode(command.value, type=Account)


def after(one: Known, tried: Tried) -> Known:
    return one if tried.command is None else Known(one.id, one.version + 1, kept(tried.command))


def test_the_right_password_lets_in_and_a_wrong_one_does_not(jo: Known) -> None:
    assert accounts.tried(jo, GOOD, AT).why == ""
    assert accounts.tried(jo, GOOD + " ", AT).why == "password"
    assert accounts.tried(None, GOOD, AT).why == "name"


def test_a_password_is_kept_as_argon2id_with_a_salt_of_its_own() -> None:
    first, second = password.hashed(GOOD), password.hashed(GOOD)

    assert first != second
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert GOOD not in first
    assert password.holds(GOOD, first)


def test_five_wrong_tries_lock_out_and_the_right_password_waits_too(jo: Known) -> None:
    now = jo
    for _ in range(accounts.TRIES):
        now = after(now, accounts.tried(now, "wrong", AT))

    assert now.account.state(AT) == "locked"
    assert accounts.tried(now, GOOD, AT + 14 * MINUTE) == Tried("locked")
    assert accounts.tried(now, GOOD, AT + 15 * MINUTE).why == ""


def test_each_further_round_of_wrong_tries_doubles_the_pause(jo: Known) -> None:
    now, at, pauses = jo, AT, []
    for _ in range(4 * accounts.TRIES):
        now = after(now, accounts.tried(now, "wrong", at))
        if now.account.locked_until > at:
            pauses.append((now.account.locked_until - at) // MINUTE)
            at = now.account.locked_until

    assert pauses == [15, 30, 60, 120]


def test_a_success_forgets_the_failures_before_it(jo: Known) -> None:
    once = after(jo, accounts.tried(jo, "wrong", AT))

    assert kept(accounts.tried(once, GOOD, AT).command).failures == 0


def test_a_name_that_is_not_known_takes_as_long_as_one_that_is(jo: Known) -> None:
    accounts.tried(None, "warm", AT)

    def seconds(one: Known | None) -> float:
        began = time.process_time()
        accounts.tried(one, "wrong", AT)
        return time.process_time() - began

    known, unknown = min(seconds(jo) for _ in range(3)), min(seconds(None) for _ in range(3))

    assert 0.5 < known / unknown < 2


def test_whoever_signs_in_at_a_provider_has_no_password_here(jo: Known) -> None:
    elsewhere = Known("a2", 1, replace(jo.account, provider=True))

    assert accounts.tried(elsewhere, GOOD, AT).why == "name"


def test_a_link_works_once_and_for_a_day() -> None:
    command, token = accounts.invite(JO, [], {}, "root (command line)")
    one = Known(command.name, 1, kept(command))

    assert token not in str(command)
    assert accounts.invited([one], token, AT) == one
    assert accounts.invited([one], token, AT + DAY) is None
    assert accounts.invited([one], "", AT) is None
    accepted = Known(one.id, 2, kept(accounts.accept(one, GOOD, AT)))
    assert accounts.invited([accepted], token, AT) is None
    assert accounts.tried(accepted, GOOD, AT).why == ""


def test_a_new_link_ends_the_old_password_and_a_lock_out(jo: Known) -> None:
    locked = Known(jo.id, 1, replace(jo.account, failures=5, locked_until=AT + SECOND))

    fresh = kept(accounts.anew(locked, AT, "x").command)

    assert (fresh.secret, fresh.failures, fresh.locked_until) == ("", 0, 0)


def test_an_account_that_ended_is_nobodys_name(jo: Known) -> None:
    ended = Known(jo.id, 2, kept(accounts.end(jo, AT, "x")))

    assert accounts.named([ended], JO.name) is None
    assert accounts.named([jo], " JO@county.example ") == jo


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": "Jo Reyes"}, "no name to sign in with"),
        ({"role": "operater"}, 'no role "operater"'),
        ({"partner": "B1"}, "one of the county's staff"),
        ({"role": "responder"}, "one of a partner's own people"),
        ({"role": "responder", "partner": "B2"}, 'no partner "B2"'),
    ],
)
def test_a_wrong_account_is_refused_with_its_cure(change: dict[str, str], says: str) -> None:
    with pytest.raises(Misconfigured, match=says):
        accounts.invite(replace(JO, **change), [], {"B1": None}, "x")


def test_nobody_is_given_access_twice(jo: Known) -> None:
    with pytest.raises(Conflict, match="has access already"):
        accounts.invite(JO, [jo], {}, "x")


def test_every_change_of_access_is_an_entry_of_the_ledger_and_a_wrong_try_is_none(jo: Known) -> None:
    changes = [accounts.end(jo, AT, "x"), accounts.unlock(jo, AT, "x"), accounts.accept(jo, GOOD, AT)]
    invitations = [accounts.invite(JO, [], {}, "x").command, accounts.anew(jo, AT, "x").command]

    assert all(command.entry is not None for command in (*changes, *invitations))
    assert GOOD not in str(changes)
    failed = accounts.tried(jo, "wrong", AT).command
    assert failed is not None
    assert failed.entry is None


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("fourteen chars", "at least 15"),
        ("x" * 257, "at most 256"),
        ("abababababababab", "repeats itself"),
        ("aaaaaaaaaaaaaaab", "repeats itself"),
        ("the jo.reyes password", "leans on your name"),
        (GOOD, ""),
    ],
)
def test_what_a_password_must_be(typed: str, says: str) -> None:
    found = password.wrong(typed, "jo.reyes", "hub")

    assert (says in found) if says else found == ""


# --- for a term, under supervision (row SC07)

OSEI = Known("a2", 1, Account(name="osei@b1.example", words="Dr Osei", role="intake-worker", partner="B1", made_at=AT))
INTERN = Account(
    name="ira@b1.example", words="Ira", role="intake-worker", partner="B1", made_at=AT, until=AT + DAY, supervisor="osei@b1.example"
)  # fmt: skip


def test_an_interns_access_ends_with_the_term() -> None:
    one = Known("a3", 1, replace(INTERN, secret=password.hashed(GOOD)))

    assert accounts.tried(one, GOOD, AT + DAY - 1).why == ""
    assert accounts.tried(one, GOOD, AT + DAY).why == "name"
    assert [one.account.state(at) for at in (AT, AT + DAY)] == ["active", "term over"]


def test_each_act_of_an_intern_names_the_supervisor() -> None:
    command, _ = accounts.invite(INTERN, [OSEI], {"B1": None}, "root (command line)")

    made = Known("a3", 1, kept(command))
    assert made.actor == "ira@b1.example (intake-worker, supervised by osei@b1.example)"
    entry = accounts.accept(made, GOOD, AT).entry
    assert entry is not None
    assert entry.actor == made.actor


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"supervisor": "nobody@b1.example"}, "supervisor"),
        ({"supervisor": "ira@b1.example"}, "supervisor"),
        ({"partner": "B2"}, "supervisor"),
        ({"until": AT}, "until"),
    ],
)
def test_a_term_that_is_over_and_a_supervisor_from_elsewhere_are_refused(wrong: dict[str, object], place: str) -> None:
    account = replace(INTERN, **wrong)

    with pytest.raises(Misconfigured) as refusal:
        accounts.invite(account, [OSEI], {"B1": None, "B2": None}, "root (command line)")
    assert refusal.value.at == place


def test_who_is_supervised_supervises_nobody() -> None:
    intern = Known("a3", 1, replace(INTERN, name="sam@b1.example"))

    with pytest.raises(Misconfigured):
        accounts.invite(
            replace(INTERN, supervisor="sam@b1.example"), [OSEI, intern], {"B1": None}, "root (command line)"
        )
