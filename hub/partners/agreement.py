"""Agreements: from which instant to which they hold, and what is wrong with one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from consent.vocabulary import vocabulary
from hub.errors import Misconfigured
from hub.model.category import Regime
from hub.partners.file import Agreement
from hub.partners.sheet import Sheet, midnight

# 45 CFR 164.506(c)(2), the invariant glass.police: the rules let nobody else break it.
PROVIDERS: Final = vocabulary().dimensions["recipient"].sets["providers"]
# What the hub must be to a partner before it may hold that partner's data at all.
NEEDS: Final[dict[str, tuple[frozenset[str], str]]] = {
    Regime.HIPAA: (
        frozenset({"business associate", "qualified service organization", "intermediary"}),
        "45 CFR 164.502(e) asks for a business associate agreement.",
    ),
    # A qualified service organization is one by a written agreement; an intermediary names its recipients (42 CFR 2.24).
    Regime.PART2: (
        frozenset({"qualified service organization", "intermediary"}),
        "42 CFR 2.11 and 2.12(c)(4) ask for a qualified service organization agreement.",
    ),
    Regime.CJIS: (
        frozenset({"cjis contractor"}),
        "28 CFR 20.33(a)(7) asks for the CJIS security addendum.",
    ),
}


def term(agreement: Agreement, zone: str) -> tuple[int, int]:
    """The instants (UTC microseconds) between which an agreement holds: the first included, the last not.

    Days are those of `zone`. Raises Misconfigured for what is no day.

    >>> known = Agreement(id="a", kind="MOU", hub_is="partner", starts="2026-03-01", ends="2026-03-01", signature="s")
    >>> starts, ends = term(known, "America/Chicago")
    >>> (ends - starts) // 3_600_000_000
    24
    """
    starts, ends = midnight(agreement.starts, zone), midnight(agreement.ends, zone, after=1)
    if starts is None or ends is None:
        raise Misconfigured("An agreement begins and ends on days.", at=agreement.id, cure="Write them as 2026-01-31.")
    return starts, ends


def check(sheet: Sheet) -> Iterator[Misconfigured]:
    """Days that cannot be, an agreement that is over, and data that this agreement does not let the hub hold."""
    yield from _days(sheet)
    yield from _regimes(sheet)
    if "BTG" in sheet.partner.agreement.purposes and sheet.partner.kind not in PROVIDERS:
        yield sheet.refuse(
            "Only who gives care breaks the glass.",
            *("agreement", "purposes"),
            cure=f"Leave BTG out: this partner is a {sheet.partner.kind}, not one of {', '.join(sorted(PROVIDERS))}.",
        )
    if sheet.partner.wants and not sheet.partner.agreement.categories:
        yield sheet.refuse(
            "This agreement lets nothing through.",
            "agreement",
            cure="Name the categories it covers, or leave out wants.",
        )


def _days(sheet: Sheet) -> Iterator[Misconfigured]:
    agreement = sheet.partner.agreement
    starts, ends = midnight(agreement.starts, sheet.zone), midnight(agreement.ends, sheet.zone, after=1)
    for key, instant in (("starts", starts), ("ends", ends)):
        if instant is None:
            yield sheet.refuse("This is not a day.", "agreement", key, cure="Write it as 2026-01-31.")
    if starts is None or ends is None:
        return
    if ends <= starts:
        yield sheet.refuse(
            "This agreement ends before it starts.", "agreement", "ends", cure="Correct one of the days."
        )


def over(sheet: Sheet) -> Iterator[Misconfigured]:
    """That the agreement has ended: nothing is told to this partner. It stops no start, since everybody else would wait for one paper."""
    ends = midnight(sheet.partner.agreement.ends, sheet.zone, after=1)
    if ends is not None and ends <= sheet.at:
        yield sheet.refuse(
            "This agreement has ended.",
            "agreement",
            "ends",
            cure="Write the days of the renewed one, or take the file out of the folder.",
        )


def _regimes(sheet: Sheet) -> Iterator[Misconfigured]:
    source, hub_is = sheet.partner.source, sheet.partner.agreement.hub_is
    if source is None:
        return
    places = {("source", "regime"): source.regime} | {("source", "units", u): r for u, r in source.units.items()}
    for steps, regime in places.items():
        allowed, law = NEEDS.get(regime, (frozenset({hub_is}), ""))
        if hub_is not in allowed:
            yield sheet.refuse(
                f"The hub may not hold {regime} data as {hub_is}.",
                *steps,
                cure=f"{law} Write hub_is: {' or '.join(sorted(allowed))} once that is signed.",
            )
