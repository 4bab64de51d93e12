"""The month of attendance as tables: person-days for the grid, totals of people and teams, the shifts behind a total."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo

import pandas as pd

from dashboard.attendance_class import class_name, class_sign
from dashboard.charts_month import CALM, sign_of, worst_of
from dashboard.formats import NOTHING, fmt_duration, fmt_time, site_zone
from dashboard.i18n import _, listed, name
from db.attendance_months import Month, MonthDay, MonthDifference, PersonMonth, TeamMonth
from regulations.attendance_totals import MEASURES, REST, Totals, days_behind

Changed = frozenset[tuple[str, str]]  # staff number and day of what changed after the month was fixed


@dataclass(frozen=True, slots=True)
class Behind:
    """A total whose shifts are wanted: of one person (`who`, a staff number), of one team, or of everybody."""

    code: str
    who: str = ""
    team_id: int | None = None


def day_words(day: MonthDay | None) -> str:
    """One shift in words: verdict, then as `detail_words`."""
    if day is None:
        return _("no such shift")
    return listed([class_name(day.fact.class_), *_details(day, site_zone())])


def detail_words(day: MonthDay, zone: tzinfo) -> str:
    """What stands beside the verdict: minutes, clock readings in local time, remarks."""
    return listed(_details(day, zone)) or NOTHING


def _details(day: MonthDay, zone: tzinfo) -> list[str]:
    fact, parts = day.fact, []
    if fact.late_minutes:
        parts.append(_("{duration} late", duration=fmt_duration(fact.late_minutes * 60)))
    if fact.early_minutes:
        parts.append(_("left {duration} early", duration=fmt_duration(fact.early_minutes * 60)))
    if day.first_in_at or day.last_out_at:
        parts.append(f"{fmt_time(day.first_in_at, zone)}–{fmt_time(day.last_out_at, zone)}")
    if fact.class_ == REST:
        parts.append(_("{duration} without a shift", duration=fmt_duration(fact.extra_minutes * 60)))
    elif fact.extra_minutes:
        parts.append(_("{duration} beyond the shift", duration=fmt_duration(fact.extra_minutes * 60)))
    said = [code for code in fact.remarks if code != "rest_day_worked"]  # the class says it
    return [*parts, *(name("attendance_remark", code) for code in said)]


def shown_names(people: Iterable[PersonMonth]) -> dict[str, str]:
    """What each staff number is called in a chart; two of one name carry their numbers."""
    people = list(people)
    counts = Counter(person.name for person in people)
    return {
        p.number: p.name if counts[p.name] == 1 else _("{text} ({more})", text=p.name, more=p.number)
        for p in people
    }


def grid_frame(month: Month, changed: Changed, numbers: Collection[str] | None = None) -> pd.DataFrame:
    """Person-days for the chart, of these staff numbers or of everybody; a day of several shifts shows the worst.

    Columns as charts_month.month_chart takes them.
    """
    names, zone = shown_names(month.people), site_zone()
    rows: list[dict[str, object]] = []
    for team in month.teams:
        for person in team.people:
            if numbers is not None and person.number not in numbers:
                continue
            of_day: dict[str, list[MonthDay]] = defaultdict(list)
            for day in person.days:
                of_day[day.fact.work_on.isoformat()].append(day)
            for on, days in of_day.items():
                class_ = worst_of([day.fact.class_ for day in days])
                rows.append(
                    {
                        "who": person.number,
                        "person": names[person.number],
                        "team": team.name,
                        "day": on,
                        "class": class_,
                        "sign": sign_of(
                            class_sign(class_),
                            has_remarks=any(day.fact.has_remarks for day in days),
                            is_changed=(person.number, on) in changed,
                        ),
                        "detail": " / ".join(detail_words(day, zone) for day in days),
                        "is_odd": class_ not in CALM,
                    }
                )
    columns = ["who", "person", "team", "day", "class", "sign", "detail", "is_odd"]
    return pd.DataFrame(rows, columns=columns)


def by_need(month: Month) -> list[PersonMonth]:
    """The people of the month, what hurts most first: absences, then severe days, then days that need a look."""

    def need(person: PersonMonth) -> tuple[int, int, int]:
        classes = Counter(day.fact.class_ for day in person.days)
        odd = sum(count for class_, count in classes.items() if class_ not in CALM)
        return -classes["absent"], -classes["severe"], -odd

    return sorted(month.people, key=need)


def _cells(totals: Totals) -> dict[str, object]:
    rate = 100 * totals["attended"] / totals["scheduled"] if totals["scheduled"] else None
    return {**totals.as_record(), "rate": rate}


def people_frame(teams: Sequence[TeamMonth]) -> pd.DataFrame:
    """Everybody's totals, the worst first. Columns: number, person, team, rate, and every total by its code."""
    rows = [
        {"number": p.number, "person": p.name, "team": team.name, **_cells(p.totals)}
        for team in teams
        for p in team.people
    ]
    frame = pd.DataFrame(rows, columns=["number", "person", "team", "rate", *MEASURES])
    order = ["absent", "severe", "late", "late_minutes", "missing_punch", "number"]
    return frame.sort_values(order, ascending=[False] * 5 + [True]).reset_index(drop=True)


def teams_frame(month: Month) -> pd.DataFrame:
    """The totals of the teams, and of all of them below where there are several. Columns: team_id, team, rate, totals."""
    rows = [
        {"team_id": team.team_id, "team": team.name, "people": len(team.people), **_cells(team.totals)}
        for team in month.teams
        if team.people
    ]
    if len(rows) > 1:
        rows.append(
            {"team_id": 0, "team": _("All teams"), "people": len(month.people), **_cells(month.totals)}
        )
    return pd.DataFrame(rows, columns=["team_id", "team", "people", "rate", *MEASURES])


def behind_frame(month: Month, wanted: Behind) -> pd.DataFrame:
    """The shifts behind a total, by day: as many as it counts, or with minutes that add up to it.

    Columns: number, person, team, on, shift, class, amount, detail, clauses.
    """
    rows: list[dict[str, object]] = []
    measure, zone = MEASURES[wanted.code], site_zone()
    for team in month.teams:
        if wanted.team_id is not None and team.team_id != wanted.team_id:
            continue
        for person in team.people:
            if wanted.who and person.number != wanted.who:
                continue
            days = {day.fact.shift_id: day for day in person.days}
            for fact in days_behind([day.fact for day in person.days], wanted.code, team.missed):
                day = days[fact.shift_id]
                rows.append(
                    {
                        "number": person.number,
                        "person": person.name,
                        "team": team.name,
                        "on": fact.work_on,
                        "shift": _("no shift")
                        if fact.class_ == REST
                        else f"{fmt_time(day.starts_at, zone)}–{fmt_time(day.ends_at, zone)}",
                        "class": fact.class_,
                        "amount": measure.amount(fact, team.missed),
                        "is_missed": fact.class_ in team.missed,
                        "detail": detail_words(day, zone),
                        "clauses": " ".join(day.clauses) or NOTHING,
                    }
                )
    columns = ["number", "person", "team", "on", "shift", "class", "amount", "is_missed", "detail", "clauses"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.sort_values(
        ["is_missed", "amount", "on", "number"], ascending=[False, False, True, True]
    ).reset_index(drop=True)


def total_of(month: Month, wanted: Behind) -> int:
    """The total itself, of the person, the team, or everybody."""
    for team in month.teams:
        if team.team_id == wanted.team_id:
            return team.totals[wanted.code]
        for person in team.people:
            if person.number == wanted.who:
                return person.totals[wanted.code]
    return 0 if wanted.who or wanted.team_id is not None else month.totals[wanted.code]


def differences_frame(found: Sequence[MonthDifference], words: Sequence[str]) -> pd.DataFrame:
    """What changed after a month was fixed. `words` is why, for each. Columns: on, person, number, before, after, why."""
    return pd.DataFrame(
        [
            {
                "on": one.work_on,
                "person": one.name,
                "number": one.number,
                "before": day_words(one.before),
                "after": day_words(one.after),
                "why": why,
            }
            for one, why in zip(found, words, strict=True)
        ],
        columns=["on", "person", "number", "before", "after", "why"],
    )
