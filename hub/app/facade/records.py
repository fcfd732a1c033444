"""What a partner may see of somebody now, as FHIR resources: each message decided again and projected, the last word of each thing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import msgspec
import structlog

from adapters.ehr.fhir_bundle import RECORD, STANDING, numbers, stands
from adapters.wire.fhir import Node
from adapters.wire.fhir_labels import joined
from hub.app.facade.places import Places
from hub.app.facade.retold import hidden_by, hides
from hub.app.vault import Outward
from hub.contracts import Adapter, Target
from hub.courier.prepare import Preparer
from hub.errors import HubError
from hub.flow.episode import WINDOW, instant
from hub.flow.project import Envelope, handling, project
from hub.lens.times import write_iso
from hub.model.decision import Decision
from hub.model.label import Label
from hub.model.registry import path_set
from hub.model.values import Instant
from hub.partners import Partner
from hub.store.asking.granted import Grant

log = structlog.get_logger(__name__)
_decode = msgspec.json.Decoder().decode
EPISODE: Final = "EpisodeOfCare"
# A Patient with these alone is somebody of whom nothing was told.
_BARE: Final = frozenset({"resourceType", "id", "meta", "identifier"})


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """One resource that may be seen now: where it came from, and the decision behind it. `at` is UTC microseconds.

    `akin` are source identities of which it tells that they are the same person.
    """

    node: Node
    identity: str
    journal: str
    message: int
    at: int
    decision: Decision
    person: bool
    akin: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """How other resources refer to it."""
        return f"{self.node['resourceType']}/{self.node['id']}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """Decides and writes for one partner as of one instant (UTC microseconds)."""

    partner: Partner
    places: Places
    names: Outward
    preparer: Preparer
    writer: Adapter
    zone: str
    now: int
    # What the partner itself said of a resource since.
    overlay: Callable[[Seen], Seen] = lambda seen: seen

    def of(self, grants: Iterable[Grant]) -> list[Seen]:
        """The resources of what was granted, the newest message first: of each the last word, and the episodes they tell of.

        What a later message of its source says anew under its number, or takes back, does not stand beside that.
        """
        last: dict[str, Seen] = {}
        over: set[tuple[str, ...]] = set()
        episodes: dict[tuple[str, str], list[tuple[int, Seen]]] = {}
        for _, several in groupby(grants, key=lambda grant: grant.message):
            rows = list(several)
            told = list(self._message(rows))
            for seen in told:
                if any((seen.identity, *key) in over for key in hidden_by(seen.node)):
                    continue
                known = last.get(seen.reference)
                if known is None or (_bare(known.node) and not _bare(seen.node)):
                    last[seen.reference] = seen
                if rows[0].episode and seen.person:
                    happened = instant(rows[0].due.events)
                    episodes.setdefault((seen.identity, rows[0].episode), []).append((happened, seen))
            over |= {(seen.identity, *key) for seen in told for key in hides(seen.node)}
        shown = [self.overlay(seen) if seen.node["resourceType"] == "Task" else seen for seen in last.values()]
        return [*shown, *(self._episode(*which, seen) for which, seen in episodes.items())]

    def _message(self, rows: Sequence[Grant]) -> Iterator[Seen]:
        """What one message shows, under the interest that shows most of it."""
        due = rows[0].due
        if due.lost:
            return  # its keys were destroyed
        labels = self.preparer.house.label(due.events, due.source, due.inherited)
        decisions = [self.preparer.decide(self.partner, row.due, labels, self.now) for row in rows]
        which = max(range(len(rows)), key=lambda n: sum(bits.bit_count() for bits in decisions[n].granted))
        if not decisions[which].permits:
            return
        try:
            yield from self._written(rows[which], labels, decisions[which])
        except HubError as problem:
            log.warning("not shown", partner=self.partner.id, cause=type(problem).__name__)

    def _written(self, grant: Grant, labels: tuple[Label, ...], decision: Decision) -> Iterator[Seen]:
        due = grant.due
        aliases = self.preparer.aliases(self.partner, due, decision, self.now) if grant.person else ()
        akin = tuple(sorted(alias.identity for alias in aliases))
        shown = "/".join([*map(path_set, decision.granted), *akin])
        key = self.names.message(self.partner.id, f"{due.outbox}/{shown}")
        envelopes = [Envelope(id=f"{key}.{n}", source=due.source) for n in range(len(due.events))]
        disclosure = project(due.events, decision, handling(labels, decision), envelopes)
        target = Target(
            partner=self.partner.id,
            message_id=key,
            person_id=self.names.person(self.partner.id, due.identity) if grant.person else "",
            at=due.at,
            zone=self.zone,
            aliases=tuple(alias.id for alias in aliases),
            # What the hub made of a message is of use to who is sent it; who asks is shown what stands.
            options={"provenance": "none"},
        )
        entries = _decode(self.writer.write(disclosure, target).body)["entry"]
        ids = {entry["fullUrl"]: self._reference(grant, entry["resource"], n) for n, entry in enumerate(entries)}
        version = self.names.version(self.partner.id, f"{due.outbox}/{shown}")
        for entry in entries:
            node = {"resourceType": "", "id": "", **_relinked(entry["resource"], ids)}
            node["id"] = ids[entry["fullUrl"]].rpartition("/")[2]
            node["meta"] = {"versionId": version, "lastUpdated": self._instant(due.at), **node.get("meta", {})}
            if node["resourceType"] == "Encounter" and grant.episode:
                node["episodeOfCare"] = [{"reference": f"{EPISODE}/{self.places.episode(due.identity, grant.episode)}"}]
            yield Seen(
                node=node,
                identity=due.identity,
                journal=due.journal,
                message=grant.message,
                at=due.at,
                decision=decision,
                person=grant.person,
                akin=akin if node["resourceType"] == "Patient" else (),
            )

    def _reference(self, grant: Grant, resource: Node, n: int) -> str:
        """The type and id of a resource: the same for every message about what stands, else of this message alone."""
        kind, identity = resource["resourceType"], grant.due.identity
        if kind == "Patient":
            return f"{kind}/{self.places.person(identity)}"
        known = numbers(resource)
        if stands(kind, known):
            thing = f"{STANDING[kind]} {known[0].get('system', '')}|{known[0].get('value', '')}"
            return f"{kind}/{self.places.standing(identity, thing)}"
        told = next((one["value"] for one in known if one.get("system") == RECORD), f".{n}")
        part = told.rpartition(".")[2]
        return f"{kind}/{self.places.event(grant.message, f'{kind} {part}')}"

    def _episode(self, identity: str, episode: str, told: Sequence[tuple[int, Seen]]) -> Seen:
        """An episode, as far as the partner sees of it; labelled as all of that together."""
        (begins, _), (ends, last) = min(told, key=_when), max(told, key=_when)
        period = {"start": self._instant(begins)}
        over = ends + WINDOW <= self.now
        node: Node = {
            "resourceType": EPISODE,
            "id": self.places.episode(identity, episode),
            "meta": {
                "versionId": self.names.version(self.partner.id, f"{episode}/{ends}/{over}"),
                "lastUpdated": self._instant(max(seen.at for _, seen in told)),
                **joined([seen.node["meta"] for _, seen in told]),
            },
            "status": "finished" if over else "active",
            "patient": {"reference": f"Patient/{self.places.person(identity)}"},
            "period": period | ({"end": self._instant(ends)} if over else {}),
        }
        return msgspec.structs.replace(last, node=node)

    def _instant(self, at: int) -> str:
        return write_iso(Instant(at=at), self.zone)


def _when(told: tuple[int, Seen]) -> int:
    return told[0]


def _bare(node: Node) -> bool:
    return node["resourceType"] == "Patient" and node.keys() <= _BARE


def _relinked(value: Any, ids: Mapping[str, str]) -> Any:
    """The same with references to what came along as references to where it is found; one that leads nowhere is left out."""
    if isinstance(value, list):
        return [_relinked(one, ids) for one in value if not _lost(one, ids)]
    if not isinstance(value, dict):
        return value
    found = {name: _relinked(one, ids) for name, one in value.items() if not _lost(one, ids)}
    to = found.get("reference")
    if isinstance(to, str) and to in ids:
        found["reference"] = ids[to]
    return found


def _lost(value: Any, ids: Mapping[str, str]) -> bool:
    to = value.get("reference") if isinstance(value, dict) else None
    return isinstance(to, str) and to.startswith("urn:uuid:") and to not in ids
