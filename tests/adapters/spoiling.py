"""XML documents with one thing wrong at a time, to be judged by our own shapes and by the published schema alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

ALTERED: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "gone": lambda above, one: above.remove(one),
    "twice": lambda above, one: above.insert(above.index(one), deepcopy(one)),
    "last": lambda above, one: above.append(one),
    "renamed": lambda _, one: setattr(one, "tag", f"{one.tag}9"),
}


def spoiled(root: Any, texts: Mapping[str, str], *, most: int = 0, bare: bool = False) -> Iterator[tuple[str, Any]]:
    """A document with one element gone, doubled, moved, renamed, or with one of these `texts`, each under its path and what was done.

    At most about `most` elements are spoiled, 0 for all; `bare` takes the attributes away together with the text.
    """
    paths = [root.getroottree().getelementpath(one) for one in root.iter() if one is not root]
    for path in paths[:: max(1, len(paths) // most) if most else 1]:
        for how in (*ALTERED, *texts):
            whole = deepcopy(root)
            one = whole.find(path)
            if how in ALTERED:
                ALTERED[how](one.getparent(), one)
            elif len(one) == 0:
                one.text = texts[how]
                if bare:
                    one.attrib.clear()
            yield f"{path} {how}", whole
