"""The tables: one schema for SQLite and PostgreSQL.

In clear stand times, partner ids, sizes, states, random ids and keyed digests; everything else is sealed. Whoever owns the
database and not the keystore learns those, and which rows belong to one source identity.

Rows are narrow, because there are a few for every message: what is sealed for one commit lies together in two blobs
(`payload`, which is destroyed early, and `account`, which outlives it), and rows say where in them their part begins.
Instants are UTC microseconds; 0 stands for never or not yet. Ids of messages, identities, persons and episodes are 16 bytes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text, text

metadata = MetaData()
_Number = BigInteger().with_variant(Integer(), "sqlite")
# An empty slot is kept free, so that a window can be cleared before its slot comes round again.
SLOTS = 5


class _Raw(LargeBinary):
    """Bytes as they are: both drivers take and give bytes, and a conversion of each costs as much as looking it up."""

    cache_ok = True

    def bind_processor(self, dialect: object) -> None:
        """Nothing to be done on the way in."""

    def result_processor(self, dialect: object, coltype: object) -> None:
        """Nothing to be done on the way out."""


def _number(name: str, *, key: bool = False) -> Column[int]:
    return Column(name, _Number, primary_key=key, autoincrement=False, nullable=False)


def _bytes(name: str, *, key: bool = False) -> Column[bytes]:
    return Column(name, _Raw, primary_key=key, nullable=False)


def _text(name: str, *, key: bool = False) -> Column[str]:
    return Column(name, Text, primary_key=key, nullable=False)


def _table(name: str, *parts: Column[Any] | Index) -> Table:
    """A table that is its own index where its key is not a plain number: on SQLite a second tree costs a page a row."""
    keys = [part for part in parts if isinstance(part, Column) and part.primary_key]
    plain = len(keys) == 1 and isinstance(keys[0].type, BigInteger)
    return Table(name, metadata, *parts, sqlite_with_rowid=plain)


# What the database is: the ledger's origin, and marks such as "demo".
house = _table("house", _text("name", key=True), _text("value"))

# One row a commit. `leaves` are the new ledger entries, `peaks` the frontier after them, `note` the signed checkpoint
# (empty when no leaf was added), `mark` the keystore's mark that the commit relies on.
growth = _table(
    "growth",
    _number("commit", key=True),
    _number("at"),
    _number("first_message"),
    _number("message_count"),
    _number("first_leaf"),
    _number("leaf_count"),
    _bytes("leaves"),
    _bytes("peaks"),
    _bytes("note"),
    _number("mark"),
    Index("growth_by_leaf", "first_leaf"),
)
# Merkle hashes of tile levels above 0; level 0 is the hash of the leaves themselves.
hashes = _table(
    "hashes",
    _number("level", key=True),
    _number("tile", key=True),
    _number("start", key=True),
    _bytes("run"),
)
# Bytes and canonical events of a commit's messages, each sealed under the payload key of its owner.
payload = _table("payload", _number("commit", key=True), _bytes("sealed"))
# What accounting needs for six years: decision facts, link evidence, ledger entries, each under the account key of its owner.
account = _table("account", _number("commit", key=True), _bytes("sealed"))

# One row a message, in the order of the world. `owner` is the source identity it belongs to, or the message's own id where
# it belongs to nobody; `version` counts how often it was planned anew.
message = _table(
    "message",
    _number("seq", key=True),
    _bytes("id"),
    _number("at"),
    _text("partner"),
    _text("door"),
    _text("kind"),
    _text("state"),
    _number("size"),
    _bytes("owner"),
    _bytes("episode"),
    _number("happened_at"),
    _number("version"),
    _number("commit"),
    _number("payload_from"),
    _number("payload_size"),
    _number("account_from"),
    _number("account_size"),
    _number("leaf"),
    _number("leaf_count"),
    Index("message_by_id", "id", unique=True),
    Index("message_by_owner", "owner", "seq"),
    Index("message_by_partner", "partner", "seq"),
    Index("message_by_episode", "episode", "seq"),
    Index("message_by_kind", "kind", "seq"),
)
parked = _table("parked", _number("message", key=True), _number("at"), _text("cause"), _text("place"), _text("lens"))
# Every plan of a message that was planned anew, the first and the present one among them: the ledger forgets none.
version = _table(
    "version",
    _number("message", key=True),
    _number("version", key=True),
    _bytes("owner"),
    _number("commit"),
    _number("account_from"),
    _number("account_size"),
    _number("leaf"),
    _number("leaf_count"),
    Index("version_by_leaf", "leaf"),
)
reject = _table(
    "reject",
    _number("seq", key=True),
    _bytes("id"),
    _number("at"),
    _text("partner"),
    _text("door"),
    _number("size"),
    _bytes("digest"),
    _text("cause"),
    _number("leaf"),
    Index("reject_by_id", "id"),
)

# Dedupe: keyed digests of (partner, message id) and of the content, in a ring of tables, one for each window of days.
dedupe = [
    _table(f"dedupe_{slot}", _bytes("digest", key=True), _bytes("content", key=True), _number("message", key=True))
    for slot in range(SLOTS)
]
ring = _table("ring", _number("slot", key=True), _number("window"))

# A source identity and the person it is held to be, now; a person is the set of identities that name it.
identity = _table(
    "identity",
    _bytes("id", key=True),
    _text("partner"),
    _bytes("person"),
    _number("at"),
    Index("identity_by_person", "person"),
)
# The last message that changed what may be told of a person: a consent, or whom an identity is held to be.
person = _table("person", _bytes("id", key=True), _number("changed"))
# What is known of an identity for linking, sealed under its own link key, which is destroyed apart.
traits = _table("traits", _bytes("identity", key=True), _number("at"), _bytes("sealed"))
# Every change of person of an identity, in order: what was linked wrongly can be found and taken back.
moved = _table(
    "moved",
    _number("seq", key=True),
    _bytes("identity"),
    _bytes("before"),
    _bytes("after"),
    _number("at"),
    _number("message"),
    _number("leaf"),
    _text("why"),
    _text("actor"),
    Index("moved_by_identity", "identity", "seq"),
)
# Identities that somebody said are not one person: they are never linked again.
apart = _table(
    "apart", _bytes("identity", key=True), _bytes("other", key=True), _number("at"), Index("apart_by_other", "other")
)
# Identities that may be a person they are not held to be: refusals of either hold for both, until somebody says that they are two.
doubt = _table(
    "doubt", _bytes("identity", key=True), _bytes("person", key=True), _number("at"), Index("doubt_by_person", "person")
)
# The blind index. `details` are digests (8 bytes each) of the traits that came with a number, the last few of them.
blind = _table("blind", _bytes("token", key=True), _bytes("identity", key=True), _bytes("details"))
# Incident numbers and references by which later messages find an episode; the parts of snapshots, `at` when each last
# changed; and by whom and of whom care was asked.
incident = _table("incident", _bytes("token", key=True), _bytes("episode", key=True), _number("at"))
# Episodes that turned out to be another one, whose messages carry that one's id since.
rejoined = _table(
    "rejoined", _bytes("episode", key=True), _bytes("root"), _number("at"), Index("rejoined_by_root", "root")
)
# Consents and revocations. Known from one message until another took its place; in force between two instants.
directive = _table(
    "directive",
    _number("seq", key=True),
    _bytes("identity"),
    _bytes("token"),
    _number("message"),
    _number("known_from"),
    _number("known_to"),
    _number("starts"),
    _number("ends"),
    _bytes("sealed"),
    Index("directive_by_identity", "identity", "known_to"),
)

# Deliveries, append-only. A row nobody attempted and nobody holds is waiting for its turn.
outbox = _table(
    "outbox",
    _number("seq", key=True),
    _text("destination"),
    _bytes("identity"),
    _number("message"),
    _text("interest"),
    _number("due_at"),
    _number("deadline"),
    Index("outbox_by_destination", "destination", "seq"),
    Index("outbox_by_message", "message"),
    # Few interests have a deadline: the watch reads those alone.
    Index("outbox_by_deadline", "deadline", sqlite_where=text("deadline > 0"), postgresql_where=text("deadline > 0")),
)
# Written before the first byte leaves.
attempt = _table(
    "attempt",
    _number("seq", key=True),
    _number("outbox"),
    _number("number"),
    _number("at"),
    _text("key"),
    _bytes("body_digest"),
    _number("leaf"),
    Index("attempt_once", "outbox", "number", unique=True),
)
# What became of an attempt; one without a row here is in flight, or was when the hub stopped.
outcome = _table(
    "outcome",
    _number("attempt", key=True),
    _number("at"),
    _text("outcome"),
    _text("code"),
    _number("leaf"),
)
# The few deliveries out of turn: `again` at `due_at`, `parked` for a person, `behind` one of these, or `cancelled`.
held = _table(
    "held",
    _number("outbox", key=True),
    _text("destination"),
    _bytes("identity"),
    _text("state"),
    _number("attempts"),
    _number("due_at"),
    _number("at"),
    _number("leaf"),
    Index("held_by_destination", "destination", "identity"),
    Index("held_by_time", "destination", "state", "due_at"),
)
release = _table(
    "release",
    _number("leaf", key=True),
    _number("outbox"),
    _number("at"),
    _text("decision"),
    _text("actor"),
    Index("release_by_outbox", "outbox"),
)
# Rows of a destination up to here were attempted, or are held.
cursor = _table("cursor", _text("destination", key=True), _number("seq"))

# Where the sealed facts of a ledger entry lie that belongs to no message row: attempts, outcomes, releases, notes, rejects.
entry = _table(
    "entry",
    _number("leaf", key=True),
    _number("at"),
    _bytes("owner"),
    _number("commit"),
    _number("account_from"),
    _number("account_size"),
)
# The names of the sets of paths that entries speak of, one a line.
path_set = _table("path_set", _text("id", key=True), _text("names"))
# Work for people, from a message (0 for none) or from a ledger entry. What it is about, and its words, are sealed.
task = _table(
    "task",
    _number("seq", key=True),
    _number("at"),
    _text("kind"),
    _text("role"),
    _number("due_at"),
    _number("message"),
    _number("leaf"),
    _bytes("owner"),
    _bytes("sealed"),
    _number("done_at"),
    _text("done_by"),
    Index("task_open", "done_at", "seq"),
)
# Local codes that no table knows: how often, and the message that first showed it. The code itself is sealed.
code = _table(
    "code",
    _text("partner", key=True),
    _text("table", key=True),
    _bytes("token", key=True),
    _number("message"),
    _number("at"),
    _number("times"),
    _bytes("owner"),
    _bytes("sealed"),
)

# A condition that somebody was, or is to be, told about: opened once, closed once. `closed_at` is 0 while it holds; `told_at`
# and `told_closed_at` are 0 until word of it has left. In `about` stands a partner or a part of the hub, never a person.
alert = _table(
    "alert",
    _text("kind", key=True),
    _text("about", key=True),
    _number("opened_at", key=True),
    _number("told_at"),
    _number("closed_at"),
    _number("told_closed_at"),
    Index("alert_untold", "told_closed_at"),
)
# Deliveries whose deadline passed before they were settled: a person was told, and the ledger says so.
overdue = _table("overdue", _number("outbox", key=True), _number("at"), _number("leaf"))
# Entries without a message or delivery of their own that showed something of people: queries, views, reveals, exports.
shown = _table(
    "shown",
    _number("leaf", key=True),
    _bytes("owner", key=True),
    _text("partner"),
    _number("at"),
    Index("shown_by_owner", "owner", "at"),
)
# Until when a police or oversight agency keeps its disclosures out of a person's accounting (45 CFR 164.528(a)(2)).
suspension = _table(
    "suspension",
    _number("leaf", key=True),
    _bytes("owner", key=True),
    _text("partner"),
    _number("starts"),
    _number("ends"),
    Index("suspension_by_owner", "owner"),
)
# Assertions of partners' clients that were used, by digest, until they expire: none is taken twice.
jti = _table("jti", _bytes("digest", key=True), _number("expires"), Index("jti_by_time", "expires"))
# What outside witnesses signed beneath our checkpoints.
cosignature = _table("cosignature", _number("size", key=True), _text("witness", key=True), _number("at"), _text("line"))
# What the hub keeps for its own people, sealed: accounts, sessions, saved searches. `version` counts its changes; it is over
# at `until`.
lodged = _table(
    "lodged",
    _text("kind", key=True),
    _text("name", key=True),
    _number("version"),
    _number("at"),
    _number("until"),
    _bytes("sealed"),
    Index("lodged_until", "until"),
)
# Up to which change (a message's number) what was sent about a person was looked at again.
heeded = _table("heeded", _bytes("person", key=True), _number("changed"))
# A delivery that its recipient was asked to stop relying on. `notice` is the outbox row of the notice, 0 where a person tells
# them; `done_at` is 0 until somebody attests to it. A recipient's system acknowledges a notice as it does any delivery.
recall = _table(
    "recall",
    _number("outbox", key=True),
    _number("at"),
    _number("notice"),
    _number("due_at"),
    _number("leaf"),
    _number("done_at"),
    _text("done_by"),
)
