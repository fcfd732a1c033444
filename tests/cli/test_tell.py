"""Telling an officer by telephone, from the command line: an incident nobody knows is the same few lines, and a leaf."""

from __future__ import annotations

from tests.cli.conftest import County


def test_what_nobody_knows_is_told_as_nothing_and_noted(own: County) -> None:
    said = own("tell", "26-1", "--to", "PD", "--by", "Dr Osei")

    assert said.status == 0
    assert said.out.splitlines()[0].startswith("notice: Absence of information is not absence of risk.")
    assert said.out.rstrip().endswith("Noted: told by telephone.")


def test_a_partner_that_is_none_is_refused(own: County) -> None:
    assert own("tell", "26-1", "--to", "XX", "--by", "Dr Osei").status == 1
