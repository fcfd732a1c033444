"""The end of the day says what each partner holds and was not told; it is 0 only when everything held."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from hub.app.keeping.proofs import Verified
from hub.demo.ending import Played, Sent, end
from hub.demo.receivers import Copy, Mailbox
from hub.demo.script import Act, Script
from hub.demo.tell import WIDTH, Teller
from hub.demo.window import Kept, Moment, Verdict, strongest
from hub.errors import ProofFailed
from hub.model.decision import Reason
from hub.store.asking.journal import Message

NAMES = {"H1": "Hospital H1", "B1": "Clinic B1", "PD": "Police department PD"}
LAW = Kept(what="diagnoses and findings", words="Care stays among those who treat.", law="Code 5.10", effect="forbid")
QUIET = Kept(what="identity", words="No rule lets it go to the police.", law="", effect="silence")


class Looked:
    """A hub that remembers one admission and has a ledger of seven leaves."""

    def __init__(self, *, sound: bool = True) -> None:
        self.sound = sound

    def episode(self, message: Message) -> tuple[Moment, ...]:
        return (Moment(at=datetime(2026, 3, 10, 14, 55, tzinfo=UTC), partner="H1", what="encounter", kind="ADT^A04"),)

    def verified(self) -> Verified:
        if not self.sound:
            raise ProofFailed("leaf 3 is another", at="leaf 3")
        return Verified(
            origin="example.org/log",
            leaves=7,
            root="ab" * 32,
            opened=7,
            destroyed=0,
            remembered=True,
            tree_s=0.1,
            facts_s=0.1,
        )


def script() -> Script:
    act = Act(at="14:55", says="Riley is registered.", sender="H1", message="a.hl7", reaches=("B1",))
    return Script(title="A day", starts="2026-03-10", story=("Nobody here is real.",), episode="a.hl7", acts=(act,))


def played(*bodies: bytes, expected: int = 1) -> Played:
    found = Played(mailboxes={"B1": Mailbox(), "PD": Mailbox()})
    (act,) = script().acts
    verdicts = (
        Verdict(partner="B1", purpose="treatment", permits=True, sent=9, held=0, kept=()),
        Verdict(partner="PD", purpose="locating a person", permits=False, sent=0, held=9, kept=(LAW, QUIET)),
    )
    kept = Message(
        seq=1,
        journal="aa" * 16,
        at=0,
        partner="H1",
        door="mllp",
        kind="ADT^A04",
        state="planned",
        size=1,
        owner="bb" * 16,
        episode="cc" * 16,
        happened_at=0,
        leaf=0,
        leaf_count=1,
    )
    found.sent.append(Sent(act=act, message=kept, verdicts=verdicts))
    found.expected["B1"] = expected
    for n, body in enumerate(bodies):
        found.mailboxes["B1"].keep(Copy(key=str(n), body=body, media_type="application/json"))
    found.arrived("B1", "14:55")
    return found


def told(what: Played, look: Looked | None = None) -> tuple[int, str]:
    out = io.StringIO()
    teller = Teller(NAMES, Console(file=out, highlight=False, soft_wrap=True))
    return end(teller, look or Looked(), what, script(), 4.2), out.getvalue()


def test_a_day_on_which_everything_held_ends_well() -> None:
    status, text = told(played(b'{"person": {"family": "Doe", "given": ["Riley"]}, "unit": "ED"}'))

    assert status == 0
    assert "Clinic B1 holds 1 message: 9 facts went, 0 stayed" in text
    assert "  14:55  record: Riley Doe; unit ED\n" in text
    assert "Police department PD holds no message: no fact went, 9 stayed" in text
    assert "not told  diagnoses and findings (14:55)\n            Care stays among those who treat. Code 5.10" in text
    assert "The ledger verified: all 7 entries" in text
    assert "Tue 14:55  H1    registered" in text
    assert "Yes. The hub took 1 message and delivered 1 to partners" in text


@pytest.mark.parametrize(
    ("what", "look", "says"),
    [
        (lambda: played(expected=1), Looked(), "No: B1 holds 0 messages, and 1 were meant for it"),
        (lambda: played(b"{}", b"[]", expected=1), Looked(), "No: B1 holds 2 messages, and 1 were meant for it"),
        (lambda: played(b"{}"), Looked(sound=False), "No: the ledger does not verify: leaf 3: leaf 3 is another"),
    ],
)
def test_what_did_not_hold_is_said_and_ends_otherwise(what: object, look: Looked, says: str) -> None:
    status, text = told(what(), look)  # type: ignore[operator]  # one of the lambdas above

    assert status == 1
    assert says in text
    assert "Yes." not in text


def test_lines_are_narrow_and_without_colour_where_nobody_looks() -> None:
    long = b'{"narrative": "' + b"a long story told slowly " * 40 + b'"}'

    _, text = told(played(long))

    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert "\x1b" not in text


def test_the_reason_that_is_told_is_the_strongest() -> None:
    def reason(rule: str, effect: str, category: str) -> Reason:
        return Reason(rule=rule, effect=effect, citation="", words="", category=category)

    withheld = (
        reason("a", "view", "IDENT"),
        reason("b", "silence", "IDENT"),
        reason("c", "agreement", "MEDS"),
        reason("d", "forbid", "MEDS"),
    )

    assert [r.rule for r in strongest(withheld)] == ["d", "b"]
