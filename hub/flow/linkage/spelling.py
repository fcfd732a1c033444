"""How far two spellings are apart: a slip of one letter or digit, and the likeness that Jaro and Winkler measure."""

from __future__ import annotations

from typing import Final

_PREFIX: Final = 4


def slip(one: str, other: str) -> bool:
    """Whether one letter was mistyped, left out, put in, or exchanged with its neighbour.

    >>> slip("jordan", "jordna"), slip("jordan", "jodan"), slip("jordan", "morgan")
    (True, True, False)
    """
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    short, long = sorted((one, other), key=len)
    start = next((n for n, letter in enumerate(short) if letter != long[n]), len(short))
    if len(short) < len(long):
        return short[start:] == long[start + 1 :]
    exchanged = short[start : start + 2] == long[start : start + 2][::-1]
    return short[start + 1 :] == long[start + 1 :] or (exchanged and short[start + 2 :] == long[start + 2 :])


def likeness(one: str, other: str) -> float:
    """Jaro and Winkler's likeness of two words: 1 for equal ones, 0 for those that share nothing.

    >>> round(likeness("martha", "marhta"), 3), round(likeness("dixon", "dicksonx"), 3)
    (0.961, 0.813)
    """
    if one == other:
        return 1.0
    reach = max(max(len(one), len(other)) // 2 - 1, 0)
    matched, taken = _matches(one, other, reach)
    if not matched:
        return 0.0
    kept = [letter for letter, used in zip(other, taken, strict=True) if used]
    moved = sum(a != b for a, b in zip(matched, kept, strict=True)) / 2
    count = len(matched)
    jaro = (count / len(one) + count / len(other) + (count - moved) / count) / 3
    return jaro + _common(one, other) * 0.1 * (1 - jaro)


def close(one: str, other: str, floor: float) -> bool:
    """Whether the likeness of two words is at least so much. Most are known to be unlike by the letters they share, wherever those stand.

    >>> close("martha", "marhta", 0.9), close("12mainst", "480mainst", 0.9)
    (True, False)
    """
    shared = sum(min(one.count(letter), other.count(letter)) for letter in set(one))
    if not shared:
        return False
    jaro_at_most = (shared / len(one) + shared / len(other) + 1) / 3
    at_most = jaro_at_most + _common(one, other) * 0.1 * (1 - jaro_at_most)
    return at_most >= floor and likeness(one, other) >= floor


def _matches(one: str, other: str, reach: int) -> tuple[list[str], list[bool]]:
    taken, matched = [False] * len(other), []
    for place, letter in enumerate(one):
        for there in range(max(0, place - reach), min(len(other), place + reach + 1)):
            if not taken[there] and other[there] == letter:
                taken[there] = True
                matched.append(letter)
                break
    return matched, taken


def _common(one: str, other: str) -> int:
    """How many letters they begin with alike, four at most."""
    for place, (a, b) in enumerate(zip(one[:_PREFIX], other[:_PREFIX], strict=False)):
        if a != b:
            return place
    return min(len(one), len(other), _PREFIX)
