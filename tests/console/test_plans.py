"""No page reads a growing table from end to end: every statement of every page is explained by the database that runs it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from hub.access.roles import ROLES, may
from hub.console.page import PAGES
from hub.console.site import DECLARED
from hub.store.asking.scene import _AT_SCENE
from tests.console.furniture import names
from tests.console.house import House

# What has a row for each message, delivery, try, leaf or person.
GROWING = (
    "message", "outbox", "attempt", "outcome", "entry", "growth", "hashes", "version", "payload", "account", "identity",
    "person", "blind", "traits", "incident", "shown", "jti",
)  # fmt: skip
_SCAN = re.compile(r"^SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?")
VIEWS = [one for one, _ in PAGES if one.method == "GET" and one.url != "/live" and not one.public]


@contextmanager
def statements(house: House) -> Iterator[dict[str, Any]]:
    """What the hub reads in the meantime: each statement once, with the values of its first time."""
    database = house.hub.vault.database
    seen: dict[str, Any] = {}

    def note(connection: Connection, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        ours = connection.engine.url == database.url and connection.engine is not database.writing
        if ours and statement.startswith(("SELECT", "WITH")):
            seen.setdefault(statement, parameters)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def scanned(house: House, statement: str, parameters: Any) -> list[str]:
    """The growing tables that a statement reads from end to end. What stops at a limit does not."""
    if "LIMIT" in statement:
        return []
    with house.hub.vault.database.reading.connect() as connection:
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    found = (_SCAN.match(str(row[3])) for row in rows)
    return [one[1] for one in found if one and one[1] in GROWING]


def test_no_page_reads_a_growing_table_from_end_to_end(house: House) -> None:
    clients = {role: house.signed_in(role) for role in ROLES}
    with statements(house) as seen:
        for one in VIEWS:
            role = next(name for name in ROLES if one.right is None or may(name, one.right))
            assert clients[role].get(one.url.format(**names(house))).status_code < 500

    assert DECLARED
    assert len(seen) > 40
    assert {
        statement: tables for statement, values in seen.items() if (tables := scanned(house, statement, values))
    } == {}


def test_a_statement_without_an_index_is_noticed(house: House) -> None:
    assert scanned(house, "SELECT id FROM message WHERE size > 3", ()) == ["message"]
    assert scanned(house, "SELECT id FROM message WHERE seq > 3", ()) == []


def test_the_messages_of_an_incident_are_found_by_their_episodes(house: House) -> None:
    with statements(house) as seen, house.hub.vault.database.read() as connection:
        connection.execute(_AT_SCENE, {"wanted": [b"nowhere"]})

    # The hub may read something of its own meanwhile.
    (asked,) = [statement for statement, values in seen.items() if b"nowhere" in values]
    assert scanned(house, asked, seen[asked]) == []
