"""What an event stands under: regimes, sensitivities, and the categories that its values moved it to."""

from __future__ import annotations

from functools import lru_cache

import msgspec

from hub.model.category import Category, Regime


class Label(msgspec.Struct, frozen=True, kw_only=True, gc=False, cache_hash=True):
    """The handling label of one event. Hashable, and few distinct ones exist: decisions are cached by it.

    `recast` moves declared categories (a substance-use diagnosis from a Part 2 unit: MH_CLINICAL -> SUD_RECORD);
    `sensitivities` are HL7 v3 ActCode values (ETH, PSY, HIV, SDV ...); `confidentiality` is one of U L M N R V;
    `inherited` are obligations that came in with the message; `because` says in words, with codes only, what set it;
    `told_by` are the paths whose values set a sensitivity. One that no path is named for is of the event as a whole.
    """

    regimes: frozenset[Regime] = frozenset({Regime.UNKNOWN})
    recast: tuple[tuple[Category, Category], ...] = ()
    sensitivities: frozenset[str] = frozenset()
    confidentiality: str = "R"
    inherited: tuple[str, ...] = ()
    because: tuple[str, ...] = ()
    told_by: tuple[tuple[str, str], ...] = ()

    @property
    def spoken_of(self) -> frozenset[str]:
        """The codes by which a consent may speak of the event: its sensitivities and its confidentiality."""
        return _spoken_of(self)


@lru_cache(maxsize=4096)
def _spoken_of(label: Label) -> frozenset[str]:
    return label.sensitivities | {label.confidentiality}


class Handling(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The block of labels that travels with a delivery, in every format: labels out include labels in.

    Notice texts and their versions are carried whole (42 CFR 2.32).
    """

    confidentiality: str = "N"
    sensitivities: tuple[str, ...] = ()
    regimes: tuple[str, ...] = ()
    refrain: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    notice_id: str = ""
    notice_text: str = ""
    notice_version: str = ""
    consent: str = ""
