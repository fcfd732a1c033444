"""How commands answer: words for people, one JSON value for machines, and errors as letters on standard error."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import click
import msgspec
from rich.console import Console

from hub.errors import HubError, NotAllowed, StoreUnavailable

F = TypeVar("F", bound=Callable[..., Any])
FAILED = 1
# What a terminal obeys, or what turns the words beside it round: C0 but newline and tab, DEL, C1, and marks of direction.
_OBEYED: Final = (
    *(*range(0x09), *range(0x0B, 0x20), *range(0x7F, 0xA0)),
    *(0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),
)
_INERT: Final = {number: ascii(chr(number))[1:-1] for number in _OBEYED}


def inert(text: str) -> str:
    """The same words, where what would command a terminal is spelled out: partners write much of what is shown.

    >>> inert(f"Doe{chr(27)}[2J").isprintable(), len(inert(chr(27))), inert("Ruiz-Peña")
    (True, 4, 'Ruiz-Peña')
    """
    return text.translate(_INERT)


class _Terminal(Console):
    """A terminal that obeys us alone."""

    def print(self, *words: Any, **how: Any) -> None:
        """Print words, whoever wrote them."""
        super().print(*(inert(word) if isinstance(word, str) else word for word in words), **how)


console = _Terminal(highlight=False, soft_wrap=True)
aside = _Terminal(stderr=True, highlight=False, soft_wrap=True)


class Command(click.Command):
    """A command with examples, which its help shows as they are typed."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **kwargs: Any) -> None:
        """`examples` are whole command lines."""
        super().__init__(*args, **kwargs)
        self.examples = tuple(examples)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write them below the options."""
        with formatter.section("Examples"):
            for line in self.examples:
                formatter.write(f"  {line}\n")


class Letters(click.Group):
    """A group that prints an error of the house as a letter and ends with 1, and names the nearest command for a typo."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of the tree is told, not traced, and so is a disk that takes nothing."""
        try:
            return super().invoke(ctx)
        except HubError as problem:
            tell(problem)
            ctx.exit(FAILED)
        except OSError as problem:
            letter = _letter(problem)
            if letter is None:
                raise
            tell(letter)
            ctx.exit(FAILED)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the first sentence of each, whole."""
        with formatter.section("Commands"):
            found = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
            formatter.write_dl([(name, first(command.help or "")) for name, command in found if command])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as wrong:
            close = get_close_matches(args[0], self.list_commands(ctx), n=1)
            raise click.UsageError(f"{wrong.message} Did you mean {close[0]!r}?" if close else wrong.message) from wrong


# What the system says of a disk that is full, spent, harmed or mounted to be read.
_DISK: Final = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)


def _letter(problem: OSError) -> HubError | None:
    """What a person can mend outside the hub: a disk, or whose files these are. Of anything else none."""
    at = str(problem.filename or "")
    if problem.errno in _DISK:
        return StoreUnavailable(f"A disk takes nothing: {problem.strerror}.", at=at, cure="Mend that, and do it again.")
    if at and isinstance(problem, PermissionError):
        cure = "Do it as the user that runs the hub, or let this one; `crisis-hub doctor` looks at every folder."
        return NotAllowed("This user may not.", at=at, cure=cure)
    return None


def first(text: str) -> str:
    """The first sentence of what somebody wrote, on one line.

    >>> first("Print the newest   signed checkpoint. Nothing else.")
    'Print the newest signed checkpoint.'
    """
    return " ".join(text.split()).partition(". ")[0].removesuffix(".") + "."


def tell(problem: HubError) -> None:
    """Print the letter: what, where, and what to do."""
    place = f"{problem.at}: " if problem.at else ""
    aside.print(f"{place}{problem.message}", style="bold red", markup=False)
    if problem.cure:
        aside.print(problem.cure, markup=False)


def as_json(command: F) -> F:
    """Give a command the switch `--json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON value and nothing else.")(command)


def config(command: F) -> F:
    """Give a command the option `--config`: the folder it stands in, unless another is named."""
    place = click.Path(exists=True, file_okay=False, path_type=Path)
    words = "The folder of hub.yaml."
    return click.option("--config", type=place, default=Path(), show_default="this folder", help=words)(command)


def by(command: F) -> F:
    """Give a command the option `--by`: what takes a right in the console takes it here."""
    words = "Who does it: the name they sign in to the console with. Their role must have the right."
    return click.option("--by", required=True, metavar="NAME", help=words)(command)


def say_json(value: Any) -> None:
    """Print one JSON value, indented where a person looks."""
    text = msgspec.json.encode(value)
    if sys.stdout.isatty():
        text = msgspec.json.format(text, indent=2)
    click.echo(text.decode())


def say_whole(body: bytes) -> None:
    """Print a message: to a file or a pipe byte by byte, to a terminal a segment a line, and inert."""
    looks = sys.stdout.isatty()
    click.echo(inert(body.decode(errors="replace").replace("\r", "\n")) if looks else body)


def into(path: Path, body: bytes) -> None:
    """Write what tells of somebody into a file: a new one is for its owner only, whatever the umask; an older one keeps its rights."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(body)


def say(text: str, style: str = "") -> None:
    """Print words for people; colour only on a terminal."""
    console.print(text, style=style, markup=False)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under their heads, each column as wide as its widest word; nothing is cut, so that it can be searched."""
    lines = [[str(cell).replace("\n", "\\n") for cell in row] for row in (heads, *rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for number, line in enumerate(lines):
        words = (word.ljust(width) for word, width in zip(line, widths, strict=True))
        say("  ".join(words).rstrip(), style="" if number else "bold")


def when(at: int, zone: str = "UTC") -> str:
    """An instant (UTC microseconds) as people of a zone write it.

    >>> when(1_773_594_000_000_000, "America/Phoenix")
    'Mar 15 2026, 10:00:00 MST'
    """
    local = datetime.fromtimestamp(at // 1_000_000, UTC).astimezone(ZoneInfo(zone))
    return f"{local:%b} {local.day} {local:%Y, %H:%M:%S %Z}"


def progress(text: str) -> None:
    """Say on standard error how long work is going."""
    aside.print(f"  {text}", style="dim", markup=False)
