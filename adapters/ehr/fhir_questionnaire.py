"""The answers to a questionnaire as FHIR wants them: the questionnaire by its address, numbers as numbers."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from adapters.wire.fhir import Node

LOINC: Final = "http://loinc.org/q/"
NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,8})(\.\d+)?", re.ASCII)
# Nobody may say that a questionnaire is complete of which nobody said so, and FHIR has no code for that.
UNTOLD: Final = {
    "_status": {
        "extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]
    }
}


def answered(record: Node) -> Node:
    """What a lens wrote as a QuestionnaireResponse, complete.

    >>> answered({"questionnaire": "44249-1", "status": "completed"})["questionnaire"]
    'http://loinc.org/q/44249-1'
    """
    found = record if "status" in record else {**record, **UNTOLD}
    if "questionnaire" in found:
        found = {**found, "questionnaire": LOINC + found["questionnaire"]}
    return {**found, "item": [_item(one) for one in found["item"]]} if "item" in found else found


def _item(item: Node) -> Node:
    """A question nobody answered has no answer."""
    return {**item, "answer": [_answer(one) for one in item["answer"]]} if "answer" in item else item


def _answer(answer: Node) -> Node:
    """A coding without a system whose code is a number or a flag was one; a coding without a code was words."""
    coding = answer["valueCoding"]
    if "system" in coding:
        return answer
    code = coding.get("code", "")
    if code in ("true", "false"):
        return {"valueBoolean": code == "true"}
    if found := NUMBER.fullmatch(code):
        return {"valueDecimal" if found[1] else "valueInteger": msgspec.Raw(code.encode())}
    return answer if code else {"valueString": coding["display"]}
