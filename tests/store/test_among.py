"""Rows of many keys by one parameter, alike in both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from hub.store import schema
from hub.store.among import among
from hub.store.planning import facts
from tests.store.county import County, linked, message

_KNOWN = select(schema.identity.c.partner, schema.identity.c.id).where(among(schema.identity.c.id))


@pytest.mark.parametrize("several", [0, 1, 400])
def test_those_that_are_there_are_found_and_nobody_else(county: County, several: int) -> None:
    county.commit(message(1, link=linked("riley")), message(2, link=linked("morgan")))
    riley, morgan = (row.id for row in county.rows("identity"))
    strangers = [number.to_bytes(16) for number in range(1, several + 1)]

    with county.read() as connection:
        nobody = connection.execute(_KNOWN, {"wanted": strangers}).all()
        both = connection.execute(_KNOWN, {"wanted": [*strangers, riley, morgan]}).all()

    assert nobody == []
    assert {row.id for row in both} == {riley, morgan}


@pytest.mark.parametrize("query", ["_FOUND", "_IDENTITIES", "_CHANGED", "_CONSENTS", "_HAPPENED", "_INCIDENTS"])
def test_no_fact_is_found_by_looking_through_a_table(small: County, query: str) -> None:
    asked = getattr(facts, query)

    with small.read() as connection:
        said = str(asked.compile(connection))
        values = tuple("[]" if name == "wanted" else 0 for name in asked.compile(connection).positiontup)
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", values)]

    tables = {table.name for table in schema.metadata.tables.values()}
    assert not [step for step in plan if step.startswith("SCAN") and step.split()[1] in tables], plan
