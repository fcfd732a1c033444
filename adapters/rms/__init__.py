"""Police records: field contacts, holds, use of force."""

from adapters import Make
from adapters.rms.record import Record

ADAPTERS: dict[str, Make] = {"rms": Record}
