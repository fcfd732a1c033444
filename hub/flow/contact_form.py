"""A 988 counsellor's form, field by field, as the contact that their centre's system would send (`lifeline988`). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hub.errors import Lasting

CHANNELS: Final = {"call": "call", "text": "text", "chat": "chat", "videophone": "videophone"}
FOR: Final = {"self": "themselves", "third_party": "somebody else"}
LEVELS: Final = {"low": "low", "moderate": "moderate", "high": "high", "imminent": "imminent"}
PRINCIPLES: Final = {
    "desire": "Desire to die",
    "capability": "Capability",
    "intent": "Intent",
    "buffers": "What holds them",
}
THERE: Final = {"present": "present", "absent": "absent", "unknown": "not known"}
CONCERNS: Final = {
    "suicide": "suicide",
    "self_harm": "self-harm",
    "depression": "depression",
    "anxiety": "anxiety",
    "psychosis": "psychosis",
    "substance_use": "substance use",
    "violence": "violence",
    "abuse": "abuse",
    "family": "family or partner",
    "loneliness": "loneliness",
    "housing": "housing",
    "other": "something else",
}
# What an active rescue tells the 911 centre, and nothing else (CR7).
RESCUE: Final = (
    "the number to call back",
    "the best known place and where that is known from",
    "the risk",
    "whether an attempt is in progress",
)
_LONGEST: Final = 4_000
_CLOSED: Final[Mapping[str, Mapping[str, str]]] = {
    "channel": CHANNELS,
    "contact_for": FOR,
    "level": LEVELS,
    **dict.fromkeys(PRINCIPLES, THERE),
}


def contact(form: Mapping[str, str], *, number: str, center: str, at: str) -> dict[str, Any]:
    """The contact that a form says, under a number of the centre's own; `at` is ISO 8601 with its offset.

    Raises Lasting for what is missing, or is no word of its list: never with what was written.
    """
    _check(form)
    rescue = form.get("act") == "rescue"
    said: dict[str, Any] = {
        "schema": "crisis-hub/988-contact/1",
        "message_id": number,
        "contact_id": number,
        "center_id": center,
        "sent_at": at,
        "answered_at": at,
        "modality": form["channel"],
        "contact_for": form.get("contact_for", ""),
        "anonymous": not _yes(form, "named"),
        "caller": {"name": _text(form, "name") if _yes(form, "named") else "", "callback": _list(form, "callback")},
        "demographics": {"age": _text(form, "age")},
        "presenting_concerns": [word for word in form.get("concern", "").split("\n") if word in CONCERNS],
        "risk": {"level": form["level"], "assessed_at": at, **{name: form.get(name, "") for name in PRINCIPLES}},
        "attempt_in_progress": _yes(form, "attempt"),
        "imminent_risk": form["level"] == "imminent",
        "active_rescue": rescue,
        "mco_referral": _yes(form, "team"),
        "wants_visit": _yes(form, "team"),
        "meeting_point": {"description": _text(form, "meeting")} if _yes(form, "team") else {},
        "location": {"lines": _list(form, "place"), "source": _text(form, "place_source")} if rescue else {},
        "consent": {"verbal": _yes(form, "agreed")},
        "follow_up": {"enrolled": _yes(form, "follow_up")},
        "narrative": _text(form, "narrative"),
    }
    return {name: value for name, part in said.items() if (value := _filled(part)) not in ("", {}, [])}


def _check(form: Mapping[str, str]) -> None:
    for wrong, words in _wrong(form):
        if wrong:
            raise Lasting(words)


def _wrong(form: Mapping[str, str]) -> Iterable[tuple[bool, str]]:
    yield form.get("channel") not in CHANNELS, "How did they reach you?"
    yield form.get("level") not in LEVELS, "How high is the risk?"
    for name, closed in _CLOSED.items():
        yield form.get(name, "") not in ("", *closed), "Choose from the lists."
    yield any(len(value) > _LONGEST for value in form.values()), f"At most {_LONGEST} characters in a field."
    if form.get("act") == "rescue":
        words = "Active rescue needs a number to call back, or the best known place."
        yield not (_text(form, "callback") or _text(form, "place")), words
    elif _yes(form, "team"):
        yield not (_text(form, "meeting") or _text(form, "callback")), "Where can the team meet them?"


def _filled(part: Any) -> Any:
    """A group without what is empty."""
    if isinstance(part, dict):
        return {name: value for name, value in part.items() if value not in ("", {}, [])}
    return part


def _text(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").strip()


def _list(form: Mapping[str, str], name: str) -> list[str]:
    return [text] if (text := _text(form, name)) else []


def _yes(form: Mapping[str, str], name: str) -> bool:
    return form.get(name) == "yes"
