"""Which deliveries are in the air: claimed, and not yet settled. Few, so the writer holds them in memory."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, select

from hub.store import schema


class Flight(NamedTuple):
    """An attempt without an outcome."""

    attempt: int
    number: int
    destination: str
    identity: bytes


class Flights:
    """All deliveries in the air, by outbox row, and the lanes they occupy: a destination and a source identity."""

    def __init__(self) -> None:
        self.open: dict[int, Flight] = {}
        self.lanes: dict[tuple[str, bytes], int] = {}

    @classmethod
    def read(cls, connection: Connection) -> Flights:
        """Those a database holds."""
        flights = cls()
        for row in connection.execute(_IN_THE_AIR):
            flights.take_off(row.outbox, Flight(row.attempt, row.number, row.destination, row.identity))
        return flights

    def copy(self) -> Flights:
        """The same flights, to go on from: few enough that each commit works on its own copy."""
        flights = Flights()
        flights.open, flights.lanes = dict(self.open), dict(self.lanes)
        return flights

    def take_off(self, outbox: int, flight: Flight) -> None:
        """Note that a delivery was claimed."""
        self.open[outbox] = flight
        self.lanes[flight.destination, flight.identity] = outbox

    def land(self, outbox: int) -> None:
        """Note that it was settled."""
        flight = self.open.pop(outbox)
        self.lanes.pop((flight.destination, flight.identity), None)


_IN_THE_AIR = (
    select(
        schema.attempt.c.seq.label("attempt"),
        schema.attempt.c.outbox,
        schema.attempt.c.number,
        schema.outbox.c.destination,
        schema.outbox.c.identity,
    )
    .join(schema.outbox, schema.outbox.c.seq == schema.attempt.c.outbox)
    .outerjoin(schema.outcome, schema.outcome.c.attempt == schema.attempt.c.seq)
    .where(schema.outcome.c.attempt.is_(None))
)
