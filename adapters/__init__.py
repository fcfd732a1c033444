"""Partner formats, read and written: one folder a kind of partner, one file a format.

`adapters.wire` holds the syntaxes they share. Adapters do not know each other; what they promise stands in `hub.contracts`.
A package of adapters is an entry point of the group `crisis_hub.adapters`: a module whose `ADAPTERS` names its formats, each with
what makes its adapter for one partner: `make(profile)`, where the profile holds `mapping`, `version` and `charset`, or less.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points

from hub.contracts import Adapter
from hub.errors import Misconfigured

GROUP = "crisis_hub.adapters"

Make = Callable[[Mapping[str, str]], Adapter]


def found(packages: Collection[str] | None = None) -> dict[str, Make]:
    """Every format that is installed, or that the named packages bring. Raises Misconfigured when two claim one name.

    >>> "hl7v2" in found()
    True
    """
    formats: dict[str, Make] = {}
    brought: dict[str, str] = {}
    for entry in _installed():
        if packages is None or entry.name in packages:
            for name, make in getattr(entry.load(), "ADAPTERS", {}).items():
                if name in formats:
                    raise Misconfigured(f'"{name}" is brought by {brought[name]} and by {entry.name}.', at=GROUP)
                formats[name], brought[name] = make, entry.name
    return formats


@cache
def _installed() -> tuple[EntryPoint, ...]:
    """The packages of adapters that are installed, by name; looked for once, for it takes 8 ms."""
    return tuple(sorted(entry_points(group=GROUP), key=lambda point: point.name))
