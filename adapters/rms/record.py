"""Police records as JSON: field contacts, holds, use of force. Our own published schema."""

from __future__ import annotations

from typing import Final

from adapters.wire.own_json import OwnJson, View, listed

LISTS: Final = ("cautions", "charges", "units")
# How records systems spell a time that nobody knows.
UNKNOWN: Final = ("1900-01-01", "1/1/1900", "01/01/1900")


class Record(OwnJson):
    """One agency's records. Charges and criminal history are read into fields that the model itself labels CHRI."""

    name = "rms"
    kind = "rms-record"
    lenses = "rms/rms.yaml"
    fields = "rms/field_list_record"
    schema = "crisis-hub/rms-record/1"
    any_of = ("template_id", "case_number", "legal_hold", "use_of_force", "call", "units", "care")
    marks = (b'"template_id"', b'"legal_hold"', b'"use_of_force"')
    lists = LISTS
    numbers = ("template_id", "case_number")

    @staticmethod
    def shown(record: View) -> View:
        """Without times that nobody knows; one caution, charge or unit may come as an object."""
        unknown = {n for n, p in record.items() if n.endswith("_at") and isinstance(p, str) and p.startswith(UNKNOWN)}
        known = {name: part for name, part in record.items() if name not in unknown}
        return listed(known, LISTS)
