"""Consents with something wrong, in every format: kept whole, flagged to a person with the place and the cure, and opening nothing."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select

from hub.flow.standing import standing
from hub.model.consent import ConsentDirective
from hub.model.event import CrisisEvent
from hub.store import schema
from hub.store.sealing import Sealer
from hub.store.writing.work import Work
from tests.capabilities.phrases import adt
from tests.capabilities.town import TRAFFIC, Town, town
from tests.lasting import lasting

WHOLE: Final[dict[str, Any]] = json.loads(lasting((TRAFFIC / "14-b1s-consent.json").read_bytes()))
CONSENT: Final[dict[str, Any]] = WHOLE["entry"][1]["resource"]
GONE: Final = object()
NOON: Final = 1_773_946_800_000_000  # 2026-03-19 12:00, at which the example is in force


def spoiled(path: str, value: Any = GONE, *, version: str = "R4") -> bytes:
    """The county's own example with one element otherwise, or gone."""
    whole = copy.deepcopy(WHOLE)
    target: Any = in_r5(CONSENT) if version == "R5" else whole["entry"][1]["resource"]
    whole["entry"][1]["resource"] = target
    *way, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    for step in way:
        target = target[step]
    if value is GONE:
        del target[last]
    else:
        target[last] = value
    return json.dumps(whole).encode()


def in_r5(said: dict[str, Any]) -> dict[str, Any]:
    """The same consent in R5: a refusal with an exception."""
    one = copy.deepcopy(said)
    kept = {name: one[name] for name in ("resourceType", "id", "identifier", "status")}
    excepted = {name: value for name, value in one["provision"].items() if name not in ("type", "period")}
    return kept | {
        "subject": one["patient"], "date": "2026-03-11", "grantor": one["performer"], "controller": one["organization"],
        "regulatoryBasis": [one["policyRule"]], "period": one["provision"]["period"], "decision": "deny", "provision": [excepted],
    }  # fmt: skip


def con(status: str, decided: str = "20260311", starts: str = "20260311", ends: str = "20390311") -> bytes:
    """A consent in an update of a hospital."""
    said = f"CON|1|001||C-1|||||||{status}||{decided}|{starts}|{ends}"
    return adt("H1", "A31", f"con {status}{decided}{starts}{ends}", "con-1", said)


STRANGER: Final = {"reference": "Practitioner/nobody"}
ACTOR, PERIOD = "Consent.provision.actor.reference", "Consent.provision.period"
ALONE: Final = json.dumps(CONSENT).encode()
# Who sent what; the state it is kept in, and what the person who mends it is told: what is wrong, and where.
BROKEN: Final[dict[str, tuple[str, bytes, str, str, str]]] = {
    "cut short": ("B1-S", b'{"resourceType": "Consent", ', "parked", "This is not JSON", "line 1 column 29"),
    "a bundle cut short": ("B1-S", spoiled("status")[:-9], "parked", "This is not JSON", "line 1 column"),
    "XML": ("B1-S", b'<Consent xmlns="http://hl7.org/fhir"/>', "parked", "This is not JSON", "line 1 column 1"),
    "a key twice": ("B1-S", spoiled("id", "x").replace(b'"id": "x"', b'"id": "x", "id": "y"'), "parked", "twice", "$.entry[1].resource"),
    "too deep": ("B1-S", b'{"Consent": ' + b"[" * 200 + b"]" * 200 + b"}", "parked", "nested", "line 1"),
    "no Consent in it": ("B1-S", b'{"resourceType": "Basic", "id": "Consent"}', "parked", "none of the lenses", "set.yaml"),
    "nothing said": ("B1-S", b'{"resourceType": "Consent"}', "planned", "it is not in force", "Consent.status"),
    "nobody's": ("B1-S", ALONE, "planned", "nobody can tell whose it is", "Send the person along"),
    "unknown actor": ("B1-S", spoiled("provision.actor.0.reference", STRANGER), "planned", "names somebody nobody", ACTOR),
    "impossible day": ("B1-S", spoiled("provision.period.end", "2026-13-45"), "planned", "period cannot be read", PERIOD),
    "ends before": ("B1-S", spoiled("provision.period.end", "2025-03-11"), "planned", "ends before it begins", PERIOD),
    "status": ("B1-S", spoiled("status"), "planned", "not in force", "Consent.status"),
    "scope": ("B1-S", spoiled("scope"), "planned", "not about privacy", "Consent.scope"),
    "category": ("B1-S", spoiled("category"), "planned", "what kind of consent", "Consent.category"),
    "policy": ("B1-S", spoiled("policyRule"), "planned", "under which policy", "Consent.policyRule"),
    "patient": ("B1-S", spoiled("patient"), "planned", "does not say whose", "Consent.patient"),
    "provision": ("B1-S", spoiled("provision"), "planned", "neither permits nor denies", "Consent.provision.type"),
    "who signed": ("B1-S", spoiled("performer"), "planned", "who signed", "42 CFR 2.31(a)(8)"),
    "a text for a list": ("B1-S", spoiled("provision.actor", "B1"), "planned", "what nobody here understands", "Consent"),
    "a number for an object": ("B1-S", spoiled("provision", 7), "planned", "neither permits nor denies", "Consent.provision.type"),
    "a list for a word": ("B1-S", spoiled("status", ["active"]), "planned", "not in force", "Consent.status"),
    "R5 decision": ("B1-S", spoiled("decision", version="R5"), "planned", "neither permits nor denies", "Consent.decision"),
    "R5 subject": ("B1-S", spoiled("subject", version="R5"), "planned", "does not say whose", "Consent.subject"),
    "R5 date": ("B1-S", spoiled("date", "someday", version="R5"), "planned", "when it was given", "Consent.date"),
    "R5 period": ("B1-S", spoiled("period.end", "2025-03-11", version="R5"), "planned", "ends before it begins", "Consent.period"),
    "R5 actor": ("B1-S", spoiled("provision.0.actor.0.reference", STRANGER, version="R5"), "planned", "names somebody nobody", ACTOR),
    "CON without a recipient": ("H1", con("A"), "planned", "names no recipient and no purpose", "(CON)"),
    "CON without a status": ("H1", con(""), "planned", "not in force", "CON-11"),
    "CON ends before": ("H1", con("A", ends="20250101"), "planned", "ends before it begins", "CON-15"),
    "CON impossible day": ("H1", con("A", starts="20261399"), "planned", "period cannot be read", "CON-14"),
    "CON that takes back nothing": ("H1", con("X").replace(b"|C-1|", b"||"), "planned", "does not name", "CON-4"),
    "CON unread": ("H1", con("A").replace(b"Imani", b"\xff\xfe"), "parked", "cannot be read", "charset"),
}  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with town(tmp_path_factory.mktemp("broken") / "county") as found:
        yield found


def granted(events: tuple[CrisisEvent, ...]) -> str:
    """What the directives of a message open for the clinic, of records about abuse of substances."""
    said = [event.body for event in events if isinstance(event.body, ConsentDirective)]
    found = standing(
        said, recipient=("B1", "BH_PROVIDER"), purpose="TREAT", source="B1-S", as_of=NOON, events=(frozenset({"ETH"}),)
    )
    return "nothing" if found.state in ("NONE", "DENY", "DEFECTIVE", "EXPIRED", "REVOKED") else found.state


def tasks(here: Town, journal: str) -> list[str]:
    """The work that a message gave."""
    with here.vault.database.read() as connection:
        found = Work(connection, Sealer(here.vault.keys, here.vault.origin)).tasks()
    return [task.words for task in found if task.about == journal and task.kind in ("consent", "parked")]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_consent_is_kept_flagged_with_place_and_cure_and_opens_nothing(here: Town, name: str) -> None:
    source, body, state, wrong, place = BROKEN[name]
    journal = here.tell(source, body).journal

    with here.journal() as books:
        kept = books.message(journal)
        assert kept is not None
        assert kept.state == state
        (stored,) = books.kept([journal])
    assert stored.body == body
    # One that is whole, and nobody's, is kept about somebody of whom nothing else is known.
    with here.vault.database.read() as connection:
        mates = connection.execute(
            select(schema.message).where(schema.message.c.owner == bytes.fromhex(kept.owner))
        ).all()
    assert granted(stored.events) == "nothing" or (name == "nobody's" and len(mates) == 1)
    (words,) = tasks(here, journal)
    assert wrong in words
    assert place in words
    assert "sent again, whole" in words or state == "parked"
    assert not {"Doe", "Riley", "Quarles", "Imani"} & set(words.replace(",", " ").split())


def test_after_all_of_them_what_they_would_have_opened_stays_shut(here: Town, tmp_path: Path) -> None:
    here.tell("B1-S", TRAFFIC / "16-b1s-referral.json")
    with town(tmp_path / "county") as other:
        other.tell("B1-S", json.dumps(WHOLE))
        other.tell("B1-S", TRAFFIC / "16-b1s-referral.json")
        opened = other.delivered()

    assert "B1" in opened
    assert "B1" not in here.delivered()


def test_a_whole_consent_is_no_work_and_neither_is_the_same_in_r5(tmp_path: Path) -> None:
    r5 = copy.deepcopy(WHOLE)
    r5["entry"][1]["resource"] = in_r5(CONSENT)
    for n, body in enumerate((WHOLE, r5)):
        with town(tmp_path / str(n)) as other:
            journal = other.tell("B1-S", json.dumps(body)).journal
            with other.journal() as books:
                (stored,) = books.kept([journal])
            assert tasks(other, journal) == []
            assert granted(stored.events) == "TPO"
            other.tell("B1-S", TRAFFIC / "16-b1s-referral.json")
            assert "B1" in other.delivered()
