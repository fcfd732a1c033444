"""What the hub lives by: rules, labels, interests, agreements and adapters, from the county's files. Refused whole, or loaded whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

import adapters
from consent.overlay import require_signed
from consent.prover import require_sound
from consent.succession import Succession
from hub import clock
from hub.app.formats.mappings import unchanged
from hub.app.formats.remark import Remark
from hub.app.rules.rulesets import lived_by
from hub.app.workspace.sheet import Sheet
from hub.contracts import Adapter
from hub.flow import named, performers, recall
from hub.flow.audience import Audience
from hub.flow.label import sites, source_of
from hub.flow.plan import House
from hub.intake.piece import Sender
from hub.partners import County, Delivery, Overlay, Partner, Source, load
from hub.partners.words import REMARK, SHEET
from hub.settings import Settings

V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """A county's partners, the rules over them, and the adapters that speak to each."""

    county: County
    house: House
    senders: OnDemand[Sender]
    writers: OnDemand[Adapter]


class OnDemand(Mapping[str, V]):
    """Values by name, each made when it is first asked for."""

    def __init__(self, make: Mapping[str, Callable[[], V]]) -> None:
        """How to make each."""
        self._make, self._made = make, dict[str, V]()

    def made(self, names: Iterable[str]) -> dict[str, V]:
        """The values of these names."""
        return {name: self[name] for name in names}

    def renew(self, fresh: Mapping[str, V]) -> None:
        """Put these in the place of earlier ones; whoever holds an earlier one goes on with it."""
        self._made.update(fresh)

    def __getitem__(self, name: str) -> V:
        """The value of a name; KeyError where there is none."""
        if name not in self._made:
            self._made[name] = self._make[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        """The names."""
        return iter(self._make)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._make)


def household(settings: Settings, *, ready: bool = True) -> Household:
    """Load everything, or raise Misconfigured naming file, line and cure.

    Whoever only looks asks for one that is not `ready`: its adapters are compiled when they are needed, which most never are.
    """
    formats = adapters.found(settings.adapters)
    now = clock.now()
    county = load(Path(settings.county), formats=formats, at=now)
    rules = proved(settings, county.overlays, now)
    places = sites(county.partners.values())
    house = House(
        rules=rules,
        sources={**{p.id: source_of(p, places) for p in county.partners.values()}, recall.HUB: recall.SOURCE},
        audience=Audience(county.partners.values()),
        state=county.state,
        in_force=county.in_force,
        numbers=named.numbered(county.partners.values()),
        performers=performers.names(county.partners.values()),
    )
    known = Household(county=county, house=house, senders=senders(settings, county), writers=writers(settings, county))
    if ready:
        known.senders.made(known.senders)
        known.writers.made(known.writers)
    return known


def senders(settings: Settings, county: County) -> OnDemand[Sender]:
    """Everybody who sends, with the mapping that is in force when one is first asked for."""
    partners = county.partners.values()
    return OnDemand({p.id: partial(_sender, settings, p, p.source, county) for p in partners if p.source})


def writers(settings: Settings, county: County) -> OnDemand[Adapter]:
    """What writes to everybody who receives, likewise."""
    partners = county.partners.values()
    return OnDemand({p.id: partial(_writer, settings, p.delivery) for p in partners if p.delivery})


def proved(settings: Settings, overlays: Iterable[Overlay], now: int) -> Succession:
    """The rules that this hub lives by, those to come among them: each proved, and each overlay signed. Raises Misconfigured."""
    rules = lived_by(settings, now)
    for one in rules.sets:
        require_sound(one, now)
        for overlay in overlays:
            require_signed(one, overlay.sign_off)
    return rules


def _sender(settings: Settings, partner: Partner, source: Source, county: County) -> Sender:
    profile = {"mapping": unchanged(settings, source.mapping, partner.id), "charset": source.charset}
    adapter = adapters.found(settings.adapters)[source.format](profile)
    return Sender(
        partner=partner,
        adapter=adapter,
        zone=source.zone or county.zone,
        charset=source.charset,
        fields={field.name: field for field in county.fields},
    )


# What is written for people, and read by no adapter.
_ONE_WAY: Final[Mapping[str, Callable[[], Adapter]]] = {SHEET: Sheet, REMARK: Remark}


def _writer(settings: Settings, delivery: Delivery) -> Adapter:
    if delivery.format in _ONE_WAY:
        return _ONE_WAY[delivery.format]()
    profile = {"mapping": unchanged(settings, delivery.mapping), "version": delivery.version}
    # What the file leaves out is the format's to say.
    return adapters.found(settings.adapters)[delivery.format]({key: said for key, said in profile.items() if said})
