"""One query may show something of several people: each finds it in their accounting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, autoincrement=False, nullable=False)


def upgrade() -> None:
    op.drop_index("shown_by_owner", "shown")
    op.rename_table("shown", "shown_once")
    op.create_table(
        "shown",
        _number("leaf"),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        _number("at"),
        sa.PrimaryKeyConstraint("leaf", "owner", name="shown_of"),
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO shown (leaf, owner, partner, at) SELECT leaf, owner, partner, at FROM shown_once")
    op.drop_table("shown_once")
    op.create_index("shown_by_owner", "shown", ["owner", "at"])
