"""988 contacts and mobile crisis encounters as CSV: what platforms export, in columns of the same field lists."""

from __future__ import annotations

from adapters.lifeline988.contact import Contact
from adapters.lifeline988.mobile_crisis import MobileCrisis
from adapters.wire.own_csv import OwnCsv


class ContactCsv(OwnCsv, Contact):
    """One centre's contacts. Several rows of one contact tell of several attempts to reach the person again."""

    name = "lifeline988_csv"


class MobileCrisisCsv(OwnCsv, MobileCrisis):
    """One team's requests and encounters, a row each."""

    name = "mobile_crisis_csv"
