"""Puts rules in force, and takes that back: proved first, said in the ledger before it is so, by two people."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from consent.compare import require_guarded
from consent.engine import HERE, RuleSet
from consent.overlay import require_signed
from consent.prover import check
from hub import clock
from hub.app.hatch import carry_out, writer
from hub.app.house import household
from hub.app.rules import rulesets
from hub.app.rules.following import LEAD
from hub.app.rules.rulesets import CURRENT, Step, archive, in_force, matching, rule_set, schedule, steps
from hub.errors import Conflict, Lasting, Misconfigured
from hub.model.commands import Note
from hub.model.entry import Kind, LedgerEntry
from hub.settings import Settings


async def activate(settings: Settings, name: str, *, since: int, by: tuple[str, ...], reason: str) -> Step:
    """Put a rule set in force from an instant on, and say so in the ledger before it is so.

    Raises Misconfigured where it is not sound, or newly lets Part 2 data reach police, and Conflict where it is in force.
    """
    return await take(settings, ready(settings, name, since=since, by=by, reason=reason))


def ready(settings: Settings, name: str, *, since: int, by: tuple[str, ...], reason: str) -> Step:
    """The step by which a rule set would come into force: proved, and in the archive. It takes a moment, and raises as `activate`."""
    now = clock.now()
    new, old = rule_set(name, settings), in_force(settings, max(now, since))
    _require(settings, old, new, max(now, since))
    kept = archive(settings)
    kept.keep(RuleSet.load())
    kept.keep(new, source=_folder(name, settings))
    return Step(rules=new.hash, before=old.hash, since=max(now, since), at=now, by=by, reason=reason)


def draft(settings: Settings, name: str) -> RuleSet:
    """Keep a rule set beside those that were in force, for others to look at and two people to put in force.

    Raises Misconfigured where it is not sound, and Conflict where it is in force.
    """
    now = clock.now()
    new = rule_set(name, settings)
    _require(settings, in_force(settings, now), new, now)
    archive(settings).keep(new, source=_folder(name, settings))
    return new


async def roll_back(settings: Settings, *, by: str, reason: str) -> Step:
    """Take the last step back: what is to come does not come, or what was in force before is so again from now on."""
    now, standing = clock.now(), schedule(steps(settings))
    if not standing:
        raise Lasting(
            "No rule set was ever put in force here: the rules that came with the program are.",
            cure="There is nothing to do.",
        )
    last = standing[-1]
    since = max(last.since, now)
    back = Step(rules=last.before, before=last.rules, since=since, at=now, by=(by,), reason=reason)
    return await take(settings, back, again=True)


def _require(settings: Settings, old: RuleSet, new: RuleSet, at: int) -> None:
    if new.hash == old.hash:
        raise Conflict("This rule set is in force already.", at=new.hash[:12])
    report = check(new, at)
    if not report.sound:
        wrong = [
            *map(str, report.failed),
            *report.cases_failed,
            *(f"{name} would show more" for name in report.exceeding),
        ]
        raise Misconfigured(wrong[0], at="rules", cure=f"{len(wrong)} to mend: crisis-hub policy check --rules FOLDER.")
    require_guarded(old, new, at)
    for overlay in household(settings, ready=False).county.overlays:
        require_signed(new, overlay.sign_off)


async def take(settings: Settings, step: Step, *, again: bool = False) -> Step:
    """Take a step that is ready: the ledger says so before it is so. `again`: it takes an earlier one back."""
    async with writer(settings) as (desk, running):
        # Every process of a hub that runs has read of it before its instant, so that all turn at the same one.
        taken = msgspec.structs.replace(step, since=max(step.since, clock.now() + LEAD if running else 0))
        await carry_out(desk, [Note(at=taken.at, entry=_entry(taken, again=again))])
        _write(settings, (*steps(settings), taken))
    return taken


def _entry(step: Step, *, again: bool) -> LedgerEntry:
    words = (
        f"rule set {step.rules[:12]} in force{' again' if again else ''} from {step.since} "
        f"instead of {step.before[:12]}: {step.reason}"
    )
    return LedgerEntry(kind=Kind.RULE, at=step.at, outcome=words, actor=" and ".join(step.by), rule_set=step.rules)


def _write(settings: Settings, taken: tuple[Step, ...]) -> None:
    """In one atomic step that survives a power cut once this returns."""
    place = rulesets.place(settings)
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_suffix(f".{os.getpid()}")
    with draft.open("wb") as out:
        out.write(msgspec.json.encode(taken))
        out.flush()
        os.fsync(out.fileno())
    draft.replace(place)


def _folder(name: str, settings: Settings) -> Path:
    if name == CURRENT:
        return HERE
    return Path(name) if Path(name).is_dir() else archive(settings).folder / next(matching(name, settings))
