"""What recalls need: up to where changes were heeded, and what was recalled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, autoincrement=False, nullable=False)


def upgrade() -> None:
    op.create_table(
        "heeded",
        *(sa.Column("person", sa.LargeBinary(), nullable=False), _number("changed")),
        sa.PrimaryKeyConstraint("person"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "recall",
        *(_number("outbox"), _number("at"), _number("notice"), _number("due_at"), _number("leaf"), _number("done_at")),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("outbox"),
    )
