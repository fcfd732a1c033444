"""A question to the rules as somebody writes it down: a JSON file, words on the command line, a partner's own file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from consent.question import Limits, Question, Scope, usual
from consent.vocabulary import UNKNOWN, vocabulary
from hub import clock
from hub.errors import Misconfigured
from hub.flow.question import DISCHARGED
from hub.located import near
from hub.model.category import Category, Regime
from hub.model.label import Label
from hub.model.registry import BODIES
from hub.partners import Partner


class Written(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a file of facts may say. Who asks, what for and under which law must be said; the rest is the plain case.

    `agreement` narrows; left out, it is as if one covered everything. `consent` and `order` are scopes: what a signed
    consent, or a court's order, names. `as_of` is an instant with its offset, as 2026-03-15T13:00:00-07:00; now, when left out.
    """

    facts: dict[str, str] = {}
    bodies: tuple[str, ...] = ()
    regimes: tuple[Regime, ...] = ()
    sensitivities: tuple[str, ...] = ()
    recast: dict[Category, Category] = {}
    partner: str = ""
    agreement: Limits | None = None
    consent: Scope = Scope()
    order: Scope = Scope()
    as_of: str = ""


def read(path: Path) -> Written:
    """A file of facts. Raises Misconfigured naming the place in it."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Written)
    except msgspec.DecodeError as wrong:
        raise Misconfigured(f"{wrong}.", at=str(path), cure="`crisis-hub policy decide --help` shows one.") from wrong


def added(written: Written, facts: Sequence[str], regimes: Sequence[str], bodies: Sequence[str]) -> Written:
    """The same with what was typed: `purpose=TREAT`, regimes and bodies. Raises Misconfigured for a strange word."""
    named = dict(_pair(fact) for fact in facts)
    return replace(
        written,
        facts={**written.facts, **named},
        regimes=(*written.regimes, *(_regime(name) for name in regimes)),
        bodies=(*written.bodies, *bodies),
    )


def of_partner(written: Written, partner: Partner) -> Written:
    """The same asked by a partner: what its file says of it stands, unless it was written down otherwise."""
    agreement = Limits(
        agreement=partner.agreement.id,
        categories=frozenset(Category(name) for name in partner.agreement.categories),
        purposes=frozenset(partner.agreement.purposes),
    )
    said = {"recipient": partner.kind, "state": partner.state}
    return replace(
        written, partner=partner.id, agreement=written.agreement or agreement, facts={**said, **written.facts}
    )


def question(written: Written) -> Question:
    """The question itself. Raises Misconfigured where something is not said, or a word is not in the vocabulary."""
    _known(written)
    label = Label(
        regimes=frozenset(written.regimes),
        recast=tuple(written.recast.items()),
        sensitivities=frozenset(written.sensitivities),
    )
    everything = Limits(agreement="", categories=frozenset(Category), purposes=frozenset({written.facts["purpose"]}))
    return Question(
        partner=written.partner or written.facts["recipient"],
        facts=usual(**written.facts),
        labels=(label,) * len(written.bodies),
        bodies=written.bodies,
        limits=written.agreement or everything,
        consent=written.consent,
        order=written.order,
        dischargeable=DISCHARGED,
        as_of=_instant(written.as_of),
    )


def _known(written: Written) -> None:
    for name, value in written.facts.items():
        dimension = vocabulary().dimensions.get(name)
        if dimension is None:
            raise Misconfigured(f'There is no fact "{name}".', cure=near(name, list(vocabulary().context)))
        if value not in (UNKNOWN, *dimension.values):
            raise Misconfigured(f'"{value}" is no value of {name}.', at=name, cure=near(value, list(dimension.values)))
    for name in ("recipient", "purpose", "state"):
        if name not in written.facts:
            said = vocabulary().dimensions[name].words
            raise Misconfigured(f"Nobody says {said}.", at=name, cure=f"Add --fact {name}=..., or --partner.")
    if not written.regimes:
        raise Misconfigured("Nobody says under which law it stands.", cure=f"Add --regime {Regime.HIPAA.value}.")
    for body in written.bodies or ("",):
        if body not in BODIES:
            said = f'"{body}" is no body of the model.' if body else "Nobody says what it is about."
            raise Misconfigured(said, at="bodies", cure=near(body, list(BODIES)) if body else "Add --body person.")


def _pair(text: str) -> tuple[str, str]:
    name, mark, value = text.partition("=")
    if not mark:
        raise Misconfigured(f'"{text}" is no fact.', cure="Write name=VALUE, as purpose=TREAT.")
    return name, value


def _regime(name: str) -> Regime:
    try:
        return Regime(name)
    except ValueError as wrong:
        raise Misconfigured(f'"{name}" is no regime.', cure=near(name, [r.value for r in Regime])) from wrong


def _instant(text: str) -> int:
    if not text:
        return clock.now()
    try:
        found = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise Misconfigured(f'"{text}" is no instant.', at="as_of", cure="Write 2026-03-15T13:00:00-07:00.") from wrong
    if found.tzinfo is None:
        raise Misconfigured("This instant has no offset.", at="as_of", cure="Write 2026-03-15T13:00:00-07:00.")
    return round(found.timestamp()) * 1_000_000


def plain(values: Any) -> Any:
    """Sets as sorted lists, so that the same question always prints the same."""
    return msgspec.to_builtins(values, order="sorted")
