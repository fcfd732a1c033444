"""How linkage does on the labelled sets of FEBRL: `python -m tests.flow.linkage.measure` prints it, `--json` as one value."""

from __future__ import annotations

import json
import sys

from tests.flow.linkage.febrl import records
from tests.flow.linkage.test_febrl import measured, outcomes, true_pairs

SETS = {
    "FEBRL 1": ("dataset1", "dataset1"),
    "FEBRL 2": ("dataset2", "dataset2"),
    "FEBRL 3": ("dataset3", "dataset3"),
    "FEBRL 4": ("dataset4a", "dataset4b"),
}


def one(these: str, those: str) -> dict[str, float]:
    """The counts of one set, and F1 of *same* alone and of *same* and *maybe*."""
    left = records(these)
    right = left if these == those else records(those)
    counted, pairs = outcomes(left, right), true_pairs(left, right)
    return {
        "true_pairs": pairs,
        "same": counted["same", True],
        "maybe": counted["maybe", True],
        "false_same": counted["same", False],
        "false_maybe": counted["maybe", False],
        "f1": round(measured(counted, ("same", "maybe"), pairs), 4),
        "f1_same_alone": round(measured(counted, ("same",), pairs), 4),
    }


if __name__ == "__main__":
    found = {name: one(*both) for name, both in SETS.items()}
    lines = (
        f"{name}: {', '.join(f'{key} {value}' for key, value in counts.items())}" for name, counts in found.items()
    )
    sys.stdout.write((json.dumps(found) if "--json" in sys.argv else "\n".join(lines)) + "\n")
