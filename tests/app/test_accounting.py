"""Accountings by law: whose rows, which count, how they are told; and what the public may know."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle

from hub.app.care import glass
from hub.app.care.card import noted
from hub.app.care.glass import Broken, Request
from hub.app.disclosures import accounting_forms as forms
from hub.app.disclosures.accounting import Accounting, Scope, accounting, identities
from hub.app.disclosures.accounting_pdf import as_pdf
from hub.app.disclosures.statistics import statistics, told
from hub.app.disclosures.statutes import EXCLUDED, STATUTES, Basis, excluded
from hub.errors import HubError, Lasting, NotAllowed
from hub.flow.measures.cells import ALL, HIDDEN, SMALLEST, UNDER
from hub.model.commands import Note, Suspend
from hub.model.decision import Decision, Reason
from hub.model.entry import Kind
from hub.spans import DAY
from hub.store.seal import destroy, expunge, renew_index
from tests.app.books import RULES, Books, Person, books
from tests.houses import partner
from tests.store.county import EVENING, entry

NOW = EVENING + 10 * DAY
PERMIT = partial(Reason, effect="permit", citation="", words="")
PATIENT = Scope(verified="passport, seen by dana")


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Books]:
    with books(tmp_path) as made:
        yield made


@pytest.fixture
def riley(kept: Books) -> Person:
    """Known at H1 as 77 and at B1 as 8; treatment, a threat and a police request were told of her."""
    person = kept.person().at("H1", "77").at("B1", "8")
    kept.sent(person, "H1", "B1", [RULES["treat"]], EVENING + 1 * DAY)
    kept.sent(person, "H1", "PD", [RULES["threat"]], EVENING + 2 * DAY, purpose="AVERT_THREAT")
    kept.sent(person, "B1", "PD", [RULES["police"]], EVENING + 3 * DAY, purpose="LE_IDENT")
    return person


def listed(kept: Books, person: Person, view: str = "hipaa", scope: Scope = PATIENT, now: int = NOW) -> Accounting:
    return accounting(kept.look, tuple(person.identities.values()), view, scope, now)


def rules_of(made: Accounting) -> list[tuple[str, str]]:
    return [(row.recipient, row.basis[0].rule) for row in made.rows]


def test_164_528_leaves_out_treatment_and_keeps_the_rest(kept: Books, riley: Person) -> None:
    assert rules_of(listed(kept, riley)) == [("PD", "hipaa.threat"), ("PD", "hipaa.le.identify")]
    assert len(listed(kept, riley, "all").rows) == 3


def test_every_rule_of_hipaa_is_counted_or_left_out_for_a_reason(kept: Books) -> None:
    permits = [r for r in kept.look.known.house.rules.rules if r.effect == "permit" and r.id.startswith("hipaa.")]
    counted = {r.id for r in permits if not excluded(Basis(r.id, r.citation, r.words))}

    assert {"hipaa.treat", "hipaa.payment", "hipaa.operations", "hipaa.custody", "hipaa.authorized"} & counted == set()
    assert {r.id for r in permits if "164.512" in r.citation and "(k)(5)" not in r.citation} <= counted
    assert all("164." in r.citation for r in permits)
    assert counted - {r.id for r in permits if "164.512" in r.citation} == set()
    assert len(EXCLUDED) == 12


def test_an_entity_is_told_of_its_own_records_alone(kept: Books, riley: Person) -> None:
    assert rules_of(listed(kept, riley, scope=Scope(entity="H1"))) == [("PD", "hipaa.threat")]
    assert rules_of(listed(kept, riley, scope=Scope(entity="B1"))) == [("PD", "hipaa.le.identify")]


@pytest.mark.parametrize("scope", [Scope(), Scope(entity="H1", verified="yes"), Scope(verified="  ")])
def test_nobody_is_told_of_everything_unverified(kept: Books, riley: Person, scope: Scope) -> None:
    with pytest.raises(NotAllowed):
        listed(kept, riley, scope=scope)


def test_a_stranger_whom_a_wrong_link_joined_is_never_shown(kept: Books, riley: Person) -> None:
    stranger = kept.person().at("S1", "9")
    kept.move(stranger.identities["S1"], riley.person)
    merged = identities(kept.look, identifier=("MR", "H1", "77"))
    kept.sent(stranger, "S1", "PD", [RULES["threat"]], EVENING + 4 * DAY)
    kept.move(stranger.identities["S1"], stranger.person)

    apart = identities(kept.look, identifier=("MR", "H1", "77"))
    made = accounting(kept.look, apart, "all", PATIENT, NOW)

    assert len(merged) == 3
    assert set(apart) == set(riley.identities.values())
    assert {row.source for row in made.rows} == {"H1", "B1"}


def test_three_identities_merged_and_one_taken_back_give_the_exact_list(kept: Books, riley: Person) -> None:
    other = kept.person().at("S1", "9")
    kept.sent(other, "S1", "PD", [RULES["threat"]], EVENING + 4 * DAY)
    kept.move(other.identities["S1"], riley.person)

    made = accounting(kept.look, identities(kept.look, identifier=("MR", "B1", "8")), "all", PATIENT, NOW)

    assert [row.source for row in made.rows] == ["H1", "H1", "B1", "S1"]


def test_six_years_and_not_a_day_more(kept: Books, riley: Person) -> None:
    year = 365.25 * DAY

    assert len(listed(kept, riley, now=int(EVENING + 5.99 * year)).rows) == 2
    assert len(listed(kept, riley, now=int(EVENING + 6.1 * year)).rows) == 0


def test_several_alike_are_told_as_one_with_first_count_and_last(kept: Books, riley: Person) -> None:
    for n in range(4, 8):
        kept.sent(riley, "H1", "PD", [RULES["threat"]], EVENING + n * DAY, purpose="AVERT_THREAT")

    threat, police = listed(kept, riley).rows

    assert (threat.count, threat.at, threat.until) == (5, EVENING + 2 * DAY, EVENING + 7 * DAY)
    assert (police.count, police.until) == (1, 0)
    assert len(listed(kept, riley, "all").rows) == 7


def suspend(person: Person, agency: str, ends: int) -> Suspend:
    who = tuple(person.identities.values())
    return Suspend(identities=who, partner=agency, at=EVENING, ends=ends, entry=entry(Kind.CONFIG, partner=agency))


def test_a_suspension_hides_a_police_request_for_its_time_and_never_a_threat(kept: Books, riley: Person) -> None:
    kept.commit(suspend(riley, "PD", NOW + DAY))

    assert rules_of(listed(kept, riley)) == [("PD", "hipaa.threat")]
    assert len(listed(kept, riley, now=NOW + 2 * DAY).rows) == 2
    assert not any("suspen" in line for line in forms.sentences(listed(kept, riley)))


@pytest.mark.parametrize("view", ["all", "cjis"])
def test_a_suspension_holds_in_every_list_that_would_tell_of_it(kept: Books, riley: Person, view: str) -> None:
    kept.sent(riley, "H1", "PD", [RULES["police"], "p2.premises"], EVENING + 4 * DAY, purpose="LE_INVEST")
    kept.sent(riley, "H1", "PD", [RULES["history"]], EVENING + 5 * DAY, purpose="RECORDS")
    told = rules_of(listed(kept, riley, view))
    kept.commit(suspend(riley, "PD", NOW + DAY))

    left = rules_of(listed(kept, riley, view))

    assert len(told) > len(left)
    assert {rule for to, rule in left if to == "PD"} <= {"hipaa.threat"}
    assert rules_of(listed(kept, riley, view, now=NOW + 2 * DAY)) == told


def test_no_agency_has_a_rescue_kept_quiet_that_another_law_than_hipaa_opens(kept: Books, riley: Person) -> None:
    kept.sent(riley, "H1", "C1", ["l988.rescue"], EVENING + 4 * DAY, purpose="AVERT_THREAT")
    told = rules_of(listed(kept, riley, "all"))

    kept.commit(suspend(riley, "C1", NOW + DAY))

    assert ("C1", "l988.rescue") in told
    assert rules_of(listed(kept, riley, "all")) == told


def test_what_never_left_is_no_disclosure_and_what_may_have_arrived_is(kept: Books, riley: Person) -> None:
    threat = [RULES["threat"]]
    kept.sent(riley, "H1", "S1", threat, EVENING + 5 * DAY, outcome="parked", code="PartnerUnreachable")
    kept.sent(riley, "H1", "S1", threat, EVENING + 6 * DAY, outcome="parked", code="Ambiguous")

    found = [(row.recipient, row.certainty) for row in listed(kept, riley).rows if row.recipient == "S1"]

    assert found == [("S1", "sent, not accepted")]


def test_what_was_looked_at_is_a_disclosure_too(kept: Books, riley: Person) -> None:
    looked = entry(
        Kind.VIEW, at=EVENING + 8 * DAY, partner="S1", subject=riley.identities["H1"], rules=("hipaa.threat",), purpose="AVERT_THREAT"
    )  # fmt: skip
    staff = entry(Kind.VIEW, at=EVENING + 8 * DAY, subject=riley.identities["H1"], actor="dana")
    kept.commit(Note(at=EVENING, entry=looked), Note(at=EVENING, entry=staff))

    assert [(row.recipient, row.certainty) for row in listed(kept, riley).rows][-1] == ("S1", "shown")


def test_one_query_that_showed_several_people_is_one_leaf_and_stands_in_the_accounting_of_each(
    kept: Books, riley: Person
) -> None:
    other = kept.person().at("H1", "78")
    before = kept.look.checkpoint().splitlines()[1]
    query = entry(
        Kind.QUERY, at=EVENING + 8 * DAY, partner="S1", subject=riley.identities["H1"], also=(other.identities["H1"],),
        rules=("hipaa.threat",), purpose="AVERT_THREAT",
    )  # fmt: skip
    kept.commit(Note(at=EVENING, entry=query))

    assert int(kept.look.checkpoint().splitlines()[1]) == int(before) + 1
    for person in (riley, other):
        assert [(row.recipient, row.certainty) for row in listed(kept, person).rows][-1] == ("S1", "shown")


@pytest.mark.parametrize(
    ("view", "rule"),
    [
        ("part2-intermediary", "p2.tpo.intermediary"),
        ("part2-consent", "p2.tpo"),
        ("part2-emergency", "p2.emergency"),
        ("cjis", "cjis.history"),
    ],
)
def test_each_law_lists_what_it_asks_for(kept: Books, riley: Person, view: str, rule: str) -> None:
    kept.sent(riley, "B1", "S1", [rule], EVENING + 5 * DAY)

    assert rules_of(listed(kept, riley, view)) == [("S1", rule)]
    assert listed(kept, riley, view).notes == STATUTES[view].notes


def test_an_emergency_names_who_it_was_opened_to_and_what_it_was(kept: Books, riley: Person) -> None:
    """42 CFR 2.51(c): name and affiliation of whoever received it, from whom, when, and the nature of the emergency."""
    opened = SimpleNamespace(
        told=SimpleNamespace(identity=riley.identities["B1"], journal="ab" * 16),
        decision=Decision(
            partner="S1",
            purpose="BTG",
            granted=(1,),
            because=(PERMIT(rule="p2.emergency"),),
        ),
    )
    of_h1 = SimpleNamespace(told=SimpleNamespace(identity=riley.identities["H1"], journal=""), decision=opened.decision)
    request = Request(who="Dr. N. Achterberg", reason="unconscious, alone", minutes=5, identifier="8")
    use = Broken(partner="S1", request=request, at=EVENING, until=EVENING)
    kept.commit(glass._noted(partner("S1", "CSU"), use, cast("Any", [of_h1, opened]), EVENING + 9 * DAY))

    made = listed(kept, riley, "part2-emergency")

    # One look, one leaf; a disclosure of each record.
    assert len({row.leaf for row in made.rows}) == 1
    assert [(row.source, row.person, row.nature) for row in made.rows] == [
        ("B1", "Dr. N. Achterberg", "unconscious, alone"), ("H1", "Dr. N. Achterberg", "unconscious, alone")
    ]  # fmt: skip
    assert all(
        "In an emergency, to Dr. N. Achterberg: unconscious, alone." in said
        for said in list(forms.sentences(made))[3:5]
    )
    assert forms.as_csv(made).splitlines()[1].endswith('Dr. N. Achterberg,"unconscious, alone"')
    assert len(listed(kept, riley, "part2-emergency", Scope(entity="H1")).rows) == 1
    assert all(row.person == row.nature == "" for row in listed(kept, riley, "hipaa").rows)


def test_a_card_of_several_sources_is_a_disclosure_of_each(kept: Books, riley: Person) -> None:
    decision = Decision(
        partner="PD",
        purpose="AVERT_THREAT",
        granted=(1,),
        because=(PERMIT(rule="hipaa.threat"),),
    )
    shown = [
        SimpleNamespace(told=SimpleNamespace(identity=riley.identities[name], journal=""), decision=decision)
        for name in ("H1", "B1", "H1")
    ]
    asker = kept.look.known.county.partners["PD"]
    kept.commit(noted(asker, cast("Any", shown), None, EVENING + 9 * DAY))

    for entity in ("H1", "B1"):
        assert [row.certainty for row in listed(kept, riley, scope=Scope(entity=entity)).rows][-1] == "shown"


def test_a_law_there_is_not_is_refused_with_the_nearest(kept: Books, riley: Person) -> None:
    with pytest.raises(Lasting, match="hipaa"):
        listed(kept, riley, "hippa")


def test_each_form_tells_the_same_rows(kept: Books, riley: Person) -> None:
    made = listed(kept, riley, "all")

    rows = list(csv.DictReader(io.StringIO(forms.as_csv(made))))
    head, *lines = map(msgspec.json.decode, forms.as_ndjson(made).splitlines())
    words = "\n".join(forms.sentences(made))

    assert [row["ledger leaf"] for row in rows] == [str(line["leaf"]) for line in lines]
    assert (head["rows"], head["tree_size"] > 0) == (3, True)
    assert words.count("Test PD received") == 2
    assert "averting a serious and imminent threat" in words
    assert made.tree_root in words
    assert "45 CFR 164.512(j)(1)(i)" in words


def test_the_events_are_fhir_by_the_profile_of_ihe(kept: Books, riley: Person) -> None:
    bundle = forms.as_fhir(listed(kept, riley))

    parsed = Bundle.model_validate_json(msgspec.json.encode(bundle))
    assert len(parsed.entry) == 2
    for each in (one["resource"] for one in bundle["entry"]):
        source, recipient = each["agent"]
        assert each["type"]["code"] == "110106"
        assert each["subtype"][0]["code"] == "disclose"
        assert [a["type"]["coding"][0]["code"] for a in (source, recipient)] == ["110153", "110152"]
        assert source["who"] == each["source"]["observer"]
        assert source["network"]["address"]
        assert recipient["network"]["address"]
        assert [e["type"]["code"] for e in each["entity"]] == ["1", "2"]
        assert each["entity"][0]["what"]["type"] == "Patient"


def test_the_paper_holds_every_line_and_is_the_same_each_time(kept: Books, riley: Person) -> None:
    made = listed(kept, riley, "all")

    paper = as_pdf(made)

    assert paper.startswith(b"%PDF-")
    assert paper == as_pdf(made)


def test_six_years_of_a_busy_person_take_less_than_two_seconds(kept: Books) -> None:
    person = kept.person().at("H1", "77")
    for n in range(400):
        kept.sent(person, "H1", ("B1", "PD")[n % 2], [RULES["threat"]], EVENING + n * DAY, purpose="AVERT_THREAT")

    # Of CPU: others use this machine too.
    began = time.process_time()
    made = listed(kept, person, "all", now=EVENING + 500 * DAY)
    as_pdf(made)
    took = time.process_time() - began

    assert len(made.rows) == 400
    # 2,000 disclosures in six years are a very busy person: five times this.
    assert took < 2 / 5


def test_what_was_destroyed_is_told_as_destroyed(kept: Books, riley: Person, tmp_path: Path) -> None:
    owners = [bytes.fromhex(each) for each in riley.identities.values()]
    keys = kept.look.vault.keys
    destroy(
        keys, [expunge(owners, accounting=True)], index_version=renew_index(keys), backup=tmp_path / "backup" / "keystore", at=NOW
    )  # fmt: skip

    made = listed(kept, riley)
    kept.commit(suspend(riley, "PD", NOW + DAY))

    assert [(row.recipient, row.basis) for row in made.rows] == [("B1", ()), ("PD", ()), ("PD", ())]
    assert "destroyed" in "\n".join(forms.sentences(made))
    # What cannot be judged any more may be what an agency asked to be silent about, and waits until that is over.
    assert [row.recipient for row in listed(kept, riley).rows] == ["B1"]


def test_somebody_unknown_is_nobody(kept: Books) -> None:
    with pytest.raises(HubError, match="Nobody is known by this"):
        identities(kept.look, identifier=("MR", "H1", "nobody"))


# --- the public


def test_the_public_is_told_how_many_and_no_few(kept: Books) -> None:
    person = kept.person().at("H1", "77")
    for n in range(25):
        kept.sent(person, "H1", "B1" if n < 20 else "PD", [RULES["treat"]], EVENING + n)

    found = statistics(kept.look, EVENING, EVENING + DAY)

    assert {cell.at: cell.n for cell in found.cells}["PD", ALL] == UNDER
    assert all(cell.n in (UNDER, HIDDEN) or cell.n == 0 or int(cell.n) >= SMALLEST for cell in found.cells)
    assert found.decided == 25
    assert found.withheld == 0


@pytest.mark.parametrize("withheld", [0, 1, 10, 11, 40])
def test_no_small_number_of_what_was_withheld_follows_from_what_was_decided_and_received(withheld: int) -> None:
    decided, kept = told(100, 100 - withheld)

    assert ((decided, kept) == (None, None)) is (0 < withheld < SMALLEST)
