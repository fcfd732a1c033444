"""What a consent or a court order must hold before anybody relies on it: the elements of 42 CFR 2.31(a), the findings of subpart E.

They are checked when it is captured and again at every reliance: one that lacks any is kept, and opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from hub.model.consent import ConsentDirective, Provision

PART2: Final = "42CFRPart2"
# Kinds that let something through; a refusal needs no form.
PERMITS: Final = frozenset({"TPO", "SPECIFIC", "NOTES", "SUPERVISION", "PROCEEDINGS"})


def _root(one: ConsentDirective) -> Provision:
    return one.provision or Provision()


def _what(one: ConsentDirective) -> bool:
    """Whether it says so itself, or in what it excepts from a refusal, as FHIR R5 has it."""
    root = _root(one)
    excepted = root.provisions if root.effect == "deny" else ()
    giving = (root, *(inner for inner in excepted if inner.effect == "permit"))
    return bool(one.classes) or any(each.classes or each.labels or each.codes or each.data for each in giving)


# Element by its paragraph: in words, and whether a consent has it. Whose it is (a)(1) says the message that brought it.
ELEMENTS: Final[Mapping[str, tuple[str, Callable[[ConsentDirective], bool]]]] = {
    "(a)(2)": ("who may disclose", lambda one: bool(one.discloser)),
    "(a)(3)": ("how much and what kind of information", _what),
    "(a)(4)": ("who may receive it", lambda one: bool(one.recipients or _root(one).actors)),
    "(a)(5)": ("what for", lambda one: bool(one.purposes or _root(one).purposes)),
    "(a)(7)": ("when it ends", lambda one: one.expires_at is not None),
    "(a)(8)": ("who signed", lambda one: bool(one.signer or one.signer_role)),
    "(a)(9)": ("when it was signed", lambda one: one.signed_at is not None),
}


# 42 CFR 2.64(d), 2.65(d): what a court must have found before records of a programme open. By paragraph, in words.
_CIVIL: Final = {
    "2.64(d)(1)": "that no other way works",
    "2.64(d)(2)": "that the public interest outweighs the injury",
}
_CRIMINAL: Final = {
    "2.65(d)(1)": "that the crime is extremely serious",
    "2.65(d)(2)": "that the records are of substantial value",
    "2.65(d)(3)": "that no other way works",
    "2.65(d)(4)": "that the public interest outweighs the injury",
    "2.65(d)(5)": "that whoever holds the records could be heard with counsel of their own",
}
# 42 CFR 2.63(a): of these one is enough.
COMMUNICATIONS: Final = ("2.63(a)(1)", "2.63(a)(2)", "2.63(a)(3)")
FINDINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "PART2_CIVIL": _CIVIL,
    "PART2_ORDER": _CRIMINAL,
    "PART2_ORDER_63": _CRIMINAL,
}


def under_part2(one: ConsentDirective) -> bool:
    """Whether a directive names 42 CFR Part 2 as the policy it is given under."""
    return one.kind is not None and one.kind.local == PART2


def lacking(one: ConsentDirective) -> tuple[str, ...]:
    """What a permit under Part 2 lacks of 2.31(a), or an order of subpart E, in words; none for a refusal or another law's consent.

    >>> from hub.model.values import Code
    >>> lacking(ConsentDirective(kind=Code(code="DENY", local="42CFRPart2")))
    ()
    """
    if one.kind is not None and one.kind.code in FINDINGS:
        return tuple(_unfound(one, one.kind.code))
    if one.kind is None or one.kind.code not in PERMITS or not under_part2(one):
        return ()
    return tuple(
        f"it does not say {words}, 42 CFR 2.31{place}" for place, (words, has) in ELEMENTS.items() if not has(one)
    )


def _unfound(one: ConsentDirective, kind: str) -> Iterator[str]:
    """42 CFR 2.64(e), 2.65(e): an order says which parts, to whom and what for; and what the court found."""
    for place in ("(a)(3)", "(a)(4)", "(a)(5)"):
        words, has = ELEMENTS[place]
        if not has(one):
            yield f"the order does not say {words}, 42 CFR {'2.64(e)' if kind == 'PART2_CIVIL' else '2.65(e)'}"
    found = {code.code for code in one.elements}
    for place, words in FINDINGS[kind].items():
        if place not in found:
            yield f"the court did not find {words}, 42 CFR {place}"
    if kind == "PART2_ORDER_63" and found.isdisjoint(COMMUNICATIONS):
        yield "the court found none of what opens confidential communications, 42 CFR 2.63(a)"
