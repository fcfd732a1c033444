"""How linkage does on the labelled sets of FEBRL: `python -m tests.flow.linkage.measure` prints it, `--json` as one value.

`--why` says of FEBRL 4 what speaks against each true pair that is not *same*.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping

from hub.flow.linkage.fields import levels
from hub.flow.linkage.likeness import contradicted, likeness
from tests.flow.linkage.febrl import found, records
from tests.flow.linkage.test_febrl import measured, outcomes, true_pairs

SETS = {
    "FEBRL 1": ("dataset1", "dataset1"),
    "FEBRL 2": ("dataset2", "dataset2"),
    "FEBRL 3": ("dataset3", "dataset3"),
    "FEBRL 4": ("dataset4a", "dataset4b"),
}

Levels = Mapping[str, str]
_OWN_NUMBER, _BORN = ("same", "slip"), ("same", "swapped", "slip")
# The first that is true of a pair is why.
WHY: dict[str, Callable[[Levels], bool]] = {
    "both names are others": lambda f: f.get("family") == f.get("given") == "differs",
    "another given name, born the same day, another number": lambda f: (
        f.get("given") == "differs" and f.get("birth") in _BORN and f.get("ssn") != "same"
    ),
    "a number in common, another given name or none, and another birth date or none": lambda f: (
        f.get("ssn") in _OWN_NUMBER and f.get("given") in ("differs", None) and f.get("birth") not in _BORN
    ),
    "no given name, or one that may be a twin's": lambda f: (
        f.get("given") in (None, "alike") and f.get("ssn") != "same"
    ),
    "another family name and another birth date or number": lambda f: (
        f.get("family") == "differs" and (f.get("birth") not in _BORN or f.get("ssn") != "same")
    ),
    "one name, another birth date or none, another number": lambda f: (
        f.get("birth") not in _BORN and f.get("ssn") != "same"
    ),
    "one name and birth date, another number and address": lambda f: f.get("home") in ("area", "differs"),
    "anything else": lambda _: True,
}


def why(these: str, those: str) -> dict[str, list[int]]:
    """For each reason: true pairs that are not *same*, how many of them are contradicted, and how many no finder met."""
    left, right = records(these), {record.truth: record for record in records(those)}
    met = {(a.id, b.id) for a, b in found(left, list(right.values()))}
    told: dict[str, list[int]] = {reason: [0, 0, 0] for reason in WHY}
    for one in left:
        other = right[one.truth]
        unmet = (one.id, other.id) not in met
        if likeness(one.traits, other.traits).verdict == "same" and not unmet:
            continue
        agree = levels(one.traits, other.traits)
        reason = next(reason for reason, holds in WHY.items() if holds(agree))
        told[reason] = [a + b for a, b in zip(told[reason], (1, contradicted(agree), unmet), strict=True)]
    return told


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
    if "--why" in sys.argv:
        told = why(*SETS["FEBRL 4"])
        sys.stdout.writelines(
            f"{n} not same, {against} contradicted, {unmet} not met: {reason}\n"
            for reason, (n, against, unmet) in told.items()
        )
        sys.exit()
    counts = {name: one(*both) for name, both in SETS.items()}
    lines = (f"{name}: {', '.join(f'{key} {value}' for key, value in each.items())}" for name, each in counts.items())
    sys.stdout.write((json.dumps(counts) if "--json" in sys.argv else "\n".join(lines)) + "\n")
