"""Police records as JSON: field contacts, holds, use of force. Our own published schema."""

from __future__ import annotations

from adapters.wire.own_json import OwnJson


class Record(OwnJson):
    """One agency's records. Charges and criminal history are read into fields that the model itself labels CHRI."""

    name = "rms"
    kind = "rms-record"
    lenses = "rms/rms.yaml"
    fields = "rms/field_list_record"
    schema = "crisis-hub/rms-record/1"
    any_of = ("template_id", "case_number", "legal_hold", "use_of_force", "call", "units", "care")
    marks = (b'"template_id"', b'"legal_hold"', b'"use_of_force"')
    lists = ("cautions", "charges", "units")
    numbers = ("template_id", "case_number")
