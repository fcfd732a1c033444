"""No writer says more than was granted: every leaf of every body carries a canary, and only granted ones may sing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import pytest

from adapters import found
from adapters.wire.archive import ZIP, unzip
from consent.engine import HERE
from consent.view import load_views
from consent.vocabulary import vocabulary
from hub.app.formats.remark import Remark
from hub.app.workspace.sheet import Sheet
from hub.contracts import Adapter
from hub.errors import Unmapped
from hub.model.category import Category
from hub.model.event import Body
from hub.model.registry import BODIES, FIELDS, paths
from tests.disclosing import TARGET, disclose
from tests.flow import canaries

FORMATS = (
    "bser",
    "cad_csv",
    "eido",
    "fhir",
    "gravity",
    "have",
    "hl7v2",
    "hmis",
    "hsds",
    "hsds_csv",
    "lifeline988",
    "lifeline988_csv",
    "mobile_crisis",
    "mobile_crisis_csv",
    "rms",
    "rms_csv",
    "safr",
)
# Formats that are read, and that write nothing whatever is disclosed.
READ_ALONE = {"ccda", "ndex", "nemsis"}
# What is written for people and never read: words on a page, a comment on a call.
FOR_PEOPLE: dict[str, Callable[[], Adapter]] = {"sheet": Sheet, "remark": Remark}
# Formats of counts: numbers do not sing. That these are written, their own tests say.
COUNTING = {"have", "safr"}
VIEWS = load_views(HERE / "views", vocabulary())
# Bodies that one message may tell together, and each alone.
TOGETHER = [(root,) for root in BODIES] + [
    ("person", root) for root in ("call_for_service", "crisis_contact", "mobile_crisis_visit", "field_contact")
]


def sung(body: bytes) -> set[str]:
    """The paths whose canaries are in what was written."""
    plain = (
        b"".join(text for _, text in unzip(body, most=len(body) * 100, members=100)) if body.startswith(ZIP) else body
    )
    return {path for path in canaries.PLACES if canaries.mark(path).encode() in plain}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("roots", TOGETHER, ids="+".join)
def test_only_what_was_granted_is_written(name: str, roots: tuple[str, ...]) -> None:
    adapter = found()[name]({})
    bodies: list[Body] = [canaries.body(root) for root in roots]
    categories = sorted({field.category for field in FIELDS if field.body in roots})

    for few in (*combinations(categories, 1), *combinations(categories, 2), tuple(categories)):
        granted = tuple(f.path for f in FIELDS if f.body in roots and f.category in few)
        try:
            writing = adapter.write(disclose(bodies, granted), TARGET)
        except Unmapped:
            continue  # the format has no place for any of it
        assert sung(writing.body) <= set(granted), few


def test_no_writer_is_left_out() -> None:
    assert sorted(found().keys() - READ_ALONE) == sorted(FORMATS)
    for name in READ_ALONE:
        assert [
            root for root in BODIES if _written(found()[name]({}), canaries.body(root), _all(root)) is not None
        ] == []


def _all(root: str) -> tuple[str, ...]:
    return tuple(field.path for field in FIELDS if field.body == root)


@pytest.mark.parametrize("name", [*FORMATS, *FOR_PEOPLE])
def test_no_view_of_any_body_lets_a_writer_say_more(name: str) -> None:
    """Every body under every view that shows something of it, in every format, and in the words for people."""
    adapter = FOR_PEOPLE[name]() if name in FOR_PEOPLE else found()[name]({})
    written = 0
    for root, body in {root: canaries.body(root) for root in BODIES}.items():
        for view in VIEWS.values():
            granted = tuple(path for path in paths(view.bits) if path.partition(".")[0] == root)
            if granted and (said := _written(adapter, body, granted)) is not None:
                written += 1
                assert sung(said) <= set(granted), (root, view.name)

    assert written > 1


def _written(adapter: Adapter, body: Body, granted: tuple[str, ...]) -> bytes | None:
    try:
        return adapter.write(disclose([body], granted), TARGET).body
    except Unmapped:
        return None  # the format has no place for any of it


@pytest.mark.parametrize("name", sorted(set(FORMATS) - COUNTING))
def test_a_writer_does_write_what_was_granted(name: str) -> None:
    """So that silence above is a narrowing and not a stuck pen."""
    own = {
        "bser": "referral",
        "cad_csv": "call_for_service",
        "eido": "call_for_service",
        "fhir": "referral",
        "gravity": "referral",
        "hl7v2": "condition",
        "hmis": "housing_record",
        "hsds": "service_listing",
        "hsds_csv": "service_listing",
        "lifeline988": "crisis_contact",
        "lifeline988_csv": "crisis_contact",
        "mobile_crisis": "mobile_crisis_visit",
        "mobile_crisis_csv": "mobile_crisis_visit",
        "rms": "field_contact",
        "rms_csv": "field_contact",
    }
    body = canaries.body(own[name])

    said = sung(found()[name]({}).write(disclose([body]), TARGET).body)

    # A programme's record is mostly codes, and codes of ours are no codes of HUD's.
    assert len(said) > (6 if name == "hmis" else 10)
    narratives = {f.path for f in FIELDS if f.body == own[name] and f.category == Category.NARRATIVE}
    assert said & narratives or not narratives
