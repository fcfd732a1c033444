"""Social services: shelters, directories, human-services exchange."""

from adapters import Make
from adapters.social.hsds import Hsds

ADAPTERS: dict[str, Make] = {"hsds": Hsds}
