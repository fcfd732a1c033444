"""Police records: field contacts, holds, use of force."""

from adapters import Make
from adapters.rms.ndex import Ndex
from adapters.rms.record import Record
from adapters.rms.record_csv import RecordCsv

ADAPTERS: dict[str, Make] = {"ndex": Ndex, "rms": Record, "rms_csv": RecordCsv}
