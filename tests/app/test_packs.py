"""Offline packs from a real store: what one partner may see and no more, a leaf for each card, and acts entered late, once."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from hub import clock
from hub.app.care import board
from hub.app.care.packs import LONGEST, REMEMBERED, Packer
from hub.app.house import Household
from hub.app.vault import Vault
from hub.errors import Lasting
from hub.flow.capacity.board import Setting
from hub.flow.label import Source
from hub.flow.pack import Act, Contents, decode
from hub.flow.recall import HUB
from hub.flow.recall import SOURCE as OURS
from hub.model.category import Regime
from hub.model.entry import LedgerEntry
from hub.partners import Partner, Programme
from hub.spans import HOUR, MINUTE
from hub.store.asking.evidence import Evidence
from hub.store.sealing import Sealer
from hub.tlog.pack import Pack, marked, opened, secret_key
from tests.app.test_card import PARTNERS, REGIMES, Scene, called
from tests.app.test_placing import Straight
from tests.houses import partner, store

NIGHT = Programme(id="mct", name="Night team", teams=("MCT1",), role="instead of police", opens="18:00", closes="06:00")


def _with(one: Partner, *purposes: str) -> Partner:
    return msgspec.structs.replace(one, agreement=msgspec.structs.replace(one.agreement, purposes=purposes))


COUNTY = {
    **PARTNERS,
    "PD": _with(PARTNERS["PD"], "APPROACH", "AVERT_THREAT", "RECORDS", "BEDMGT", "DISPATCH"),
    "SH1": _with(partner("SH1", "SOCIAL_SVC"), "COC"),
    "MCT1": msgspec.structs.replace(partner("MCT1", "MOBILE_CRISIS"), phone="555-555-0166"),
    "S1": partner("S1", "STABILISATION"),
}


class Station:
    """A hub that makes packs: an officer's scene, a bed board, a programme."""

    def __init__(self, here: Scene) -> None:
        self.here, self.kept = here, here.kept
        sources = {**{name: Source(regimes=found) for name, found in REGIMES.items()}, HUB: OURS}
        sources["S1"] = Source(regimes=frozenset({Regime.HIPAA}))
        house = dataclasses.replace(here.house, sources=sources)
        county = SimpleNamespace(partners=COUNTY, programmes=(NIGHT,), zone="UTC")
        self.known = cast("Household", SimpleNamespace(county=county, house=house))
        vault = SimpleNamespace(
            database=self.kept.database, keys=self.kept.keys, origin=self.kept.signer.name, signer=self.kept.signer
        )
        self.vault = cast("Vault", vault)
        self.packer = Packer(known=self.known, vault=self.vault, desk=cast("Any", Straight(self.kept)))
        self.kept.names(*COUNTY)
        setting = Setting(
            facility="S1", unit="A", at=clock.now(), staffed=8, census=5, profile=("crisis_stabilization",)
        )
        self.kept.writer.commit([board.set_beds(board.Follower(self.vault), setting, actor="dana")])

    def made(self, name: str = "PD", lasts: int = 4 * HOUR) -> tuple[bytes, Pack, Contents]:
        raw = asyncio.run(self.packer.make(name, lasts=lasts, actor="dana", incidents=("I-1",)))
        key = secret_key(self.packer.secret(name))
        pack = opened(raw, key=key, trusted=[self.kept.signer.verifier], now=clock.now())
        return raw, pack, decode(pack.contents)

    def entries(self, since: int) -> list[LedgerEntry]:
        with self.kept.database.read() as connection:
            evidence = Evidence(connection, Sealer(self.kept.keys, self.kept.signer.name))
            return [evidence.entry(number) for number in range(since, self.here.leaves())]


@contextmanager
def station(folder: Path) -> Iterator[Station]:
    with store(folder) as kept:
        yield Station(Scene(kept=kept))


def test_police_read_beds_teams_and_their_cards_while_the_hub_is_away(tmp_path: Path) -> None:
    with station(tmp_path) as here:
        called(here.here, release="PD")
        before = here.here.leaves()

        raw, pack, found = here.made()
        entries = here.entries(before)

    assert [(b.facility, b.unit, b.offerable, b.kinds) for b in found.beds] == [
        ("S1", "A", 3, ("crisis_stabilization",))
    ]
    assert [(t.name, t.phones, t.hours) for t in found.teams] == [
        ("Night team", ("555-555-0166",), ("every day 18:00-06:00",))
    ]
    assert found.cards["I-1"]["triggers"] == ["Sirens and flashing lights", "Being touched"]
    assert [e.kind for e in entries] == ["view", "export"]
    assert all(pack.number in e.outcome for e in entries)
    assert b"Sirens" not in raw
    assert not any(word in pack.contents.decode() for word in ("Riley", "Doe", "F20", "1990", "Schizophrenia"))


def test_a_partner_gets_no_card_that_is_not_its_own_and_no_bed_it_may_not_hear_of(tmp_path: Path) -> None:
    with station(tmp_path) as here:
        called(here.here, release="PD")

        _, _, found = here.made("SH1")

    assert found.cards == {}


def test_incidents_that_a_partner_was_told_of_need_not_be_named_and_others_are_not_there(tmp_path: Path) -> None:
    with station(tmp_path) as here:
        called(here.here, release="PD")
        packs = [asyncio.run(here.packer.make(name, lasts=HOUR, actor="dana")) for name in ("C1", "PD")]
        keys = [secret_key(here.packer.secret(name)) for name in ("C1", "PD")]
        trusted = [here.kept.signer.verifier]
        read = [
            decode(opened(raw, key=key, trusted=trusted, now=clock.now()).contents)
            for raw, key in zip(packs, keys, strict=True)
        ]

    assert [list(found.cards) for found in read] == [["I-1"], []]


def test_without_a_release_the_card_is_there_and_empty_in_the_same_shape(tmp_path: Path) -> None:
    with station(tmp_path) as here:
        called(here.here)
        _, _, hidden = here.made()
        sizes = {len(msgspec.json.encode(hidden.cards["I-1"]))}
    (other := tmp_path / "other").mkdir()
    with station(other) as here:
        called(here.here, release="PD")
        _, _, shown = here.made()
        sizes.add(len(msgspec.json.encode(shown.cards["I-1"])))

    assert hidden.cards["I-1"]["triggers"] == []
    assert len(sizes) == 1


def test_a_pack_ends_with_the_release_it_stands_on(tmp_path: Path) -> None:
    with station(tmp_path) as here:
        until = clock.now() + 30 * MINUTE
        called(here.here, release="PD", until=until)

        _, pack, _ = here.made()

    assert pack.until == until


def test_no_pack_lasts_for_more_than_twelve_hours_or_for_nobody(tmp_path: Path) -> None:
    with station(tmp_path) as here:
        for name, lasts in (("PD", LONGEST + 1), ("PD", 0), ("XX", HOUR)):
            with pytest.raises(Lasting):
                asyncio.run(here.packer.make(name, lasts=lasts, actor="dana"))


def test_what_was_done_while_the_hub_was_away_is_entered_once_and_marked_late(tmp_path: Path) -> None:
    with station(tmp_path) as here:
        _, pack, _ = here.made()
        key = secret_key(here.packer.secret("PD"))
        four_hours_ago = clock.now() - 4 * HOUR
        acts = [Act(pack=pack.number, at=four_hours_ago, who="12A", what=what) for what in ("opened", "told")]
        queue = b"".join(marked(msgspec.json.encode(act), key) for act in acts)
        ahead = marked(msgspec.json.encode(Act(pack="p", at=clock.now() + HOUR, who="12A", what="told")), key)
        forged = queue.replace(b"told", b"left").split(b"\n")[1] + b"\n"
        before = here.here.leaves()

        first = asyncio.run(here.packer.reconcile("PD", queue + ahead + forged, actor="kim"))
        again = asyncio.run(here.packer.reconcile("PD", queue, actor="kim"))
        entries = here.entries(before)

    assert (first[0], first[1], len(first[2])) == (2, 0, 2)
    assert [line.split(":")[0] for line in first[2]] == ["line 3", "line 4"]
    assert again == (0, 2, ())
    assert [(e.actor, e.partner) for e in entries] == [("12A", "PD"), ("12A", "PD")]
    assert all("late by 240 minutes" in e.outcome for e in entries)


def test_a_queue_that_is_entered_again_after_months_is_refused_line_by_line(tmp_path: Path) -> None:
    """What was entered is forgotten some time: by then nothing so old is entered at all."""
    with station(tmp_path) as here:
        _, pack, _ = here.made()
        act = msgspec.json.encode(Act(pack=pack.number, at=clock.now() - HOUR, who="12A", what="told"))
        queue = marked(act, secret_key(here.packer.secret("PD")))
        first = asyncio.run(here.packer.reconcile("PD", queue, actor="kim"))

        with clock.hold(clock.now() + REMEMBERED):
            late = asyncio.run(here.packer.reconcile("PD", queue, actor="kim"))

    assert first == (1, 0, ())
    assert late == (0, 0, ("line 1: it is older than 90 days, and may have been entered before.",))


def test_the_secret_is_each_partners_own(tmp_path: Path) -> None:
    with station(tmp_path) as here:
        secrets = {here.packer.secret(name) for name in COUNTY}

    assert len(secrets) == len(COUNTY)
