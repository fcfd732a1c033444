"""Which formats are measured by more than reading. A format joins with one entry."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from hub.app.coverage import documents, hl7v2, hl7v2_pairs, tables
from hub.app.coverage.golden import Goldens


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """How one format is judged beside what becomes of its elements.

    `same`: whether one message, put together again from what it was cut into, is what came: to the byte, or for formats in which
    blanks mean nothing, lexically. It may raise any error of the house. `goldens`: what other people made of such messages.
    """

    same: Callable[[bytes], bool] | None = None
    goldens: tuple[Goldens, ...] = ()


MEASURES: dict[str, Measure] = {
    "hl7v2": Measure(same=hl7v2.same, goldens=hl7v2_pairs.GOLDENS),
    "ccda": Measure(same=documents.same_xml),
    "fhir": Measure(same=documents.same_fhir),
    "have": Measure(same=documents.same_xml),
    "ndex": Measure(same=documents.same_xml),
    "nemsis": Measure(same=documents.same_xml),
    "safr": Measure(same=documents.same_json),
    **dict.fromkeys(
        ("bser", "eido", "gravity", "hsds", "lifeline988", "mobile_crisis", "rms"), Measure(same=documents.same_json)
    ),
    **dict.fromkeys(("cad_csv", "lifeline988_csv", "mobile_crisis_csv", "rms_csv"), Measure(same=tables.same_csv)),
    **dict.fromkeys(("hmis", "hsds_csv"), Measure(same=tables.same_zip)),
}
