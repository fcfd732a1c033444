"""`partners` and `policy`: what a county's files say wrong, what the rules answer, and what is proved of them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from hub.cli.places import county, settings_of
from hub.cli.speak import FAILED, Command, Letters, as_json, progress, say, say_json, tell

if TYPE_CHECKING:
    from consent.engine import RuleSet
    from consent.prover import Report
    from hub.errors import Misconfigured

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group(cls=Letters)
def partners() -> None:
    """The partner files of a county."""


@partners.command("check", cls=Command, examples=("crisis-hub partners check --config examples/county",))
@click.option(
    "--config", type=_FOLDER, default=Path(), show_default="this folder", help="The folder of hub.yaml or county.yaml."
)
@as_json
def partners_check(*, config: Path, as_json: bool) -> None:
    """Read every partner file as the hub does at start, and name every wrong word with file, line and cure.

    Ends with 1 when anything is wrong. What holds here holds at start: the hub refuses the same files.
    """
    name, count, wrong = _examined(config)
    if as_json:
        said = [{"at": w.at, "message": w.message, "cure": w.cure} for w in wrong]
        say_json({"county": name, "partners": count, "wrong": said})
    else:
        for problem in wrong:
            tell(problem)
        say(f"{len(wrong)} to mend." if wrong else f"{name}: {count} partner files, and every word of them holds.")
    sys.exit(FAILED if wrong else 0)


def _examined(folder: Path) -> tuple[str, int, tuple[Misconfigured, ...]]:
    import adapters
    from hub import clock
    from hub.app.house import household
    from hub.errors import Misconfigured
    from hub.partners import examine
    from hub.settings import FILE, load

    settings = load(folder) if (folder / FILE).is_file() else None
    place = Path(settings.county) if settings else folder
    found, wrong = examine(place, formats=adapters.found(), at=clock.now())
    if found is not None and settings is not None:
        try:
            household(settings)
        except Misconfigured as refusal:
            wrong = (refusal,)
    return (found.name, len(found.partners), wrong) if found else ("", 0, wrong)


@click.group(cls=Letters)
def policy() -> None:
    """The rules: ask them something, or have proved what must hold of them."""


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
@as_json
def policy_check(*, rules: Path | None, as_json: bool) -> None:
    """Prove every invariant of the rules, run every case they carry, and name rules that do nothing.

    A proof holds for every request there is; a failure prints a request that shows it. Ends with 1 when one fails.
    """
    from consent.engine import HERE, RuleSet
    from consent.prover import check
    from hub import clock

    progress("proving invariants over every request there is")
    found = RuleSet.load(rules or HERE)
    report = check(found, clock.now())
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
