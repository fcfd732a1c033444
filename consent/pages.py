"""Writes the pages about the law from the rules themselves, so that no page can say something the engine does not do."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from consent.codeset import codesets
from consent.engine import HERE, RuleSet
from consent.invariant import Invariant
from consent.obligation import obligations
from consent.prover import house_invariants
from consent.rule import ANY, Rule, RuleFile
from consent.view import View
from consent.vocabulary import Vocabulary
from hub.located import load, named
from hub.model.registry import BY_BODY, branch, paths

MADE = "<!-- Written by `python -m consent.pages docs/regimes` from consent/rules. Do not edit. -->"


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of the table of law: what keeps it beside the rules that name it. `rules` are of other rows, and keep this one too."""

    words: str
    citation: str
    rules: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    obligations: tuple[str, ...] = ()


def law() -> dict[str, Row]:
    """The table of law by row."""
    return named(load(HERE / "law.yaml"), Row)


def keepers(name: str, row: Row, rules: RuleSet) -> list[Rule]:
    """The rules that carry out a row: those that name it, those it names, and those that owe what it asks for."""
    return [
        one
        for one in rules.rules
        if one.row == name or one.id in row.rules or not set(one.obligations).isdisjoint(row.obligations)
    ]


def pages(rules: RuleSet) -> dict[str, str]:
    """Every page by file name."""
    made = {f"{file.name}.md": _regime(file, rules.vocabulary) for file in rules.files}
    made["index.md"] = _index(rules)
    made["views.md"] = _views(rules.views.values())
    made["invariants.md"] = _invariants(house_invariants(rules))
    made["obligations.md"] = _obligations()
    made["codesets.md"] = _codesets()
    return {name: f"{MADE}\n\n{text.rstrip()}\n" for name, text in made.items()}


def write(folder: Path, rules: RuleSet) -> None:
    """Write the pages into a folder, and remove pages of rules that are gone."""
    made = pages(rules)
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


def _index(rules: RuleSet) -> str:
    rows = [
        "# The law, row by row",
        "",
        "This is not legal advice, and counsel has not reviewed it.",
        "Each row of the law names the rules that carry it out and the promises that are proved of every rule set.",
        "",
        "| law | citation | rules | proved |",
        "|---|---|---|---|",
        *(_row(name, row, rules) for name, row in law().items()),
        "",
        "## Pages",
        "",
        *(f"- [{file.title}]({file.name}.md): {len(file.rules)} rules" for file in rules.files),
        "- [Views](views.md), [obligations](obligations.md), [invariants](invariants.md), [code sets](codesets.md)",
    ]
    return "\n".join(rows)


def _row(name: str, row: Row, rules: RuleSet) -> str:
    keeping = [f"[{r.id}]({Path(r.file).stem}.md)" for r in keepers(name, row, rules)]
    keeping += [f"obligation {one}" for one in row.obligations]
    return f"| {row.words} | {row.citation} | {', '.join(keeping)} | {', '.join(row.invariants)} |"


def _regime(file: RuleFile, words: Vocabulary) -> str:
    lines = [f"# {file.title}", "", *_sentences(file.about), ""]
    if file.state:
        lines += [
            f"State: {file.state}.",
            "A hub here starts only when the county's counsel has signed this overlay as it is.",
            "",
        ]
    for rule in file.rules:
        lines += [*_rule(rule, words), ""]
    return "\n".join(lines)


def _rule(rule: Rule, words: Vocabulary) -> Iterator[str]:
    yield f"## {rule.id}"
    yield ""
    yield from _sentences(rule.words)
    yield ""
    yield f"- {rule.effect}, version {rule.version}, {_dates(rule)}"
    yield f"- law: {rule.citation}"
    for name, values in sorted(rule.when.items()):
        yield f"- {words.dimensions[name].words}: {_values(name, values, words)}"
    if rule.views:
        yield f"- shows: {' within '.join(f'[{v}](views.md#{v})' for v in rule.views)}"
    if rule.obligations:
        yield f"- in return: {', '.join(rule.obligations)}"
    if rule.tell:
        within = f" within {rule.within // 60_000_000} minutes" if rule.within else ""
        yield f"- must be told{within}: {', '.join(words.say('recipient', one) for one in rule.tell)}"


def _values(name: str, values: frozenset[str], words: Vocabulary) -> str:
    known = words.dimensions[name].values
    if values == ANY and name == "regime":
        return "any"
    if len(values) > len(known) / 2 and len(known) > 4:
        return f"any but {'; '.join(known[v] for v in known if v not in values)}" if len(values) < len(known) else "any"
    return "; ".join(known[v] for v in known if v in values)


def _dates(rule: Rule) -> str:
    until = f" until {_day(rule.until)}" if rule.until is not None else ""
    return f"from {_day(rule.effective)}{until}"


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1_000_000, UTC).strftime("%Y-%m-%d")


def _views(views: Iterable[View]) -> str:
    lines = ["# Views", "", "A view is an allow list of paths.", "What no view lists is withheld.", ""]
    for view in sorted(views, key=lambda one: one.name):
        lines += [f"## {view.name}", "", f"Version {view.version}: {view.words}.", ""]
        if view.named_by:
            most = f"of {view.bits.bit_count()} paths in all"
            lines += [f"Whatever the {view.named_by} names, among the categories that the rule permits, {most}.", ""]
            continue
        lines += [*(f"- {body}: {shown}" for body, shown in _gathered(view.bits)), ""]
    return "\n".join(lines)


def _gathered(bits: int) -> Iterator[tuple[str, str]]:
    """What is shown of each body: whole branches by name, single leaves by path."""
    for body, whole in BY_BODY.items():
        if shown := bits & whole:
            fields = dict.fromkeys(path.split(".")[1] for path in paths(shown))
            parts = [part for field in fields for part in _parts(f"{body}.{field}", shown)]
            yield body, "all" if shown == whole else ", ".join(parts)


def _parts(path: str, bits: int) -> list[str]:
    below = branch(path)
    if not below & ~bits:
        return [path.partition(".")[2]]
    return [leaf.partition(".")[2] for leaf in paths(below & bits)]


def _invariants(promised: tuple[Invariant, ...]) -> str:
    lines = [
        "# Invariants",
        "",
        f"These {len(promised)} promises are proved of every rule set, for every request there is, before it may be used.",
        "",
        "| promise | law | name |",
        "|---|---|---|",
        *(f"| {one.words} | {one.citation} | {one.id} |" for one in promised),
    ]
    return "\n".join(lines)


def _obligations() -> str:
    lines = [
        "# Obligations",
        "",
        "What a permit asks in return.",
        "",
        "| obligation | what the hub does | law |",
        "|---|---|---|",
    ]
    lines += [f"| {name} | {found.words} | {found.citation} |" for name, found in obligations().items()]
    return "\n".join(lines)


def _codesets() -> str:
    sets = codesets()
    lines = ["# Code sets", "", "What makes an element sensitive, whoever sends it.", ""]
    for name, found in sets.sensitivities.items():
        moves = f"; diagnoses and medication then count as {found.moves.value}" if found.moves else ""
        lines += [f"## {name}", "", f"Sensitivity {found.code}{moves}.", ""]
        lines += [f"- {system}: {', '.join(codes)}" for system, codes in sets.codes_of(name).items()]
        lines += [""]
    return "\n".join(lines)


def _sentences(text: str) -> list[str]:
    """One sentence a line, so that a change shows the sentence that changed."""
    return [f"{part}." if not part.endswith(".") else part for part in text.replace(". ", ".\n").split("\n")]


if __name__ == "__main__":
    write(Path(sys.argv[1]), RuleSet.load())
