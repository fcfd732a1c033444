"""What witnesses signed, as the database has it."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from hub.model.plan import Fact
from hub.store.schema import cosignature


class Cosigned(Fact, frozen=True):
    """A tree that witnesses signed: its size, when the last of them did (UTC microseconds), and their lines."""

    size: int
    at: int
    lines: tuple[str, ...]


def newest(connection: Connection, witness: str) -> Cosigned | None:
    """The largest tree that one witness signed."""
    rows = select(cosignature).where(cosignature.c.witness == witness).order_by(cosignature.c.size.desc()).limit(1)
    row = connection.execute(rows).one_or_none()
    return Cosigned(size=row.size, at=row.at, lines=(row.line,)) if row else None


def cosigned(connection: Connection, least: int) -> Cosigned | None:
    """The largest tree of at least so many leaves that any witness signed, with all who did."""
    size = connection.scalar(select(func.max(cosignature.c.size)).where(cosignature.c.size >= least))
    if size is None:
        return None
    rows = connection.execute(
        select(cosignature).where(cosignature.c.size == size).order_by(cosignature.c.witness)
    ).all()
    return Cosigned(size=size, at=max(row.at for row in rows), lines=tuple(row.line for row in rows))


def last_at(connection: Connection) -> int:
    """When any witness signed last; 0 when none ever did."""
    return connection.scalar(select(func.max(cosignature.c.at))) or 0
