"""The reference page of the command line, made from the commands themselves: `python -m tests.cli.page` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from hub.cli import main
from hub.cli.speak import Command

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"
HEAD = """\
# Commands

Every action of the hub is a command of `crisis-hub`; `crisis-hub COMMAND --help` says what stands here.

`--json` prints one JSON value and nothing else.
What a command was asked for goes to standard output; how long work is going, reasons and errors go to standard error.
Colour is used on a terminal only.

A command ends with 0 when all is well, and with 2 when it was asked wrongly.
It ends with 1 when something failed, or when it found something that a person must look at.
An error says what, where, and what to do.
Nothing that a message says about anybody is shown unless it is asked for.

Instants in JSON are microseconds since 1970 in UTC; for people they are written in the county's zone.

```console
$ crisis-hub map explain hl7v2 person.birth_date
model              wire   how   only  line
person.birth_date  PID-7  date        ehr/hl7v2/person.yaml line ...
```

```console
$ crisis-hub policy decide --fact recipient=LE --fact purpose=TREAT --fact state=DEMO --regime HIPAA --body condition
LE asked for treatment and may see nothing, as of ...
...
condition: nothing
```

```console
$ crisis-hub partners chekc || true
Error: No such command 'chekc'. Did you mean 'check'?
```
"""


def commands(
    group: click.Group = main, above: tuple[str, ...] = ("crisis-hub",)
) -> Iterator[tuple[str, click.Command]]:
    """Every command and group by the words it is called with, in the order of the help."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found = group.get_command(context, name)
        if found is None:
            continue
        yield " ".join((*above, name)), found
        if isinstance(found, click.Group):
            yield from commands(found, (*above, name))


def page() -> str:
    """The whole page."""
    return HEAD + "".join(f"\n{part}" for called, found in commands() for part in _parts(called, found))


def _parts(called: str, command: click.Command) -> Iterator[str]:
    depth = "##" if called.count(" ") == 1 else "###"
    yield f"{depth} {called}\n"
    yield _sentences(command.help or "")
    if isinstance(command, click.Group):
        return
    words = [p.make_metavar(click.Context(command)) for p in command.params if isinstance(p, click.Argument)]
    rows = [
        f"| `{', '.join(o.opts)}` | {o.help} |" for o in command.params if isinstance(o, click.Option) and not o.hidden
    ]
    if words:
        yield f"Takes `{' '.join(words)}`.\n"
    if rows:
        yield "\n".join(("| option | what it does |", "|---|---|", *rows)) + "\n"
    if isinstance(command, Command):
        yield "\n".join(("```text", *command.examples, "```")) + "\n"


def _sentences(text: str) -> str:
    """One sentence a line, paragraphs apart."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return "\n\n".join(part.replace(". ", ".\n") for part in paragraphs) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
