"""Every lens set of ours is in order: its lines, its tables, and the cases its files carry."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.cad.eido.adapter import EIDO
from adapters.cad.nemsis.adapter import NEMSIS
from adapters.ehr.ccda.adapter import CDA
from adapters.ehr.have.adapter import HAVE
from adapters.rms.ndex.adapter import NDEX
from adapters.wire.csv_export import known
from adapters.wire.csv_lens import Csv
from adapters.wire.fhir_lens import FHIR
from adapters.wire.json_lens import JSON, Json
from adapters.wire.own_json import HOME
from hub.lens.cases import cases
from hub.lens.check import check
from hub.lens.load import load

SETS: dict[str, Json] = {
    "cad/eido/set.yaml": EIDO,
    **{f"cad/export/{Path(path).name}": Csv() for path in known(HOME / "cad" / "export")},
    "cad/nemsis/set.yaml": NEMSIS,
    "ehr/ccda/set.yaml": CDA,
    "ehr/have/set.yaml": HAVE,
    "ehr/safr/set.yaml": JSON,
    "lifeline988/lifeline988.yaml": JSON,
    "lifeline988/mobile_crisis.yaml": JSON,
    "rms/ndex/set.yaml": NDEX,
    "rms/rms.yaml": JSON,
    "social/hmis/fy2024.yaml": JSON,
    "social/hmis/fy2026.yaml": JSON,
    "social/hsds/set.yaml": JSON,
    "social/referral/bser.yaml": FHIR,
    "social/referral/gravity.yaml": FHIR,
}


@pytest.mark.parametrize("name", SETS)
def test_a_set_is_in_order(name: str) -> None:
    assert check(HOME / name, SETS[name], HOME) == []


def test_the_sets_carry_cases() -> None:
    assert sum(len([*cases(load(HOME / name, HOME).lenses)]) for name in SETS) > 15
