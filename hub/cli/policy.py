"""`policy`: what the rules answer, what is proved of them, and what another set of them would change."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.places import county, settings_of
from hub.cli.speak import FAILED, Command, Letters, as_json, progress, say, say_json, table

if TYPE_CHECKING:
    from consent.compare import Change, Difference
    from consent.engine import RuleSet
    from consent.measure import Score
    from consent.prover import Report

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(cls=Letters)
def policy() -> None:
    """The rules of disclosure: ask who may see what and why, prove them, compare drafts, and put them in force."""


@policy.command(
    cls=Command,
    examples=(
        "crisis-hub policy decide --fact recipient=LE --fact purpose=LE_IDENT --fact state=DEMO --regime HIPAA --body person",
        "crisis-hub policy decide --partner PD --fact purpose=LE_IDENT --regime HIPAA --body person",
        "crisis-hub policy decide question.json --json",
    ),
)
@click.argument("file", type=_FILE, required=False)
@click.option("--partner", default="", metavar="PARTNER", help="Who asks: recipient and agreement come from its file.")
@click.option(
    "--fact", "facts", multiple=True, metavar="NAME=VALUE", help="One fact; docs/regimes says what they mean."
)
@click.option("--regime", "regimes", multiple=True, metavar="REGIME", help="The law that the data stands under.")
@click.option("--body", "bodies", multiple=True, metavar="BODY", help="What it is about: person, encounter, ...")
@county
@as_json
def decide(
    *,
    file: Path | None,
    partner: str,
    facts: tuple[str, ...],
    regimes: tuple[str, ...],
    bodies: tuple[str, ...],
    config: Path | None,
    as_json: bool,
) -> None:
    """Ask the rules what somebody may see, and why: from a FILE of facts, from the command line, or both.

    A file is JSON: {"facts": {"recipient": "LE", "purpose": "LE_IDENT", "state": "DEMO"}, "regimes": ["HIPAA"], "bodies":
    ["person"]}, and may add sensitivities, recast, agreement, consent, order and as_of. Without an agreement it is asked as if
    one covered everything. Near misses are for staff.
    """
    from consent.engine import RuleSet
    from consent.explanation import as_data, audited, explain
    from hub.cli import facts as writing
    from hub.model.registry import paths

    written = writing.added(writing.read(file) if file else writing.Written(), facts, regimes, bodies)
    if partner:
        from hub.app.house import household
        from hub.errors import Lasting
        from hub.located import near

        known = household(settings_of(config), ready=False).county
        if partner not in known.partners:
            raise Lasting(f'There is no partner "{partner}".', cure=near(partner, list(known.partners)))
        written = writing.of_partner(written, known.partners[partner])
    asked = writing.question(written)
    decision = audited(RuleSet.load(), asked)
    if as_json:
        say_json(writing.plain(as_data(decision, audit=True)))
        return
    for sentence in explain(decision, audit=True):
        say(sentence)
    for body, bits in zip(asked.bodies, decision.granted, strict=True):
        say(f"{body}: {', '.join(paths(bits)) or 'nothing'}")


@policy.command("check", cls=Command, examples=("crisis-hub policy check", "crisis-hub policy check --json"))
@click.option(
    "--rules",
    type=_FOLDER,
    default=None,
    help="A folder of rules, views and vocabulary.yaml; the hub's own when left out.",
)
@click.option("--since", type=_FOLDER, default=None, help="The folder of the rules before: refuse what may not change.")
@as_json
def policy_check(*, rules: Path | None, since: Path | None, as_json: bool) -> None:
    """Prove every invariant of the rules, run every case they carry, and name rules that do nothing.

    A proof holds for every request there is; a failure prints a request that shows it. Ends with 1 when one fails.
    With --since a change that newly lets records of a substance-use programme reach police is refused too.
    """
    from consent.compare import require_guarded
    from consent.engine import HERE, RuleSet
    from consent.prover import check
    from hub import clock

    progress("proving invariants over every request there is")
    found, now = RuleSet.load(rules or HERE), clock.now()
    report = check(found, now)
    if since is not None:
        require_guarded(RuleSet.load(since), found, now)
    if as_json:
        say_json(report)
    else:
        _say_report(report, found)
    sys.exit(0 if report.sound else FAILED)


def _say_report(report: Report, rules: RuleSet) -> None:
    say(
        f"Rule set {rules.hash[:12]}: {report.rules} rules, {report.invariants_proved} invariants proved.", style="bold"
    )
    for failure in report.failed:
        say(f"  broken: {failure}", style="bold red")
    for case in report.cases_failed:
        say(f"  case fails: {case}", style="bold red")
    for rule, beyond in report.exceeding.items():
        say(f"  {rule} would show more than it permits: {', '.join(beyond)}", style="bold red")
    named = {
        "dead (permits that prohibitions cover whole)": report.dead,
        "idle (prohibitions that today meet no permit)": report.idle,
        "redundant (others do their work)": report.redundant,
    }
    for words, found in named.items():
        say(f"  {words}: {', '.join(found) or 'none'}")


@policy.command(
    "diff",
    cls=Command,
    examples=("crisis-hub policy diff old-rules new-rules", "crisis-hub policy diff 3f9a12c4 current --json"),
)
@click.argument("old")
@click.argument("new")
@county
@as_json
def policy_diff(*, old: str, new: str, config: Path | None, as_json: bool) -> None:
    """Say what NEW lets through that OLD does not, and the other way round: exactly, each with a request that shows it.

    Each is a folder of rules, views and vocabulary.yaml, the beginning of the hash of a rule set that this hub decided under,
    or `current`. Ends with 1 when the change newly lets records of a substance-use programme reach police.
    """
    from consent.compare import difference
    from hub import clock
    from hub.app.rules.rulesets import rule_set

    settings = settings_of(config) if {"folder"} - {_kind(old), _kind(new)} else None
    before, after = rule_set(old, settings), rule_set(new, settings)
    found = difference(before, after, clock.now())
    if as_json:
        say_json(found)
    else:
        _say_difference(found)
    sys.exit(FAILED if found.guarded else 0)


def _kind(name: str) -> str:
    return "folder" if Path(name).is_dir() or name == "current" else "archived"


def _say_difference(found: Difference) -> None:
    from consent.compare import REFUSED

    say(f"From rule set {found.old[:12]} to {found.new[:12]}.", style="bold")
    named = {"added": found.added, "removed": found.removed, "said otherwise": found.reworded}
    for words, rules in named.items():
        if rules:
            say(f"  {words}: {', '.join(rules)}")
    for change in found.changes:
        _say_change(change)
    for eased in found.obligations:
        say(
            f"  {eased.rule} asks in return {', '.join(eased.after) or 'nothing'}, before {', '.join(eased.before) or 'nothing'}"
        )
    if not (found.changes or found.obligations):
        say("No request there is gets another answer.")
    if found.guarded:
        say(f"{REFUSED}: {', '.join(one.rule for one in found.guarded)}.", style="bold red")


def _say_change(change: Change) -> None:
    goes = "would also go" if change.way == "gained" else "would go no more"
    request = ", ".join(f"{name}={value}" for name, value in change.witness.items())
    more = f" and {len(change.paths) - 1} paths more" if len(change.paths) > 1 else ""
    style = "bold red" if change.guarded else ""
    say(f"  {change.rule}: {change.example}{more} {goes}, for instance for {request}", style=style)
    say(f"    {change.words} ({change.citation})")


@policy.command(cls=Command, examples=("crisis-hub policy labels", "crisis-hub policy labels --missed"))
@click.option("--facts", type=_FILE, default=None, help="Your own labelled facts, a CSV like the one that comes along.")
@click.option("--missed", is_flag=True, help="Name every fact that was missed, or found where it does not belong.")
@as_json
def labels(*, facts: Path | None, missed: bool, as_json: bool) -> None:
    """Measure how well sensitive facts are found by code and by word, on labelled facts of our own making.

    Recall is the share of what belongs to a set that was found; precision the share of what was found that belongs. The sets
    were written with an eye on the facts called tuned; those called held were written afterwards, and the sets not changed.
    Text that nothing was found in is no less protected: free text goes to nobody but who treats the person.
    """
    from consent.measure import FACTS, measured
    from consent.measure import facts as labelled

    known = labelled(facts or FACTS)
    parts = {part: measured(one for one in known if one.part == part) for part in sorted({one.part for one in known})}
    if as_json:
        say_json(
            {
                part: [{**_figures(one), "missed": one.missed, "mistaken": one.mistaken} for one in scores]
                for part, scores in parts.items()
            }
        )
        return
    rows = [(part, *_figures(one).values()) for part, scores in parts.items() for one in scores]
    table(("facts", "set", "belong", "recall", "precision"), rows)
    for scores in parts.values() if missed else ():
        for one in scores[:-1]:
            for word, told in (("missed", one.missed), ("no", one.mistaken)):
                for each in told:
                    say(f"{word} {one.name}: {each}")


def _figures(one: Score) -> dict[str, object]:
    return {"set": one.name, "belong": one.facts, "recall": round(one.recall, 2), "precision": round(one.precision, 2)}
