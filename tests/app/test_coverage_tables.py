"""A table that was cut into rows and put together again is the table that came."""

from __future__ import annotations

import pytest

from adapters import found
from hub.app.coverage.register import MEASURES
from tests.test_manners import FOLDERS, wire

OURS = (
    "bser",
    "cad_csv",
    "eido",
    "gravity",
    "hmis",
    "hsds",
    "hsds_csv",
    "lifeline988",
    "lifeline988_csv",
    "mobile_crisis",
)
MORE = ("mobile_crisis_csv", "rms", "rms_csv")
TABLES = ("cad_csv", "lifeline988_csv", "mobile_crisis_csv", "rms_csv")


@pytest.mark.parametrize("name", [*OURS, *MORE])
def test_every_format_of_dispatch_police_988_and_social_services_is_measured(name: str) -> None:
    same = MEASURES[name].same

    assert same
    assert name in found()
    for folder in FOLDERS[name]:
        body = wire(folder)
        if name not in TABLES or not body.lstrip().startswith((b"{", b"[")):
            assert same(body), folder


def test_a_row_that_was_lost_is_seen() -> None:
    same = MEASURES["cad_csv"].same

    assert same
    assert same(b'a,b\r\n1,"x\r\ny"\r\n\r\n2,z')
    # A quote that does not end swallows the rows below it: they are there, and nothing is made of them.
    assert same(b'a,b\n1,"x\n2,z\n')
