"""An accounting on paper: one page after another, in plain language, with the tree of the ledger at the foot."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Final

from reportlab.lib.pagesizes import LETTER
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from hub.app.disclosures.accounting import Accounting
from hub.app.disclosures.accounting_forms import sentences

_MARGIN: Final = 54.0
_LEADING: Final = 12.5
_SIZE: Final = 9.5
_FONT: Final = "Helvetica"


class _Paper:
    """Writes lines down a page and turns it when it is full."""

    def __init__(self, canvas: Canvas, foot: str) -> None:
        self._canvas, self._foot, self._page = canvas, foot, 0
        self._turn()

    def paragraph(self, text: str, *, bold: bool = False, size: float = _SIZE) -> None:
        font = f"{_FONT}-Bold" if bold else _FONT
        lines = simpleSplit(_printable(text), font, size, LETTER[0] - 2 * _MARGIN)
        if self._at - len(lines) * _LEADING < _MARGIN + 2 * _LEADING:
            self._turn()
        for line in lines:
            if self._at < _MARGIN + 2 * _LEADING:
                self._turn()
            self._canvas.setFont(font, size)
            self._canvas.drawString(_MARGIN, self._at, line)
            self._at -= _LEADING
        self._at -= _LEADING / 2

    def _turn(self) -> None:
        if self._page:
            self._canvas.showPage()
        self._page += 1
        self._at = LETTER[1] - _MARGIN
        self._canvas.setFont(_FONT, 7)
        self._canvas.drawString(_MARGIN, _MARGIN / 2, self._foot)
        self._canvas.drawRightString(LETTER[0] - _MARGIN, _MARGIN / 2, f"page {self._page}")


def as_pdf(made: Accounting) -> bytes:
    """The list as a PDF, the same bytes for the same list."""
    foot = f"{made.origin}  {made.tree_size} leaves  root {made.tree_root}" if made.tree_size else made.origin
    return on_paper(title=made.title, subject=made.citation, foot=foot, sentences=sentences(made))


def on_paper(*, title: str, subject: str, foot: str, sentences: Iterable[str]) -> bytes:
    """Sentences as a PDF, the first as its head; the same bytes for the same sentences."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=LETTER, invariant=1)
    canvas.setTitle(title)
    canvas.setSubject(subject)
    canvas.setCreator("crisis-hub")
    paper = _Paper(canvas, foot)
    head, *rest = sentences
    paper.paragraph(head, bold=True, size=13)
    for each in rest:
        paper.paragraph(each)
    canvas.save()
    return out.getvalue()


def _printable(text: str) -> str:
    """The text in the signs that the built-in fonts have; others become a question mark."""
    return text.encode("cp1252", "replace").decode("cp1252")
