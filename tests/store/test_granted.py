"""What a partner may ask about: everybody it was ever told of, each once, in the order in which it first heard of them."""

from __future__ import annotations

from msgspec.structs import replace
from sqlalchemy import text

from hub.store import schema
from hub.store.asking import granted
from hub.store.asking.granted import Granted
from hub.store.sealing import Sealer
from tests.store.county import ORIGIN, County, linked, message


def test_everybody_is_told_of_once_where_they_first_were(county: County) -> None:
    riley, morgan = linked("riley"), linked("morgan")
    known = replace(riley, fresh=False, blocks=())
    county.commit(message(1, link=riley), message(2, link=morgan), message(3, link=known), message(4))

    with county.read() as connection:
        seen = Granted(connection, Sealer(county.keys, ORIGIN), "clinic")
        first = seen.owners(0, 10)
        later = seen.owners(first[0].first, 1)
        nobody = Granted(connection, Sealer(county.keys, ORIGIN), "somebody else").owners(0, 10)

    owners = [row.owner.hex() for row in county.rows("message")]
    assert [owner.identity for owner in first] == [owners[0], owners[1], owners[3]]
    assert later == first[1:2]
    assert nobody == []


def test_whoever_was_told_of_is_found_without_looking_through_every_delivery(small: County) -> None:
    query = granted._FIRST.where(schema.outbox.c.destination == "clinic", schema.outbox.c.seq > 0)

    with small.read() as connection:
        said = str(query.compile(connection, compile_kwargs={"literal_binds": True}))
        plan = [row.detail for row in connection.execute(text(f"EXPLAIN QUERY PLAN {said}"))]

    inner = [step for step in plan if "its" in step or "earlier" in step]
    assert len(inner) == 2
    assert all("message_by_owner" in step or "outbox_by_message" in step for step in inner), inner
