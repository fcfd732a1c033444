"""Whether a table is the same when its rows are put together again."""

from __future__ import annotations

from adapters.wire import archive, csv


def same_csv(body: bytes) -> bool:
    """Whether the first line and the rows, as they were cut out, are the table to the byte; empty lines say nothing."""
    found = list(csv.records(body))
    whole = (found[0][0] if found else b"") + b"".join(row for _, row, _ in found)
    return _lines(whole) == _lines(body)


def same_zip(body: bytes) -> bool:
    """Whether every table of an archive is."""
    files = archive.unzip(body, most=csv.MOST_BYTES, members=1000)
    return all(same_csv(inner) for name, inner in files if name.lower().endswith(".csv"))


def _lines(body: bytes) -> list[bytes]:
    return [line for line in body.splitlines() if line.strip()]
