"""Rows of many keys by one parameter: neither the statement nor what it takes to spell it grows with how many are asked for."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Dialect, LargeBinary, String, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine


class _Keys(TypeDecorator[Collection[bytes]]):
    """Keys as one value: an array in PostgreSQL; in SQLite, which has none, JSON of hexadecimal words."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(LargeBinary()) if dialect.name == "postgresql" else String())

    def process_bind_param(self, value: Collection[bytes] | None, dialect: Dialect) -> Any:
        keys = value or ()
        return list(keys) if dialect.name == "postgresql" else json.dumps([key.hex() for key in keys])


class _Among(FunctionElement[Any]):
    """Whether a column of keys is one of those in a parameter."""

    name = "among"
    # Were it a Boolean, it would be compared with 1 in SQLite, and no index would be used.
    type = NullType()
    inherit_cache = True


def among(column: ColumnElement[bytes], name: str = "wanted") -> ColumnElement[bool]:
    """Whether a key is one of the parameter `name`, which is a list of keys given when the statement is executed."""
    return _Among(column, bindparam(name, type_=_Keys()))


@compiles(_Among, "sqlite")
def _in_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, wanted = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT unhex(value) FROM json_each({wanted}))"  # noqa: S608  # both parts are SQLAlchemy's own


@compiles(_Among, "postgresql")
def _in_postgres(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, wanted = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY({wanted})"
