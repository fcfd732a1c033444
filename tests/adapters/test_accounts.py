"""An account counts what was sent: every leaf of the wire by its own path, and nothing that the adapter laid out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters import found
from adapters.wire import json
from adapters.wire.json_lens import JSON
from tests.disclosing import RECEIVED

GOLDEN = Path(__file__).parents[1] / "golden"
FORMATS = ("eido", "lifeline988", "mobile_crisis", "rms", "hsds", "safr")
CASES = [pytest.param(name, case, id=f"{name}/{case.name}") for name in FORMATS for case in (GOLDEN / name).iterdir()]
LOCATION = ".locationByValue."


@pytest.mark.parametrize(("name", "case"), CASES)
def test_every_leaf_of_the_wire_is_accounted_for_by_its_own_path(name: str, case: Path) -> None:
    adapter = found()[name]({})

    for piece in adapter.split((case / "wire.json").read_bytes()):
        told = {loss.path for loss in adapter.read(piece, RECEIVED).account().items}

        sent = set(JSON.elements(JSON.mark(json.read(piece))).values())
        # The location that was read is accounted for element by element, in its own place.
        read = {path.partition(LOCATION)[0] + LOCATION.rstrip(".") for path in told if LOCATION in path}
        assert {path for path in told if LOCATION not in path} | read == sent
