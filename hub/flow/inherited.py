"""What came in with a message and binds its passing on: until when its sender let it be kept, and how sensitive it said it is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Final

from hub.model.category import Regime
from hub.model.label import Label
from hub.spans import SECOND

# RFC 4119 section 2.2.2: a location is not kept, and so not told, beyond its retention-expiry.
RETENTION: Final = "retention-expiry:"
OVER: Final = "Its sender let it be kept until then, and that is over."
# HL7 v3 ActCode, ObligationPolicy and RefrainPolicy: what to do with a record, whatever it is about. They bind everybody.
HANDLING: Final = frozenset(
    {
        *("ANONY", "AOD", "AUDIT", "AUDTR", "CPLYCC", "CPLYCD", "CPLYCUI", "CPLYJPP", "CPLYJSP", "CPLYOPP", "CPLYOSP"),
        *("CPLYPOL", "DECLASSIFYLABEL", "DEID", "DELAU", "DOWNGRDLABEL", "DRIVLABEL", "ENCRYPT", "ENCRYPTR"),
        *("ENCRYPTT", "ENCRYPTU", "HUAPRV", "LABEL", "MASK", "MINEC", "PERSISTLABEL", "PRIVMARK", "PSEUD", "REDACT"),
        *("UPGRDLABEL", "NOAUTH", "NOCOLLECT", "NODSCLCD", "NODSCLCDS", "NOINTEGRATE", "NOLIST", "NOMOU", "NOORGPOL"),
        *("NOPAT", "NOPERSISTP", "NORDSCLCD", "NORDSCLCDS", "NORDSCLW", "NORDSLCD", "NORELINK", "NOREUSE", "NOVIP"),
        *("ORCON", "HIPAANOPP", "HMARKT"),
    }
)
# ActInformationSensitivityPolicy: these tell what somebody has or is treated for, whoever sent them.
TELLING: Final = frozenset(
    {
        *("BH", "COGN", "DVD", "EMOTDIS", "MH", "PSY", "PSYTHPN", "SUD", "ETH", "ETHUD", "OPIOIDUD"),
        *("HIV", "STD", "SCA", "SICKLE", "GDIS", "PREGNANT", "SEX", "SDV", "VIO", "MST", "TBOO", "DIA"),
    }
)
# Under these a code that nobody here knows may tell as much.
_OF_CARE: Final = frozenset(Regime) - {Regime.CJIS, Regime.SEALED, Regime.OPEN}


def passed_on(labels: Iterable[Label], *, clinical: bool) -> set[str]:
    """The security codes that came with what is shown, as far as they go on with it.

    Whoever sees something `clinical` is bound by all of them. To anybody else a code that says how sensitive it is would be
    the disclosure: they are told what to do with it, and, where it came from no provider of care, whatever else was said.
    """
    return {code for label in labels for code in label.inherited if clinical or _plain(code, label)}


def _plain(code: str, label: Label) -> bool:
    if code in HANDLING or code.startswith(RETENTION):
        return True
    return code not in TELLING and label.regimes.isdisjoint(_OF_CARE)


def kept_until(labels: Iterable[Label]) -> int | None:
    """The first instant (UTC microseconds) at which nothing of these may be passed on; None for no end.

    An instant that nobody can read, or without an offset, has passed.

    >>> kept_until([Label(inherited=("NORDSCLCD", "retention-expiry:1970-01-01T00:00:01Z"))])
    1000000
    """
    return min((at for each in labels if each.inherited for at in _ends(each.inherited)), default=None)


def earlier(one: int | None, other: int | None) -> int | None:
    """The earlier of two instants, either of which may be never."""
    return min((at for at in (one, other) if at is not None), default=None)


@lru_cache(maxsize=1024)
def _ends(inherited: tuple[str, ...]) -> tuple[int, ...]:
    return tuple(_instant(code.removeprefix(RETENTION)) for code in inherited if code.startswith(RETENTION))


def _instant(text: str) -> int:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return 0
    return int(found.timestamp() * SECOND) if found.tzinfo else 0
