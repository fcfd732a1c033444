"""The laws that ask for a list of disclosures: what each counts, what it leaves out and why, and how far back it reaches.

Not legal advice: a rule counts by the section it cites, so that a new rule is counted unless its section is excluded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

_SECTION: Final = re.compile(r"\b(?:164|2|20)\.\d+(?:\([a-zA-Z0-9]+\))*")

# 45 CFR 164.528(a)(1): disclosures that need not be accounted for, by the section that permits them.
EXCLUDED: Final[dict[str, str]] = {
    "164.506": "treatment, payment and operations: 164.528(a)(1)(i)",
    "164.522(a)": "treatment, in an emergency: 164.528(a)(1)(i)",
    "164.524": "to the person: 164.528(a)(1)(ii)",
    "164.502(a)(1)(i)": "to the person: 164.528(a)(1)(ii)",
    "164.502(g)": "to the person's representative: 164.528(a)(1)(ii)",
    "164.508": "by the person's authorization: 164.528(a)(1)(iv)",
    "164.510": "to those involved in care: 164.528(a)(1)(v)",
    "164.512(k)(2)": "national security: 164.528(a)(1)(vi)",
    "164.512(k)(5)": "to a custodian: 164.528(a)(1)(vii)",
    "164.514(e)": "a limited data set: 164.528(a)(1)(viii)",
    "164.514(a)": "not about anybody: 164.514(a)",
    "164.502(d)": "not about anybody: 164.502(d)",
}
# 45 CFR 164.528(a)(2): only these may be kept back for a time, because an agency asked.
_SUSPENDABLE: Final = ("164.512(d)", "164.512(f)")


class Basis(NamedTuple):
    """One rule that let something through: its name, its law, and the same in plain words."""

    rule: str
    citation: str
    words: str

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections it cites.

        >>> Basis("hipaa.threat", "45 CFR 164.512(j)(1)(i), (j)(4)", "").sections
        ('164.512(j)(1)(i)',)
        """
        return tuple(_SECTION.findall(self.citation))


def excluded(basis: Basis) -> str:
    """Why 164.528 leaves this basis out; empty when it counts.

    >>> excluded(Basis("hipaa.treat", "45 CFR 164.506(c)(2), 164.502(b)(2)(i)", ""))
    'treatment, payment and operations: 164.528(a)(1)(i)'
    """
    first = next((s for s in basis.sections if s.startswith("164.")), "")
    return next((why for section, why in EXCLUDED.items() if first.startswith(section)), "")


def suspendable(bases: Sequence[Basis]) -> bool:
    """Whether an agency may have this kept back: all of it that 164.528 counts is oversight or law enforcement. A threat never is."""
    return all(any(s.startswith(_SUSPENDABLE) for s in basis.sections) for basis in bases if _hipaa(basis))


def _hipaa(basis: Basis) -> bool:
    ours = basis.rule.startswith("hipaa.") or any(s.startswith("164.512") for s in basis.sections)
    return ours and not excluded(basis)


class Statute(NamedTuple):
    """One statutory view. `counts` says of a basis whether it makes a disclosure count; `notes` are said on the page.

    `suspends`: what an agency asked to be silent about is left out (164.528(a)(2)); 42 CFR Part 2 knows no such silence.
    """

    title: str
    citation: str
    years: int
    counts: Callable[[Basis], bool]
    notes: tuple[str, ...] = ()
    grouped: bool = False
    suspends: bool = False


_LEFT_OUT: Final = (
    "Disclosures for treatment, payment and health care operations, to you, by your authorization, to people involved in "
    "your care, to a custodian, for national security and as a limited data set are left out, as 164.528(a)(1) has it."
)
_TOGETHER: Final = (
    "Several disclosures to one recipient for one purpose are told together: the first in full, how many there were, and "
    "the last day."
)
_OPENED: Final = (
    "Who received it, from whose record, when, and the nature of the emergency. Nobody chose to disclose it: the person named "
    "asked in the emergency, and the hub showed what the law opens then."
)
STATUTES: Final[dict[str, Statute]] = {
    "hipaa": Statute(
        "Accounting of disclosures",
        "45 CFR 164.528",
        6,
        _hipaa,
        (_LEFT_OUT, _TOGETHER),
        grouped=True,
        suspends=True,
    ),
    "part2-intermediary": Statute(
        "List of disclosures by an intermediary",
        "42 CFR 2.24",
        3,
        lambda basis: basis.rule == "p2.tpo.intermediary",
        ("Recipients that got your record under a general designation, with day and description.",),
    ),
    "part2-consent": Statute(
        "Accounting of disclosures made with consent",
        "42 CFR 2.25",
        3,
        lambda basis: basis.rule.startswith("p2.") and any(s.startswith(("2.31", "2.33")) for s in basis.sections),
        (
            "Compliance with 2.25 is tolled until 164.528 is revised; this list is given beyond what the law asks today.",
        ),
    ),
    "part2-emergency": Statute(
        "Disclosures in a medical emergency",
        "42 CFR 2.51(c)",
        6,
        lambda basis: any(s.startswith("2.51") for s in basis.sections),
        (_OPENED,),
    ),
    "cjis": Statute(
        "Dissemination of criminal history",
        "28 CFR 20.33; CJIS Security Policy",
        6,
        lambda basis: basis.rule == "cjis.history",
        suspends=True,
    ),
    "all": Statute("Every disclosure", "all laws together", 6, lambda _: True, suspends=True),
}
