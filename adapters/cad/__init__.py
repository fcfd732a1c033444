"""911 dispatch: what computer-aided dispatch systems speak."""

from adapters import Make
from adapters.cad.eido import Eido
from adapters.cad.export import CadExport

ADAPTERS: dict[str, Make] = {"cad_csv": CadExport, "eido": Eido}
