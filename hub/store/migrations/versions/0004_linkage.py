"""What linkage needs: sealed traits, every change of person, and who is held apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, autoincrement=False, nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "traits",
        *(_bytes("identity"), _number("at"), _bytes("sealed")),
        sa.PrimaryKeyConstraint("identity"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "moved",
        *(_number("seq"), _bytes("identity"), _bytes("before"), _bytes("after"), _number("at"), _number("message")),
        *(_number("leaf"), _text("why"), _text("actor")),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("moved_by_identity", "moved", ["identity", "seq"])
    op.create_table(
        "apart",
        *(_bytes("identity"), _bytes("other"), _number("at")),
        sa.PrimaryKeyConstraint("identity", "other"),
        sqlite_with_rowid=False,
    )
    op.create_index("apart_by_other", "apart", ["other"])
