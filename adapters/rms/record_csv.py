"""Police records as CSV: what records systems export, in columns of the same field list."""

from __future__ import annotations

from adapters.rms.record import Record
from adapters.wire.own_csv import OwnCsv


class RecordCsv(OwnCsv, Record):
    """One agency's records, a row each: an edit is another version, and another message."""

    name = "rms_csv"
