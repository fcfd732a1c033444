"""A report as one page for people: each table with a plot of its counts, and at the foot what it can be held to. No script, no link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from markupsafe import Markup, escape

from hub.console.plots import Bar, columns, rows
from hub.flow.measures.cells import ALL, Shown
from hub.flow.measures.report import Report, Table

_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}"
    "table{border-collapse:collapse;margin:.5rem 0 2rem}th,td{text-align:left;padding:.2rem .8rem;border-bottom:1px solid #ccc}"
    "svg{max-width:100%;height:auto}.bar{fill:#2b6a99}.base,.tick{stroke:#777}text{font-size:14px;fill:#1a1a1a}code{overflow-wrap:anywhere}"
)
# What runs along an axis of its own keeps its order there; everything else is ordered by size.
_ALONG: Final = ("hour",)


def page(found: Report) -> str:
    """The whole page, as HTML that stands alone.

    Only numbers that may be shown are drawn: a hidden one has no bar, and the title says how many have none.
    """
    body = Markup("").join(_section(each) for each in found.tables)
    style = Markup("<style>{}</style>").format(_STYLE)
    whole = Markup(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Measures</title>{}<h1>Measures</h1>{}{}</html>\n'
    )
    return str(whole.format(style, body, _foot(found)))


def _section(table: Table) -> Markup:
    head = Markup("<h2>{} {}</h2><p>{}</p>").format(table.id, table.title, table.words)
    return head + (_plot(table) + _cells(table) if table.cells else Markup("<p>Nothing to count.</p>"))


def _plot(table: Table) -> Markup:
    """The counts by the first dimension that tells something apart, where any may be shown."""
    place = next((n for n, _ in enumerate(table.dimensions) if len({c.at[n] for c in table.cells} - {ALL}) > 1), 0)
    alone = [c for c in table.cells if c.at[place] != ALL and all(w == ALL for n, w in enumerate(c.at) if n != place)]
    bars = [Bar(cell.at[place], cell.n) for cell in alone if isinstance(cell.n, int)]
    if not bars:
        return Markup("")
    veiled = len(alone) - len(bars)
    title = f"{table.title}: episodes by {table.dimensions[place]}" + (f"; {veiled} hidden" if veiled else "")
    return columns(bars, title) if table.dimensions[place] in _ALONG else rows(bars, title)


def _cells(table: Table) -> Markup:
    names = list(dict.fromkeys(name for cell in table.cells for name, _ in cell.values))
    heads = Markup("").join(Markup("<th>{}</th>").format(word) for word in (*table.dimensions, "episodes", *names))
    lines = Markup("").join(Markup("<tr>{}</tr>").format(_line(cell, names)) for cell in table.cells)
    return Markup("<table><tr>{}</tr>{}</table>").format(heads, lines)


def _line(cell: Shown, names: list[str]) -> Markup:
    said = dict(cell.values)
    words = (*cell.at, cell.n, *(said.get(name, "") for name in names))
    return Markup("").join(Markup("<td>{}</td>").format(word) for word in words)


def _foot(found: Report) -> Markup:
    return Markup("").join(Markup("<p>{}</p>").format(each) for each in _said(found))


def _said(found: Report) -> Iterator[Markup]:
    yield Markup("From {} messages; {} more were destroyed and are not counted.").format(
        found.messages - found.destroyed, found.destroyed
    )
    yield Markup("Query <code>{}</code>").format(found.digest)
    yield Markup("Checkpoint <code>{}</code>").format(escape(found.checkpoint))
