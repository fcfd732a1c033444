"""Published XML schemas of other people, which judge what we read and write where the samples are present."""

from __future__ import annotations

import tarfile
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from lxml import etree


@cache
def published(archive: Path, root: str) -> etree.XMLSchema:
    """A schema by the name of its root, from a folder or a tar of its files; compiled once."""
    if archive.is_dir():
        return etree.XMLSchema(etree.parse(archive / root))
    folder = Path(mkdtemp(prefix="schema-"))
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    (path,) = [found for found in folder.rglob(Path(root).name) if str(found).endswith(root)]
    return etree.XMLSchema(etree.parse(path))


def faults(schema: etree.XMLSchema, body: bytes) -> list[str]:
    """What a schema finds wrong, each with its line; nothing when it is valid."""
    schema.validate(etree.fromstring(body))
    said: Any = schema.error_log
    return [f"line {error.line}: {error.message}" for error in said]
