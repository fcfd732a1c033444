"""The page of a format ends in every line of its mapping, generated from the mapping itself."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adapters.wire.own_json import HOME
from hub.lens.explain import page
from hub.lens.load import load

DOCS = Path(__file__).parents[2] / "docs" / "formats"
TABLES = [
    ("cad-csv.md", "## Every line of our own layout\n", "cad/export/plain.yaml"),
    ("cad-csv.md", "## Every line of one city\n", "cad/export/new_orleans.yaml"),
    ("eido.md", "## Every line\n", "cad/eido/set.yaml"),
    ("988.md", "## Every line of a contact\n", "lifeline988/lifeline988.yaml"),
    ("988.md", "## Every line of a team\n", "lifeline988/mobile_crisis.yaml"),
    ("rms.md", "## Every line\n", "rms/rms.yaml"),
    ("bed-capacity.md", "## Every line of HAVE\n", "ehr/have/set.yaml"),
    ("bed-capacity.md", "## Every line of SAFR\n", "ehr/safr/set.yaml"),
    ("ccda.md", "## Every line\n", "ehr/ccda/set.yaml"),
    ("ndex.md", "## Every line\n", "rms/ndex/set.yaml"),
    ("nemsis.md", "## Every line\n", "cad/nemsis/set.yaml"),
    ("social-referrals.md", "## Every line\n", "social/referral/gravity.yaml"),
    ("hmis.md", "## Every line\n", "social/hmis/fy2026.yaml"),
    ("hsds.md", "## Every line\n", "social/hsds/set.yaml"),
]


@pytest.mark.parametrize(("name", "heading", "lenses"), TABLES)
def test_a_page_ends_in_every_line_of_its_mapping(name: str, heading: str, lenses: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    before, found, after = text.partition(heading)
    _, more, rest = after.partition("\n## ")
    words = after.removesuffix(more + rest).partition("\n**")[0].rstrip()
    wanted = f"{before}{heading}{words}\n\n{page(load(HOME / lenses, HOME)).strip()}\n{more}{rest}"
    if os.environ.get("CRISIS_HUB_GOLDEN") == "anew":
        (DOCS / name).write_text(wanted, encoding="utf-8")

    assert found
    assert (DOCS / name).read_text(encoding="utf-8") == wanted, "CRISIS_HUB_GOLDEN=anew writes it anew"
