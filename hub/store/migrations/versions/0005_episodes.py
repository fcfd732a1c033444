"""Episodes that turned out to be another one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "rejoined",
        sa.Column("episode", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("episode"),
        sqlite_with_rowid=False,
    )
    op.create_index("rejoined_by_root", "rejoined", ["root"])
