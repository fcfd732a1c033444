"""The N-DEx adapter: what a police agency publishes of calls, incidents, arrests and missing persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.rms.ndex import rules
from adapters.rms.ndex.layout import STREET, lay_out
from adapters.rms.ndex.names import PACKAGE, PERSON, PREFIXES, REPORTS
from adapters.rms.ndex.pieces import about, pieces
from adapters.rms.ndex.rules import FOLDER, checked
from adapters.wire import xml
from adapters.wire.own_json import HOME
from adapters.wire.xml_lens import Xml
from adapters.wire.xml_nodes import below, view
from hub.contracts import Loss, Losses, Reading, Received, Target, Writing
from hub.errors import Unmapped, Unreadable
from hub.lens.load import load
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure

DEFAULT: Final = FOLDER / "set.yaml"
KIND: Final = "N-DEx"
NDEX: Final = Xml(dict(PREFIXES), lay_out)
LEXS, REPORT = b"usdoj.gov/leisp/lexs", b"fbi.gov/cjis/N-DEx"
BEGINNINGS: Final = ((b"doPublish", LEXS), *((name.encode(), REPORT) for name in REPORTS))
META: Final = ("lexs:PublishMessageContainer", "lexs:PublishMessage", "lexs:DataItemPackage", "lexs:PackageMetadata")


class Ndex:
    """One agency's reports. The profile may name `mapping`, a set of its own."""

    name = "ndex"
    media_type = "application/xml"

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.translator = translator(self.profile.get("mapping") or str(DEFAULT))

    def recognises(self, body: bytes) -> bool:
        """Whether it is XML that begins with a doPublish of LEXS, or with a report that should stand in one."""
        return any(xml.opens(body, name) and mark in body.replace(b"\x00", b"") for name, mark in BEGINNINGS)

    def split(self, body: bytes) -> Iterator[bytes]:
        """One piece a report and person; a message of several is judged as a whole, while its lines are still its own."""
        if body.count(b"EntityPerson") < 2 and body.count(b"DataItemPackage") < 3:
            return iter((body,))
        root = checked(body)
        several = sum(1 for _ in root.iter(PACKAGE)) > 1 or sum(about(one) for one in root.iter(PERSON)) > 1
        return pieces(root) if several else iter((body,))

    def read(self, body: bytes, received: Received) -> Reading:
        """The events of one report. Raises Unreadable naming line and rule, or Unmapped."""
        whole = view(checked(body), NDEX.prefixes)
        shown = lay_out(whole)
        reading = self.translator.reading(shown, KIND, number(whole, shown), received, again=partial(_view, body))
        return msgspec.structs.replace(reading, account=partial(_account, reading))

    def faults(self, body: bytes) -> Iterator[Unreadable]:
        """Everything that is wrong in either layer, each with its line and rule. Raises Unreadable."""
        return (fault.error() for fault in rules.faults(rules.outer(body)))

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """Reports to the FBI are read here: always Unmapped."""
        raise Unmapped(
            "N-DEx is read here, and not written.", cure="Give this partner another format for what it receives."
        )


@lru_cache(maxsize=256)
def translator(path: str) -> Translator:
    """The compiled lenses of a set file. Partners with the same file share them."""
    return Translator(load(Path(path), home=HOME), NDEX)


def number(whole: Any, shown: Any) -> str:
    """The owner, the number of the report, and the person it is about: updates and deletions come under the same."""
    owner = next(below(whole, (*META, "lexs:DataOwnerMetadata", "lexs:DataOwnerIdentifier", "lexs:ORI")), "")
    item = next(below(whole, (*META, "lexs:DataItemID")), "")
    person = shown.get("subject", {}).get("source") or ""
    return " ".join(part for part in (owner, item, person) if part)


# Attributes that only join the layers, and parts that one text is made of.
JOINTS: Final = ("/@s:id", "/@s:ref", "/@s:metadata", "/@lexslib:ref", "}base")
PARTS: Final = (
    *STREET,
    *(f"nc:Telephone{name}ID" for name in ("AreaCode", "Exchange", "Line")),
)


def _account(reading: Reading) -> Losses:
    found = reading.account().items
    taken = {
        above
        for loss in found
        for above, _, name in (loss.path.rpartition("/"),)
        if loss.outcome != "unmapped" and name in PARTS
    }
    return Losses(items=tuple(_known(loss, taken) for loss in found))


def _known(loss: Loss, taken: set[str]) -> Loss:
    above, _, name = loss.path.rpartition("/")
    if loss.outcome != "unmapped":
        return loss
    if loss.path.endswith(JOINTS):
        return Loss(path=loss.path, outcome="transformed", why="joins the layers of the report")
    if name in PARTS and above in taken:
        return Loss(path=loss.path, outcome="transformed", why="part of a text with what stands before it")
    return loss


def _view(body: bytes) -> Any:
    return view(xml.read(body), NDEX.prefixes)
