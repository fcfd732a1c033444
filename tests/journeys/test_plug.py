"""J12 and J7 on a hub of processes: killed in the middle of everything it loses and doubles nothing; stopped, it destroys by an order."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub import clock
from hub.access import accounts
from hub.app.acts.people import Staff
from tests.journeys.conftest import DATABASES, url_of
from tests.journeys.outpost import Outpost, outpost
from tests.journeys.town import Person

pytestmark = pytest.mark.slow

IDA = Person(given="Ida", family="Koenig", born="1991-06-01", street="3 Larkspur Way", phone="602-555-0331", tag="-I")
CONTACTS = 60
TWO = ("jo@county.example", "compliance-officer"), ("kim@county.example", "administrator")
PASSWORD = "a long sentence that nobody guesses"


@pytest.fixture(scope="module", params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outpost]:
    with outpost(tmp_path_factory.mktemp("outpost"), url_of(request)) as found:
        found.starts()
        yield found


def contact(number: int) -> bytes:
    """One of a day's field contacts, each with somebody else."""
    said = json.loads(IDA.told("04-pd-field-contact.json"))
    said |= {"message_id": f"PD-I-{number}", "case_number": f"26-I{number}", "incident": f"26-I{number}"}
    # Only a hub that keeps criminal history under its own profile takes it at all.
    del said["criminal_history"]
    said["person"] |= {"names": [{"family": f"Koenig{number}", "given": ["Ida"]}]}
    said["person"]["identifiers"][0]["value"] = f"R-I{number}"
    return json.dumps(said).encode()


def held(place: Outpost) -> Counter[str]:
    """How often the clinic holds each contact."""
    return Counter(name for copy in place.copies("B1") for name in set(re.findall(r"Koenig\d+", copy.body.decode())))


def test_a_hub_killed_in_the_middle_of_a_day_loses_nothing_and_doubles_nothing(place: Outpost) -> None:
    async def day() -> None:
        several = asyncio.Semaphore(4)

        async def one(number: int) -> None:
            async with several:
                await place.insists("PD", contact(number))

        await asyncio.gather(*map(one, range(CONTACTS)))

    sending = asyncio.run_coroutine_threadsafe(day(), place.loop)
    place.comes(lambda: len(held(place)) >= 10)
    place.hub.kill("both")
    assert not sending.done()
    place.starts()
    sending.result(60)

    place.comes(lambda: len(held(place)) == CONTACTS)
    assert set(held(place).values()) == {1}
    assert len(place.copies("B1")) == CONTACTS


def test_an_order_destroys_a_record_everywhere_tells_whoever_received_it_and_gives_a_certificate(
    place: Outpost, tmp_path: Path
) -> None:
    place.does(place.insists("PD", contact(900)))
    place.comes(lambda: held(place)["Koenig900"])
    for name, role in TWO:
        place.types("people", "add", name, "--words", name, "--role", role)
    assert place.hub.stop() == 0
    staff = Staff(place.stage.settings)
    for name, _ in TWO:
        somebody = accounts.named(staff.people(), name)
        assert somebody is not None
        asyncio.run(staff.carry_out(accounts.accept(somebody, PASSWORD, clock.now())))

    who = ("--by", TWO[0][0], "--with", TWO[1][0], "--order", "Juvenile Court 26-114")
    where = ("--backup", str(tmp_path / "vault" / "copy"), "--out", str(tmp_path / "certificate"))
    typed = f"{PASSWORD}\n{PASSWORD}\n".encode()
    made = place.types("expunge", "PD-I-900", *who, *where, "--json", typed=typed).json
    place.starts()

    assert "B1" in made["recipients_told"]
    assert place.comes(lambda: place.recalls("B1"))
    assert "It was expunged by an order" in place.types("message", made["messages"][0]).out
    verifier, key = tmp_path / "certificate" / "verify.py", (tmp_path / "certificate" / "key").read_text().strip()
    proof = ("receipt", str(tmp_path / "certificate" / "certificate.tlog-proof"), key)
    certifies = ("--certifies", str(tmp_path / "certificate" / "certificate.json"))
    subprocess.run([sys.executable, "-I", str(verifier), *proof, *certifies], check=True, capture_output=True)
