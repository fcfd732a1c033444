"""Consents, orders and restrictions that somebody enters at a desk: filed for one person, decided by from then on.

What is filed is a message of the hub's own: its bytes are the form, it has a leaf, and whatever waits is decided again by it.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final, get_args

import msgspec

from hub import clock, located
from hub.app.asking.look import looking
from hub.app.hatch import carry_out, writer
from hub.app.house import Household
from hub.app.vault import Vault
from hub.errors import Lasting
from hub.flow import capture
from hub.flow.capture import Form, captured
from hub.flow.link import traits_of
from hub.flow.linkage.finders import numbers
from hub.flow.question import kinds
from hub.flow.recall import HUB
from hub.model.commands import Keep
from hub.model.consent import ConsentDirective
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import CrisisEvent, event_id
from hub.model.person import Person
from hub.model.plan import Labelled, Link, Plan, Task
from hub.model.values import Identifier
from hub.settings import Settings
from hub.store.asking.scene import Scenes
from hub.store.ids import new_id

DOOR = "desk"
ROLE = "privacy officer"


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """What was filed: the message that it is, what it is called, and what is wrong with it, in words; then it opens nothing."""

    message: str
    directive: str
    kind: str
    flaws: tuple[str, ...]


def form(path: Path) -> Form:
    """The form in a file. Raises Misconfigured naming the line, the key that is wrong and its cure, and never what it says."""
    found = located.load(path)
    if not isinstance(found.data, dict):
        raise found.refuse("This form cannot be read: it has no keys.", cure=KEYS)
    for key in found.data:
        if key not in Form.__struct_fields__:
            raise found.refuse("This form cannot be read: a key of it is none.", key, cure=located.near(key, FIELDS))
    try:
        return msgspec.convert(found.data, Form)
    except msgspec.ValidationError as wrong:
        key = str(wrong).rpartition(" - at `$.")[2].partition("[")[0].rstrip("`")
        raise found.refuse(*_wrong(key, found.data)) from wrong


FIELDS: Final = Form.__struct_fields__
KEYS: Final = f"It is JSON with the keys {', '.join(FIELDS)}."
_SHAPES: Final = {"kind": capture.Kind, "signer_role": capture.Role}


def _wrong(key: str, data: dict[str, object]) -> tuple[str, ...]:
    """What is wrong with a form, and where: at a key, or a key is missing."""
    if key not in data:
        missing = next(name for name in ("number", "kind") if name not in data)
        return (f"This form cannot be read: {missing} is missing.",)
    known = f" It is one of {', '.join(get_args(_SHAPES[key]))}." if key in _SHAPES else ""
    return f"This form cannot be read: {key} is not what it must be.{known}", key


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody entered, about the one person whom a `source` (a partner, or who gives such numbers) knows by a number."""

    form: Form
    number: Identifier
    source: str
    actor: str


async def file(settings: Settings, paper: Paper) -> Filed:
    """File what somebody entered. Once this returns it is kept with a leaf.

    Raises Lasting where nobody, or more than one person, is known by that number.
    """
    with looking(settings) as look:
        command, flaws = await asyncio.to_thread(kept, look.known, look.vault, paper)
    async with writer(settings) as (desk, _):
        await carry_out(desk, [command])
    return Filed(message=command.journal, directive=paper.form.number, kind=paper.form.kind, flaws=flaws)


def kept(known: Household, vault: Vault, paper: Paper) -> tuple[Keep, tuple[str, ...]]:
    """The command that keeps it, and what is wrong with it."""
    at = clock.now()
    link = _link(vault, paper)
    made = captured(paper.form, zone=known.county.zone, partners=known.county.partners, at=at)
    said = _Said(directive=made, body=msgspec.json.encode(paper.form), words=paper.form.kind, actor=paper.actor)
    return _keep(known, link, said, at), made.flaws


def revoked(known: Household, identity: str, person: str, over: ConsentDirective, *, actor: str, at: int) -> Keep:
    """The command that keeps a directive as it was taken back, at an instant (UTC microseconds)."""
    link = Link(verdict="same", identity=identity, person=person, fresh=False, evidence=("taken back",))
    said = _Said(directive=over, body=msgspec.json.encode(over), words="REVOKED", actor=actor)
    return _keep(known, link, said, at)


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    """A directive as it was entered: the bytes to keep, its kind for the ledger, and who entered it."""

    directive: ConsentDirective
    body: bytes
    words: str
    actor: str


def _keep(known: Household, link: Link, said: _Said, at: int) -> Keep:
    journal = new_id()
    event = CrisisEvent(id=event_id(journal, 0), body=said.directive, source=HUB, recorded_at=at)
    plan = Plan(
        journal=journal,
        state="planned",
        kind="DIRECTIVE",
        message_id=journal,
        events=(event,),
        link=link,
        entries=(_received(said, link.identity, journal, at),),
        tasks=_tasks(said.directive, journal),
        labelled=Labelled(bodies=kinds((event,)), labels=known.house.label((event,), HUB, ()), which=(0,)),
        pins=known.house.pins,
    )
    return Keep(journal=journal, partner=HUB, at=at, door=DOOR, body=said.body, plan=plan)


def _link(vault: Vault, paper: Paper) -> Link:
    blocks = numbers(traits_of(Person(identifiers=(paper.number,)), paper.source))
    with vault.database.read() as connection:
        whose = Scenes(connection, vault.keys, vault.origin).whose(blocks)
    if whose is None:
        cure = "Give the number of one who is known here, with its assigner; two who may be one are told apart first."
        raise Lasting("Nobody, or more than one person, is known by this number.", cure=cure)
    identity, person = whose
    return Link(verdict="same", identity=identity, person=person, fresh=False, evidence=("entered by number",))


def _received(said: _Said, identity: str, journal: str, at: int) -> LedgerEntry:
    return LedgerEntry(
        kind=Kind.RECEIVED,
        at=at,
        journal=journal,
        partner=HUB,
        subject=identity,
        outcome=f"DIRECTIVE {said.words}",
        actor=said.actor,
    )


def _tasks(made: ConsentDirective, journal: str) -> tuple[Task, ...]:
    """What is wrong is somebody's to mend: a directive with a flaw opens nothing until it is filed again, whole."""
    words = f"A directive opens nothing: {'; '.join(made.flaws)}. File it again, whole, under its number."
    return (Task(kind="consent", about=journal, words=words, role=ROLE),) if made.flaws else ()
