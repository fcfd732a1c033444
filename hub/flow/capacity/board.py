"""The board: for each unit what people set, what the census says, what others report, what may be offered, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final

from msgspec.structs import replace

from hub.errors import Lasting
from hub.flow.capacity.census import Movement, Place, census, emergency
from hub.flow.capacity.diversion import Diversion, passes_by, standing
from hub.flow.capacity.trust import DOUBTED, OFFERED, Answer, confidence
from hub.model.plan import Fact
from hub.model.service import CapacityReport
from hub.spans import HOUR, MINUTE

# A hand count may be so much older than a message and still be about the same moment.
_SAME_MOMENT: Final = 10 * MINUTE
# A report says how many are free; it counts no more after this.
REPORT_LIVES: Final = 24 * HOUR
MOST_BEDS: Final = 5_000
# Services also count meals, hours and kilograms.
MOST_OF_ANYTHING: Final = 1_000_000_000
_LAIN_IN: Final = frozenset({"", "bed", "chair", "room", "crib", "place"})
_REPORTED: Final = ("staffed", "occupied", "available", "blocked", "held", "maximum", "waiting")


_MOVEMENTS: Final = {True: "movement is dated", False: "movements are dated"}


class Setting(Fact, frozen=True):
    """What people set for a unit: beds staffed, blocked and held, and how many lay there when they counted (`census`).

    Without `census` the unit was never opened. `at` is when, UTC microseconds.
    """

    facility: str
    unit: str
    at: int
    staffed: int = 0
    blocked: int = 0
    held: int = 0
    census: int | None = None
    profile: tuple[str, ...] = ()
    by: str = ""

    @property
    def place(self) -> Place:
        """Which unit."""
        return (self.facility, self.unit)


class Report(Fact, frozen=True):
    """What somebody reports of a unit: `source` is a word of `trust.SOURCES`; `at` is when it was so."""

    facility: str
    unit: str
    source: str
    at: int
    available: int | None = None
    occupied: int | None = None


class Books(Fact, frozen=True):
    """Everything that was told, in any order."""

    settings: tuple[Setting, ...] = ()
    movements: tuple[Movement, ...] = ()
    merged: Mapping[str, str] = {}
    reports: tuple[Report, ...] = ()
    answers: tuple[Answer, ...] = ()
    diversions: tuple[Diversion, ...] = ()

    def turns(self, now: int, until: int) -> int:
        """The first instant after `now` from which something told counts, or no more counts; `until` where there is none before."""
        told: Iterable[Setting | Movement | Report | Answer] = chain(
            self.settings, self.movements, self.reports, self.answers
        )
        spans = ((each.said_at, each.since, each.until) for each in self.diversions)
        return min((at for at in chain((one.at for one in told), *spans) if now < at < until), default=until)


class Row(Fact, frozen=True):
    """One unit on the board. `offerable` is 0 where nothing is offered, and `why` says why; `at` is how new the number is."""

    facility: str
    unit: str
    staffed: int
    occupied: int
    blocked: int
    held: int
    boarders: int
    offerable: int
    source: str
    at: int
    confidence: float
    profile: tuple[str, ...] = ()
    why: str = ""
    alerts: tuple[str, ...] = ()


def checked(setting: Setting) -> Setting:
    """The setting, if it can be so. Raises Lasting saying which number cannot.

    >>> checked(Setting(facility="S1", unit="A", at=0, staffed=-1))
    Traceback (most recent call last):
    hub.errors.Lasting: S1 A: staffed is -1; a count lies between 0 and 5000.
    """
    place = f"{setting.facility} {setting.unit}"
    _counted(setting, ("staffed", "blocked", "held", "census"), place)
    if setting.blocked + setting.held > setting.staffed:
        raise Lasting(
            "More beds are blocked and held than are staffed.", at=place, cure="Count the staffed ones again."
        )
    return setting


def possible(report: CapacityReport) -> None:
    """Refuse a report whose counts cannot be, whoever sent it in whatever format. Raises Lasting saying which number.

    >>> possible(CapacityReport(facility="S1", unit="A", available=-3))
    Traceback (most recent call last):
    hub.errors.Lasting: S1 A: available is -3; a count lies between 0 and 5000.
    """
    kind = report.bed_type.code or report.bed_type.local if report.bed_type else ""
    most = MOST_BEDS if report.measure in _LAIN_IN else MOST_OF_ANYTHING
    _counted(report, _REPORTED, " ".join(filter(None, (report.facility, report.unit or kind))), most)


def _counted(said: Setting | CapacityReport, names: tuple[str, ...], place: str, most: int = MOST_BEDS) -> None:
    for name in names:
        count = getattr(said, name)
        if count is not None and not 0 <= count <= most:
            raise Lasting(f"{name} is {count}; a count lies between 0 and {most}.", at=place)


def board(books: Books, now: int) -> tuple[Row, ...]:
    """A row for every unit that anybody set or told of, as of an instant (UTC microseconds)."""
    day = _Day(books, now)
    places = {*day.settings, *day.occupied, *day.boarding}
    return tuple(day.row(place) for place in sorted(places))


class _Day:
    """The books as of an instant, each fold made once."""

    def __init__(self, books: Books, now: int) -> None:
        self.books, self.now = books, now
        self.settings = _newest(books.settings, now)
        self.today = census(books.movements, now, books.merged)
        self.occupied, self.boarding = self.today.occupied(), self.today.boarding()
        self.diverted = standing(books.diversions, now)
        self._then: dict[int, Counter[Place]] = {}
        self._last: dict[str, int] = {}
        self._ahead: Counter[Place] = Counter()
        for each in books.movements:
            if each.at <= now:
                self._last[each.facility] = max(each.at, self._last.get(each.facility, 0))
            else:
                self._ahead[each.facility, each.unit] += 1

    def row(self, place: Place) -> Row:
        """One unit."""
        setting = self.settings.get(place)
        if setting is None or setting.census is None:
            return self._unopened(place, setting)
        lying = self._lying(setting)
        at = max(setting.at, self._last.get(setting.facility, 0))
        source = "census" if at > setting.at else "hand"
        sure = confidence(source, at, self.now, [a for a in self.books.answers if (a.facility, a.unit) == place])
        doubt = self._in_doubt(setting)
        if doubt:
            sure = round(sure * DOUBTED, 3)
        free = setting.staffed - setting.blocked - setting.held - lying
        alerts, least = self._contradictions(setting, free, lying)
        if doubt:
            alerts = (*alerts, "A message of a kind that nobody knows told of somebody here: count again.")
        why = self._why_not(place, least, sure)
        return replace(
            _plain(place, setting, occupied=lying, boarders=self.boarding[place]),
            offerable=0 if why else least, source=source, at=at, confidence=sure, why=why, alerts=alerts,
        )  # fmt: skip

    def _unopened(self, place: Place, setting: Setting | None) -> Row:
        known = setting or Setting(facility=place[0], unit=place[1], at=0)
        plain = _plain(place, known, occupied=self.occupied[place], boarders=self.boarding[place])
        return replace(plain, at=self._last.get(place[0], 0), why="Nobody has opened this unit: count it once.")

    def _lying(self, setting: Setting) -> int:
        """Whom messages told of, and those counted whom none ever told of, less those of them who left since.

        A count below what messages told corrects them: somebody's discharge was never told.
        """
        counted, place = setting.census or 0, setting.place
        if setting.at not in self._then:
            self._then[setting.at] = census(self.books.movements, setting.at, self.books.merged).occupied()
        known = self._then[setting.at][place]
        left = sum(where == place and setting.at < at for where, at in self.today.strangers_left)
        return self.occupied[place] + max(counted - known - left, 0) - max(known - counted, 0)

    def _in_doubt(self, setting: Setting) -> bool:
        """Whether somebody may have come or gone since the last count, by a message whose kind nobody knows."""
        here = (setting.place, (setting.facility, ""))
        return any(where in here and setting.at < at for where, at in self.today.doubted)

    def _contradictions(self, setting: Setting, free: int, lying: int) -> tuple[tuple[str, ...], int]:
        """What does not agree, in words for people; and the least that anybody says is free. Nobody's number is thrown away."""
        alerts, least = [], free
        if free < 0:
            more = "1 more person lies" if free == -1 else f"{-free} more people lie"
            alerts.append(f"{more} there than beds are staffed and free.")
        if lying < 0:
            alerts.append("More people left than were counted: count again.")
        if ahead := self._ahead[setting.place]:
            alerts.append(
                f"{ahead} {_MOVEMENTS[ahead == 1]} in the future, and will count then. Is the sender's clock right?"
            )
        newest = max(setting.at, self._last.get(setting.facility, 0))
        for report in _newest_reports(setting.place, self.books.reports, self.now):
            said = _free(report, setting)
            if said is None or said == free:
                continue
            alerts.append(f"The {report.source} count differs: {said} free there, {free} here.")
            if report.at + _SAME_MOMENT >= newest:
                least = min(least, said)
        return tuple(alerts), max(least, 0)

    def _why_not(self, place: Place, least: int, sure: float) -> str:
        facility, unit = place
        away = passes_by(self.diverted, facility, emergency=emergency(unit))
        if away:
            return f"On diversion ({away.scope}{f', {away.reason}' if away.reason else ''})."
        if sure < OFFERED:
            return "The number is too old, too often wrong or in doubt to be offered."
        return "" if least > 0 else "Full."


def _plain(place: Place, setting: Setting, *, occupied: int, boarders: int) -> Row:
    return Row(
        facility=place[0], unit=place[1], staffed=setting.staffed, occupied=max(occupied, 0), blocked=setting.blocked,
        held=setting.held, boarders=boarders, offerable=0, source="census", at=0, confidence=0.0, profile=setting.profile,
    )  # fmt: skip


def _free(report: Report, setting: Setting) -> int | None:
    """How many are free by a report, as far as it says."""
    if report.available is not None:
        return report.available
    if report.occupied is None:
        return None
    return setting.staffed - setting.blocked - setting.held - report.occupied


def _newest(settings: Iterable[Setting], now: int) -> dict[Place, Setting]:
    found: dict[Place, Setting] = {}
    for each in sorted(settings, key=lambda s: s.at):
        if each.at <= now:
            found[each.place] = each
    return found


def _newest_reports(place: Place, reports: Iterable[Report], now: int) -> list[Report]:
    newest: dict[str, Report] = {}
    for each in reports:
        if (each.facility, each.unit) == place and now - REPORT_LIVES <= each.at <= now:
            before = newest.get(each.source)
            if before is None or (each.at, each.available or 0) > (before.at, before.available or 0):
                newest[each.source] = each
    return [newest[source] for source in sorted(newest)]
