"""The words a partner file may use, each list taken from the room that owns it, as types whose JSON Schema lists them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final

from msgspec import Meta

from consent.vocabulary import vocabulary
from hub.model.category import Category as Categories
from hub.model.category import Regime as Regimes
from hub.model.registry import BODIES

# What the hub is to a partner: in the words of an agreement, and in those of the rules, which ask for it as `capacity`.
HUB_IS: Final[Mapping[str, str]] = {
    "business associate": "BUSINESS_ASSOCIATE",
    "qualified service organization": "QSO",
    "intermediary": "INTERMEDIARY",
    "cjis contractor": "CJIS_CONTRACTOR",
    "partner": "PARTNER",
}
AGREEMENTS: Final = ("BAA", "QSOA", "CJIS", "DUA", "MOU")
DOORS: Final = ("mllp", "http", "folder", "sftp", "eido", "reference", "workspace")
CARRIERS: Final = ("mllp", "http", "folder", "sftp", "eido", "workspace")
# What is written for people to read: on a page, on paper, by fax. Nothing reads it back, so no adapter has this name.
SHEET: Final = "sheet"
# One comment on a call of a dispatch system, and nothing else written into it.
REMARK: Final = "remark"
DEDUPES: Final = ("key", "lookup", "none")
NETWORKS: Final = ("public", "private", "loopback")
# What a token may be for: to send messages; and by FHIR to read and search, to say what became of a task, to subscribe.
SCOPES: Final = ("messages.write", "system/*.rs", "system/Task.u", "system/Subscription.cruds")
# Facts that stand for as long as the file does. All others belong to a person, a message or a moment: the hub finds them out.
STANDING: Final = ("able_to_prevent", "cj_status", "relationship", "research")
_DIMENSIONS: Final = vocabulary().dimensions


def one_of(words: Iterable[str]) -> Meta:
    """A schema that lists its words, so that a refusal can name the nearest."""
    return Meta(extra_json_schema={"enum": list(words)})


def values(dimension: str) -> tuple[str, ...]:
    """The values of one dimension of the rules.

    >>> "TREAT" in values("purpose")
    True
    """
    return tuple(_DIMENSIONS[dimension].values)


Recipient = Annotated[str, one_of(values("recipient"))]
Purpose = Annotated[str, one_of(values("purpose"))]
State = Annotated[str, one_of(values("state"))]
Category = Annotated[str, one_of(c.value for c in Categories)]
Regime = Annotated[str, one_of(r.value for r in Regimes)]
Body = Annotated[str, one_of(BODIES)]
HubIs = Annotated[str, one_of(HUB_IS)]
AgreementKind = Annotated[str, one_of(AGREEMENTS)]
DoorKind = Annotated[str, one_of(DOORS)]
CarrierKind = Annotated[str, one_of(CARRIERS)]
Dedupe = Annotated[str, one_of(DEDUPES)]
