"""A good message that nobody may see, or that nobody wants: accepted, kept, decided, recorded, and shown to nobody."""

from __future__ import annotations

import re

import pytest

from tests.badinput.place import Place, arrived
from tests.chaos import traffic

pytestmark = pytest.mark.slow


def test_what_one_partner_may_not_see_is_refused_to_it_alone(here: Place) -> None:
    number = next(here.numbers)
    with here.wire() as wire:
        answer = wire.ask(traffic.message(number))
    arrived(lambda: here.told(number))

    kept = here.kept(traffic.control(number))
    with here.evidence() as found:
        decided = found.decided(kept.message.journal)

    assert answer.code == "CA"
    assert decided == {"clinic": True, "police": False}
    assert here.sinks["police"].requests == []


def test_what_nobody_wants_is_accepted_and_kept(here: Place) -> None:
    number = next(here.numbers)
    wanted = traffic.message(number)
    news = re.sub(rb"(ADT\^|EVN\|)A\d\d", rb"\1A31", wanted)
    unwanted = b"".join(line + b"\r" for line in news.split(b"\r") if line and not line.startswith(b"PV1"))
    with here.wire() as wire:
        answer = wire.ask(unwanted)

    kept = here.kept(traffic.control(number))
    with here.evidence() as found:
        decided = found.decided(kept.message.journal)

    assert answer.code == "CA"
    assert (kept.message.state, kept.body) == ("planned", unwanted)
    assert decided == {}
