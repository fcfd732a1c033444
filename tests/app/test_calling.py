"""A task that opens is told to its role by mail, once, without its words; what could not be sent is sent later."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import hub
from hub import clock
from hub.app.watching.calling import Calling, Mail
from hub.errors import Misconfigured, PartnerUnreachable
from hub.flow.gaps import RULES
from hub.flow.handover import CHAINS
from hub.flow.referral import CHAIN
from hub.misset import ROLES
from hub.model.commands import Command, Note
from hub.model.entry import Kind, LedgerEntry
from hub.model.plan import Task
from hub.settings import load
from hub.spans import DAY, HOUR
from hub.store.result import Result
from tests.houses import Store, store

AT = clock.now()


class Straight:
    """A desk that commits at once."""

    def __init__(self, kept: Store) -> None:
        self.kept = kept

    async def ask(self, commands: Sequence[Command]) -> Sequence[Result]:
        return self.kept.writer.commit(commands)


class Post:
    """A mail server that may be down."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []
        self.down = False

    async def mail(self, subject: str, words: str) -> None:
        if self.down:
            raise PartnerUnreachable("The mail was not sent.")
        self.mails.append((subject, words))


def calls(kept: Store, **ways: Mail) -> Calling:
    vault = SimpleNamespace(database=kept.database, keys=kept.keys, origin=kept.signer.name)
    named = {name.replace("_", " "): way for name, way in ways.items()}
    return Calling(
        vault=cast("Any", vault),
        desk=cast("Any", Straight(kept)),
        ways=named,
        base="https://hub.example.org",
        zone="UTC",
    )


def opens(kept: Store, role: str, *, at: int = AT, kind: str = "referral") -> None:
    entry = LedgerEntry(kind=Kind.OUTCOME, at=at, outcome="promise not kept")
    task = Task(kind=kind, about="RF-1", words="Telephone 602-555-0142.", role=role, due_at=at + HOUR)
    kept.writer.commit([Note(at=at, entry=entry, tasks=(task,))])


def test_each_task_is_told_to_its_role_once_and_never_in_its_own_words(tmp_path: Path) -> None:
    lead, supervisor = Post(), Post()
    with store(tmp_path) as kept:
        opens(kept, "supervisor", at=AT - 2 * DAY)
        opens(kept, "supervisor")
        opens(kept, "county lead", kind="handover")
        opens(kept, "operator")
        called = calls(kept, supervisor=supervisor, county_lead=lead)

        assert [asyncio.run(called.look(AT)) for _ in range(2)] == [2, 0]
        opens(kept, "supervisor")
        again = calls(kept, supervisor=supervisor, county_lead=lead)
        assert asyncio.run(again.look(AT)) == 1

    assert [subject for subject, _ in lead.mails] == ["[crisis-hub] county lead: handover"]
    (_, words), _ = supervisor.mails
    assert re.search(
        r"^A task waits for the supervisor: referral, due \w+ \d+ 20\d\d, \d\d:\d\d UTC\.$", words, re.MULTILINE
    )
    assert re.search(r"^Read it: https://hub\.example\.org/tasks/\d+$", words, re.MULTILINE)
    assert "602" not in words


def test_what_could_not_be_sent_is_sent_later(tmp_path: Path) -> None:
    post = Post()
    with store(tmp_path) as kept:
        opens(kept, "supervisor")
        called, post.down = calls(kept, supervisor=post), True
        with pytest.raises(PartnerUnreachable):
            asyncio.run(called.look(AT))
        post.down = False

        assert [asyncio.run(called.look(AT)) for _ in range(2)] == [1, 0]

    assert len(post.mails) == 1


def test_every_role_for_whom_a_task_may_open_can_be_named() -> None:
    sources = [path.read_text() for path in Path(hub.__file__).parent.rglob("*.py")]
    spelled = {role for text in sources for role in re.findall(r'Task\((?:[^()]|\([^()]*\))*?role="([^"]+)"', text)}
    named = {role for text in sources for role in re.findall(r'^ROLE: Final = "([a-z0-9 ]+)"$', text, re.MULTILINE)}
    chains = {role for chain in CHAINS.values() for _, role in chain} | {*CHAIN} | {rule.role for rule in RULES}

    assert min(len(spelled), len(named), len(chains)) > 2
    assert (spelled | named | chains) <= ROLES


@pytest.mark.parametrize(
    ("roles", "said"),
    [
        ("[superviser=lee@x.example]", "superviser"),
        ("[supervisor]", "no address"),
        ("[supervisor=lee@x.example]", "Who sends these mails?"),
    ],
)
def test_a_role_that_nobody_has_is_refused_at_the_start(tmp_path: Path, roles: str, said: str) -> None:
    (tmp_path / "hub.yaml").write_text(f"ledger: {{origin: hub.example.org/x}}\nalerts: {{roles: {roles}}}\n")

    with pytest.raises(Misconfigured) as refused:
        load(tmp_path, {})

    assert said in str(refused.value)
