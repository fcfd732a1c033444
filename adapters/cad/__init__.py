"""911 dispatch: what computer-aided dispatch systems and ambulances speak."""

from adapters import Make
from adapters.cad.eido import Eido
from adapters.cad.export import CadExport
from adapters.cad.nemsis import Nemsis

ADAPTERS: dict[str, Make] = {"cad_csv": CadExport, "eido": Eido, "nemsis": Nemsis}
