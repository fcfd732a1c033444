"""Social services: shelters, directories, human-services exchange."""

from adapters import Make
from adapters.social.hmis import Hmis
from adapters.social.hsds import Hsds, HsdsCsv

ADAPTERS: dict[str, Make] = {"hmis": Hmis, "hsds": Hsds, "hsds_csv": HsdsCsv}
