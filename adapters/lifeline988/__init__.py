"""988 centres and mobile crisis teams: contacts, requests, encounters, in JSON schemas of our own."""

from functools import partial

from adapters import Make
from adapters.lifeline988.contact import Contact
from adapters.lifeline988.csv import ContactCsv, MobileCrisisCsv
from adapters.lifeline988.mobile_crisis import MobileCrisis
from adapters.wire.either import Either

ADAPTERS: dict[str, Make] = {
    "lifeline988": partial(Either, Contact, ContactCsv),
    "lifeline988_csv": ContactCsv,
    "mobile_crisis": partial(Either, MobileCrisis, MobileCrisisCsv),
    "mobile_crisis_csv": MobileCrisisCsv,
}
