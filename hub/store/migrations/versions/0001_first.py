"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Sealed bytes do not compress: PostgreSQL need not try, and can then cut a part out of them without reading the rest.
SEALED = {"payload": "sealed", "account": "sealed", "growth": "leaves"}


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("commit", NUMBER, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("commit"),
    )
    op.create_table(
        "attempt",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("outbox", NUMBER, autoincrement=False, nullable=False),
        sa.Column("number", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("attempt_once", "attempt", ["outbox", "number"], unique=True)
    op.create_table(
        "blind",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("token", "identity"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "code",
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("table", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("message", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("times", NUMBER, autoincrement=False, nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("partner", "table", "token"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "cursor",
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("destination"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dedupe_0",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("message", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest", "content", "message"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dedupe_1",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("message", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest", "content", "message"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dedupe_2",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("message", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest", "content", "message"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dedupe_3",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("message", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest", "content", "message"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dedupe_4",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("message", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest", "content", "message"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "directive",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("message", NUMBER, autoincrement=False, nullable=False),
        sa.Column("known_from", NUMBER, autoincrement=False, nullable=False),
        sa.Column("known_to", NUMBER, autoincrement=False, nullable=False),
        sa.Column("starts", NUMBER, autoincrement=False, nullable=False),
        sa.Column("ends", NUMBER, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("directive_by_identity", "directive", ["identity", "known_to"], unique=False)
    op.create_table(
        "entry",
        sa.Column("leaf", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("commit", NUMBER, autoincrement=False, nullable=False),
        sa.Column("account_from", NUMBER, autoincrement=False, nullable=False),
        sa.Column("account_size", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("leaf"),
    )
    op.create_table(
        "growth",
        sa.Column("commit", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("first_message", NUMBER, autoincrement=False, nullable=False),
        sa.Column("message_count", NUMBER, autoincrement=False, nullable=False),
        sa.Column("first_leaf", NUMBER, autoincrement=False, nullable=False),
        sa.Column("leaf_count", NUMBER, autoincrement=False, nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.Column("peaks", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("mark", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("commit"),
    )
    op.create_index("growth_by_leaf", "growth", ["first_leaf"], unique=False)
    op.create_table(
        "hashes",
        sa.Column("level", NUMBER, autoincrement=False, nullable=False),
        sa.Column("tile", NUMBER, autoincrement=False, nullable=False),
        sa.Column("start", NUMBER, autoincrement=False, nullable=False),
        sa.Column("run", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "tile", "start"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "held",
        sa.Column("outbox", NUMBER, autoincrement=False, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", NUMBER, autoincrement=False, nullable=False),
        sa.Column("due_at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("leaf", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("outbox"),
    )
    op.create_index("held_by_destination", "held", ["destination", "identity"], unique=False)
    op.create_index("held_by_time", "held", ["destination", "state", "due_at"], unique=False)
    op.create_table(
        "house",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "identity",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("person", sa.LargeBinary(), nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_index("identity_by_person", "identity", ["person"], unique=False)
    op.create_table(
        "incident",
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("episode", sa.LargeBinary(), nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("token", "episode"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "message",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("size", NUMBER, autoincrement=False, nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("episode", sa.LargeBinary(), nullable=False),
        sa.Column("happened_at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("commit", NUMBER, autoincrement=False, nullable=False),
        sa.Column("payload_from", NUMBER, autoincrement=False, nullable=False),
        sa.Column("payload_size", NUMBER, autoincrement=False, nullable=False),
        sa.Column("account_from", NUMBER, autoincrement=False, nullable=False),
        sa.Column("account_size", NUMBER, autoincrement=False, nullable=False),
        sa.Column("leaf", NUMBER, autoincrement=False, nullable=False),
        sa.Column("leaf_count", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("message_by_episode", "message", ["episode", "seq"], unique=False)
    op.create_index("message_by_id", "message", ["id"], unique=True)
    op.create_index("message_by_owner", "message", ["owner", "seq"], unique=False)
    op.create_index("message_by_partner", "message", ["partner", "seq"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("message", NUMBER, autoincrement=False, nullable=False),
        sa.Column("interest", sa.Text(), nullable=False),
        sa.Column("due_at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("deadline", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("outbox_by_destination", "outbox", ["destination", "seq"], unique=False)
    op.create_index("outbox_by_message", "outbox", ["message"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("attempt", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("leaf", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("attempt"),
    )
    op.create_table(
        "parked",
        sa.Column("message", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("lens", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("message"),
    )
    op.create_table(
        "path_set",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "payload",
        sa.Column("commit", NUMBER, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("commit"),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("changed", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reject",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("partner", sa.Text(), nullable=False),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("size", NUMBER, autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("leaf", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("reject_by_id", "reject", ["id"], unique=False)
    op.create_table(
        "release",
        sa.Column("leaf", NUMBER, autoincrement=False, nullable=False),
        sa.Column("outbox", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("leaf"),
    )
    op.create_index("release_by_outbox", "release", ["outbox"], unique=False)
    op.create_table(
        "ring",
        sa.Column("slot", NUMBER, autoincrement=False, nullable=False),
        sa.Column("window", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("slot"),
    )
    op.create_table(
        "task",
        sa.Column("seq", NUMBER, autoincrement=False, nullable=False),
        sa.Column("at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("due_at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("message", NUMBER, autoincrement=False, nullable=False),
        sa.Column("leaf", NUMBER, autoincrement=False, nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("done_at", NUMBER, autoincrement=False, nullable=False),
        sa.Column("done_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("task_open", "task", ["done_at", "seq"], unique=False)
    op.create_table(
        "version",
        sa.Column("message", NUMBER, autoincrement=False, nullable=False),
        sa.Column("version", NUMBER, autoincrement=False, nullable=False),
        sa.Column("owner", sa.LargeBinary(), nullable=False),
        sa.Column("commit", NUMBER, autoincrement=False, nullable=False),
        sa.Column("account_from", NUMBER, autoincrement=False, nullable=False),
        sa.Column("account_size", NUMBER, autoincrement=False, nullable=False),
        sa.Column("leaf", NUMBER, autoincrement=False, nullable=False),
        sa.Column("leaf_count", NUMBER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("message", "version"),
        sqlite_with_rowid=False,
    )
    op.create_index("version_by_leaf", "version", ["leaf"], unique=False)
    if op.get_context().dialect.name == "postgresql":
        for table, column in SEALED.items():
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
