"""911 dispatch: what computer-aided dispatch systems speak."""

from adapters import Make
from adapters.cad.eido import Eido

ADAPTERS: dict[str, Make] = {"eido": Eido}
