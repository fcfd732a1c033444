"""Writing a gathered group: every row of it, within the transaction that the writer opened."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, delete, select, tuple_, update

from hub import clock
from hub.errors import KeyUnavailable
from hub.model.consent import ConsentDirective
from hub.store import bulk, schema
from hub.store.consents import DOUBTED
from hub.store.reading import AnyRow, Opener
from hub.store.tokens import DETAIL_BYTES
from hub.store.writing.group import Group
from hub.tlog.tiles import chunks
from hub.tlog.tree import Growth

MOST_MARKS = 6
# The state of a message that went for good.
EXPUNGED = "expunged"


class Added(NamedTuple):
    """What a commit adds to the ledger, when, and on which mark of the keystore it relies."""

    growth: Growth
    note: bytes
    mark: int
    at: int


def put(connection: Connection, group: Group, added: Added) -> None:
    """Write what one commit gathered, and what it adds to the ledger."""
    _put_replanned(connection, group)
    for table, rows in group.rows.items():
        if rows:
            bulk.insert(connection, table, rows)
    for table, blob in ((schema.payload, group.payload), (schema.account, group.account)):
        if blob.size:
            bulk.insert(connection, table, [(group.commit, bytes(blob))])
    _put_growth(connection, group, added)
    for exceptional in _EXCEPTIONAL:
        exceptional(connection, group)


def _put_growth(connection: Connection, group: Group, added: Added) -> None:
    tip, grown = group.tip, added.growth
    first = tip.last[schema.message]
    row = (
        group.commit, added.at, first + 1, group.last[schema.message] - first, tip.frontier.size, len(group.leaves),
        b"".join(group.leaves), b"".join(grown.frontier.peaks), added.note, added.mark,
    )  # fmt: skip
    bulk.insert(connection, schema.growth, [row])
    if above := [(chunk.level, chunk.index, chunk.offset, chunk.hashes) for chunk in chunks(grown) if chunk.level]:
        bulk.insert(connection, schema.hashes, above)


def _put_links(connection: Connection, group: Group) -> None:
    """Known identities that are held to be somebody else now."""
    table = schema.identity
    for identity, person in group.relinked.items():
        connection.execute(update(table).where(table.c.id == identity).values(person=person))


def _put_traits(connection: Connection, group: Group) -> None:
    if group.traits:
        changed = {"at": "excluded.at", "sealed": "excluded.sealed"}
        bulk.upsert(connection, schema.traits, list(group.traits.values()), changed)


def _put_apart(connection: Connection, group: Group) -> None:
    if group.apart:
        bulk.upsert(connection, schema.apart, [(*pair, at) for pair, at in group.apart.items()], {})


def _put_doubts(connection: Connection, group: Group) -> None:
    """Who may be whom; whoever is held to be another person takes the doubts about them along; who was parted is no doubt."""
    rows = [(*pair, at) for pair, at in group.doubts.items()]
    table, known = schema.doubt, schema.identity
    for _, _, before, after, *_ in group.rows.get(schema.moved, ()):
        found = connection.execute(select(table).where(table.c.person == before)).all()
        rows += [(row.identity, after, row.at) for row in found]
    if rows:
        bulk.upsert(connection, table, rows, {})
    for pair in group.apart:
        for one, other in (pair, pair[::-1]):
            theirs = select(known.c.person).where(known.c.id == other)
            connection.execute(delete(table).where(table.c.identity == one, table.c.person.in_(theirs)))


def _put_blocks(connection: Connection, group: Group) -> None:
    if not group.blocks:
        return
    table = schema.blind
    tokens = {token for token, _ in group.blocks}
    there = {
        (row.token, row.identity): row.details
        for row in connection.execute(select(table).where(table.c.token.in_(tokens)))
    }
    rows = []
    for key, wanted in group.blocks.items():
        marks = wanted - {b""}
        known = _marks(there[key]) if key in there else None
        if known is None or not marks <= set(known):
            # The last few ways in which a sender spells somebody: an admission, a result, a bill.
            kept = [*(mark for mark in known or () if mark not in marks), *sorted(marks)][-MOST_MARKS:]
            rows.append((*key, b"".join(kept)))
    if rows:
        bulk.upsert(connection, table, rows, {"details": "excluded.details"})


def _marks(details: bytes) -> list[bytes]:
    return [details[at : at + DETAIL_BYTES] for at in range(0, len(details), DETAIL_BYTES)]


_LATER = "CASE WHEN excluded.at > incident.at THEN excluded.at ELSE incident.at END"


def _put_incidents(connection: Connection, group: Group) -> None:
    if group.incidents:
        rows = [(*key, at) for key, at in group.incidents.items()]
        bulk.upsert(connection, schema.incident, rows, {})
    if group.parts:
        rows = [(*key, at) for key, at in group.parts.items()]
        bulk.upsert(connection, schema.incident, rows, {"at": _LATER})


def _put_rejoined(connection: Connection, group: Group) -> None:
    """Episodes that are another one from now on: their messages carry its id, and their numbers lead to it."""
    for episode, (root, at) in group.rejoined.items():
        messages, earlier = schema.message, schema.rejoined
        connection.execute(update(messages).where(messages.c.episode == episode).values(episode=root))
        connection.execute(update(earlier).where(earlier.c.root == episode).values(root=root))
        bulk.upsert(connection, earlier, [(episode, root, at)], {"root": "excluded.root"})


def _put_directives(connection: Connection, group: Group) -> None:
    """A consent takes the place of earlier versions of its name from the moment it is known, in whatever order they come.

    One that comes late is known and never in force: its end is its beginning.
    """
    table, opener = schema.directive, Opener(group.tools.sealer)
    for row, said in group.directives:
        number, owner, token, message, at, _, *rest = row
        same = (table.c.identity == owner, table.c.token == token, table.c.known_to == 0)
        known = [(other.seq, _said(opener, other)) for other in connection.execute(select(table).where(*same))]
        over = [seq for seq, other in known if other is None or said.succeeds(other)]
        if over:
            connection.execute(update(table).where(table.c.seq.in_(over)).values(known_to=at))
        late = any(other is not None and other.recency > said.recency for _, other in known)
        bulk.insert(connection, table, [(number, owner, token, message, at, at if late else 0, *rest)])


def _said(opener: Opener, row: AnyRow) -> ConsentDirective | None:
    """What a consent says; None where its key was destroyed."""
    try:
        return opener.directive(row)
    except KeyUnavailable:
        return None


def _put_persons(connection: Connection, group: Group) -> None:
    """Whose consents changed; and who may be them, because a refusal holds for both."""
    if group.changed:
        changed = dict(group.changed)
        for row in connection.execute(DOUBTED, {"wanted": list(group.changed)}):
            changed[row.other] = max(changed.get(row.other, 0), group.changed[row.person])
        bulk.upsert(connection, schema.person, list(changed.items()), {"changed": "excluded.changed"})


def _put_codes(connection: Connection, group: Group) -> None:
    if group.codes:
        bulk.upsert(connection, schema.code, group.codes, {"times": "code.times + 1"})


def _put_path_sets(connection: Connection, group: Group) -> None:
    if group.path_sets:
        bulk.insert(connection, schema.path_set, list(group.path_sets.items()))


def _put_held(connection: Connection, group: Group) -> None:
    free = [outbox for outbox, row in group.held.items() if row is None]
    rows = [row for row in group.held.values() if row is not None]
    if free:
        connection.execute(delete(schema.held).where(schema.held.c.outbox.in_(free)))
    if rows:
        changed = ("state", "attempts", "due_at", "at", "leaf")
        bulk.upsert(connection, schema.held, rows, {name: f"excluded.{name}" for name in changed})


def _put_upkeep(connection: Connection, group: Group) -> None:
    if alerts := [each for key, each in group.alerts.items() if group.known.alerts.get(key) != each]:
        changed = ("told_at", "closed_at", "told_closed_at")
        rows = [(*each.key, each.told_at, each.closed_at, each.told_closed_at) for each in alerts]
        bulk.upsert(connection, schema.alert, rows, {name: f"excluded.{name}" for name in changed})
    if group.cosignatures:
        signed = [(*key, *line) for key, line in group.cosignatures.items()]
        bulk.upsert(connection, schema.cosignature, signed, {"at": "excluded.at", "line": "excluded.line"})


def _put_replanned(connection: Connection, group: Group) -> None:
    table = schema.message
    for values in group.replanned:
        which = values["seq"]
        connection.execute(delete(schema.parked).where(schema.parked.c.message == which))
        connection.execute(update(table).where(table.c.seq == which).values(**values))
    for slot, *mark in group.known_as:
        bulk.upsert(connection, schema.dedupe[slot], [tuple(mark)], {})
    for slot, name, which in group.forgotten:
        seen = schema.dedupe[slot]
        connection.execute(delete(seen).where(seen.c.digest == name, seen.c.message == which))


def _put_lodged(connection: Connection, group: Group) -> None:
    """What is lodged or taken away; and what is over goes with it."""
    if not group.lodged:
        return
    table = schema.lodged
    gone = [key for key, row in group.lodged.items() if row is None]
    rows = [row for row in group.lodged.values() if row is not None]
    connection.execute(delete(table).where(table.c.until > 0, table.c.until <= clock.now()))
    if gone:
        connection.execute(delete(table).where(tuple_(table.c.kind, table.c.name).in_(gone)))
    if rows:
        bulk.upsert(
            connection, table, rows, {name: f"excluded.{name}" for name in ("version", "at", "until", "sealed")}
        )


def _put_recalls(connection: Connection, group: Group) -> None:
    if group.heeded:
        bulk.upsert(connection, schema.heeded, list(group.heeded.items()), {"changed": "excluded.changed"})
    for leaf, (at, actor) in group.attested.items():
        for table in (schema.recall, schema.task):
            connection.execute(update(table).where(table.c.leaf == leaf).values(done_at=at, done_by=actor))


def _put_tended(connection: Connection, group: Group) -> None:
    for number, (at, actor) in group.tended.items():
        connection.execute(update(schema.task).where(schema.task.c.seq == number).values(done_at=at, done_by=actor))


def _put_expunged(connection: Connection, group: Group) -> None:
    """What was derived from messages that go for good, apart from what accounting needs; their rows stay as stubs."""
    if not group.expunged:
        return
    message = schema.message
    named = message.c.id.in_(group.expunged)
    numbers = list(connection.scalars(select(message.c.seq).where(named)))
    connection.execute(update(message).where(named).values(state=EXPUNGED, episode=b"", happened_at=0))
    for table in (schema.parked, schema.task, schema.code):
        connection.execute(delete(table).where(table.c.message.in_(numbers)))


# What a usual commit does not have; in an order in which each finds what it needs.
_EXCEPTIONAL = (
    _put_links,
    _put_traits,
    _put_apart,
    _put_doubts,
    _put_blocks,
    _put_incidents,
    _put_rejoined,
    _put_directives,
    _put_persons,
    _put_codes,
    _put_path_sets,
    _put_held,
    _put_upkeep,
    _put_lodged,
    _put_recalls,
    _put_tended,
    _put_expunged,
)
