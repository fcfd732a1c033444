"""Who may be somebody they are not held to be: refusals of either hold for both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "doubt",
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("identity", "person"),
        sqlite_with_rowid=False,
    )
    op.create_index("doubt_by_person", "doubt", ["person"])
