"""Agents from a file: new people, changed posts and teams, people who left."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from db.import_rows import BadCell, Job, Progress, Row, differences, each
from db.models import Agent, Team

_COPIED = ("name", "post", "level", "phone", "hired_on", "is_active")


class AgentWriter:
    """Staff numbers are the key. A team that does not exist is made, by whoever sees all teams."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen: dict[str, int] = {}
        self.teams: dict[str, Team] = {}
        for team in job.session.scalars(select(Team).order_by(Team.id)):
            self.teams.setdefault(team.name, team)
        for team in list(self.teams.values()):
            self.teams[team.code] = team

    def write(self, rows: Sequence[Row]) -> None:
        """Take the rows one by one; a department has hundreds of people, not millions."""
        each(self.job, rows, self._take)
        self.job.session.flush()

    def finish(self, on_progress: Progress | None = None) -> None:
        """Nothing."""

    def _take(self, row: Row) -> None:
        job, number = self.job, row.get("number")
        if number in self.seen:
            first = self.seen[number]
            raise BadCell(
                "number", f"与第 {first} 行的工号重复。", f"the same staff number as in row {first}"
            )
        self.seen[number] = row.number
        kept = job.agents.get(number)
        if kept is not None and not job.scope.sees_team(kept.team_id):
            raise BadCell("number", "该工号属于其他班组。", "the staff number belongs to another team")
        team = self._team_of(row)
        values = {name: row.get(name) for name in _COPIED if row.get(name) is not None}
        if kept is None:
            agent = Agent(number=number, team_id=team.id, team=team, **values)
            job.session.add(agent)
            job.agents[number] = agent
            job.took(row, "new")
            return
        changes = differences(kept, {**values, "team_id": team.id})
        if not changes:
            job.took(row, "unchanged")
            return
        for name, (_, after) in changes.items():
            setattr(kept, name, after)
        if "team_id" in changes:
            kept.team = team
        job.log_change("agent", kept.number, changes)
        job.took(row, "changed", changes)

    def _team_of(self, row: Row) -> Team:
        called = row.get("team")
        team = self.teams.get(called)
        if team is not None and self.job.scope.sees_team(team.id):
            return team
        if self.job.scope.team_ids is not None:
            raise BadCell(
                "team", f"没有班组“{called}”，或不是您的班组。", f"no team {called!r}, or not one of yours"
            )
        team = Team(code=called, name=row.get("team_name", called))
        self.job.session.add(team)
        self.job.session.flush()
        self.teams[called] = self.teams[team.name] = team
        return team
