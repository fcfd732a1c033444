"""What a consent must hold before anybody relies on it: the elements of 42 CFR 2.31(a) for records of a Part 2 programme.

They are checked when a consent is captured and again at every reliance: a consent that lacks one is kept, and grants nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hub.model.consent import ConsentDirective, Provision

PART2: Final = "42CFRPart2"
# Kinds that let something through; a refusal needs no form.
PERMITS: Final = frozenset({"TPO", "SPECIFIC", "NOTES", "SUPERVISION", "PROCEEDINGS"})


def _root(one: ConsentDirective) -> Provision:
    return one.provision or Provision()


def _what(one: ConsentDirective) -> bool:
    root = _root(one)
    return bool(one.classes or root.classes or root.labels or root.codes or root.data)


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


def under_part2(one: ConsentDirective) -> bool:
    """Whether a directive names 42 CFR Part 2 as the policy it is given under."""
    return one.kind is not None and one.kind.local == PART2


def lacking(one: ConsentDirective) -> tuple[str, ...]:
    """The elements of 2.31(a) that a permit under Part 2 lacks, in words; none for a refusal or a consent under another law.

    >>> from hub.model.values import Code
    >>> lacking(ConsentDirective(kind=Code(code="DENY", local="42CFRPart2")))
    ()
    """
    if one.kind is None or one.kind.code not in PERMITS or not under_part2(one):
        return ()
    return tuple(
        f"it does not say {words}, 42 CFR 2.31{place}" for place, (words, has) in ELEMENTS.items() if not has(one)
    )
