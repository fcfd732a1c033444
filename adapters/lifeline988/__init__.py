"""988 centres and mobile crisis teams: contacts, requests, encounters, in JSON schemas of our own."""

from adapters import Make
from adapters.lifeline988.contact import Contact
from adapters.lifeline988.csv import ContactCsv, MobileCrisisCsv
from adapters.lifeline988.mobile_crisis import MobileCrisis

ADAPTERS: dict[str, Make] = {
    "lifeline988": Contact,
    "lifeline988_csv": ContactCsv,
    "mobile_crisis": MobileCrisis,
    "mobile_crisis_csv": MobileCrisisCsv,
}
