"""Which complaints arrive when: the ordinary ones, the surge, and the cases placed around `now` to catch the eye."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from db.demo.courses import Course, received_for
from db.demo.stage import Stage, pick, poisson
from db.demo.words import CASES, SURGE_CATEGORY, SURGE_PRODUCT, SURGE_SUMMARIES

_PER_DAY = 3.75
_TEAM_SHARE = {"goods": 0.7, "property": 0.22, "hospital": 0.08}
# Spring festival is quiet; 618, the hot months and 双十一 are not.
_SEASON = (0.95, 0.78, 1.05, 0.95, 1.0, 1.2, 1.12, 1.05, 0.95, 0.95, 1.35, 1.1)
_WEEKDAY = (1.28, 1.1, 1.05, 1.0, 1.05, 0.82, 0.7)
_HOUR = {
    0: 0.3, 6: 0.3, 7: 1, 8: 5, 9: 10, 10: 12, 11: 9, 12: 5, 13: 6, 14: 9, 15: 10, 16: 9, 17: 7, 18: 5, 19: 5,
    20: 4, 21: 3, 22: 1.5, 23: 0.6,
}  # fmt: skip
_CHANNELS = {
    "phone": 62, "chat": 14, "email": 6, "visit": 6, "sms": 3, "letter": 1.5, "regulator": 1.5,
    "consumer_association": 2, "media": 0.5, "operator_forward": 3.5,
}  # fmt: skip
_SERIOUS_CHANNELS = ("regulator", "consumer_association", "media")
_BAD_MONTH_AGO = 4  # moving house and a new logistics partner: the month everybody remembers
_SURGE_CASES = 11
# Surges of the past, dealt with long ago: days ago, hour, category, product, cases.
_PAST_SURGES = (
    (23, 15.0, "delivery", "云帆扫地机器人 X3", 8),
    (96, 9.5, "refund", "云帆破壁机 P6", 7),
    (211, 10.2, "installation", "云帆变频空调 K35", 9),
)


@dataclass(frozen=True)
class Draft:
    """A case before it is numbered. `previous` points into the drafts' own order of writing."""

    received_at: datetime
    team: str
    category: str
    course: Course
    channel: str = "phone"
    severity: str = "ordinary"
    product: str = ""
    summary: str = ""
    follows: bool = False
    is_staged: bool = False  # placed around `now` to be seen in a certain state


def arrivals(stage: Stage) -> list[Draft]:
    """Every case of the demo, in the order of receipt."""
    drafts = [*_ordinary(stage), *_surge(stage), *_past_surges(stage), *_staged(stage)]
    return sorted(drafts, key=lambda draft: draft.received_at)


def _ordinary(stage: Stage) -> Iterator[Draft]:
    dice = stage.dice("complaints")
    for day in stage.days:
        mean = _PER_DAY * stage.scale * _SEASON[day.month - 1] * _WEEKDAY[day.weekday()]
        if stage.calendar.is_public_holiday(day):
            mean *= 0.55
        for _ in range(poisson(dice, mean)):
            hour = int(pick(dice, {str(h): w for h, w in _HOUR.items()})) + dice.random()
            received_at = stage.at(day, hour) + timedelta(seconds=dice.randint(0, 59))
            channel = pick(dice, _CHANNELS)
            is_serious = dice.random() < (0.5 if channel in _SERIOUS_CHANNELS else 0.02)
            team = pick(dice, _TEAM_SHARE)
            draft = Draft(
                received_at,
                team,
                pick(dice, {code: weight for code, (_, weight, _) in CASES[team].items()}),
                Course(_punctuality(stage, day), reopen=dice.random() < 0.025),
                channel,
                "serious" if is_serious else "ordinary",
                follows=dice.random() < 0.012,
            )
            if received_at <= stage.now:
                yield draft


def _punctuality(stage: Stage, day: date) -> float:
    if stage.months_ago(day) == _BAD_MONTH_AGO:
        return 0.8
    return 0.9 + 0.06 * stage.age(day)


def _surge(stage: Stage) -> Iterator[Draft]:
    """One kind of complaint, many times within the hour, about ninety minutes ago."""
    dice = stage.dice("surge")
    for i in range(_SURGE_CASES):
        received_at = stage.now - timedelta(minutes=104 - i * 3.3 - dice.random())
        course = Course(1.0, "forwarded" if i % 3 else "acknowledged")
        summary = SURGE_SUMMARIES[i % len(SURGE_SUMMARIES)]
        channel = "phone" if i % 4 else "chat"
        yield Draft(
            received_at.replace(microsecond=0), "goods", SURGE_CATEGORY, course, channel, product=SURGE_PRODUCT,
            summary=summary, is_staged=True,
        )  # fmt: skip


def _past_surges(stage: Stage) -> Iterator[Draft]:
    """The same at other times, for the list of surges to have a history."""
    dice = stage.dice("past surges")
    for days, hour, category, product, cases in _PAST_SURGES:
        begins = stage.at(stage.today - timedelta(days=days), hour)
        for _ in range(cases):
            received_at = begins + timedelta(minutes=dice.randint(0, 45), seconds=dice.randint(0, 59))
            if received_at.date() >= stage.start:
                yield Draft(received_at, "goods", category, Course(0.97), product=product)


def _staged(stage: Stage) -> Iterator[Draft]:
    """Open cases placed around `now`: overdue, due within the hour, today, tomorrow; serious, reopened."""
    dice = stage.dice("staged")
    now, minute = stage.now, timedelta(minutes=1)
    midnight = stage.at(stage.today, 24)

    def lately() -> Iterator[datetime]:
        return (
            now.replace(second=dice.randint(0, 59), microsecond=0) - minute * 3 * i for i in range(1, 600)
        )

    def days_back(hour: float) -> Iterator[datetime]:
        return (stage.at(stage.today - timedelta(days=i), hour) for i in range(30))

    def staged(received_at: datetime | None, category: str, stop: str, **more: Any) -> Iterator[Draft]:
        if received_at is not None:
            skip = more.pop("skip", frozenset())
            yield Draft(
                received_at,
                more.pop("team", "goods"),
                category,
                Course(1.0, stop, skip),
                is_staged=True,
                **more,
            )

    # Not yet forwarded: overdue for hours and for minutes, and due within the hour.
    for low, high, category in ((-260, -150, "delivery"), (-50, -20, "quality")):
        yield from staged(
            received_for(stage, "forward", lately(), now + low * minute, now + high * minute),
            category,
            "forwarded",
        )
    for low, high, team, category in (
        (6, 18, "goods", "installation"), (22, 36, "property", "property"), (40, 57, "goods", "refund"),
    ):  # fmt: skip
        received_at = received_for(stage, "forward", lately(), now + low * minute, now + high * minute)
        yield from staged(received_at, category, "forwarded", team=team)
    # Final answer overdue by days; the longest a serious one.
    for newest, oldest, category, severity in (
        (1, 3, "refund", "ordinary"), (4, 6, "installation", "ordinary"), (8, 12, "quality", "serious"),
    ):  # fmt: skip
        latest, earliest = midnight - timedelta(days=newest), midnight - timedelta(days=oldest)
        received_at = received_for(stage, "final_feedback", days_back(dice.uniform(9, 17)), earliest, latest)
        yield from staged(received_at, category, "final_feedback", severity=severity)
    # First feedback: overdue since yesterday, due today, due tomorrow.
    for first_day, category, team in (
        (-1, "quality", "goods"), (0, "delivery", "goods"), (0, "property", "property"), (1, "refund", "goods"),
        (1, "service", "hospital"),
    ):  # fmt: skip
        latest = midnight + timedelta(days=first_day)
        received_at = received_for(
            stage, "first_feedback", days_back(dice.uniform(0.1, 20)), latest - timedelta(hours=23), latest
        )
        yield from staged(received_at, category, "first_feedback", team=team)
    # Final answer due today or on the next working day, and one whose customer has heard nothing for days.
    for ahead in (0, 1):
        latest = midnight + timedelta(days=ahead)
        received_at = received_for(
            stage, "final_feedback", days_back(dice.uniform(9, 17)), latest - timedelta(hours=23), latest
        )
        yield from staged(received_at, "installation", "final_feedback")
    silent = stage.at(stage.today - timedelta(days=6), dice.uniform(9, 17))
    yield from staged(
        silent, "property", "final_feedback", team="property", skip=frozenset({"progress_contact"})
    )
    # Serious and open; reopened and open again.
    serious = stage.at(stage.today - timedelta(days=2), dice.uniform(9, 17))
    yield from staged(serious, "quality", "final_feedback", severity="serious", channel="regulator")
    for days, hours in ((9, 5), (13, 20)):
        received_at = stage.at(stage.today - timedelta(days=days), dice.uniform(9, 17))
        course = Course(reopened_at=now - timedelta(hours=hours, minutes=dice.randint(0, 59)))
        yield Draft(received_at, "goods", "refund", course, is_staged=True)
