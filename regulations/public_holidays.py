"""China's official list of days off and make-up working days, year by year, with the names of the festivals.

The dates come from the `holidays` package, which carries the State Council's yearly notices. A year
without a notice (the next one, until late autumn) has only the statutory festivals: see `published_years`.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache, lru_cache

from holidays.countries.china import China, ChinaStaticHolidays

Name = tuple[str, str]
"""A festival's name in Chinese and English."""

SATURDAY = 5
_DAY = timedelta(days=1)
# A run of days off is a fortnight at most; the search for its ends stops well beyond that.
_LONGEST_RUN = 31


@cache
def published_years() -> frozenset[int]:
    """The years whose official notice the installed package carries."""
    return frozenset(ChinaStaticHolidays.special_public_holidays)


@cache
def _year(year: int) -> tuple[dict[date, Name | None], frozenset[date]]:
    """Days off (None where the day is only swapped in) and make-up working days of one year."""
    chinese = China(years=year, language="zh_CN")  # type: ignore[no-untyped-call]
    english = China(years=year, language="en_US")  # type: ignore[no-untyped-call]
    off: dict[date, Name | None] = {}
    for day, label in chinese.items():
        off[day] = (
            None if label.startswith("休息日") else (_festival(label, "（"), _festival(english[day], " ("))
        )
    return off, frozenset(day for day in chinese.weekend_workdays if day.year == year)


def _festival(label: str, mark: str) -> str:
    """The festival without the package's remarks (补假, observed, estimated); two on one day are joined."""
    names = []
    for name in label.split("; "):
        kept = name
        for remark in ("补假", "推定", "observed", "estimated"):
            at = kept.find(mark + remark)
            kept = kept if at < 0 else kept[:at]
        names.append(kept)
    return ("、" if mark == "（" else ", ").join(dict.fromkeys(names))


def is_makeup_working_day(day: date) -> bool:
    """Whether the official list makes this weekend day a working day (调休上班)."""
    return day in _year(day.year)[1]


def _is_day_off(day: date) -> bool:
    off, makeup = _year(day.year)
    return day in off or (day.weekday() >= SATURDAY and day not in makeup)


@lru_cache(maxsize=4096)
def holiday_on(day: date) -> Name | None:
    """The festival this day off belongs to; None for a working day and for an ordinary weekend.

    The notices give holidays as one run of days ("1 to 7 October, 7 days"): a swapped day and a weekend
    inside the run belong to its festival, so 4 October, a Sunday, is 国庆节 and not merely a weekend.
    """
    if not _is_day_off(day):
        return None
    own = _year(day.year)[0].get(day)
    if own is not None:
        return own
    run = [day]
    for direction in (-_DAY, _DAY):
        other = day
        for _ in range(_LONGEST_RUN):
            if not date.min < other < date.max or not _is_day_off(other + direction):
                break
            other += direction
            run.append(other)
    names = Counter(name for d in sorted(run) if (name := _year(d.year)[0].get(d)) is not None)
    return names.most_common(1)[0][0] if names else None
