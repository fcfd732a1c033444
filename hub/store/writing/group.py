"""What one commit will write, gathered in memory first: rows by table, sealed parts, ledger leaves."""

from __future__ import annotations

from collections import defaultdict

import msgspec
from sqlalchemy import Table

from hub.model.consent import ConsentDirective
from hub.model.entry import LedgerEntry
from hub.model.plan import Move, Task
from hub.model.registry import named
from hub.store import bulk, schema
from hub.store.ids import as_id
from hub.store.parts import Blob, Sealed
from hub.store.seal import Key
from hub.store.sealing import Place
from hub.store.tools import Tools
from hub.store.writing.flights import Flights
from hub.store.writing.known import Known
from hub.store.writing.tip import Tip

_encode = msgspec.msgpack.Encoder().encode


class Group:
    """The gathering of one commit on top of a tip. It changes nothing outside itself, so a failed one is just dropped."""

    def __init__(self, tip: Tip, tools: Tools, flights: Flights, known: Known) -> None:
        """`known`: what the database holds of the rows that the commands speak of."""
        self.tip = tip
        self.commit = tip.commit + 1
        self.tools = tools
        self.known = known
        self.flights = flights.copy()
        self.last = dict(tip.last)
        self.rows: dict[Table, list[bulk.Row]] = defaultdict(list)
        self.payload, self.account = Blob(), Blob()
        self.leaves: list[bytes] = []
        # What is not an insert: changed links, replaced consents, people whose consents changed, blocks of known identities.
        self.relinked: dict[bytes, bytes] = {}
        self.traits: dict[bytes, bulk.Row] = {}
        self.apart: dict[tuple[bytes, bytes], int] = {}
        # Identities that may be a person they are not held to be.
        self.doubts: dict[tuple[bytes, bytes], int] = {}
        self.directives: list[tuple[bulk.Row, ConsentDirective]] = []
        self.changed: dict[bytes, int] = {}
        self.blocks: dict[tuple[bytes, bytes], set[bytes]] = {}
        # Destinations by the deliveries claimed.
        self.claimed: dict[int, str] = {}
        self.held: dict[int, bulk.Row | None] = {}
        self.replanned: list[dict[str, object]] = []
        # What sender's ids replanned messages are known by from now on: the slot of the dedupe ring, and the row.
        self.known_as: list[tuple[int, bytes, bytes, int]] = []
        # And by what closed ones are known no longer: the slot, the digest, the message.
        self.forgotten: list[tuple[int, bytes, int]] = []
        self.codes: list[bulk.Row] = []
        self.path_sets: dict[str, str] = {}
        self.incidents: dict[tuple[bytes, bytes], int] = {}
        # Parts of snapshots stand among the incident numbers, each with when it last changed.
        self.parts: dict[tuple[bytes, bytes], int] = {}
        self.rejoined: dict[bytes, tuple[bytes, int]] = {}
        # What operates the hub: alerts as they stand after this, assertions used, cosignatures by size and witness.
        self.alerts = dict(known.alerts)
        self.used = set(known.used)
        self.cosignatures: dict[tuple[int, str], tuple[int, str]] = {}
        # What is lodged by kind and name: the row, or None where it was taken away.
        self.lodged: dict[tuple[str, str], bulk.Row | None] = {}
        # Deliveries recalled; people whose past deliveries were looked at again; recalls attested to, by leaf: when, by whom.
        self.recalled: set[int] = set()
        self.heeded: dict[bytes, int] = {}
        self.attested: dict[int, tuple[int, str]] = {}
        # Tasks that somebody saw to, by number: when, and who.
        self.tended: dict[int, tuple[int, str]] = {}
        # Messages that go for good.
        self.expunged: list[bytes] = []

    def next(self, table: Table) -> int:
        """The next number of a numbered table."""
        self.last[table] += 1
        return self.last[table]

    def add(self, table: Table, *values: object) -> None:
        """One more row, with a value for every column in the order of the schema."""
        self.rows[table].append(values)

    def moved(self, move: Move, at: int, *, message: int = 0, leaf: int = -1, actor: str = "") -> None:
        """An identity is held to be another person: the row that remembers it, and whose consents count from now on."""
        names = [as_id(each) for each in (move.identity, move.before, move.after)]
        self.add(schema.moved, self.next(schema.moved), *names, at, message, leaf, move.why, actor)
        self.relinked[names[0]] = names[2]
        self.changed[names[1]] = self.changed[names[2]] = message or self.last[schema.message] + 1

    def leaf(self, entry: LedgerEntry, account: Key) -> int:
        """One more leaf; says its index."""
        index = self.tip.frontier.size + len(self.leaves)
        if entry.paths and entry.paths not in self.tip.path_sets:
            self.path_sets[entry.paths] = "\n".join(named(entry.paths))
        self.leaves.append(self.tools.sealer.leaf(entry, index, account))
        return index

    def record(self, entry: LedgerEntry, owner: bytes, *words: str) -> int:
        """A leaf with its facts sealed beside it, for entries outside a message; says its index."""
        index = self.leaf(entry, self.tools.sealer.account(owner, entry.at))
        place = Place("entry", owner, entry.at, index.to_bytes(8))
        part = self.account.put(self.tools.sealer.sealed(_encode(Sealed(entry, words)), place))
        self.add(schema.entry, index, entry.at, owner, self.commit, *part)
        return index

    def task(self, task: Task, owner: bytes, at: int, *, message: int = 0, leaf: int = -1) -> None:
        """Something for a person to do, about a message or an entry; its words are sealed."""
        number = self.next(schema.task)
        place = Place("task", owner, at, number.to_bytes(8))
        sealed = self.tools.sealer.sealed(_encode((task.about, task.words)), place)
        self.add(schema.task, number, at, task.kind, task.role, task.due_at, message, leaf, owner, sealed, 0, "")
