"""The rows of a message: kept, planned anew, or refused."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from hub.errors import Conflict
from hub.model.commands import Keep, Reject, Replan
from hub.model.entry import Kind, LedgerEntry
from hub.model.event import encode_events
from hub.model.plan import Block, EpisodeEvent, Link, Outgoing, Plan
from hub.store import schema
from hub.store.consents import in_force, named
from hub.store.ids import as_id
from hub.store.parts import Part
from hub.store.result import Result
from hub.store.seal import HUB, digest
from hub.store.sealing import Place
from hub.store.tokens import details_of
from hub.store.writing.group import Group

_encode = msgspec.msgpack.Encoder().encode
_replace = msgspec.structs.replace


class Filed(NamedTuple):
    """A message on its way into the rows: where its parts are sealed, and its number, sender and time."""

    seq: int
    name: bytes
    owner: bytes
    partner: str
    at: int
    version: int = 0

    def place(self, table: str) -> Place:
        """Where a part of it is sealed."""
        return Place(table, self.owner, self.at, self.name, self.version)


def keep(group: Group, command: Keep) -> Result:
    """A message with its bytes, events, links, decisions, leaves and deliveries."""
    plan, name = command.plan, as_id(command.journal)
    filed = Filed(group.next(schema.message), name, _owner(plan, name), command.partner, command.at)
    payload = _payload(group, filed, command.body, plan)
    account, leaf = _account(group, filed, plan)
    group.add(
        schema.message, filed.seq, name, command.at, command.partner, command.door, plan.kind, plan.state,
        len(command.body), filed.owner, *_episode(plan), 0, group.commit, *payload, *account, leaf, len(plan.entries),
    )  # fmt: skip
    seen = group.tools.marks.written(command.partner, plan.message_id, command.body, command.at)
    group.add(schema.dedupe[seen.slot], seen.digest, seen.content, filed.seq)
    return Result(seq=filed.seq, leaf=leaf, deliveries=_consequences(group, filed, plan, command.at))


def replan(group: Group, command: Replan) -> Result:
    """A parked message with its new plan in the place of the old one; one that is closed is no longer what others repeat."""
    old = group.known.parked.get(as_id(command.journal))
    if old is None:
        raise Conflict("This message is not parked.", at=command.journal, cure="It may have been replayed already.")
    plan, row = command.plan, old.row
    filed = Filed(row.seq, row.id, _owner(plan, row.owner), row.partner, row.at, row.version + 1)
    payload = _payload(group, filed, old.body, plan)
    account, leaf = _account(group, filed, plan)
    episode, happened_at = _episode(plan)
    group.replanned.append(
        {
            "seq": row.seq, "kind": plan.kind, "state": plan.state, "owner": filed.owner, "episode": episode,
            "happened_at": happened_at, "version": filed.version, "commit": group.commit, "leaf": leaf,
            "payload_from": payload.start, "payload_size": payload.size, "account_from": account.start,
            "account_size": account.size, "leaf_count": len(plan.entries),
        }
    )  # fmt: skip
    if plan.state == "closed":
        seen = group.tools.marks.wanted(row.partner, plan.message_id, old.body, row.at)
        group.forgotten += [(each.slot, each.digest, row.seq) for each in seen]
    elif plan.message_id:
        # Nobody could read its id when it was parked: whoever sends it again now must be answered that it is here.
        group.known_as.append((*group.tools.marks.written(row.partner, plan.message_id, old.body, command.at), row.seq))
    if row.version == 0:
        first = (row.commit, row.account_from, row.account_size, row.leaf, row.leaf_count)
        group.add(schema.version, row.seq, 0, row.owner, *first)
    group.add(schema.version, row.seq, filed.version, filed.owner, group.commit, *account, leaf, len(plan.entries))
    return Result(seq=row.seq, leaf=leaf, deliveries=_consequences(group, filed, plan, command.at))


def reject(group: Group, command: Reject) -> Result:
    """That something could not be kept: a keyed digest of it, never the bytes."""
    seq, at = group.next(schema.reject), command.at
    entry = LedgerEntry(
        kind=Kind.REJECT, at=at, journal=command.journal, partner=command.partner, outcome=command.cause
    )
    leaf = group.record(entry, HUB)
    mark = digest(group.tools.sealer.keys, group.tools.marks.key_day(at), b"reject", command.digest)
    group.add(
        schema.reject, seq, as_id(command.journal), at, command.partner, command.door, command.size, mark,
        command.cause, leaf,
    )  # fmt: skip
    return Result(seq=seq, leaf=leaf)


def _owner(plan: Plan, otherwise: bytes) -> bytes:
    """Whose message it is; without a link, it is its own: its keys can be destroyed alone."""
    return as_id(plan.link.identity) if plan.link else otherwise


def _episode(plan: Plan) -> tuple[bytes, int]:
    return (as_id(plan.episode.episode), plan.episode.at) if plan.episode else (b"", 0)


def _payload(group: Group, filed: Filed, body: bytes, plan: Plan) -> Part:
    plain = b"".join((len(body).to_bytes(4), body, encode_events(plan.events)))
    return group.payload.put(group.tools.sealer.sealed(plain, filed.place("payload")))


def _account(group: Group, filed: Filed, plan: Plan) -> tuple[Part, int]:
    """Seal what outlives the payload; says where, and the first leaf."""
    key = group.tools.sealer.account(filed.owner, filed.at)
    first = group.tip.frontier.size + len(group.leaves)
    for entry in plan.entries:
        group.leaf(entry, key)
    return group.account.put(group.tools.sealer.sealed(_encode(bare(plan)), filed.place("account"))), first


def bare(plan: Plan) -> Plan:
    """A plan without anything a person could be known by: events and blocks are destroyed with the payload."""
    link = _replace(plan.link, blocks=(), traits=None, said=None) if plan.link else None
    episode = _replace(plan.episode, keys=(), parts=()) if plan.episode else None
    return _replace(plan, events=(), link=link, episode=episode)


def _consequences(group: Group, filed: Filed, plan: Plan, at: int) -> tuple[int, ...]:
    """Everything a plan brings about `at` an instant, beside its own row; says the numbers of its deliveries."""
    if plan.state == "parked":
        group.add(schema.parked, filed.seq, at, plan.cause, plan.place, plan.pins)
    if plan.link:
        _link(group, plan.link, filed, at)
    if plan.episode:
        _incidents(group, plan.episode)
        for other in plan.episode.joins:
            group.rejoined[as_id(other)] = (as_id(plan.episode.episode), at)
    _consents(group, filed, plan, at)
    for task in plan.tasks:
        group.task(task, filed.owner, at, message=filed.seq)
    for table, local in plan.unmapped_codes:
        _unmapped(group, filed, at, table, local)
    return tuple(_deliver(group, filed, out) for out in plan.outbox)


def _unmapped(group: Group, filed: Filed, at: int, table: str, local: str) -> None:
    token = group.tools.tokens.written(code_block(table, local))
    sealed = group.tools.sealer.sealed(local.encode(), Place("code", filed.owner, at, token))
    group.codes.append((filed.partner, table, token, filed.seq, at, 1, filed.owner, sealed))


def code_block(table: str, local: str) -> Block:
    """Under which block a local code of a table stands that nobody knows."""
    return Block(name=f"code {table}", values=(local,), strong=True)


def _deliver(group: Group, filed: Filed, out: Outgoing) -> int:
    number = group.next(schema.outbox)
    group.add(schema.outbox, number, out.destination, filed.owner, filed.seq, out.interest, out.due_at, out.deadline)
    return number


def _link(group: Group, link: Link, filed: Filed, at: int) -> None:
    identity = as_id(link.identity)
    if link.fresh:
        group.add(schema.identity, identity, filed.partner, as_id(link.person), at)
    for move in link.moves:
        group.moved(move, at, message=filed.seq)
    for rival in link.rivals:
        group.doubts[identity, as_id(rival)] = at
    if link.blocks:
        _found_by(group, link, identity)
    if link.traits:
        sealed = group.tools.sealer.sealed(_encode(link.traits), Place("traits", identity, at, identity))
        group.traits[identity] = (identity, at, sealed)


def _found_by(group: Group, link: Link, identity: bytes) -> None:
    mark = group.tools.tokens.mark(link.said) if link.said else b""
    details = details_of(link.blocks, mark, group.tools.tokens)
    if link.fresh:
        group.rows[schema.blind] += [(token, identity, joined) for token, joined in details.items()]
        return
    for token, joined in details.items():
        group.blocks.setdefault((token, identity), set()).add(joined)


def _incidents(group: Group, episode: EpisodeEvent) -> None:
    for block in episode.keys:
        token = group.tools.tokens.written(block)
        group.incidents[token, as_id(episode.episode)] = episode.at
    for part, at in episode.parts:
        key = group.tools.tokens.written(part), as_id(episode.episode)
        group.parts[key] = max(at, group.parts.get(key, at))


def _consents(group: Group, filed: Filed, plan: Plan, at: int) -> None:
    found = named(plan.events, plan.journal)
    for name, directive in found:
        number = group.next(schema.directive)
        place = Place("directive", filed.owner, at, number.to_bytes(8))
        sealed = group.tools.sealer.sealed(_encode(directive), place)
        token = group.tools.tokens.written(name)
        row = (number, filed.owner, token, filed.seq, at, 0, *in_force(directive), sealed)
        group.directives.append((row, directive))
    if found and plan.link:
        group.changed[as_id(plan.link.person)] = filed.seq
