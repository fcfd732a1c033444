"""What a partner says became of a task, by FHIR: said of the version it read, kept as its message, told to whoever asked for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from adapters.wire.fhir import Node
from hub.app.facade.records import Seen
from hub.app.house import Household
from hub.contracts import Adapter, Reading, Received
from hub.errors import Conflict, NotAllowed, Unmapped, Unreadable
from hub.flow.plan import Known
from hub.model.commands import Keep, Lodge
from hub.model.consent import ConsentDirective
from hub.model.entry import Kind, LedgerEntry
from hub.model.person import Person
from hub.model.plan import EpisodeEvent, Link
from hub.model.service import Referral
from hub.partners import Partner
from hub.spans import DAY
from hub.store.asking.granted import Grant
from hub.store.asking.shelf import Own

KIND: Final = "task"
DOOR: Final = "fhir"
REMEMBERED: Final = 400 * DAY
# What may be said of a task; everything else is as the one who asked for it said.
SAID: Final = ("status", "statusReason", "businessStatus", "lastModified", "note")
_ASIDE: Final = frozenset({*SAID, "meta", "text"})
OVER: Final = frozenset({"rejected", "cancelled", "failed", "completed", "entered-in-error"})
# Who it was asked of says what becomes of it; who asked may take it back.
_OWNER: Final = frozenset(
    {"received", "accepted", "rejected", "ready", "in-progress", "on-hold", "failed", "completed"}
)
_REQUESTER: Final = frozenset({"cancelled"})
_SET: Final = re.compile(rf"Task\.(?:{'|'.join(SAID)})\b")
_body = msgspec.json.Encoder().encode
encode = msgspec.msgpack.Encoder().encode


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a partner said last of a task: under which id its message is kept, when (UTC microseconds), and the elements it set."""

    journal: str
    at: int
    elements: dict[str, Any]


decode = msgspec.msgpack.Decoder(Said).decode


def name(partner: str, word: str) -> str:
    """Under which name a partner's word on a task is lodged."""
    return f"{partner} {word}"


def overlaid(seen: Seen, said: Said | None, version: str, at: str) -> Seen:
    """A task as the partner left it, unless whoever asked for it said something later."""
    if said is None or said.at < seen.at:
        return seen
    meta = {**seen.node["meta"], "versionId": version, "lastUpdated": at}
    others = {key: value for key, value in seen.node.items() if key not in SAID}
    return replace(seen, node={**others, **said.elements, "meta": meta})


def answered(partner: str, seen: Seen, own: Iterable[Own]) -> Said | None:
    """What the partner's own people answered of a task on its pages, the newest first: a program may not answer against them."""
    number = next((one["value"] for one in seen.node.get("identifier", ())), "")
    if seen.node.get("owner", {}).get("identifier", {}).get("value") != partner:
        return None
    for message in own:
        for event in message.events:
            body = event.body
            if isinstance(body, Referral) and body.number == number and body.performer == partner and body.status:
                return Said(journal=message.journal, at=message.at, elements={"status": body.status.code})
    return None


def checked(partner: str, seen: Seen, node: Node, version: str) -> dict[str, Any]:
    """The elements that a partner sets. Raises Conflict for another version, NotAllowed or Unmapped for what is not its to say."""
    now = seen.node
    if version != now["meta"]["versionId"]:
        raise Conflict("It is not the version that was read: read it again.")
    if (node.get("resourceType"), node.get("id")) != (now["resourceType"], now["id"]):
        raise Unreadable("This is not the task of this address.", at="Task.id")
    changed = sorted(key for key in node.keys() | now.keys() if key not in _ASIDE and node.get(key) != now.get(key))
    if changed:
        told = changed[0] if changed[0] in now else "something else"
        raise Unmapped(f"Of a task {', '.join(SAID)} may be changed, and not {told}.", at="Task")
    if now["status"] in OVER:
        raise Unmapped("This task is over.", at="Task.status")
    if not isinstance(node.get("status"), str) or node["status"] not in _may(partner, now):
        raise NotAllowed("This is not yours to say of this task.", at="Task.status")
    return {key: node[key] for key in SAID if key in node}


def _may(partner: str, task: Mapping[str, Any]) -> frozenset[str]:
    owner, requester = (task.get(role, {}).get("identifier", {}).get("value") for role in ("owner", "requester"))
    return (_OWNER if owner == partner else frozenset()) | (_REQUESTER if requester == partner else frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """One word on a task that a partner may see: `before` is the version of what is lodged about it, 0 where nothing is."""

    partner: Partner
    seen: Seen
    grant: Grant
    said: Said
    before: int

    def lodged(self) -> Lodge:
        """The command that claims the version: of two words on one version one is refused."""
        entry = LedgerEntry(
            kind=Kind.OUTCOME,
            at=self.said.at,
            partner=self.partner.id,
            subject=self.seen.identity,
            journal=self.seen.journal,
            outcome=f"task {self.said.elements['status']}",
        )
        return Lodge(
            kind=KIND,
            name=name(self.partner.id, str(self.seen.node["id"])),
            at=self.said.at,
            value=encode(self.said),
            until=self.said.at + REMEMBERED,
            before=self.before,
            entry=entry,
        )

    def kept(self, known: Household, reader: Adapter, directives: tuple[ConsentDirective, ...]) -> Keep:
        """The word as a message of the partner about the very person. Raises Unmapped for what is no FHIR, naming its place."""
        body = _body(_told({**self.seen.node, **self.said.elements}))
        received = Received(
            journal=self.said.journal, partner=self.partner.id, as_of=self.said.at, zone=known.county.zone
        )
        reading = reader.read(body, received)
        # What is no FHIR would be neither told on nor fit to be shown again.
        if wrong := next((loss.path for loss in reading.invalid if _SET.match(loss.path)), ""):
            raise Unmapped("Something else is expected here.", at=wrong)
        events = tuple(event for event in reading.events if isinstance(event.body, Referral))
        link = Link(verdict="same", identity=self.seen.identity, person=self.seen.identity, fresh=False)
        plan = known.house.plan(
            Reading(
                kind="Task",
                events=events,
                message_id=self.said.journal,
                # What is said of a task repeats it: what bound the task binds the word on it.
                inherited=self.grant.due.inherited,
                invalid=reading.invalid,
            ),
            Known(
                journal=self.said.journal,
                source=self.partner,
                as_of=self.said.at,
                link=link,
                directives=directives,
                person=next((e.body for e in self.grant.due.events if isinstance(e.body, Person)), None),
                fresh_episode=self.said.journal,
            ),
        )
        plan = replace(plan, episode=self._episode())
        return Keep(
            journal=self.said.journal, partner=self.partner.id, at=self.said.at, door=DOOR, body=body, plan=plan
        )

    def _episode(self) -> EpisodeEvent | None:
        """Where the task itself belongs."""
        there = self.grant.episode
        return EpisodeEvent(episode=there, at=self.said.at, what="referral") if there else None


def _told(task: Node) -> Node:
    """The task as its message: without the person and the request, which the one who asked knows."""
    return {key: value for key, value in task.items() if key not in ("for", "focus", "meta", "id")}
