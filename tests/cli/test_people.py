"""Giving access from the command line: a one-use link, refusals with their cure, and nothing secret shown again."""

from __future__ import annotations

import re

from tests.cli.conftest import County

JO = ("jo@county.example", "--words", "Jo Reyes")


def test_somebody_is_given_access_by_a_link_that_is_shown_once(own: County) -> None:
    made = own("people", "add", *JO, "--role", "operator")

    assert made.status == 0, made.whole
    token = re.fullmatch(r"http://127\.0\.0\.1:\d+/welcome/(\S{43})\n", made.out)
    assert token
    assert "works once" in made.aside
    listed = own("people", "list")
    assert "Jo Reyes" in listed.out
    assert "invited" in listed.out
    assert token[1] not in listed.out
    assert token[1] not in own("people", "list", "--json").out


def test_a_wrong_role_is_refused_with_the_nearest(own: County) -> None:
    made = own("people", "add", *JO, "--role", "operater")

    assert made.status == 1
    assert 'Did you mean "operator"?' in made.aside


def test_partners_people_belong_to_a_partner_that_there_is(own: County) -> None:
    assert own("people", "add", *JO, "--role", "responder", "--partner", "PD").status == 0
    other = own("people", "add", "kim@pd.example", "--words", "Kim", "--role", "responder", "--partner", "PX")
    assert other.status == 1
    assert 'There is no partner "PX"' in other.aside


def test_access_ends_and_links_are_renewed(own: County) -> None:
    first = own("people", "add", *JO, "--role", "operator").out
    second = own("people", "link", JO[0]).out

    assert second != first
    assert own("people", "unlock", JO[0]).status == 0
    assert own("people", "end", JO[0]).status == 0
    assert "Jo Reyes" not in own("people", "list").out
    gone = own("people", "end", JO[0])
    assert gone.status == 1
    assert "has no access here" in gone.aside


def test_whoever_signs_in_at_the_provider_gets_no_link(own: County) -> None:
    made = own("people", "add", *JO, "--role", "operator", "--provider")

    assert "welcome" not in made.out
    assert own("people", "link", JO[0]).status == 1


def test_every_change_of_access_is_in_the_ledger(own: County) -> None:
    before = own("ledger", "verify", "--json").json["leaves"]
    own("people", "add", *JO, "--role", "operator")
    own("people", "end", JO[0])

    assert own("ledger", "verify", "--json").json["leaves"] == before + 2


def test_roles_are_told_with_their_rights(own: County) -> None:
    from tests.cli.conftest import ran

    told = ran("people", "roles", "--json").json

    assert told["clinician-reviewer"] == ["judge", "links", "reviews"]
    assert "give access and end it" in ran("people", "roles").out
