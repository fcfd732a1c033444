"""Police records: field contacts, holds, use of force."""

from adapters import Make
from adapters.rms.record import Record
from adapters.rms.record_csv import RecordCsv

ADAPTERS: dict[str, Make] = {"rms": Record, "rms_csv": RecordCsv}
