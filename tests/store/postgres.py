"""One statement outside any transaction, for the tests that rearrange a PostgreSQL."""

from __future__ import annotations

from sqlalchemy import create_engine, text


def run(url: str, statement: str) -> None:
    """Run one statement outside any transaction."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
