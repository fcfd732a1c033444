"""The page of FHIR ends in every line of its mapping, generated from the mapping itself."""

from __future__ import annotations

import os
from pathlib import Path

import mappings
from hub.lens.explain import page
from hub.lens.load import load

HOME = Path(mappings.__file__).parent
PAGE = HOME.parent / "docs" / "formats" / "fhir.md"
HEADING = "## Every line\n"


def test_the_page_ends_in_every_line_of_the_mapping() -> None:
    text = PAGE.read_text(encoding="utf-8")
    before, found, _ = text.partition(HEADING)
    wanted = f"{before}{HEADING}\n{page(load(HOME / 'ehr/fhir/set.yaml', HOME)).strip()}\n"
    if os.environ.get("CRISIS_HUB_GOLDEN") == "anew":
        PAGE.write_text(wanted, encoding="utf-8")

    assert found
    assert PAGE.read_text(encoding="utf-8") == wanted, "CRISIS_HUB_GOLDEN=anew writes it anew"
