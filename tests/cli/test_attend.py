"""What the console's people see to, from the command line: alerts, tasks, consents, held partners; by right, with the same leaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub import clock
from hub.access import accounts
from hub.access.accounts import Account
from hub.app.asking.look import looking
from hub.app.vault import opened
from hub.model.commands import Alert, Note
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Task
from hub.settings import load
from hub.store.asking.ledger import Ledger
from tests.cli.conftest import County, Said, copied

JO, OPS, KIM = "jo@county.example", "ops", "kim@county.example"


@pytest.fixture(scope="module")
def staffed(rested: County, tmp_path_factory: pytest.TempPathFactory) -> County:
    """A county of these tests' own: people of three roles, an open alert, one that cleared, and a task."""
    county, now = copied(rested, tmp_path_factory.mktemp("attend")), clock.now()
    people = [
        accounts.invite(Account(name=name, words=f"{role} of ours", role=role, made_at=now), [], {}, "a test").command
        for name, role in ((JO, "compliance-officer"), (OPS, "operator"), (KIM, "programme-analyst"))
    ]
    told = LedgerEntry(kind=Kind.CONFIG, at=now, outcome="a test")
    task = Task(kind="duty", about="", words="Tell the coroner.", role="operator", due_at=now)
    with opened(load(county.config), writing=True) as vault, vault.writer() as writer:
        done = writer.commit(
            [
                *people,
                Alert(kind="breaker", about="B1", at=now, what="open"),
                Alert(kind="disk", about="data", at=now, what="open"),
                Alert(kind="disk", about="data", at=now, what="close", opened_at=now),
                Note(at=now, entry=told, tasks=(task,)),
            ]
        )
    assert {one.error for one in done} == {None}
    return county


def newest(county: County) -> LedgerEntry:
    """The newest entry of the ledger."""
    with looking(load(county.config)) as look, look.vault.database.read() as connection:
        return look.entry(Ledger(connection).size - 1)


def leaves(county: County) -> int:
    """How many leaves the ledger has."""
    with looking(load(county.config)) as look, look.vault.database.read() as connection:
        return Ledger(connection).size


def open_alert(county: County) -> str:
    """The name of the alert that is open."""
    (one,) = county("partners", "alerts", "--json").json
    return str(one["name"])


def test_an_alert_is_taken_on_by_somebody_who_may_and_then_says_who(staffed: County) -> None:
    before = staffed("partners", "alerts")
    done = staffed("partners", "take", open_alert(staffed), "--by", JO)
    after = staffed("partners", "alerts", "--json")

    assert (before.status, done.status, after.status) == (1, 0, 1)
    assert "nobody yet" in before.out
    assert "nearly full" not in before.out
    assert "nearly full" in staffed("partners", "alerts", "--all").out
    assert after.json[0]["taken_by"] == "compliance-officer of ours"
    entry = newest(staffed)
    assert (entry.kind, entry.outcome) == (Kind.CONFIG, "alert breaker B1 taken on")
    assert entry.actor.startswith(f"{JO} (compliance-officer), typed by ")


def test_a_task_is_seen_to_once_with_words_and_its_leaf(staffed: County) -> None:
    (task,) = staffed("partners", "tasks", "--kind", "duty", "--json").json
    number = str(task["seq"])

    silent = staffed("partners", "tend", number, "--words", " ", "--by", JO)
    done = staffed("partners", "tend", number, "--words", "rang them", "--by", JO, "--json")
    again = staffed("partners", "tend", number, "--words", "rang them", "--by", JO)

    assert task["words"] == "Tell the coroner."
    assert (silent.status, done.status, again.status) == (1, 0, 1)
    assert done.json == {"task": int(number), "kind": "duty"}
    assert "Nothing is to be done there any more." in again.aside
    entry = newest(staffed)
    assert (entry.kind, entry.outcome) == (Kind.OUTCOME, "task duty seen to: rang them")
    assert staffed("partners", "tasks", "--kind", "duty").status == 0


def filed(county: County, folder: Path) -> Said:
    """A release for B1 on paper."""
    form = folder / "form.json"
    form.write_text(
        json.dumps(
            {"number": "R-1", "kind": "SPECIFIC", "signer": "Riley Doe", "signed_at": "2026-01-01", "recipients": ["B1"],
             "purposes": ["TREAT"], "classes": ["IDENT", "ENCOUNTER"], "form_hash": "ab"}
        )
    )  # fmt: skip
    return county("consent", "file", str(form), "--identifier", "77", "--of", "H1", "--json")


def test_what_somebody_allowed_is_shown_after_its_leaf_and_taken_back(staffed: County, tmp_path: Path) -> None:
    brought = filed(staffed, tmp_path).json["message"]
    said = staffed("consent", "list", staffed.delivered, "--reason", "relied", "--by", JO)
    looked = newest(staffed)
    by_number = staffed("consent", "list", "--identifier", "MR", "H1", "77", "--reason", "asked", "--by", JO, "--json")
    before = leaves(staffed)
    foreseen = staffed("consent", "back", brought, "--preview", "--by", JO)
    between = leaves(staffed)
    back = staffed("consent", "back", brought, "--by", JO)

    assert said.status == 0
    assert "number R-1" in said.out
    assert "Test B1" in said.out
    assert "Riley" not in said.whole
    assert (looked.kind, looked.outcome) == (Kind.QUERY, "consents looked at: before relying on one")
    assert [one["name"] for one in by_number.json] == ["R-1"]
    assert (foreseen.status, between, back.status) == (0, before, 0)
    assert newest(staffed).kind is Kind.RECEIVED
    again = staffed("consent", "list", brought, "--reason", "revoked", "--by", JO, "--json").json
    assert [one["standing"] for one in again] == ["revoked", "replaced"]
    assert "does not hold any more" in staffed("consent", "back", brought, "--by", JO).aside


def test_one_partner_is_held_and_let_go_on(staffed: County) -> None:
    held = staffed("courier", "hold", "B1", "--hours", "4", "--reason", "their upgrade", "--by", OPS)
    entry = newest(staffed)
    nobody = staffed("courier", "hold", "H1", "--hours", "4", "--reason", "no address", "--by", OPS)
    on = staffed("courier", "release", "B1", "--by", OPS, "--json")
    again = staffed("courier", "release", "B1", "--by", OPS)

    assert (held.status, nobody.status, on.status, again.status) == (0, 1, 0, 1)
    assert (entry.kind, entry.outcome) == (Kind.CONFIG, "deliveries to B1 held: their upgrade")
    assert 'Nothing is delivered to a partner "H1".' in nobody.aside
    assert "not held any more" in again.aside


def test_what_a_message_says_is_shown_to_a_role_and_for_a_reason(staffed: County) -> None:
    said = staffed("message", staffed.delivered, "--says", "request", "--by", JO)
    entry = newest(staffed)
    as_json = staffed("message", staffed.delivered, "--says", "breach", "--by", JO, "--json")
    nobody = staffed("message", staffed.delivered, "--says", "breach")

    assert "Riley" in said.out
    assert (entry.kind, entry.journal) == (Kind.REVEAL, staffed.delivered)
    assert entry.outcome == "shown at a terminal: the person asked, or their representative"
    assert "person" in {one["event"] for one in as_json.json}
    assert "--by: Nothing says who is to be shown it." in nobody.aside


ASKED = (
    ("partners", "take", "0" * 16),
    ("partners", "tend", "1", "--words", "done"),
    ("consent", "list", "{delivered}", "--reason", "asked"),
    ("consent", "back", "{delivered}"),
    ("courier", "hold", "B1", "--hours", "1", "--reason", "x"),
    ("courier", "release", "B1"),
    ("message", "{delivered}", "--says", "breach"),
)


def test_whoever_may_not_in_the_console_may_not_here_and_nothing_is_shown(staffed: County) -> None:
    before = leaves(staffed)
    for words in ASKED:
        typed = [word.format(delivered=staffed.delivered) for word in words]
        said = staffed(*typed, "--by", KIM)

        assert (said.status, f"{KIM} may not " in said.aside) == (1, True), words
        assert "Riley" not in said.whole
    assert leaves(staffed) == before
    assert "nobody has no access here" in staffed(*ASKED[0], "--by", "nobody").aside
