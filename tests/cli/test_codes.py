"""A code that no table knows: a work item, answered by one line, after which the messages that waited for it run again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from adapters.ehr.hl7v2 import translator
from hub import clock
from hub.spans import HOUR, SECOND
from tests.cli import county
from tests.cli.conftest import County

# H1 must say the sex in a code that is known; it keeps its own codes beside its mapping.
WAITING = county.MENDED.replace(
    "person:\n    lines:\n", "person:\n    lines:\n      person.sex: PID-8 as code sex required\n"
).replace("lenses:", "tables: [codes]\nlenses:")
HEAD = "wire,canonical,system,display,note\n"


def waits(own: County) -> tuple[Path, str]:
    """H1's table, and the id of a message that waits for a code of it."""
    table = own.config / "codes" / "sex.csv"
    table.parent.mkdir()
    table.write_text(HEAD)
    (own.config / "h1-mapping.yaml").write_text(WAITING)
    (answer,) = county.takes(own.config, county.message(5, mrn="80", veteran="Y", sex="Q"))
    assert answer.state == "parked"
    return table, answer.journal


def test_a_code_that_must_be_known_lets_its_message_wait_and_becomes_a_work_item(own: County) -> None:
    _, journal = waits(own)

    listed = own("codes", "unmapped", "--json")

    assert listed.status == 1
    assert [(one["table"], one["code"], one["message"]) for one in listed.json] == [("sex", "Q", journal)]
    told = own("dead").out
    assert "a code at PID-8 is in no table, and person.sex requires that it is known" in told
    assert "Q" not in told.replace("PID", "")


def test_one_line_in_the_table_answers_it_and_the_message_runs_again(own: County) -> None:
    table, journal = waits(own)
    translator.cache_clear()  # each command is a process of its own, which reads the files anew
    table.write_text(
        f"{HEAD}Q,unknown,http://hl7.org/fhir/administrative-gender,Unknown,what H1 writes when nobody asked\n"
    )

    unanswered = own("codes", "unmapped")
    ran = own("codes", "again", "--reason", "H1 told us what Q means", "--json")

    assert (unanswered.status, unanswered.out) == (0, "Every code is known.\n")
    assert (ran.status, ran.json) == (0, [journal])
    assert own("message", journal, "--json").json["message"]["state"] == "planned"
    assert own("codes", "again", "--reason", "once more", "--json").json == []
    assert own("ledger", "verify").status == 0
    (again,) = county.takes(own.config, county.message(5, mrn="80", veteran="Y", sex="Q"))
    assert (again.state, again.journal) == ("duplicate", journal), (
        "its sender did not hear of the cure and sent it again"
    )
    assert own("message", "H1-5", "--json").json["message"]["journal"] == journal


def test_lines_that_a_new_version_of_a_mapping_takes_back_are_named(own: County) -> None:
    table, _ = waits(own)
    mapping = own.config / "h1-mapping.yaml"
    mapping.write_text(WAITING.replace(" required", ""))
    line = "Q,unknown,http://hl7.org/fhir/administrative-gender,Unknown,asked"
    table.write_text(f"{HEAD}{line}\n")
    own("map", "publish", str(mapping), "--reason", "what Q means")
    table.write_text(HEAD)

    said = own("map", "publish", str(mapping), "--reason", "from the file again")

    assert said.status == 0
    assert "own/codes/sex.csv had these lines, and has them no more" in said.out
    assert said.out.endswith(f"  {line}\n")


def test_while_no_line_answers_it_nothing_runs_again(own: County) -> None:
    _, journal = waits(own)

    assert own("codes", "again", "--reason", "too early", "--json").json == []
    assert own("message", journal, "--json").json["message"]["state"] == "parked"


def test_a_code_that_need_not_be_known_goes_on_and_is_listed_until_it_is_answered(own: County) -> None:
    (own.config / "h1-mapping.yaml").write_text(county.MENDED)
    (answer,) = county.takes(own.config, county.message(6, mrn="81", veteran="Y", trigger="A99"))

    assert answer.state == "kept"
    (one,) = own("codes", "unmapped", "--json").json
    assert (one["table"], one["code"]) == ("adt_trigger", "A99")


def test_a_line_of_a_table_counts_from_its_instant_and_no_longer_than_its_end(own: County) -> None:
    table, _ = waits(own)
    now = clock.now()
    spans = {"R": (now + HOUR, 0), "S": (now - HOUR, 0), "T": (now - 2 * HOUR, now - HOUR)}
    lines = [f"{code},unknown,x,Unknown,a test,{said(since)},{said(until)}\n" for code, (since, until) in spans.items()]
    table.write_text(f"{HEAD.strip()},activated_at,retired_at\n{''.join(lines)}")
    translator.cache_clear()

    answers = county.takes(
        own.config, *(county.message(n, mrn=f"9{n}", veteran="Y", sex=code) for n, code in enumerate(spans))
    )

    assert [one.state for one in answers] == ["parked", "kept", "parked"]


def said(at: int) -> str:
    """An instant as a table has it; nothing for none."""
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat() if at else ""
