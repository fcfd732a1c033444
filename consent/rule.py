"""Rules as data: a product of finite sets, an effect, a view, obligations, the law, and the same in plain words."""

from __future__ import annotations

import msgspec

from hub.model.category import Regime

# Regimes under which one file's rules may stand without saying so; `any` in a rule means all of them.
ANY = frozenset(r.value for r in Regime) - {Regime.UNKNOWN.value}


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One example that a rule must settle: facts beside the usual ones, and paths that it gives or hides."""

    why: str = ""
    ask: dict[str, str] = msgspec.field(default_factory=dict)
    regimes: tuple[str, ...] = ()
    recast: dict[str, str] = msgspec.field(default_factory=dict)
    scope: tuple[str, ...] | None = None
    gives: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()
    duty: bool = False


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule. `when` holds the dimensions it asks about; those it does not name are free. Instants are UTC microseconds.

    `views` narrow each other; `tell` and `within` (microseconds) belong to a duty; `row` names its line in the table of law.
    """

    id: str
    version: str
    effect: str
    when: dict[str, frozenset[str]]
    citation: str
    words: str
    views: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()
    effective: int = 0
    until: int | None = None
    tell: tuple[str, ...] = ()
    within: int = 0
    row: str = ""
    file: str = ""
    cases: tuple[Case, ...] = ()


class RuleFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file: the rules of one regime or overlay. An overlay names its `state`; `consent.overlay` asks for counsel's signature."""

    name: str
    title: str
    about: str
    regimes: frozenset[str]
    state: str
    rules: tuple[Rule, ...]
