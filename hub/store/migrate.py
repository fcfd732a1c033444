"""Bringing a database to the schema this hub speaks, at start-up, in one transaction."""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from hub.errors import Misconfigured
from hub.store.trouble import spoken

_SCRIPTS = ScriptDirectory(str(Path(__file__).parent / "migrations"))


def migrate(connection: Connection) -> None:
    """Bring the database of the writing `connection` to the newest schema: all of it, or nothing.

    `Misconfigured` when a newer hub has been here.
    """
    with spoken("migrating"), connection.begin():
        context = MigrationContext.configure(connection, opts={"fn": _steps})
        here = context.get_current_revision()
        if here and here not in {each.revision for each in _SCRIPTS.walk_revisions()}:
            raise Misconfigured(f"The database has schema {here}, which this hub does not know.", cure=_NEWER)
        with Operations.context(context):
            context.run_migrations()


_NEWER = "A newer hub has been here: install that one, or bring back the database from before."


def _steps(here: str, _context: MigrationContext) -> list[RevisionStep]:
    return list(_SCRIPTS._upgrade_revs("head", here))  # noqa: SLF001 - Alembic offers it to env.py scripts only, and we have none
