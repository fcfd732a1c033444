"""One message in an envelope, or in a list of one, is read and kept as itself."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import pytest

from adapters import cad, ehr, lifeline988, rms, social
from hub.contracts import Received
from hub.intake import Arrival
from hub.intake.piece import Sender
from hub.intake.steps import Steps
from tests.houses import house, store
from tests.intake.people import NOON, SOURCES, played

GOLDEN = Path(__file__).parents[1] / "golden"


def notified(wire: bytes) -> bytes:
    return json.dumps({"event": {"subscriptionId": "s1", "notification": [json.loads(wire)]}}).encode()


ENVELOPES: dict[str, tuple[Any, str, Any]] = {
    "a batch": (ehr.ADAPTERS["hl7v2"], "hl7v2/a01-admit/wire.hl7", lambda w: b"FHS|^~\\&\rBHS|^~\\&\r" + w + b"\rBTS|1\rFTS|1\r"),
    "a notification": (cad.ADAPTERS["eido"], "eido/a-crisis-unit-arrives/wire.json", notified),
    "a list of contacts": (lifeline988.ADAPTERS["lifeline988"], "lifeline988/an-attempt-is-in-progress/wire.json", b"[%b]".__mod__),
    "a list of visits": (lifeline988.ADAPTERS["mobile_crisis"], "mobile_crisis/on-the-way/wire.json", b"[%b]".__mod__),
    "a list of records": (rms.ADAPTERS["rms"], "rms/a-call-for-our-records/wire.json", b"[%b]".__mod__),
    "a list of services": (social.ADAPTERS["hsds"], "hsds/twelve-of-ten/wire.json", b"[%b]".__mod__),
}  # fmt: skip


@pytest.mark.parametrize(("make", "wire", "wrapped"), ENVELOPES.values(), ids=ENVELOPES)
def test_one_message_in_an_envelope_is_read_and_kept_as_itself(
    tmp_path: Path, make: Any, wire: str, wrapped: Any
) -> None:
    adapter = make({})
    alone = (GOLDEN / wire).read_bytes()
    facts = Received(journal="j", partner="H1", as_of=NOON)
    arrival = Arrival(journal=secrets.token_hex(16), partner="H1", body=wrapped(alone), door="test", at=NOON)

    with store(tmp_path) as kept:
        own = kept.steps(house())
        senders = {"H1": Sender(partner=SOURCES["H1"], adapter=adapter, zone="UTC")}
        order = Steps(house=house(), senders=senders, suspects=own.suspects, facts=kept.writer.facts(), scout=own.scout)
        (piece,) = order.read(arrival)
        (answer,) = played(kept, arrival, order=order)

    assert (answer.state, answer.cause) == ("kept", "")
    said = [[event.body for event in adapter.read(body, facts).events] for body in (alone, piece.arrival.body)]
    assert said[0] == said[1] != []
