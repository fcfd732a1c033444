"""Is a file what its format says it must be? Judged by libraries nobody here wrote, and by our own reader.

hl7apy and fhir.resources judge reports only: they are slow, and the hub's own readers are what messages pass through.
A finding names a place and what is wrong there, never what the message says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol, runtime_checkable

import msgspec
from jsonschema import Draft202012Validator

from adapters.wire import fieldlist
from adapters.wire.either import Either
from adapters.wire.own_json import OwnJson
from hub.contracts import Adapter, Received
from hub.errors import HubError, Unreadable

Level = str
ERROR, WARNING = "error", "warning"
_VALUE: Final = re.compile(r"^Value .* not in table", re.DOTALL)
# It cannot name the datatype: it says None for what it found and for what belongs there.
_TYPE: Final = re.compile(r"^Datatype \S+ is not correct for (\S+) .*")
# MSH-9 names a structure from the next version on; of this one hl7apy knows each structure by its first trigger alone.
_TYPED_BY_TRIGGER: Final = "2.3"
# A whole message would be quoted where hl7apy names an element by its text.
_LONGEST: Final = 200


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not as the standard has it. `by` says who judged."""

    level: Level
    place: str
    words: str
    by: str


@runtime_checkable
class Strict(Protocol):
    """An adapter that holds a message to its standard whole, and can name every fault."""

    def faults(self, body: bytes) -> Iterator[Unreadable]:
        """Each with its place. Raises Unreadable where there is nothing to judge."""
        ...


def findings(name: str, adapter: Adapter, body: bytes) -> Iterator[Finding]:
    """Everything that is found, message by message: first by the format's own checker or schema, then by our reader."""
    if isinstance(adapter, Strict):
        refused = list(_by_adapter(adapter, body))
        if refused:
            yield from refused
            return
    try:
        pieces = list(adapter.split(body))
    except HubError as problem:
        yield _refused(problem)
        return
    own = schema(adapter)
    checker = partial(_by_schema, own) if own else CHECKERS.get(name, _nobody)
    for piece in pieces:
        yield from checker(piece)
        yield from _read(adapter, piece)


def schema(adapter: Adapter) -> dict[str, Any] | None:
    """The JSON Schema we publish of a format of our own; None of other people's formats."""
    ours = adapter.ours if isinstance(adapter, Either) else adapter
    if not isinstance(ours, OwnJson):
        return None
    fields = fieldlist.load(ours.fields)
    return fieldlist.schema(fields, ours.schema, ours.translator.lenses.tables, ours.any_of)


def _by_adapter(adapter: Strict, body: bytes) -> Iterator[Finding]:
    try:
        yield from map(_refused, adapter.faults(body))
    except HubError as problem:
        yield _refused(problem)


def _by_schema(schema: dict[str, Any], body: bytes) -> Iterator[Finding]:
    """By jsonschema, against the schema we publish."""
    try:
        record = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return  # our reader says it better
    for error in Draft202012Validator(schema).iter_errors(record):
        # Its message quotes the value, so the rule is named instead.
        words = f"not as `{error.validator}` has it: {_rule(error.validator_value)}"
        yield Finding(level=ERROR, place=error.json_path, words=words, by="jsonschema")


def _rule(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) else msgspec.json.encode(value).decode()[:_LONGEST]


def _read(adapter: Adapter, body: bytes) -> Iterator[Finding]:
    """What our own reader refuses, or does not understand."""
    try:
        reading = adapter.read(body, Received(journal="conform", partner="unknown", as_of=0))
    except HubError as problem:
        yield _refused(problem)
        return
    for loss in reading.account().items:
        if loss.outcome == "invalid":
            yield Finding(
                level=ERROR, place=loss.path, words=loss.why or "it is not what stands there", by="crisis-hub"
            )
    for table, _ in reading.unmapped_codes:
        yield Finding(level=WARNING, place=table, words="a code that this table does not know", by="crisis-hub")


def _refused(problem: HubError) -> Finding:
    words = f"{problem.message} {problem.cure}".strip()
    level = ERROR if isinstance(problem, Unreadable) else WARNING
    return Finding(level=level, place=problem.at or "the message", words=words, by="crisis-hub")


def _nobody(_: bytes) -> Iterator[Finding]:
    return iter(())


def _hl7v2(body: bytes) -> Iterator[Finding]:
    """By hl7apy, against the structures of the version that MSH-12 names."""
    from hl7apy.consts import VALIDATION_LEVEL
    from hl7apy.exceptions import HL7apyException
    from hl7apy.parser import parse_message
    from hl7apy.validation import Validator

    from adapters.ehr.hl7v2_kinds import structure as known
    from adapters.wire import hl7v2

    try:
        message = hl7v2.read(body)
    except HubError:
        return  # our reader says it better
    text = "\r".join(line for line in body.decode(message.charset, "replace").splitlines() if line.strip())
    version, structure = message.value("MSH", 12, component=1), known(message.kind)
    if version == _TYPED_BY_TRIGGER:
        text = _typed(text, structure.replace("_", "^"))
    elif not message.value("MSH", 9, component=3):
        text = _typed(text, f"{message.kind}^{structure}")
        words = f"no structure is named; judged as {structure}"
        yield Finding(level=WARNING, place="MSH-9.3", words=words, by="crisis-hub")
    with TemporaryDirectory(prefix="crisis-hub-") as folder:
        report = Path(folder) / "report"
        try:
            parsed = parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=True)
            Validator.validate(parsed, report_file=str(report))
        except HL7apyException as problem:
            if not report.is_file():
                yield Finding(level=ERROR, place="the message", words=type(problem).__name__, by="hl7apy")
        lines = report.read_text(encoding="utf-8").splitlines() if report.is_file() else []
    for line in lines:
        level, _, words = line.partition(": ")
        said = _TYPE.sub(r"\1 is not of the datatype that belongs there", _VALUE.sub("a value not in table", words))[
            :_LONGEST
        ]
        yield Finding(level=level.lower(), place=_hl7_place(said), words=said, by="hl7apy")


def _typed(text: str, kind: str) -> str:
    """The message with another MSH-9: the structure that its trigger travels in, by which hl7apy judges."""
    head, *rest = text.split("\r")
    fields = head.split("|")
    fields[8] = kind
    return "\r".join(("|".join(fields), *rest))


def _hl7_place(words: str) -> str:
    """The segment or field that hl7apy speaks of.

    >>> _hl7_place("Missing required child ADT_A01.EVN")
    'ADT_A01.EVN'
    """
    found = re.search(r"\b[A-Z][A-Z0-9]{2}(?:_\d+)+(?:\.\w+)?|\b[A-Z0-9]{3}(?:_[A-Z0-9]{3})?\.\w+|<\w+ (\w+)>", words)
    return (found[1] or found[0]) if found else "the message"


def _fhir(body: bytes) -> Iterator[Finding]:
    """By fhir.resources, against FHIR R4B."""
    from fhir.resources.R4B import get_fhir_model_class
    from pydantic import ValidationError

    from adapters.ehr.fhir_conform import unlike

    try:
        resource: Any = msgspec.json.decode(body)
        kind = get_fhir_model_class(resource["resourceType"])
    except (ValueError, KeyError, TypeError, AttributeError):
        yield Finding(level=ERROR, place="resourceType", words="no resource of FHIR R4B", by="fhir.resources")
        return
    try:
        kind.model_validate(resource)
    except ValidationError as wrong:
        for error in wrong.errors(include_input=False, include_url=False, include_context=False):
            place = ".".join(map(str, (resource["resourceType"], *error["loc"])))
            yield Finding(level=ERROR, place=place, words=error["type"].replace("_", " "), by="fhir.resources")
    except (KeyError, TypeError, AttributeError) as wrong:
        # It stumbles over some hostile input instead of refusing it.
        yield Finding(level=ERROR, place=resource["resourceType"], words=type(wrong).__name__, by="fhir.resources")
    for found in unlike(body):
        yield Finding(level=ERROR, place=found.path, words=found.words, by="crisis-hub")


def _ccda(body: bytes) -> Iterator[Finding]:
    """By what the document's own templates require of the header and of the sections that are read, and by their value sets."""
    from adapters.ehr.ccda.templates import missing
    from adapters.ehr.ccda.value_sets import strangers

    try:
        yield from (_refused(fault.error()) for fault in missing(body))
        for one in strangers(body):
            found = _refused(one.fault.error())
            yield found if one.must else msgspec.structs.replace(found, level=WARNING)
    except HubError:
        return  # our reader says it better


CHECKERS: Final[dict[str, Callable[[bytes], Iterator[Finding]]]] = {"hl7v2": _hl7v2, "fhir": _fhir, "ccda": _ccda}
LIBRARIES: Final = {"hl7v2": "hl7apy", "fhir": "fhir.resources R4B", "ccda": "our tables of templates and value sets"}


def judges(name: str, adapter: Adapter) -> str:
    """Who judges a format, in words."""
    judge = "our published schema" if schema(adapter) else LIBRARIES.get(name, "")
    return f"{judge}, and our reader" if judge else "our reader"
