"""Placement from the command line: refused in words, and never a name repeated."""

from __future__ import annotations

from tests.cli.conftest import County

NEED = ("--need", "service=crisis_stabilization", "--need", "age=adult")


def test_who_takes_no_referrals_is_named_before_anybody_is_asked(own: County) -> None:
    said = own("place", "ask", own.delivered, "--to", "PD", *NEED)

    assert said.status == 1
    assert "PD" in said.aside
    assert "no partner that takes referrals" in said.aside
    assert "Nobody is being placed." in own("place", "list").out


def test_a_criterion_that_could_be_a_name_is_refused_and_not_repeated(own: County) -> None:
    said = own("place", "ask", own.delivered, "--to", "B1", "--need", "service=detox", "--need", "age=Riley Doe")

    assert said.status == 1
    assert "age" in said.aside
    assert "Riley" not in said.whole


def test_a_criterion_that_is_missing_is_asked_for(own: County) -> None:
    assert "age is needed" in own("place", "ask", own.delivered, "--to", "B1", "--need", "service=detox").aside


def test_what_is_not_there_is_said(own: County) -> None:
    for words in (
        ("offer", "ab", "S1", "--clinician", "x"),
        ("arrived", "ab", "S1"),
        ("choose", "ab", "S1", "--by", "x"),
    ):
        said = own("place", *words)
        assert (said.status, "no such placement" in said.aside) == (1, True)


def test_the_first_that_accepts_gets_nobody_where_the_county_wants_a_choice(own: County) -> None:
    said = own("place", "ask", own.delivered, "--to", "B1", *NEED, "--first-come")

    assert said.status == 1
    assert "In this county a clinician and the person choose among the offers." in said.aside
    assert "Nobody is being placed." in own("place", "list").out
