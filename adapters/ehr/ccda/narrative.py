"""The words of sections: a narrative block becomes one text, and the ids in it lead to what they say."""

from __future__ import annotations

from typing import Final

from adapters.wire.xml import Element, named

V3: Final = "urn:hl7-org:v3"
# Elements after which a new line begins, and those that stand beside each other in a row.
BLOCKS: Final = ("paragraph", "tr", "item", "list", "table", "caption", "br", "title")
CELLS: Final = ("td", "th")


def flatten(root: Element) -> None:
    """Put one text in the place of each narrative block, and in the place of each reference the words it refers to."""
    found: dict[str, str] = {}
    for section in root.iter(f"{{{V3}}}section"):
        block = section.find(f"{{{V3}}}text")
        if block is not None and len(block):
            found |= {number: words(one) for one in block.iter() if (number := one.get("ID"))}
            text = words(block)
            for child in list(block):
                block.remove(child)
            block.text = text
    for reference in root.iter(f"{{{V3}}}reference"):
        said = found.get((reference.get("value") or "").removeprefix("#"))
        if said:
            reference.set("value", said)


def words(element: Element) -> str:
    r"""What an element says, in lines.

    >>> from adapters.wire.xml import read
    >>> words(read(b"<text><paragraph>One.</paragraph><table><tr><td>a</td><td>b</td></tr></table></text>"))
    'One.\na | b'
    """
    lines = (" ".join(line.split()).strip(" |") for line in _said(element).split("\n"))
    return "\n".join(line for line in lines if line)


def _said(element: Element) -> str:
    inner = _flat(element.text)
    for child in element:
        name = named(child)
        said = _said(child)
        if name in BLOCKS:
            said = f"\n{said}\n"
        elif name in CELLS:
            said = f"{said} | "
        inner += said + _flat(child.tail)
    return inner


def _flat(text: str | None) -> str:
    """Line breaks of the spelling are blanks; those of the markup stay."""
    return (text or "").replace("\n", " ").replace("\r", " ")
