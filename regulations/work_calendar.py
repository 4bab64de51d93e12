"""The working calendar of a rulebook: which days are worked, which are holidays, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from regulations import public_holidays
from regulations.verdict import Lang

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

_LAST_SECOND = time(23, 59, 59)
_WEEKDAY_CODES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# The New Year notice of the following year has reached back as far as 29 December (2001, 2018).
_NEXT_NOTICE_REACHES_BACK_TO = (12, 29)
_SITE_HOLIDAY = ("单位假日", "site holiday")


class WorktimeError(ValueError):
    """A calendar or a limit that cannot be computed with. The message says which and why."""


@dataclass(frozen=True)
class WorkCalendar:
    """Working days (工作日) and public holidays (节假日) in the site's zone (catalogue 0.2 and 4.3).

    The official list counts first; `site_holidays` and `site_makeup` are added to it, and a site's make-up
    day wins over a holiday. A site that lists any day of a year vouches for the whole of that year.
    """

    timezone: ZoneInfo
    workdays: frozenset[int]  # date.weekday(): Monday is 0
    site_holidays: tuple[tuple[date, str], ...] = ()  # the day and its name, "" for none given
    site_makeup: frozenset[date] = frozenset()
    weekends_count_as_holidays: bool = False

    @staticmethod
    def from_rulebook(book: Rulebook) -> WorkCalendar:
        """The calendar of `calendar.*`. Raises WorktimeError naming the key that cannot be read."""
        return _calendar_of(book)

    def day_of(self, at: datetime) -> date:
        """The local date of an instant."""
        return at.astimezone(self.timezone).date()

    def start_of_day(self, day: date) -> datetime:
        """00:00:00 local."""
        return datetime.combine(day, time(), self.timezone)

    def end_of_day(self, day: date) -> datetime:
        """23:59:59 local. Times compare at whole seconds, so an event within that second is in time."""
        return datetime.combine(day, _LAST_SECOND, self.timezone)

    def is_makeup_day(self, day: date) -> bool:
        """Whether a day that would be free is worked instead (调休上班)."""
        if day in self.site_makeup:
            return True
        return public_holidays.is_makeup_working_day(day) and day not in dict(self.site_holidays)

    def is_working_day(self, day: date) -> bool:
        """Whether the day counts as 工作日: Monday to Friday adjusted by the official and the site's list."""
        if self.is_makeup_day(day):
            return True
        return self._festival(day) is None and day.weekday() in self.workdays

    def is_public_holiday(self, day: date) -> bool:
        """Whether the day counts as 节假日; ordinary weekends only if the rulebook says so."""
        if self.is_makeup_day(day):
            return False
        if self._festival(day) is not None:
            return True
        return self.weekends_count_as_holidays and day.weekday() not in self.workdays

    def holiday_name(self, day: date, lang: Lang = "zh") -> str | None:
        """What the public holiday is called; None when the day is none."""
        if not self.is_public_holiday(day):
            return None
        return self.day_off_name(day, lang)

    def day_off_name(self, day: date, lang: Lang = "zh") -> str:
        """Why the day is not worked: the festival, the weekend, or a rest day of the site."""
        festival = self._festival(day)
        if festival is not None:
            return festival[1 if lang == "en" else 0]
        if day.weekday() >= public_holidays.SATURDAY:
            return "weekend" if lang == "en" else "周末"
        return "rest day" if lang == "en" else "休息日"

    def is_provisional(self, day: date) -> bool:
        """Whether the official list for this day is not known yet, so that the answer may still change."""
        if not self._is_vouched_for(day.year):
            return True
        return (day.month, day.day) >= _NEXT_NOTICE_REACHES_BACK_TO and not self._is_vouched_for(day.year + 1)

    def _festival(self, day: date) -> tuple[str, str] | None:
        if day in self.site_makeup:
            return None
        for site_day, name in self.site_holidays:
            if site_day == day:
                return (name, name) if name else (public_holidays.holiday_on(day) or _SITE_HOLIDAY)
        return public_holidays.holiday_on(day)

    def _is_vouched_for(self, year: int) -> bool:
        return (
            year in public_holidays.published_years()
            or any(day.year == year for day, _ in self.site_holidays)
            or any(day.year == year for day in self.site_makeup)
        )


def next_working_day(day: date, calendar: WorkCalendar) -> date:
    """The day itself if it is worked, else the first one after it that is."""
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return day


def _entries(book: Rulebook, key: str) -> tuple[str, ...]:
    """The elements of a list parameter as text; dates in ISO form. None when it is off."""
    return tuple(str(item) for item in book.parameter(key).value or ())


@lru_cache(maxsize=64)  # asked for once for every case of a file
def _calendar_of(book: Rulebook) -> WorkCalendar:
    return _calendar(
        book.text("calendar.timezone") or "",
        _entries(book, "calendar.workdays"),
        _entries(book, "calendar.holidays"),
        _entries(book, "calendar.makeup_workdays"),
        bool(book.flag("calendar.weekends_count_as_holidays")),
    )


@lru_cache(maxsize=64)
def _calendar(
    timezone: str,
    workdays: tuple[str, ...],
    holidays: tuple[str, ...],
    makeup: tuple[str, ...],
    weekends_count: bool,
) -> WorkCalendar:
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise WorktimeError(f"calendar.timezone: {timezone!r} is no known time zone") from None
    numbers = frozenset(_weekday(w) for w in workdays)
    if not numbers:
        raise WorktimeError("calendar.workdays: at least one day of the week must be worked")
    return WorkCalendar(
        zone,
        numbers,
        tuple(_dated(entry, "calendar.holidays") for entry in holidays),
        frozenset(_dated(entry, "calendar.makeup_workdays")[0] for entry in makeup),
        weekends_count,
    )


def _weekday(code: str) -> int:
    try:
        return _WEEKDAY_CODES.index(code.strip().lower()[:3])
    except ValueError:
        raise WorktimeError(f"calendar.workdays: {code!r} is no weekday; write mon, tue …") from None


def _dated(entry: str, key: str) -> tuple[date, str]:
    """An entry is a date, optionally followed by a space and the name: "2027-02-05 春节"."""
    day, _, name = entry.strip().partition(" ")
    try:
        return date.fromisoformat(day), name.strip()
    except ValueError:
        raise WorktimeError(f"{key}: {entry!r} does not begin with a date such as 2027-02-05") from None
