"""What recalls are decided from: people of whom something changed, what was sent about them, what they allowed then and now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from sqlalchemy import Connection, bindparam, func, or_, select

from hub.errors import KeyUnavailable
from hub.model.consent import ConsentDirective
from hub.model.entry import LedgerEntry
from hub.model.label import Label
from hub.model.plan import Fact, Plan
from hub.store import schema
from hub.store.asking.called import Own, own
from hub.store.asking.sent import Paths
from hub.store.ids import as_id
from hub.store.reading import AnyRow, Opener
from hub.store.seal import Keystore
from hub.store.sealing import Sealer

SENDING = ("again", "parked", "behind")


class Changed(Fact, frozen=True):
    """A person of whom something changed at `at` (UTC microseconds), by the message numbered `changed`."""

    person: str
    changed: int
    at: int


class Claimed(Fact, frozen=True):
    """One attempt: when it was claimed, the message id it went under, and the set of paths that went.

    `akin` are the source identities of which it told the partner that they are the same person.
    """

    at: int
    key: str
    paths: tuple[str, ...]
    akin: tuple[str, ...] = ()


class Past(Fact, frozen=True):
    """One delivery about a person: what it was decided from, and what of it left. `waiting` says that it may still be sent."""

    outbox: int
    destination: str
    interest: str
    identity: str
    journal: str
    source: str
    question: bytes
    labels: tuple[Label, ...]
    bodies: tuple[str, ...]
    waiting: bool
    recalled: bool
    claims: tuple[Claimed, ...] = ()
    told: tuple[tuple[int, int] | None, ...] = ()


class Standing(Fact, frozen=True):
    """One recall as it stands. Instants are UTC microseconds, 0 for not yet.

    `state` is of its notice: told (the recipient's system acknowledged it), on its way, parked, or by hand. `done_at` and
    `done_by` are somebody's word that it was seen to.
    """

    outbox: int
    destination: str
    journal: str
    at: int
    due_at: int
    state: str
    told_at: int = 0
    done_at: int = 0
    done_by: str = ""

    def overdue(self, now: int) -> bool:
        """Whether nobody answered in time."""
        return not (self.told_at or self.done_at) and self.due_at <= now


class Recalls:
    """Reads within one reading transaction."""

    def __init__(self, connection: Connection, keys: Keystore, origin: str) -> None:
        self._connection, self._opener = connection, Opener(Sealer(keys, origin))

    def newest(self) -> int:
        """The number of the newest change."""
        return self._connection.scalar(select(func.max(schema.person.c.changed))) or 0

    def changed(self, limit: int = 100, above: int = 0) -> list[Changed]:
        """People of whom something changed since what was sent about them was last looked at; the oldest change first.

        `above` leaves out changes up to that number, of which the caller knows that all were looked at.
        """
        rows = self._connection.execute(_CHANGED.where(schema.person.c.changed > above).limit(limit))
        return [Changed(person=row.id.hex(), changed=row.changed, at=self._changed_at(row.id)) for row in rows]

    def _changed_at(self, person: bytes) -> int:
        """When a person's consents, or whom they are held to be, last changed."""
        return max(self._connection.scalar(query, {"person": person}) or 0 for query in (_SAID, _MOVED))

    def past(self, person: str) -> list[Past]:
        """Every delivery about a person that left, or may still leave, in order."""
        rows = self._connection.execute(_PAST, {"person": as_id(person)}).all()
        claims, plans, paths = self._claims(person), self._plans(rows), Paths(self._connection)
        found = (_past(row, plans.get(row.message), claims.get(row.outbox, []), paths, self._entry) for row in rows)
        return [past for past in found if past is not None and (past.claims or past.waiting)]

    def akin(self, destination: str, identity: str) -> list[Past]:
        """Of each other identity that is held to be the same person, the last delivery that reached this destination."""
        here = {"destination": destination, "identity": as_id(identity)}
        wanted = [row.last for row in self._connection.execute(_AKIN, here)]
        rows = self._connection.execute(_THESE, {"wanted": wanted}).all() if wanted else []
        plans, paths = self._plans(rows), Paths(self._connection)
        found = (_past(row, plans.get(row.message), (), paths, self._entry) for row in rows)
        return [past for past in found if past is not None]

    def own(self, destination: str, identity: str) -> Own | None:
        """By which number a destination's own system knows the person of an identity, where it told of them itself."""
        return own(self._connection, self._opener, destination, identity)

    def one_person(self, identity: str) -> frozenset[str]:
        """The identities that are held to be the same person as this one, itself among them."""
        return frozenset(one.hex() for one in self._members.of(as_id(identity), None))

    def allowed(self, identity: str, at: int | None = None) -> tuple[ConsentDirective, ...]:
        """What the person of an identity had allowed and refused, as it was known at an instant, or is known now."""
        here = as_id(identity)
        members = self._members.of(here, at)
        table = schema.directive.c
        known = (
            table.known_to == 0
            if at is None
            else (table.known_from <= at) & ((table.known_to == 0) | (table.known_to > at))
        )
        query = select(schema.directive).where(table.identity.in_(members), known).order_by(table.seq)
        return tuple(map(self._opener.directive, self._connection.execute(query)))

    def standing(self, *, outstanding: bool = False) -> list[Standing]:
        """Every recall, the newest first, or only those nobody has answered."""
        found = [_standing(row) for row in self._connection.execute(_STANDING)]
        return [one for one in found if not (outstanding and (one.told_at or one.done_at))]

    @cached_property
    def _members(self) -> Members:
        return Members(self._connection)

    def _claims(self, person: str) -> dict[int, list[AnyRow]]:
        found: dict[int, list[AnyRow]] = defaultdict(list)
        for row in self._connection.execute(_CLAIMS, {"person": as_id(person)}):
            found[row.outbox].append(row)
        return found

    def _plans(self, rows: Sequence[AnyRow]) -> dict[int, Plan]:
        """What was planned about these messages, as far as it was not destroyed."""
        numbers = {row.message for row in rows}
        messages = self._connection.execute(_MESSAGES, {"wanted": list(numbers)}).all() if numbers else ()
        found = {}
        for message in messages:
            try:
                (found[message.seq],) = self._opener.plans(self._connection, [message])
            except KeyUnavailable:
                continue  # it was expunged with its accounting: nobody can tell any more what it was about
        return found

    def _entry(self, claim: AnyRow) -> LedgerEntry | None:
        rows = self._connection.execute(select(schema.entry).where(schema.entry.c.leaf == claim.leaf)).all()
        try:
            return self._opener.entries(self._connection, rows)[0].entry
        except KeyUnavailable:
            return None


class Members:
    """Who was held to be whom, now and at any instant before."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, identity: bytes, at: int | None) -> list[bytes]:
        """The identities that were held to be the same person as this one, itself among them."""
        person = self._person(identity, at)
        now = select(schema.identity.c.id).where(schema.identity.c.person == person)
        found = set(self._connection.scalars(now)) | {identity}
        if at is None:
            return sorted(found)
        moved = schema.moved.c
        once = select(moved.identity).where(or_(moved.before == person, moved.after == person))
        return sorted(one for one in found | set(self._connection.scalars(once)) if self._person(one, at) == person)

    def _person(self, identity: bytes, at: int | None) -> bytes:
        """Whom it was held to be: what the first move after the instant took it from, else whom it is held to be now."""
        moved = schema.moved.c
        after = (
            select(moved.before).where(moved.identity == identity, moved.at > (at or 0)).order_by(moved.seq).limit(1)
        )
        before: bytes | None = None if at is None else self._connection.scalar(after)
        now = select(schema.identity.c.person).where(schema.identity.c.id == identity)
        return before if before is not None else self._connection.scalar(now) or b""


def _past(
    row: AnyRow,
    plan: Plan | None,
    claims: Iterable[AnyRow],
    paths: Paths,
    entry: Callable[[AnyRow], LedgerEntry | None],
) -> Past | None:
    decided = (
        next((d for d in plan.decided if (d.partner, d.interest) == (row.destination, row.interest)), None)
        if plan
        else None
    )
    if plan is None or decided is None:
        return None
    made = tuple(_claimed(claim, entry(claim), paths) for claim in claims)
    return Past(
        outbox=row.outbox, destination=row.destination, interest=row.interest, identity=row.identity.hex(),
        journal=row.journal.hex(), source=row.partner, question=decided.question, labels=plan.labelled.each,
        bodies=plan.labelled.bodies, waiting=row.held in SENDING or (row.held is None and not made),
        recalled=row.recalled is not None, claims=made, told=plan.labelled.told,
    )  # fmt: skip


def _claimed(claim: AnyRow, entry: LedgerEntry | None, paths: Paths) -> Claimed:
    if entry is None:
        return Claimed(at=claim.at, key=claim.key, paths=())
    return Claimed(at=claim.at, key=claim.key, paths=paths.names(entry.paths), akin=entry.also)


def _standing(row: AnyRow) -> Standing:
    state = (
        "by hand" if not row.notice else "told" if row.told_at else "parked" if row.held == "parked" else "on its way"
    )
    return Standing(
        outbox=row.outbox, destination=row.destination, journal=row.journal.hex(), at=row.at, due_at=row.due_at, state=state,
        told_at=row.told_at or 0, done_at=row.done_at, done_by=row.done_by,
    )  # fmt: skip


_DELIVERIES = (
    select(
        schema.outbox.c.seq.label("outbox"), schema.outbox.c.destination, schema.outbox.c.interest, schema.outbox.c.identity,
        schema.outbox.c.message, schema.message.c.id.label("journal"), schema.message.c.partner,
        schema.held.c.state.label("held"), schema.recall.c.outbox.label("recalled"),
    )
    .join(schema.identity, schema.identity.c.id == schema.outbox.c.identity)
    .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
    .outerjoin(schema.held, schema.held.c.outbox == schema.outbox.c.seq)
    .outerjoin(schema.recall, schema.recall.c.outbox == schema.outbox.c.seq)
    .order_by(schema.outbox.c.seq)
)  # fmt: skip
_PAST = _DELIVERIES.where(schema.identity.c.person == bindparam("person"))
_THESE = _DELIVERIES.where(schema.outbox.c.seq.in_(bindparam("wanted", expanding=True)))
_other = schema.identity.alias("other")
# By the messages about each identity, which are few, and not by the deliveries to a partner, which are many.
_AKIN = (
    select(_other.c.id, func.max(schema.outbox.c.seq).label("last"))
    .select_from(schema.identity)
    .join(_other, (_other.c.person == schema.identity.c.person) & (_other.c.id != schema.identity.c.id))
    .join(schema.message, schema.message.c.owner == _other.c.id)
    .join(schema.outbox, schema.outbox.c.message == schema.message.c.seq)
    .join(schema.attempt, schema.attempt.c.outbox == schema.outbox.c.seq)
    .join(schema.outcome, schema.outcome.c.attempt == schema.attempt.c.seq)
    .where(
        schema.identity.c.id == bindparam("identity"), schema.outbox.c.destination == bindparam("destination"),
        schema.outcome.c.outcome == "delivered",
    )
    .group_by(_other.c.id)
)  # fmt: skip
_CLAIMS = (
    select(schema.attempt)
    .join(schema.outbox, schema.outbox.c.seq == schema.attempt.c.outbox)
    .join(schema.identity, schema.identity.c.id == schema.outbox.c.identity)
    .where(schema.identity.c.person == bindparam("person"))
    .order_by(schema.attempt.c.seq)
)
_MESSAGES = select(schema.message).where(schema.message.c.seq.in_(bindparam("wanted", expanding=True)))
_CHANGED = (
    select(schema.person.c.id, schema.person.c.changed)
    .outerjoin(schema.heeded, schema.heeded.c.person == schema.person.c.id)
    .where(schema.person.c.changed > func.coalesce(schema.heeded.c.changed, 0))
    .order_by(schema.person.c.changed)
)
_SAID = (
    select(func.max(schema.directive.c.known_from))
    .join(schema.identity, schema.identity.c.id == schema.directive.c.identity)
    .where(schema.identity.c.person == bindparam("person"))
)
_MOVED = select(func.max(schema.moved.c.at)).where(
    or_(schema.moved.c.before == bindparam("person"), schema.moved.c.after == bindparam("person"))
)
_told = (
    select(func.max(schema.outcome.c.at))
    .join(schema.attempt, schema.attempt.c.seq == schema.outcome.c.attempt)
    .where(schema.attempt.c.outbox == schema.recall.c.notice, schema.outcome.c.outcome == "delivered")
    .scalar_subquery()
)
_STANDING = (
    select(
        schema.recall, schema.outbox.c.destination, schema.message.c.id.label("journal"), schema.held.c.state.label("held"),
        _told.label("told_at"),
    )
    .join(schema.outbox, schema.outbox.c.seq == schema.recall.c.outbox)
    .join(schema.message, schema.message.c.seq == schema.outbox.c.message)
    .outerjoin(schema.held, schema.held.c.outbox == schema.recall.c.notice)
    .order_by(schema.recall.c.at.desc(), schema.recall.c.outbox.desc())
)  # fmt: skip
