"""Calls for service as dispatch centres export them, CSV or JSON: one mapping file a city below mappings/cad/export."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import msgspec

from adapters.cad.eido.recast import recast
from adapters.wire.csv_export import Export
from hub.model.event import CrisisEvent
from hub.model.public_safety import CallForService, UnitStatus
from hub.model.values import Code, Instant

# When the first unit came so far, and when the last one left: what a call's own columns leave open.
FIRST: Final = (("dispatched_at", "assigned_at"), ("en_route_at", "en_route_at"), ("on_scene_at", "on_scene_at"))


class CadExport(Export):
    """One centre's calls. The profile may name `mapping`; without one the city is known by its columns."""

    name = "cad_csv"
    kind = "calls-for-service"
    common = "cad/export/plain.yaml"
    folder = "cad/export"

    def folded(self, events: tuple[CrisisEvent, ...]) -> tuple[CrisisEvent, ...]:
        """The call with the times of its units, and the kind of crisis that its type says."""
        units = [event.body for event in events if isinstance(event.body, UnitStatus)]
        return tuple(self._with(event, units) for event in events)

    def told(self, events: Sequence[CrisisEvent]) -> Sequence[CrisisEvent]:
        """988 contacts and team visits as calls and units; a code without words of its own keeps its code."""
        return recast(events)

    def unknown(self, events: Sequence[CrisisEvent]) -> Iterable[tuple[str, str]]:
        """Types of calls and dispositions that no table knows."""
        for event in events:
            if isinstance(event.body, CallForService):
                yield from _unknown(event.body)

    def _with(self, event: CrisisEvent, units: Sequence[UnitStatus]) -> CrisisEvent:
        call = event.body
        if not isinstance(call, CallForService):
            return event
        told: dict[str, Any] = {name: at for name, of in FIRST if (at := _first(call, name, units, of))}
        if not call.cleared_at and (left := _last(units)):
            told["cleared_at"] = left
        if crisis := self._crisis(call.final_type or call.initial_type):
            told["crisis"] = crisis
        return msgspec.structs.replace(event, body=msgspec.structs.replace(call, **told)) if told else event

    def _crisis(self, kind: Code | None) -> Code | None:
        if kind is None or not kind.code:
            return None
        return self.crisis.get(kind.code)

    @property
    def crisis(self) -> dict[str, Code]:
        """Which types of incident are a crisis, and which."""
        return self.translator.lenses.tables["crisis_kind"].codes(0)


def _first(call: CallForService, name: str, units: Sequence[UnitStatus], of: str) -> Instant | None:
    """The earliest instant of any unit, where the call has none of its own."""
    if getattr(call, name):
        return None
    found = [at for unit in units if (at := getattr(unit, of))]
    return min(found, key=_at, default=None)


def _last(units: Sequence[UnitStatus]) -> Instant | None:
    """When the last unit left; nothing while one has not."""
    found = [unit.cleared_at for unit in units if unit.cleared_at]
    return max(found, key=_at) if found and len(found) == len(units) else None


def _at(instant: Instant) -> int:
    return instant.at


def _unknown(call: CallForService) -> Iterator[tuple[str, str]]:
    kinds = (call.initial_type, call.final_type)
    for table, found in (("incident_word", kinds), ("disposition_word", call.dispositions)):
        for one in found:
            if one and one.local and not one.code:
                yield table, one.display or one.local
