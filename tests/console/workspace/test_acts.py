"""What partners' people do on their pages has exactly the leaf that the page declares, by them or of the message that it is."""

from __future__ import annotations

from hub.console.page import PAGES
from hub.model.entry import Kind
from hub.store.asking.journal import Wanted
from tests.console.house import Client
from tests.console.workspace.house import Workshop
from tests.console.workspace.test_beds import COUNTS
from tests.console.workspace.test_contacts import ROUTINE
from tests.console.workspace.test_placements import begun
from tests.console.workspace.test_referrals import answers, referred


def declared(url: str) -> tuple[Kind, ...]:
    """What an act declares of the ledger."""
    return next(one.leaves for one, _ in PAGES if (one.url, one.method) == (url, "POST"))


class Watched:
    """What somebody left in the ledger since it was looked at."""

    def __init__(self, shop: Workshop, name: str) -> None:
        """`name`: whose leaves."""
        self._shop, self._actor = shop, shop.account(name).actor
        self._before, self._messages = len(shop.entries()), self._received()

    def left(self) -> tuple[Kind, ...]:
        """The kinds of their own entries, in order; what they looked at aside."""
        fresh = self._shop.entries()[self._before :]
        return tuple(one.kind for one in fresh if one.actor == self._actor and one.kind != Kind.VIEW)

    def received(self) -> int:
        """How many messages came in since."""
        return self._received() - self._messages

    def _received(self) -> int:
        return max((one.seq for one in self._shop.look.messages(Wanted(limit=1))), default=0)


def test_each_act_of_partners_people_is_one_leaf_of_theirs(shop: Workshop) -> None:
    flow, officer = shop.at("flow-coordinator", "S1"), shop.at("responder", "PD")
    watched = Watched(shop, "flow-coordinator.s1")
    opened = flow.post("/beds", {"unit": "Acts", "version": "0", **COUNTS, "profile": "crisis_stabilization"})
    assert opened.status_code == 303
    assert watched.left() == declared("/beds")

    watched = Watched(shop, "responder.pd")
    card = officer.post("/card", {"incident": "26-1"}).headers["location"]
    assert watched.left() == declared("/card") == ()
    officer.post(card, {"phone": "602-555-0190"})
    assert watched.left() == declared("/card/{name}")

    desks = shop.at("flow-coordinator", "H1"), flow, shop.at("intake-worker", "B1")
    _, question, _ = begun(shop, desks)
    watched = Watched(shop, "flow-coordinator.s1")
    assert flow.post(f"/placements/{question}", {"act": "decline", "reason": "full"}).status_code == 303
    assert watched.left() == declared("/placements/{name}")


def test_what_they_answer_and_record_is_one_message_with_its_own_leaf(shop: Workshop) -> None:
    worker: Client = shop.at("intake-worker", "B1")
    name = referred(shop)
    watched = Watched(shop, "intake-worker.b1")
    assert answers(worker, name, act="accept").status_code == 303
    assert (watched.received(), watched.left(), declared("/referrals/{name}")) == (1, (), (Kind.RECEIVED,))

    watched = Watched(shop, "988-counsellor.l1")
    assert shop.at("988-counsellor", "L1").post("/contacts/new", ROUTINE).status_code == 303
    assert (watched.received(), watched.left(), declared("/contacts/new")) == (1, (), (Kind.RECEIVED,))
