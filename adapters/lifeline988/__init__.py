"""988 centres and mobile crisis teams: contacts, requests, encounters, in JSON schemas of our own."""

from adapters import Make
from adapters.lifeline988.contact import Contact
from adapters.lifeline988.mobile_crisis import MobileCrisis

ADAPTERS: dict[str, Make] = {"lifeline988": Contact, "mobile_crisis": MobileCrisis}
