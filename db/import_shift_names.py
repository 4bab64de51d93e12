"""Names of shifts in a file: a code, its name as the roster shows it, and the times that go with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, time, timedelta

from sqlalchemy import select

from db.import_days import DAY
from db.import_rows import BadCell, Job
from db.models import Agent, Shift
from db.roster_facts import Template, template_of
from regulations.names import NAMES, name_of

Times = tuple[timedelta, timedelta, list[tuple[timedelta, timedelta]]]
_IN_USE = timedelta(days=35)  # around today: long enough for every shift of a rotation to come up


class ShiftTimes:
    """The times of a named shift: as the rulebook defines it, else as the team's roster has it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.defined = {d.code.casefold(): d for d in job.book.shift_definitions()}
        self.by_team: dict[int, dict[str, Counter[Template]]] = {}

    def code_of(self, called: str) -> str:
        """The code of a shift by its name in either language; what has no such name is its own code."""
        wanted = called.casefold()
        if wanted in self.defined:
            return self.defined[wanted].code
        for code, (zh, en) in NAMES["shift_code"].items():
            if wanted in (code.casefold(), zh.casefold(), en.casefold()):
                return code
        return called

    def times(self, code: str, called: str, agent: Agent) -> Times:
        """Begin, end and breaks since midnight of a shift of this code; `called` is what the file says.

        Of several times under one name on the team's roster, the one that more than half of the shifts have. Raises
        BadCell when nobody can tell, naming what is known.
        """
        definition = self.defined.get(code.casefold())
        if definition is not None:
            pauses = [(_since_midnight(b.start), _since_midnight(b.end)) for b in definition.breaks]
            return _since_midnight(definition.start), _since_midnight(definition.end), pauses
        in_use = self._in_use(agent.team_id)
        found = in_use.get(code.casefold(), Counter[Template]())
        if not found:
            raise self._unknown(called, in_use)
        usual, count = found.most_common(1)[0]
        if 2 * count <= found.total():
            spans = [f"{t.start:%H:%M}–{_clock(_end(t))}" for t, _ in found.most_common(3)]
            raise BadCell(
                "code",
                f"“{called}”在本组排班中有几种时间（{'、'.join(spans)}）：请写明上班时间和下班时间。",
                f"the team works {called!r} at several times ({', '.join(spans)}): write start and end",
            )
        begin = _since_midnight(usual.start)
        pauses = [(_of_day(begin, a), _of_day(begin, b)) for a, b in usual.breaks]
        return begin, _end(usual), pauses

    def _unknown(self, called: str, in_use: Mapping[str, Counter[Template]]) -> BadCell:
        used = [found.most_common(1)[0][0].code for found in in_use.values()]
        known = list(dict.fromkeys([*(d.code for d in self.defined.values()), *used]))[:8]
        zh, en = ([name_of("shift_code", code, lang) for code in known] for lang in ("zh", "en"))
        listed_zh, listed_en = (
            (f"可用：{'、'.join(zh)}。", f"there are {', '.join(en)}; ") if known else ("", "")
        )
        return BadCell(
            "code",
            f"没有名为“{called}”的班次。{listed_zh}其他班次请写明上班时间和下班时间。",
            f"there is no shift named {called!r}; {listed_en}for any other write start and end",
        )

    def _in_use(self, team_id: int) -> dict[str, Counter[Template]]:
        """The shifts on the team's roster around today, by code; read once a team."""
        if team_id not in self.by_team:
            today = self.job.calendar.day_of(self.job.now)
            rows = self.job.session.execute(
                select(Shift.code, Shift.starts_at, Shift.ends_at, Shift.breaks)
                .join(Agent, Agent.id == Shift.agent_id)
                .where(Agent.team_id == team_id, Shift.work_on.between(*_around(today)))
            )
            found: dict[str, Counter[Template]] = defaultdict(Counter)
            for code, starts_at, ends_at, breaks in rows:
                found[code.casefold()][template_of(code, starts_at, ends_at, breaks, self.job.zone)] += 1
            self.by_team[team_id] = dict(found)
        return self.by_team[team_id]


def _around(today: date) -> tuple[date, date]:
    return today - _IN_USE, today + _IN_USE


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


def _end(template: Template) -> timedelta:
    return _of_day(_since_midnight(template.start), template.minutes)


def _of_day(begin: timedelta, minutes: int) -> timedelta:
    """The time of day some minutes later; midnight itself ends a day."""
    at = begin + timedelta(minutes=minutes)
    return at - DAY if at > DAY else at


def _clock(at: timedelta) -> str:
    hours, minutes = divmod(int(at.total_seconds()) // 60, 60)
    return f"{hours:02}:{minutes:02}"
