"""`calls`: which calls are a crisis, by which rule, and how often the rules are wrong."""

from __future__ import annotations

import csv
from pathlib import Path

import click
import msgspec

from hub.cli.speak import Command, Letters, as_json, say, say_json
from hub.errors import Misconfigured

HEADS = ("words", "kind")
rules = click.option(
    "--rules",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A county's own rules, in the place of mappings/ours/crisis_words.yaml.",
)


@click.group(cls=Letters)
def calls() -> None:
    """Calls to 911 that are a mental-health crisis, by what the call taker wrote."""


@calls.command(cls=Command, examples=('crisis-hub calls classify "mother says son is off his meds"',))
@click.argument("words", nargs=-1, required=True)
@rules
@as_json
def classify(*, words: tuple[str, ...], rules: Path | None, as_json: bool) -> None:
    """Say whether WORDS tell of a crisis, and which rule says so. Nothing is kept."""
    from hub.flow.crisis_call import OURS, classifier

    rule = classifier(rules or OURS).rule(words)
    if as_json:
        say_json(
            {"kind": rule.kind if rule else "", "rule": rule.id if rule else "", "reason": rule.reason if rule else ""}
        )
    elif rule:
        say(f"{rule.kind}: {rule.reason} (rule {rule.id}).")
    else:
        say("No rule makes this a crisis.")


@calls.command(cls=Command, examples=("crisis-hub calls evaluate examples/labelled/crisis-calls.csv",))
@click.argument("labelled", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@rules
@as_json
def evaluate(*, labelled: Path, rules: Path | None, as_json: bool) -> None:
    """Measure the rules on LABELLED calls: a CSV of `words` and the `kind` that people gave them, empty for none.

    Prints the calls they got wrong: use made-up or released ones.
    """
    from hub.flow.crisis_call import OURS, classifier
    from hub.flow.crisis_call import evaluate as measured

    with labelled.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.DictReader(file)
        if not set(HEADS) <= set(lines.fieldnames or ()):
            cure = f"Its first line names the columns {' and '.join(HEADS)}."
            raise Misconfigured("This is no file of labelled calls.", at=labelled.name, cure=cure)
        found = measured([(line["words"] or "", line["kind"] or "") for line in lines], classifier(rules or OURS))
    if as_json:
        say_json(msgspec.to_builtins(found))
        return
    say(f"{found.right} of {found.calls} calls as people labelled them.")
    for words, wrong in (("missed", found.missed), ("false alarm", found.false), ("another kind", found.another)):
        for each in wrong:
            say(f"  {words}: {each}")
