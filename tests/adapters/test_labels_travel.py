"""Labels out include labels in, whichever format they travel in; and what the hub mints for one partner joins with nobody else's."""

from __future__ import annotations

import io
import re
import secrets
import zipfile
from functools import cache
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import adapters
from hub.app.vault import Outward
from hub.contracts import Adapter, Target
from hub.errors import HubError
from hub.flow.project import Envelope, project
from hub.model.decision import Decision
from hub.model.event import CrisisEvent, event_id
from hub.model.label import Handling
from hub.model.registry import BODIES, EVERYTHING
from tests.disclosing import AT, RECEIVED, TARGET
from tests.flow import canaries
from tests.houses import store

NOTICE = "42 CFR part 2 prohibits unauthorized use or disclosure of these records."
# How a regime is called as a security code on the wire.
SPELLED = {"HIPAA": "HIPAA", "PART2": "42CFRPart2"}
# Formats without a place for the id of a message or a person.
WITHOUT_IDS = {"have"}
# These are read here and never written.
NEVER_WRITTEN = {"nemsis", "ccda", "ndex"}


@cache
def made(name: str) -> Adapter:
    return adapters.found()[name]({})


def body(name: str, event: CrisisEvent, handling: Handling, target: Target = TARGET, envelope: str = "x") -> bytes:
    decision = Decision(partner=target.partner, purpose="COC", granted=(EVERYTHING,))
    shown = project((event,), decision, handling, (Envelope(id=envelope, source="s"),))
    return made(name).write(shown, target).body


@cache
def carried(name: str) -> tuple[str, ...]:
    """The bodies of the model that a format has a place for, and that it reads again: canaries are no dates and numbers."""
    found = []
    for root in BODIES:
        try:
            made(name).read(body(name, canaries.event(root), Handling()), RECEIVED)
        except HubError:
            continue
        found.append(root)
    return tuple(found)


def text(wire: bytes) -> str:
    """What is in the bytes, unpacked where they are packed."""
    if not wire.startswith(b"PK"):
        return wire.decode()
    with zipfile.ZipFile(io.BytesIO(wire)) as packed:
        return "".join(packed.read(name).decode() for name in packed.namelist())


WRITTEN = sorted(adapters.found().keys() - NEVER_WRITTEN)
HANDLINGS = st.builds(
    Handling,
    confidentiality=st.sampled_from("NRV"),
    sensitivities=st.sets(st.sampled_from(("ETH", "HIV", "PSY", "SDV", "SEX"))).map(lambda s: tuple(sorted(s))),
    regimes=st.sets(st.sampled_from(sorted(SPELLED))).map(lambda s: tuple(sorted(s))),
    refrain=st.sets(st.sampled_from(("NORDSCLCD", "NORDSLCD", "NOPAT"))).map(lambda s: tuple(sorted(s))),
    obligations=st.sets(st.sampled_from(("ENCRYPT", "CPLYPOL"))).map(lambda s: tuple(sorted(s))),
)


@pytest.mark.parametrize("name", WRITTEN)
@given(handling=HANDLINGS, which=st.integers(0, 100))
def test_labels_out_include_labels_in(name: str, handling: Handling, which: int) -> None:
    roots = carried(name)
    event = canaries.event(roots[which % len(roots)])

    found = made(name).read(body(name, event, handling), RECEIVED).inherited

    sent = {*handling.sensitivities, *handling.refrain, *handling.obligations, *(SPELLED[r] for r in handling.regimes)}
    sent |= {handling.confidentiality} - {"N"}
    assert sent <= set(found)


@pytest.mark.parametrize("name", WRITTEN)
def test_the_notice_travels_whole_with_its_version_and_the_consent(name: str) -> None:
    block = Handling(
        notice_id="part2", notice_text=NOTICE, notice_version="2024-7", consent="C-17@2", regimes=("PART2",)
    )
    for root in carried(name):
        found = text(body(name, canaries.event(root), block))

        assert [word for word in (NOTICE, "2024-7", "C-17@2") if word not in found] == []


def test_no_format_that_is_written_is_left_out() -> None:
    assert all(carried(name) for name in WRITTEN)
    assert not any(carried(name) for name in NEVER_WRITTEN)


@pytest.mark.parametrize("name", WRITTEN)
def test_two_partners_exports_join_on_nothing_that_the_hub_minted(name: str, tmp_path: Path) -> None:
    """What both got of one message, and neither gets of another, is what the sender said, and nothing of ours."""
    with store(tmp_path) as kept:
        names = Outward(kept.keys, ("A", "B"))
        kept.keys.flush()
        journals, people = ((secrets.token_hex(16), secrets.token_hex(16)) for _ in range(2))

        def export(partner: str, journal: str, person: str, root: str) -> set[str]:
            event = msgspec.structs.replace(canaries.event(root), id=event_id(journal, 0), recorded_at=AT)
            key = names.message(partner, f"{journal}/1")
            target = Target(
                partner=partner, message_id=key, person_id=names.person(partner, person), at=AT, zone=TARGET.zone
            )
            found = set(re.findall(r"[\w.-]{6,}", text(body(name, event, Handling(), target, f"{key}.0"))))
            assert not {journal, person, event.id} & found
            return found

        own = set()
        for root in carried(name):
            one, other = (export(partner, journals[0], people[0], root) for partner in "AB")
            another = export("A", journals[1], people[1], root)

            assert (one & other) - another == set()
            own |= one - other

    assert bool(own) == (name not in WITHOUT_IDS)
