"""How partners take up what they are asked: the first answer counts, few are hidden, and the interval is Wilson's."""

from __future__ import annotations

from itertools import permutations

from hub.flow.measures.cells import ALL, UNDER
from hub.flow.measures.counting import Setting
from hub.flow.measures.report import Table, tables
from hub.flow.measures.standard import Told, standard
from hub.model.service import Appointment, Referral
from hub.model.values import Code, Instant
from hub.spans import DAY, HOUR

NOON = 1_773_594_000_000_000


def referral(number: int, answer: str = "", after: int = 4, clinic: str = "B1") -> list[Told]:
    """Somebody is referred by CR1 to a clinic, which answers after so many hours, or does not; later it is completed."""
    name = f"R-{number}"
    asked = Referral(number=name, performer=clinic, requester="CR1", authored_at=Instant(at=NOON))
    told = [Told("CR1", "CORESPONDER", asked, NOON)]
    if answer:
        said = Referral(number=name, status=Code(code=answer))
        told.append(Told(clinic, "BH_PROVIDER", said, NOON + after * HOUR))
    if answer == "accepted":
        done = Referral(number=name, status=Code(code="completed"))
        told.append(Told(clinic, "BH_PROVIDER", done, NOON + 9 * DAY))
    return told


def quarter() -> dict[str, list[Told]]:
    """Sixty to B1, of which 40 are accepted, 12 declined and 8 never answered."""
    said = ["accepted"] * 40 + ["rejected"] * 12 + [""] * 8
    return {f"{n:03}": referral(n, answer) for n, answer in enumerate(said)}


def find(found: tuple[Table, ...], name: str) -> dict[tuple[str, ...], tuple[int | str, dict[str, float]]]:
    return {each.at: (each.n, dict(each.values)) for table in found if table.id == name for each in table.cells}


def test_the_first_answer_counts_whatever_became_of_it_later() -> None:
    for told in permutations(referral(1, "accepted")):
        assert standard(told).answered[0] == ("B1", NOON + 4 * HOUR, "accepted")
        assert standard(told).asked == (("B1", NOON),)


def test_a_provider_is_told_of_with_its_number_its_interval_and_its_time() -> None:
    found = find(tables(quarter(), Setting()), "SA20a")

    assert found["B1", ALL][0] == 60
    # 40 of 60 by Wilson: 54.1 to 77.3.
    assert found["B1", "yes"] == (
        40,
        {"hours to accept, median": 4.0, "hours to accept, 90 %": 4.0, "of 100": 66.7, "from": 54.1, "to": 77.3},
    )


def test_of_a_provider_with_few_nothing_is_told_nor_what_would_give_it_away() -> None:
    few = [referral(n, "accepted", clinic="B2") for n in range(100, 103)]
    found = find(tables(quarter() | {f"{n + 100}": told for n, told in enumerate(few)}, Setting()), "SA20a")

    assert found["B2", "yes"] == (UNDER, {})
    assert found["B2", ALL] == (UNDER, {})
    assert found["B1", "yes"][0] == "hidden"
    assert not {"of 100", "from", "to"} & (found["B1", "yes"][1].keys() | found["B1", ALL][1].keys())


def test_where_few_were_declined_no_interval_tells_how_many() -> None:
    nearly = {f"{n:03}": referral(n, "accepted" if n else "rejected") for n in range(30)}
    found = find(tables(nearly, Setting()), "SA20a")

    assert found["B1", "no"][0] == UNDER
    assert not {"of 100", "from", "to"} & found["B1", "yes"][1].keys()


def test_appointments_that_were_kept_and_missed_are_counted_by_provider() -> None:
    def seen(n: int) -> list[Told]:
        status = "noshow" if n % 3 == 0 else "fulfilled"
        booked = Appointment(number=f"A-{n}", status=Code(code=status), starts_at=Instant(at=NOON))
        return [Told("B1", "BH_PROVIDER", booked, NOON)]

    found = find(tables({f"{n}": seen(n) for n in range(60)}, Setting()), "SA20b")
    assert found["B1", "yes"][0] == 40
    assert found["B1", "yes"][1]["of 100"] == 66.7


def test_partners_are_told_what_they_share() -> None:
    found = find(tables(quarter(), Setting()), "SD07")

    assert found["CR1", ALL][0] == 60
    assert found["B1", "yes"][0] == 52
    assert found["CR1", "yes"][0] == "hidden"
    assert found["CR1", ALL][1] == {"referrals sent, about": 60.0}
    assert found["B1", ALL] == (
        52,
        {"referrals received, about": 60.0, "hours to accept, median": 4.0, "hours to accept, 90 %": 4.0},
    )
    assert found["B1", "yes"][1].keys() == {"of 100"}


def test_of_a_partner_that_sent_or_received_few_no_number_is_told_nor_an_exact_one_that_would_give_it_away() -> None:
    few = {f"few {n}": referral(n, "accepted", clinic="B2") for n in range(100, 103)}
    found = find(tables(quarter() | few, Setting()), "SD07")

    assert found["B2", ALL] == (UNDER, {})
    assert found["CR1", ALL][1]["referrals sent, about"] == 60.0
    assert all(value % 10 == 0 for _, values in found.values() for name, value in values.items() if "about" in name)
