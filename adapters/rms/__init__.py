"""Police records: field contacts, holds, use of force."""

from functools import partial

from adapters import Make
from adapters.rms.ndex import Ndex
from adapters.rms.record import Record
from adapters.rms.record_csv import RecordCsv
from adapters.wire.either import Either

ADAPTERS: dict[str, Make] = {"ndex": Ndex, "rms": partial(Either, Record, RecordCsv), "rms_csv": RecordCsv}
