"""Social services: shelters, directories, human-services exchange."""

from adapters import Make
from adapters.social.hmis import Hmis
from adapters.social.hsds import Hsds, HsdsCsv
from adapters.social.referral import Bser, Gravity

ADAPTERS: dict[str, Make] = {
    "bser": Bser,
    "gravity": Gravity,
    "hmis": Hmis,
    "hsds": Hsds,
    "hsds_csv": HsdsCsv,
}
