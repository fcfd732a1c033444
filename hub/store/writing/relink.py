"""A person's word on who is who: identities put together, taken apart, or held apart from now on."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, or_, select

from hub.errors import Conflict, KeyUnavailable, Lasting
from hub.model.commands import Relink
from hub.model.consent import ConsentDirective
from hub.model.plan import Fact
from hub.model.traits import Traits
from hub.store import schema
from hub.store.ids import ID_BYTES, as_id, short
from hub.store.planning.scout import traits_of
from hub.store.reading import AnyRow, Opener
from hub.store.result import Result
from hub.store.sealing import Sealer
from hub.store.writing.group import Group

SHORTEST = 8


def relink(group: Group, command: Relink) -> Result:
    """Every move of the command, or none: `Conflict` where somebody moved one of them meanwhile."""
    for move in command.moves:
        stands = group.relinked.get(as_id(move.identity)) or group.known.persons.get(as_id(move.identity))
        if stands is None:
            raise Lasting("There is no such identity.", at=short(move.identity))
        if stands.hex() != move.before:
            raise Conflict("It is held to be another person now.", at=short(move.identity), cure="Look again.")
    owner = as_id(command.moves[0].identity if command.moves else command.apart[0][0])
    leaf = group.record(command.entry, owner, command.reason)
    for move in command.moves:
        group.moved(move, command.at, leaf=leaf, actor=command.actor)
    for one, other in command.apart:
        group.apart[as_id(one), as_id(other)] = command.at
    for task in command.tasks:
        group.task(task, owner, command.at, leaf=leaf)
    return Result(leaf=leaf)


class Identity(Fact, frozen=True):
    """A source identity: whose number it is, the person it is held to be, and since when it is known (UTC microseconds)."""

    id: str
    partner: str
    person: str
    at: int


class Moved(Fact, frozen=True):
    """One change of person. `message` is the message that brought it, 0 where somebody said so; `actor` is who."""

    identity: str
    before: str
    after: str
    at: int
    message: int
    leaf: int
    why: str
    actor: str


class Filed(Fact, frozen=True):
    """A directive as it was said: about which identity, by which message of which partner, known between two instants (0: still)."""

    directive: ConsentDirective
    identity: str
    journal: str
    partner: str
    known_from: int
    known_to: int


class Links:
    """Reads who is held to be who, now and before, within one reading transaction."""

    def __init__(self, connection: Connection, sealer: Sealer) -> None:
        self._connection, self._sealer, self._opener = connection, sealer, Opener(sealer)

    def identity(self, prefix: str) -> Identity:
        """The identity whose id begins so (8 hexadecimal digits at least). Raises Lasting where there is none, or several."""
        if len(prefix) < SHORTEST or set(prefix) - set("0123456789abcdef"):
            raise Lasting("An identity is named by 8 to 32 hexadecimal digits.", at=repr(prefix[:32]))
        low, high = (bytes.fromhex(prefix.ljust(2 * ID_BYTES, digit)[: 2 * ID_BYTES]) for digit in "0f")
        table = schema.identity
        rows = self._connection.execute(select(table).where(table.c.id.between(low, high)).limit(2)).all()
        if len(rows) != 1:
            raise Lasting("No identity begins so." if not rows else "Several identities begin so.", at=prefix)
        (row,) = rows
        return Identity(id=row.id.hex(), partner=row.partner, person=row.person.hex(), at=row.at)

    def members(self, person: str) -> tuple[Identity, ...]:
        """The identities that are held to be a person now, the oldest first."""
        table = schema.identity
        rows = self._connection.execute(select(table).where(table.c.person == as_id(person)).order_by(table.c.id))
        return tuple(Identity(id=r.id.hex(), partner=r.partner, person=r.person.hex(), at=r.at) for r in rows)

    def moves(self, identity: str) -> tuple[Moved, ...]:
        """Every change of person of an identity, in order."""
        return self._moved(schema.moved.c.identity == as_id(identity))

    def moves_of_person(self, person: str) -> tuple[Moved, ...]:
        """Every change by which an identity came to a person, or went, in order."""
        name = as_id(person)
        return self._moved(or_(schema.moved.c.before == name, schema.moved.c.after == name))

    def directives(self, identities: Sequence[str], before: int, at: int) -> tuple[ConsentDirective, ...]:
        """What these identities had said before the message of this number, which came `at` (UTC microseconds)."""
        table = schema.directive.c
        wanted = select(schema.directive).where(
            table.identity.in_([as_id(each) for each in identities]),
            table.message < before,
            or_(table.known_to == 0, table.known_to > at),
        )
        return tuple(map(self._opener.directive, self._connection.execute(wanted.order_by(table.seq))))

    def filed(self, identities: Sequence[str]) -> list[Filed]:
        """Every consent, refusal and order that these identities ever said, in order, as far as it was not destroyed."""
        wanted = _FILED.where(schema.directive.c.identity.in_([as_id(each) for each in identities]))
        return [found for row in self._connection.execute(wanted) if (found := self._filed(row))]

    def _filed(self, row: AnyRow) -> Filed | None:
        try:
            directive = self._opener.directive(row)
        except KeyUnavailable:
            return None
        return Filed(
            directive=directive, identity=row.identity.hex(), journal=row.journal.hex(), partner=row.partner,
            known_from=row.known_from, known_to=row.known_to,
        )  # fmt: skip

    def traits(self, identities: Sequence[str]) -> dict[str, Traits]:
        """What is known of these identities for linking, as far as it was not destroyed."""
        found = traits_of(self._connection, self._sealer, [as_id(each) for each in identities])
        return {identity.hex(): traits for identity, traits in found.items()}

    def apart(self, identity: str) -> frozenset[str]:
        """The identities that somebody said are not the person of this one."""
        table, name = schema.apart.c, as_id(identity)
        rows = self._connection.execute(select(schema.apart).where(or_(table.identity == name, table.other == name)))
        return frozenset((row.other if row.identity == name else row.identity).hex() for row in rows)

    def _moved(self, condition: ColumnElement[bool]) -> tuple[Moved, ...]:
        rows = self._connection.execute(select(schema.moved).where(condition).order_by(schema.moved.c.seq))
        return tuple(
            Moved(
                identity=r.identity.hex(), before=r.before.hex(), after=r.after.hex(), at=r.at, message=r.message,
                leaf=r.leaf, why=r.why, actor=r.actor,
            )
            for r in rows
        )  # fmt: skip


_FILED = (
    select(schema.directive, schema.message.c.id.label("journal"), schema.message.c.partner)
    .join(schema.message, schema.message.c.seq == schema.directive.c.message)
    .order_by(schema.directive.c.seq)
)
