"""Everything of a running hub that looks after something again and again, and how often."""

from __future__ import annotations

from msgspec.structs import asdict

from hub.app.acts import recall
from hub.app.care import answering, coordinated, frequent, placing, promises, proposing, vigil
from hub.app.care import board as beds
from hub.app.formats import reconciling
from hub.app.formats.renewing import renewing_front
from hub.app.house import Household
from hub.app.rounds import Round, every
from hub.app.rules.following import following
from hub.app.vault import Vault
from hub.app.watching import calling, duties
from hub.courier.prepare import Desk
from hub.flow.calendar import Calendar
from hub.flow.often import Bounds
from hub.settings import Settings


def rounds_of(settings: Settings, known: Household, vault: Vault, desk: Desk, board: beds.Board) -> tuple[Round, ...]:
    """Recalls, duties, hand-offs, referrals, placements, beds, people met again and again, partners' own books; the rules, the mappings."""
    bounds = Bounds(**asdict(settings.frequent))
    often = frequent.FrequentContact(known=known, vault=vault, desk=desk, bounds=bounds)
    answered = coordinated.Coordinated(known=known, vault=vault, desk=desk)
    clock = promises.Promises(
        vault=vault,
        desk=desk,
        calendar=Calendar(zone=known.county.zone, holidays=known.county.holidays),
        partners=known.county.partners,
    )
    books = reconciling.Reconciling(known=known, vault=vault, desk=desk, settings=settings)
    looks = {
        "recalls": (recall.Recaller(known=known, vault=vault, desk=desk).look, recall.EVERY_S),
        "duties": (duties.Duties(known=known, vault=vault, desk=desk).look, duties.EVERY_S),
        "board": (board.look, beds.EVERY_S),
        "placements": (placing.Placing(known=known, vault=vault, desk=desk).look, placing.EVERY_S),
        "promises": (clock.look, promises.EVERY_S),
        "vigil": (vigil.Vigil(vault=vault, desk=desk, kinds=known.county.kinds).look, vigil.EVERY_S),
        "frequent contact": (often.look, frequent.EVERY_S),
        "coordination": (answered.look, coordinated.EVERY_S),
        "units": (proposing.Proposing(known=known, vault=vault, desk=desk).look, proposing.EVERY_S),
        "answers": (answering.Answering(known=known, vault=vault, desk=desk).look, answering.EVERY_S),
        "reconciling": (books.look, reconciling.EVERY_S),
    }
    if caller := calling.calling(settings, vault, desk, known.county.zone):
        looks["calling"] = (caller.look, calling.EVERY_S)
    found = (Round(name=name, look=look, pace=every(seconds)) for name, (look, seconds) in looks.items())
    return (*found, following(settings, known), renewing_front(settings, known))
