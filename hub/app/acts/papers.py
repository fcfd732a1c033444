"""Consents at a page of the console: a form that is looked at before it is filed, and one that is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from consent.elements import ELEMENTS, PERMITS, under_part2
from hub import clock
from hub.app.acts import directives
from hub.app.acts.directives import Paper
from hub.app.asking.look import Look
from hub.app.waiting import Pen
from hub.errors import Lasting
from hub.flow.capture import Form, captured
from hub.model.commands import Keep
from hub.model.consent import ConsentDirective
from hub.model.values import Identifier, Instant
from hub.spans import DAY
from hub.store.writing.relink import Filed

_YEARS = 6 * 366 * DAY


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A form before it is filed: what is wrong with it, in words, and each element of 42 CFR 2.31 it must have: paragraph, words, there."""

    flaws: tuple[str, ...]
    elements: tuple[tuple[str, str, bool], ...]


class Relying(msgspec.Struct, frozen=True, kw_only=True):
    """What was told by one version of a consent: how often, and how often to whom, in the last six years."""

    words: str
    told: int
    recipients: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Papers:
    """Reads, and files by the one writer."""

    look: Look
    pen: Pen

    def draft(self, form: Form) -> Draft:
        """What a form says, without filing it."""
        county = self.look.known.county
        made = captured(form, zone=county.zone, partners=county.partners, at=clock.now())
        return Draft(flaws=made.flaws, elements=tuple(_elements(form, made)))

    def check(self, form: Form, number: Identifier, source: str) -> None:
        """Make sure that it is about one person who is known here. Raises Lasting where it is not."""
        self._kept(form, number, source, "")

    def file(self, form: Form, number: Identifier, source: str, *, actor: str) -> Sequence[str]:
        """File it, with a leaf; what is wrong with it, in words. Raises Lasting where nobody, or more than one, is known by the number."""
        command, flaws = self._kept(form, number, source, actor)
        self.pen.keep([command])
        return flaws

    def _kept(self, form: Form, number: Identifier, source: str, actor: str) -> tuple[Keep, tuple[str, ...]]:
        self.look.vault.keys.follow()
        paper = Paper(form=form, number=number, source=source, actor=actor)
        return directives.kept(self.look.known, self.look.vault, paper)

    def relying(self, identities: Sequence[str], message: str) -> Relying:
        """Who was told something by the consent that a message brought. Raises Lasting where it does not hold any more."""
        return relying(self.look, identities, message)

    def take_back(self, identities: Sequence[str], message: str, *, actor: str) -> None:
        """It holds no more from now on: what waits is decided again, and what could not be sent now is asked back."""
        self.pen.keep([taken_back(self.look, identities, message, actor=actor)])


def relying(look: Look, identities: Sequence[str], message: str) -> Relying:
    """Who was told something by the consent that a message brought. Raises Lasting where it does not hold any more."""
    said = _holding(look, identities, message).directive
    now, name = clock.now(), f"{said.directive}@{said.version}"
    with look.disclosures() as found:
        told = [one for one in found.about(identities, now - _YEARS, now + 1) if one.entry]
    to = [one.recipient for one in told if one.entry and name in one.entry.consents]
    return Relying(
        words=said.directive, told=len(to), recipients=tuple((one, to.count(one)) for one in sorted(set(to)))
    )


def taken_back(look: Look, identities: Sequence[str], message: str, *, actor: str) -> Keep:
    """The command after which the consent that a message brought holds no more. Raises Lasting where it does not hold."""
    filed, at = _holding(look, identities, message), clock.now()
    over = msgspec.structs.replace(filed.directive, revoked_at=Instant(at=at))
    with look.links() as links:
        person = links.identity(filed.identity).person
    return directives.revoked(look.known, filed.identity, person, over, actor=actor, at=at)


def _holding(look: Look, identities: Sequence[str], message: str) -> Filed:
    with look.links() as links:
        filed = links.filed(identities)
    for one in filed:
        if one.journal == message and not one.known_to and not one.directive.revoked_at:
            return one
    raise Lasting("This does not hold any more.", cure="Look again: it was replaced or taken back.")


def _elements(form: Form, made: ConsentDirective) -> list[tuple[str, str, bool]]:
    """What 2.31(a) asks of a consent under Part 2; nothing of any other paper."""
    if form.kind not in PERMITS or not under_part2(made):
        return []
    asked = [(place, words, has(made)) for place, (words, has) in ELEMENTS.items()]
    asked.append(("(a)(6)", "that it can be revoked", form.said_to_be_revocable))
    return sorted(asked)
