"""What each level of agreement counts, in bits: how much likelier it is among records of one person than among strangers.

How the defaults were estimated. For each level two shares: among pairs of records of one person, and among pairs of
strangers. The first come from the labelled pairs of FEBRL 1 to 3 (8,972 pairs, names and addresses mistyped on purpose),
softened towards what registration desks do: more agreement than there, and people who moved, married or changed their
telephone. The second are set on the safe side of what those data and the United States census of 2010 say: one in 200
shares a family name with a stranger, one in 70 a given name, one in 20,000 a full birth date (made-up ones counted); a
household shares its address and telephone, so these count less than their rarity says. FEBRL 4 took no part in it.

Levels that were parted since (a slip of a given name and a name that is alike, a slip of a number and the next number) share
out what they had together as those data do. Names that are exchanged are exchanged both: the given name's share stands under
the condition that the family name's does.

`crisis-hub link evaluate` says how they do on a county's own pairs, and what that county's pairs would have them be.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log2
from typing import Final

Shares = tuple[float, float]
Weights = Mapping[str, Mapping[str, float]]

SHARES: Final[dict[str, dict[str, Shares]]] = {
    "family": {
        "same": (0.80, 0.005),
        "swapped": (0.02, 0.0005),
        "slip": (0.08, 0.0015),
        "close": (0.03, 0.001),
        "sound": (0.01, 0.0015),
        "differs": (0.06, 0.99),
    },
    "given": {
        "same": (0.75, 0.014),
        "short form": (0.06, 0.002),
        "swapped": (0.98, 0.02),
        "slip": (0.053, 0.0011),
        "close": (0.02, 0.0015),
        "sound": (0.01, 0.0015),
        "alike": (0.018, 0.0009),
        "initial": (0.01, 0.01),
        "differs": (0.06, 0.97),
    },
    "birth": {
        "same": (0.91, 0.00005),
        "swapped": (0.01, 0.00005),
        "slip": (0.04, 0.001),
        "close": (0.02, 0.003),
        "month": (0.98, 0.0012),
        "year": (0.98, 0.014),
        "differs": (0.02, 0.995),
    },
    "sex": {"same": (0.99, 0.5), "differs": (0.01, 0.5)},
    "suffix": {"same": (0.97, 0.3), "differs": (0.03, 0.7)},
    "ssn": {"same": (0.88, 0.000001), "slip": (0.065, 0.00002), "next": (0.005, 0.00002), "differs": (0.05, 0.99997)},
    "phone": {"same": (0.55, 0.0005), "differs": (0.45, 0.9995)},
    "email": {"same": (0.60, 0.0003), "differs": (0.40, 0.9997)},
    "home": {
        "same": (0.42, 0.0004),
        "slip": (0.08, 0.0001),
        "close": (0.25, 0.0004),
        "area": (0.10, 0.01),
        "differs": (0.25, 0.99),
    },
    # An authority gives a number once: in common, it is enough unless something speaks against it.
    "number": {"same": (0.98, 4e-10), "differs": (0.05, 0.9)},
}


def weighed(shares: Mapping[str, Mapping[str, Shares]]) -> dict[str, dict[str, float]]:
    """Bits from shares.

    >>> weighed({"sex": {"same": (1.0, 0.5)}})
    {'sex': {'same': 1.0}}
    """
    return {field: {level: log2(m / u) for level, (m, u) in levels.items()} for field, levels in shares.items()}


DEFAULT: Final[Weights] = weighed(SHARES)
# Two records drawn from a county of a million people are of one person once in a million: twenty bits against.
MAYBE: Final = 20.0
# Ten bits beyond even: of a thousand pairs that just reach it, one is wrong.
SAME: Final = 30.0
