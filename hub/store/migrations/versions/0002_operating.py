"""What operating a hub needs: alerts, overdue deliveries, what was shown, suspensions, used assertions, cosignatures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, NUMBER, autoincrement=False, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "alert",
        *(_text("kind"), _text("about"), _number("opened_at"), _number("told_at"), _number("closed_at")),
        _number("told_closed_at"),
        sa.PrimaryKeyConstraint("kind", "about", "opened_at"),
        sqlite_with_rowid=False,
    )
    op.create_index("alert_untold", "alert", ["told_closed_at"])
    op.create_table("overdue", _number("outbox"), _number("at"), _number("leaf"), sa.PrimaryKeyConstraint("outbox"))
    op.create_table(
        "shown", *(_number("leaf"), _bytes("owner"), _text("partner"), _number("at")), sa.PrimaryKeyConstraint("leaf")
    )
    op.create_index("shown_by_owner", "shown", ["owner", "at"])
    op.create_table(
        "suspension",
        *(_number("leaf"), _bytes("owner"), _text("partner"), _number("starts"), _number("ends")),
        sa.PrimaryKeyConstraint("leaf", "owner"),
        sqlite_with_rowid=False,
    )
    op.create_index("suspension_by_owner", "suspension", ["owner"])
    op.create_table(
        "jti", _bytes("digest"), _number("expires"), sa.PrimaryKeyConstraint("digest"), sqlite_with_rowid=False
    )
    op.create_index("jti_by_time", "jti", ["expires"])
    op.create_table(
        "cosignature",
        *(_number("size"), _text("witness"), _number("at"), _text("line")),
        sa.PrimaryKeyConstraint("size", "witness"),
        sqlite_with_rowid=False,
    )
    held = sa.text("deadline > 0")
    op.create_index("outbox_by_deadline", "outbox", ["deadline"], sqlite_where=held, postgresql_where=held)
