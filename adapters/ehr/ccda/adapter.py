"""The C-CDA adapter: what a clinical document says of its patient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.ehr.ccda.layout import lay_out
from adapters.ehr.ccda.narrative import V3, flatten
from adapters.wire import xml
from adapters.wire.own_json import HOME
from adapters.wire.xml_lens import Xml
from adapters.wire.xml_nodes import below, view
from hub.contracts import Loss, Losses, Reading, Received, Target, Writing
from hub.errors import Unmapped, Unreadable
from hub.lens.load import load
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure

DEFAULT: Final = HOME / "ehr" / "ccda" / "set.yaml"
KIND: Final = "ClinicalDocument"
PREFIXES: Final = {V3: "", "urn:hl7-org:sdtc": "sdtc", "urn:hl7-org:v3/voc": "voc"}
CDA: Final = Xml(PREFIXES, lay_out)


class Ccda:
    """One partner's documents. The profile may name `mapping`, a set of its own."""

    name = "ccda"
    media_type = "application/xml"

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.translator = translator(self.profile.get("mapping") or str(DEFAULT))

    def recognises(self, body: bytes) -> bool:
        """Whether it is XML that begins with a ClinicalDocument."""
        return xml.opens(body, b"ClinicalDocument")

    def split(self, body: bytes) -> Iterator[bytes]:
        """One piece: a document is about one patient."""
        return iter((body,))

    def read(self, body: bytes, received: Received) -> Reading:
        """The events of one document. Raises Unreadable naming the line, or Unmapped when it is about several patients."""
        whole = document(body)
        reading = self.translator.reading(lay_out(whole), KIND, number(whole), received, again=partial(document, body))
        return msgspec.structs.replace(reading, account=partial(_account, reading))

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """Documents are read here: always Unmapped."""
        raise Unmapped(
            "C-CDA is read here, and not written.", cure="Give this partner another format for what it receives."
        )


@lru_cache(maxsize=256)
def translator(path: str) -> Translator:
    """The compiled lenses of a set file. Partners with the same file share them."""
    return Translator(load(Path(path), home=HOME), CDA)


def document(body: bytes) -> Any:
    """A document as values, its narrative flattened. Raises Unreadable, or Unmapped when it is about several patients."""
    root = xml.read(body)
    if root.tag != f"{{{V3}}}{KIND}":
        raise Unreadable(f"A {KIND} of {V3} belongs here.", at=xml.place(root))
    patients = list(root.iterfind(f"{{{V3}}}recordTarget/{{{V3}}}patientRole"))
    if not patients:
        raise Unreadable(
            "The document names no patient. [least]", at=xml.place(root), cure="Send recordTarget/patientRole."
        )
    if len(patients) > 1:
        raise Unmapped("The document is about several patients.", at=xml.place(patients[1]), cure="Send one for each.")
    flatten(root)
    return view(root, PREFIXES)


def number(whole: Any) -> str:
    """The id of a document, and its version where it has one."""
    root = next(below(whole, ("id", "@root")), "")
    extension = next(below(whole, ("id", "@extension")), "")
    version = next(below(whole, ("versionNumber", "@value")), "")
    return f"{root} {extension}".strip() + (f" v{version}" if version else "")


# Elements that say how a document is built, not what it says: templates, class and mood, who the OIDs belong to.
FRAME: Final = (
    "templateId/@root",
    "templateId/@extension",
    "/@classCode",
    "/@typeCode",
    "/@codeSystemName",
    "/@codeSystemVersion",
    "/@xsi:type",
    "/@determinerCode",
    "/@contextConductionInd",
    "/@inversionInd",
)


def _account(reading: Reading) -> Losses:
    return Losses(items=tuple(_known(loss) for loss in reading.account().items))


def _known(loss: Loss) -> Loss:
    plain = loss.path.split("[")[0] if loss.path.endswith("]") else loss.path
    if loss.outcome != "unmapped" or not (loss.path.endswith(FRAME) or "templateId[" in plain):
        return loss
    return Loss(path=loss.path, outcome="transformed", why="says how the document is built")
