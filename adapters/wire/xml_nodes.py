"""XML as values under compiled lenses: an element is its text, or a dict of its text, attributes and children.

A child that stands once is a value, one that repeats a list. `#text` is the text of an element that has more than that, `@name` an
attribute. A name carries the prefix that the format gives its namespace; one of a namespace nobody named keeps it in braces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lxml import etree

from adapters.wire.json_nodes import Marked, leaves
from adapters.wire.xml import XSI, Element
from hub.lens.syntax import Step

NOTHING: dict[str, Any] = {}
TEXT = "#text"
Path = tuple[str, ...]


def view(element: Element, prefixes: Mapping[str, str]) -> Any:
    """An element as lenses see it. `prefixes`: what stands before the names of a namespace, by the namespace.

    >>> from adapters.wire.xml import read
    >>> view(read(b"<a xmlns='urn:x' n='1'><b>y</b><b/> z</a>"), {"urn:x": ""})
    {'@n': '1', 'b': ['y', ''], '#text': 'z'}
    """
    found: dict[str, Any] = {f"@{_name(key, prefixes)}": value for key, value in element.attrib.items()}
    parts = [element.text]
    for child in element:
        name, value = _name(child.tag, prefixes), view(child, prefixes)
        before = found.get(name)
        if before is None:
            found[name] = value
        elif before.__class__ is list:
            before.append(value)
        else:
            found[name] = [before, value]
        parts.append(child.tail)
    text = " ".join(part.strip() for part in parts if part and not part.isspace())
    if not found:
        return text
    return found | {TEXT: text} if text else found


def _name(tag: Any, prefixes: Mapping[str, str]) -> str:
    space, brace, name = str(tag).rpartition("}")
    if not brace:
        return name
    prefix = "xsi" if space[1:] == XSI else prefixes.get(space[1:])
    if prefix is None:
        return str(tag)
    return f"{prefix}:{name}" if prefix else name


# -- what compiled readers call


def one(node: Any, name: str) -> Any:
    """The child of a name, the first where it repeats; None where there is none."""
    found = node.get(name)
    return found[0] if found.__class__ is list else found


def rows(node: Any, k: Any) -> Any:  # noqa: ARG001 - compiled readers hand every syntax their context
    """The repetitions of a child: a list, or what stands alone."""
    return node if node.__class__ is list else (node,)


def text(node: Any, k: Any) -> Any:  # noqa: ARG001 - compiled readers hand every syntax their context
    """The text of an element that has more than text."""
    if node.__class__ is Marked:
        return node
    return node.get(TEXT) if node.__class__ is dict else None


def plain(node: Any) -> dict[str, Any]:
    """An element that is nothing but text, as one that may have more."""
    return {TEXT: node} if node else NOTHING


def index(node: Any, at: int, k: Any) -> Any:
    """One repetition, or None."""
    found = rows(node, k)
    return found[at] if at < len(found) else None


def picks(node: Any, path: Path, values: Path, k: Any) -> list[Any]:
    """The repetitions below which one of the values stands at a path."""
    return [item for item in rows(node, k) if _holds(item, path, values, k)]


def pick(node: Any, path: Path, values: Path, k: Any) -> Any:
    """The first of them, or None."""
    return next((item for item in rows(node, k) if _holds(item, path, values, k)), None)


def _holds(node: Any, path: Path, values: Path, k: Any) -> bool:
    for leaf in below(node, path):
        if leaf in values:
            k.note(leaf, "mapped")
            return True
    return False


def within(node: Any, *names: str) -> dict[str, Any]:
    """The element at the end of some names, each of which stands once; an empty one where there is none."""
    for name in names:
        node = one(node, name) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def repeated(node: Any, name: str) -> list[Any]:
    """Every child of a name."""
    found = node.get(name) if isinstance(node, dict) else None
    return [] if found is None else list(rows(found, None))


def text_of(node: Any) -> str:
    """The text of an element, or none."""
    return (node.get(TEXT) if isinstance(node, dict) else node) or ""


def below(node: Any, path: Sequence[str]) -> Iterator[Any]:
    """Every text at the end of a path, through all repetitions."""
    if node.__class__ is list:
        for item in node:
            yield from below(item, path)
    elif not path:
        yield (node.get(TEXT) or "") if node.__class__ is dict else node
    elif node.__class__ is dict and path[0] in node:
        yield from below(node[path[0]], path[1:])


def every(node: Any, steps: tuple[tuple[str, Any], ...], k: Any) -> Iterator[Any]:
    """Every node at the end of some steps."""
    if node is None:
        return
    if not steps:
        yield node
        return
    (kind, arg), rest = steps[0], steps[1:]
    if kind == "each":
        for item in rows(node, k):
            yield from every(item, rest, k)
    else:
        yield from every(_further(node, kind, arg, k), rest, k)


def _further(node: Any, kind: str, arg: Any, k: Any) -> Any:
    match kind:
        case "key" | "keys":
            inner = node if node.__class__ is dict else plain(node)
            return one(inner, arg) if kind == "key" else inner.get(arg)
        case "index":
            return index(node, arg, k)
        case _:
            choose: Any = pick if kind == "pick" else picks
            return choose(node, *arg, k)


# -- what compiled writers call


def united(found: Sequence[Any]) -> Any:
    """What several lines write at one place, as one: children merged, repetitions one after the other, else the first."""
    whole: Any = None
    for part in found:
        if part is None:
            continue
        if isinstance(whole, list) or isinstance(part, list):
            whole = [] if whole is None else whole
            whole = [*(whole if isinstance(whole, list) else [whole]), *(part if isinstance(part, list) else [part])]
        elif isinstance(whole, dict) or isinstance(part, dict):
            first, second = _full(whole), _full(part)
            whole = first | {name: united((first.get(name), value)) for name, value in second.items()}
        elif whole is None:
            whole = part
    return whole


def _full(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {} if node is None else {TEXT: node}


def meeting(node: Any, path: Path, values: Path) -> Any:
    """A node of which a filter is true."""
    said: Any = values[0]
    for name in reversed(path):
        said = {name: said}
    return united((said, node))


def nested(records: Sequence[Any], steps: tuple[Step, ...]) -> Any:
    """Records put where a path with one `[]` leads."""
    if not records:
        return None
    at = next(n for n, (kind, _) in enumerate(steps) if kind == "each")
    node: Any = [_above(record, steps[at + 1 :]) for record in records]
    return _above(node, steps[:at])


def _above(node: Any, steps: Sequence[Any]) -> Any:
    for kind, arg in reversed(steps):
        if kind in ("key", "keys"):
            node = {arg: node}
        elif kind == "picks":
            node = [meeting(item, *arg) for item in node]
        elif kind in ("pick", "index"):
            node = [meeting(node, *arg) if kind == "pick" else node]
    return node


def grouped(records: Sequence[tuple[Any, Any]], within: Any, each: Any) -> Any:
    """Records in their groups: neighbours with the same group share it."""
    groups: list[tuple[Any, list[Any]]] = []
    for parent, item in records:
        if groups and groups[-1][0] == parent:
            groups[-1][1].append(item)
        else:
            groups.append((parent, [item]))
    return nested([united((parent, nested(items, each))) for parent, items in groups], within)


# -- elements


def tree(name: str, node: Any, spaces: Mapping[str, str], order: Mapping[str, Sequence[str]]) -> Element:
    r"""An element of what lenses wrote. `spaces`: namespaces by prefix; `order`: which children an element has, in their order.

    >>> from adapters.wire.xml import write
    >>> write(tree("a", {"c": ["1", "2"], "b": {"@n": "3"}}, {"": "urn:x"}, {"a": ("b", "c")})).decode().partition("?>")[2]
    '\n<a xmlns="urn:x"><b n="3"/><c>1</c><c>2</c></a>'
    """
    known: Any = {prefix or None: space for prefix, space in spaces.items()}
    found = etree.Element(_tag(name, spaces), nsmap=known)
    _fill(found, name, node, spaces, order)
    return found


def _fill(
    element: Element, name: str, node: Any, spaces: Mapping[str, str], order: Mapping[str, Sequence[str]]
) -> None:
    if not isinstance(node, dict):
        element.text = _legal(node)
        return
    places = {child: n for n, child in enumerate(order.get(name, ()))}
    for child, value in sorted(node.items(), key=lambda item: places.get(item[0], len(places))):
        if child == TEXT:
            element.text = _legal(value)
        elif child.startswith("@"):
            element.set(_tag(child[1:], spaces) if ":" in child else child[1:], _legal(value))
        else:
            for item in value if isinstance(value, list) else (value,):
                _fill(etree.SubElement(element, _tag(child, spaces)), child, item, spaces, order)


def _tag(name: str, spaces: Mapping[str, str]) -> str:
    prefix, _, local = name.rpartition(":")
    space = spaces.get(prefix, "")
    return f"{{{space}}}{local}" if space else local


def _legal(value: Any) -> str:
    """Text without the characters that XML does not have."""
    return "".join(
        c
        for c in str(value)
        if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff" and not "\ud800" <= c <= "\udfff")
    )


__all__ = ["TEXT", "Marked", "every", "grouped", "leaves", "nested", "one", "tree", "united", "view"]
