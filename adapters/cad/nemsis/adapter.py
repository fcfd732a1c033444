"""The NEMSIS adapter: what an ambulance's report says. A report that breaks the standard is refused with its line and the rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import lru_cache, partial
from itertools import chain
from pathlib import Path
from typing import Any, Final

import msgspec

from adapters.cad.nemsis import rules
from adapters.cad.nemsis.layout import lay_out
from adapters.wire import xml, xml_shape
from adapters.wire.own_json import HOME
from adapters.wire.xml_lens import Xml
from adapters.wire.xml_nodes import view
from hub.contracts import Loss, Losses, Reading, Received, Target, Writing
from hub.errors import Unmapped, Unreadable
from hub.lens.load import load
from hub.lens.translate import Translator
from hub.model.disclosure import Disclosure

DEFAULT: Final = HOME / "cad" / "nemsis" / "set.yaml"
SHAPE: Final = HOME / "cad" / "nemsis" / "shape.csv"
SPACE: Final = "http://www.nemsis.org"
KIND: Final = "EMSDataSet"
NEMSIS: Final = Xml({SPACE: ""}, lay_out)
# Why there is no value: nothing of the patient is lost with them, and nothing is made of them.
REASONS: Final = ("/@NV", "/@xsi:nil", "/@PN")


class Nemsis:
    """One ambulance service. The profile may name `mapping`, a set of its own."""

    name = "nemsis"
    media_type = "application/xml"

    def __init__(self, profile: Mapping[str, str] | None = None) -> None:
        """Compile the partner's lenses. Raises Misconfigured naming file and line."""
        self.profile = dict(profile or {})
        self.translator = translator(self.profile.get("mapping") or str(DEFAULT))

    def recognises(self, body: bytes) -> bool:
        """Whether it is XML that begins with an EMSDataSet."""
        return xml.opens(body, b"EMSDataSet")

    def split(self, body: bytes) -> Iterator[bytes]:
        """One piece a patient care report. A file of several is judged as a whole, while its lines are still its own."""
        if body.count(b"PatientCareReport UUID") + body.count(b"P\x00C\x00R") < 2:
            return iter((body,))
        return _pieces(checked(body))

    def read(self, body: bytes, received: Received) -> Reading:
        """The events of one report. Raises Unreadable naming line and rule, or Unmapped."""
        root = checked(body)
        whole = view(root, NEMSIS.prefixes)
        report = next(root.iter(f"{{{SPACE}}}PatientCareReport"))
        number = report.get("UUID") or ""
        reading = self.translator.reading(lay_out(whole), KIND, number, received, again=partial(_view, body))
        return msgspec.structs.replace(reading, account=partial(_account, reading))

    def faults(self, body: bytes) -> Iterator[Unreadable]:
        """Everything that is not as the standard has it, each with its line and rule. Raises Unreadable."""
        return (fault.error() for fault in _faults(_root(body)))

    def write(self, disclosure: Disclosure, target: Target) -> Writing:
        """Patient care reports are read here: always Unmapped."""
        raise Unmapped(
            "NEMSIS is read here, and not written.", cure="Give this partner another format for what it receives."
        )


@lru_cache(maxsize=256)
def translator(path: str) -> Translator:
    """The compiled lenses of a set file. Partners with the same file share them."""
    return Translator(load(Path(path), home=HOME), NEMSIS)


def checked(body: bytes) -> xml.Element:
    """A document that keeps the shape of the standard and the rules of nil, NV and PN. Raises Unreadable, naming line and rule."""
    root = _root(body)
    fault = next(_faults(root), None)
    if fault is not None:
        raise fault.error()
    return root


def _root(body: bytes) -> xml.Element:
    root = xml.read(body)
    if root.tag != f"{{{SPACE}}}EMSDataSet":
        raise Unreadable(f"An EMSDataSet of {SPACE} belongs here.", at=xml.place(root))
    return root


def _faults(root: xml.Element) -> Iterator[xml_shape.Fault]:
    shape = xml_shape.load(SHAPE)
    return chain(shape.faults(root), rules.faults(root, shape))


def _view(body: bytes) -> Any:
    return view(xml.read(body), NEMSIS.prefixes)


def _account(reading: Reading) -> Losses:
    return Losses(items=tuple(_known(loss) for loss in reading.account().items))


def _known(loss: Loss) -> Loss:
    if loss.outcome != "unmapped" or not loss.path.endswith(REASONS):
        return loss
    return Loss(path=loss.path, outcome="transformed", why="says why there is no value, or that something is not so")


def _pieces(root: xml.Element) -> Iterator[bytes]:
    """The same document with one report at a time."""
    reports = list(root.iter(f"{{{SPACE}}}PatientCareReport"))
    for n in range(len(reports)):
        piece = deepcopy(root)
        for at, report in enumerate(list(piece.iter(f"{{{SPACE}}}PatientCareReport"))):
            if at != n:
                _remove(report)
        yield xml.write(piece)


def _remove(report: xml.Element) -> None:
    header = report.getparent()
    if header is None:
        return
    header.remove(report)
    above = header.getparent()
    if above is not None and header.find(f"{{{SPACE}}}PatientCareReport") is None:
        above.remove(header)
