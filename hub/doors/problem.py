"""Refusals over HTTP in the caller's own format: problem+json (RFC 9457) or, for FHIR, an OperationOutcome. Never a value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import msgspec

# Status -> title, and the FHIR issue type that says the same.
TITLES: Final[dict[int, tuple[str, str]]] = {
    400: ("The request cannot be understood", "structure"),
    401: ("Who is asking is not known", "login"),
    403: ("This is not yours to do", "forbidden"),
    404: ("There is nothing here", "not-found"),
    405: ("This is not done here", "not-supported"),
    406: ("The answer cannot be had in such a type", "not-supported"),
    408: ("The request did not arrive in time", "timeout"),
    412: ("It is not as it was when it was read", "conflict"),
    413: ("The request is too large", "too-long"),
    415: ("This kind of content is not taken here", "not-supported"),
    422: ("The content cannot be taken", "processing"),
    428: ("The request must say on which version it relies", "required"),
    429: ("Too much at once", "throttled"),
    503: ("The hub cannot keep anything now", "transient"),
}
FHIR: Final = "application/fhir+json"
Headers = tuple[tuple[bytes, bytes], ...]
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Why a request is refused. `at` is a path from the root, `$`, or another place inside the content; `headers` go with the answer."""

    status: int
    detail: str
    at: str = ""
    headers: Headers = ()

    def spelled(self, *, fhir: bool) -> tuple[bytes, bytes]:
        """The body and its media type.

        >>> Problem(status=404, detail="Gone.").spelled(fhir=True)[0].decode()
        '{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"not-found","diagnostics":"Gone."}]}'
        """
        return (_outcome(self), FHIR.encode()) if fhir else (_problem(self), b"application/problem+json")


def _problem(problem: Problem) -> bytes:
    title, _ = TITLES[problem.status]
    found: dict[str, object] = {
        "type": "about:blank",
        "title": title,
        "status": problem.status,
        "detail": problem.detail,
    }
    if problem.at:
        pointer = {"pointer": _pointer(problem.at)} if problem.at.startswith("$") else {}
        found["errors"] = [{"detail": problem.detail, "place": problem.at, **pointer}]
    return _encode(found)


def _pointer(path: str) -> str:
    """A path from the root, `$`, as a JSON pointer in a fragment (RFC 6901).

    >>> _pointer("$.entry[3].resource"), _pointer("$")
    ('#/entry/3/resource', '#')
    """
    return "/".join(["#", *(name or index for name, index in _STEP.findall(path))])


def _outcome(problem: Problem) -> bytes:
    _, code = TITLES[problem.status]
    issue: dict[str, object] = {"severity": "error", "code": code, "diagnostics": problem.detail}
    if problem.at:
        # FHIRPath begins at the resource.
        issue["expression"] = [problem.at.removeprefix("$.")]
    return _encode({"resourceType": "OperationOutcome", "issue": [issue]})
