"""How the day is told in the terminal: plain words, a clock, colour only where somebody looks."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

from hub.demo.guests import Guest
from hub.demo.script import Act
from hub.demo.window import Moment, Verdict

WIDTH: Final = 96
_LINES: Final = 3
_TIMES: Final = 4
_KINDS: Final[Mapping[str, str]] = {
    "ADT^A01": "admitted",
    "ADT^A03": "discharged",
    "ADT^A04": "registered",
    "ORU^R01": "finding",
}
# What a body of the model is called at a desk, where that is another word.
_BODIES: Final[Mapping[str, str]] = {
    "field contact": "police field contact",
    "encounter": "hospital visit",
    "observation": "finding",
    "condition": "diagnosis",
    "consent directive": "consent or its withdrawal",
    "crisis contact": "988 contact",
    "mobile crisis visit": "mobile team",
}


class Teller:
    """Prints the day. `names` are the partners' names by id."""

    def __init__(self, names: Mapping[str, str], console: Console | None = None) -> None:
        """Colours go off by themselves when the output is piped or NO_COLOR is set."""
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._names = names
        self._told: set[tuple[str, str]] = set()

    def say(self, text: str = "", style: str = "", indent: int = 0) -> None:
        """A paragraph, wrapped."""
        margin = " " * indent
        lines = textwrap.wrap(text, WIDTH - indent) or [""]
        for line in lines:
            self._console.print(Text(margin + line, style=style))

    @property
    def watched(self) -> bool:
        """Whether somebody watches, rather than a pipe."""
        return self._console.is_terminal

    def heading(self, text: str) -> None:
        """A heading, with air around it."""
        self.say()
        self.say(text.upper(), "bold")

    def opening(self, title: str, story: Sequence[str]) -> None:
        """The title, and what one should know before."""
        self.heading(title)
        for line in story:
            self.say(line)

    def day(self, day: date) -> None:
        """A new day begins."""
        self.say()
        self.say(f"{day:%A}, {day:%B} {day.day}", "bold")

    def act(self, act: Act) -> None:
        """Who does something at which hour, and what."""
        self.say()
        who = self._names[act.sender] if act.sender else "Meanwhile"
        self._console.print(Text.assemble((act.at, "bold cyan"), "  ", (who, "bold")))
        self.say(act.says, indent=7)

    def outcome(self, words: str, style: str = "green") -> None:
        """What came of it."""
        first, *rest = textwrap.wrap(words, WIDTH - 10)
        self.say(f"-> {first}", style, indent=7)
        for line in rest:
            self.say(line, style, indent=10)

    def refused(self, verdict: Verdict) -> None:
        """Somebody wanted to hear of it, and may not: the strongest reason, said once in full."""
        best = verdict.kept[0] if verdict.kept else None
        why = f"{best.words} ({best.law})" if best and best.law else best.words if best else ""
        known = (verdict.partner, why) in self._told
        self._told.add((verdict.partner, why))
        words = ", as before" if known else f", for {verdict.purpose}: {why}"
        self.outcome(f"not to {self._names[verdict.partner]}{words}", "yellow")

    def received(self, at: str, title: str, facts: Sequence[str], notice: str) -> None:
        """One message that a partner holds: the facts that are new to it, and the notice that came along."""
        text = "; ".join(facts) or "nothing it did not know"
        lines = textwrap.wrap(f"{title}: {text}", WIDTH - 9)
        if len(lines) > _LINES:
            lines = [*lines[: _LINES - 1], f"{lines[_LINES - 1][: WIDTH - 13]} ..."]
        self.say(f"{at}  {lines[0]}", indent=2)
        for line in [*lines[1:], *([f"With it goes: {notice}"] if notice else [])]:
            self.say(line, indent=9)

    def withheld(self, kinds: Sequence[str], times: Sequence[str], words: str, law: str) -> None:
        """What a partner was not told, when, and why."""
        when = f"{times[0]} to {times[-1]}" if len(times) > _TIMES else ", ".join(times)
        first, *rest = textwrap.wrap(f"{listed(kinds)} ({when})", WIDTH - 12)
        self._console.print(Text.assemble("  not told  ", (first, "yellow")))
        for line in rest:
            self.say(line, "yellow", indent=12)
        self.say(f"{words} {law}".strip(), indent=12)

    def partner(self, partner: str, count: int, sent: int, held: int) -> None:
        """A partner's part begins: how many messages it holds, and how many of the facts in them."""
        self.say()
        self.say(
            f"{self._names[partner]} holds {counted(count, 'message')}: {counted(sent, 'fact')} went, {held} stayed",
            "bold",
        )

    def moment(self, moment: Moment) -> None:
        """One line of an episode."""
        what = _KINDS.get(moment.kind) or _BODIES.get(moment.what, moment.what)
        self.say(f"{moment.at:%a %H:%M}  {moment.partner:<5} {what}", indent=2)

    def console(self, guests: Sequence[Guest]) -> None:
        """Where to watch the same day in a browser, by links that work once."""
        if guests:
            self.heading("The console, beside this terminal")
            self.say("Open one of these in a browser on this machine, choose a password, and watch the day arrive:")
        for guest in guests:
            self.say(f"as {guest.role}: {guest.sees}", indent=2)
            self._console.print(Text(f"  {guest.link}", style="cyan"), soft_wrap=True)

    def waits(self) -> None:
        """The day begins when somebody is ready for it."""
        self.say()
        self.say("Press Enter when the console is open. In a minute the day begins by itself.", "bold")

    def still_up(self, message: str, config: Path) -> None:
        """What to try now that the hub stays up: the console, which was opened at the start, and commands."""
        self.heading("The hub is still up")
        self.say("The console stays open too; its links stand at the top. In another terminal, try:")
        for words in (f"why {message} PD", f"message {message}", f"message {message} --episode", "ledger verify"):
            self._console.print(Text(f"  crisis-hub {words} --config {config}", style="cyan"), soft_wrap=True)
        self.say("Ctrl-C ends it and removes everything.")


def counted(number: int, what: str) -> str:
    """A number of things.

    >>> counted(0, "message"), counted(1, "message"), counted(3, "message")
    ('no message', '1 message', '3 messages')
    """
    return f"no {what}" if not number else f"1 {what}" if number == 1 else f"{number} {what}s"


def listed(words: Sequence[str]) -> str:
    """Words as one would say them.

    >>> listed(["S1", "B1", "PD"])
    'S1, B1 and PD'
    """
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""
