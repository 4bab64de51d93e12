"""Survey forms from a file: one row for each grade (dimension and grade), or one row with a column for each dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import select

from db.import_fields import FIELDS, GRADE_FIELDS
from db.import_inserts import insert_rows
from db.import_lookups import Numbers, rows_with, same_moment
from db.import_rows import BadCell, Job, Progress, Row, each
from db.models import Agent, Callback, SurveyResponse, WorkOrder
from db.refusals import Refused
from db.surveys import NUMBER_PREFIX, check_form, graded_agent, rows_of
from regulations import surveys as rules

_OWN_TITLES = {
    field.name: {field.name, field.zh, field.en} for field in FIELDS["surveys"] if field.name in GRADE_FIELDS
}
_ALIASES = {field.name: set(field.aliases) for field in FIELDS["surveys"] if field.name in GRADE_FIELDS}


@dataclass(frozen=True, slots=True)
class _Kept:
    """What is remembered of a recorded grade."""

    number: str
    dimension: str
    grade: str
    answered_at: datetime
    agent_id: int
    team_id: int
    work_order_id: int | None
    callback_id: int | None
    comment: str


_KEPT = tuple(_Kept.__dataclass_fields__)


class SurveyWriter:
    """Keyed by the form's number; without one by the order it is about, or by person and time. Nothing is replaced."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen: dict[object, int] = {}
        self.numbers = Numbers(job, SurveyResponse.number, NUMBER_PREFIX)
        self.kept: dict[object, dict[str, _Kept]] = {}
        self.orders: dict[str, WorkOrder] = {}
        self.callbacks: dict[str, Callback] = {}
        self.new: list[dict[str, Any]] = []
        self.people = {agent.id: agent for agent in job.agents.values()}
        self.asked = rules.dimensions(job.book)
        self.columns = {name: self._dimension_of(name) for name in GRADE_FIELDS if name in job.header.titles}

    def write(self, rows: Sequence[Row]) -> None:
        """Compare with the forms that are there and take each row."""
        session, job = self.job.session, self.job
        self.kept = {}
        self.orders = self._orders([row.get("work_order") for row in rows])
        self.callbacks = self._callbacks([row.get("callback") for row in rows])
        instants = [row.get("answered_at") for row in rows if not row.get("number")]
        responses = select(*(getattr(SurveyResponse, name) for name in _KEPT))
        for column, wanted in (
            (SurveyResponse.number, [row.get("number") for row in rows]),
            (SurveyResponse.answered_at, instants),
            (SurveyResponse.work_order_id, [order.id for order in self.orders.values()]),
            (SurveyResponse.callback_id, [one.id for one in self.callbacks.values()]),
        ):
            for response in rows_with(job, responses, column, wanted):
                self._remember(_Kept(*response))
        each(job, rows, self._take)
        session.flush()
        insert_rows(session, SurveyResponse, self.new)
        self.new = []

    def finish(self, on_progress: Progress | None = None) -> None:
        """Nothing."""

    def _orders(self, numbers: Sequence[str | None]) -> dict[str, WorkOrder]:
        """The orders of these numbers, with the attributes that are asked for here."""
        columns = (
            WorkOrder.id,
            WorkOrder.number,
            WorkOrder.team_id,
            WorkOrder.agent_id,
            WorkOrder.finished_at,
        )
        found = rows_with(self.job, select(*columns), WorkOrder.number, numbers)
        return {
            row.number: cast(WorkOrder, SimpleNamespace(**row._mapping, agent=self.people[row.agent_id]))
            for row in found
        }

    def _callbacks(self, numbers: Sequence[str | None]) -> dict[str, Callback]:
        columns = (
            Callback.id, Callback.number, Callback.team_id, Callback.agent_id, Callback.handler_id,
            Callback.complaint_id, Callback.work_order_id,
        )  # fmt: skip
        found = rows_with(self.job, select(*columns), Callback.number, numbers)
        return {
            row.number: cast(
                Callback,
                SimpleNamespace(
                    **row._mapping,
                    agent=self.people[row.agent_id],
                    handler=self.people.get(row.handler_id),
                ),
            )
            for row in found
        }

    def _dimension_of(self, name: str) -> str | None:
        """The dimension that a column of grades stands for; None where its title is one of another rulebook.

        A title that is a dimension of the rulebook in force means that one, wherever it stands; a title of our
        own, and one mapped by hand, means the one of its number.
        """
        title = self.job.header.titles[name]
        if title in self.asked:
            return title
        place = GRADE_FIELDS.index(name)
        if place >= len(self.asked) or (title in _ALIASES[name] and title not in _OWN_TITLES[name]):
            return None
        return self.asked[place]

    def _remember(self, response: _Kept) -> None:
        keys: list[object] = [response.number, (response.answered_at, response.agent_id, response.comment)]
        if response.work_order_id is not None:
            keys.append(("order", response.work_order_id))
        if response.callback_id is not None:
            keys.append(("callback", response.callback_id))
        for key in keys:
            form = self.kept.setdefault(key, {})
            if not form or next(iter(form.values())).number == response.number:
                form[response.dimension] = response

    def _take(self, row: Row) -> None:
        job = self.job
        order, callback = self._linked(row)
        agent: Agent | None = job.agent_of(row) if row.get("agent") else graded_agent(None, order, callback)
        if agent is None:
            raise BadCell(
                "agent",
                "请填写被评价人的工号，或所评价的维修单编号。",
                "give the staff number of who is graded, or the order it is about",
            )
        if not job.scope.sees_team(agent.team_id):
            raise BadCell("agent", "不在您的班组。", "not in your teams")
        answers = self._answers(row)
        answered_at = row.get("answered_at")
        try:
            check_form(answers, answered_at, order, job.book, job.now)
        except Refused as refused:
            raise BadCell(self._refused_field(row, answers, order), refused.zh, refused.en) from None
        is_long = bool(row.get("dimension"))
        if is_long and not row.get("number"):
            raise BadCell(
                "number",
                "每行一个项目时须填写表号。",
                "a sheet with one row for each grade needs the form's number",
            )
        key = self._key(row, agent, order, callback)
        line = (key, tuple(answers) if is_long else None)
        if line in self.seen:
            raise BadCell(
                "number", f"与第 {self.seen[line]} 行重复。", f"the same form as in row {self.seen[line]}"
            )
        kept = self.kept.get(key) or {}
        self._compare(row, kept, answers, agent)
        for about in (("order", order), ("callback", callback)):
            self._refuse_second(row, kept, about)
        new = {dimension: grade for dimension, grade in answers.items() if dimension not in kept}
        if kept and new and not is_long:
            raise BadCell(
                "number",
                "这份调查表已经录入，不会改写；如果是另一份，请用它自己的编号。",
                "the form is recorded already and is not rewritten; for another one use its own number",
            )
        if new:
            number = row.get("number") or self.numbers.new(job.calendar.day_of(answered_at))
            self._add(number, new, row, agent, order, callback)
        job.took(row, "new" if new else "unchanged", at=answered_at)
        self.seen[line] = row.number

    def _refused_field(self, row: Row, answers: dict[str, str], order: WorkOrder | None) -> str:
        """The column to look at when a form as a whole is refused."""
        if rules.problem_of(answers, self.job.book) is not None:
            return next((name for name in ("grade", *self.columns) if row.get(name)), "grade")
        return "work_order" if order is not None and order.finished_at is None else "answered_at"

    def _linked(self, row: Row) -> tuple[WorkOrder | None, Callback | None]:
        number = row.get("work_order")
        order = self.orders.get(number) if number else None
        if number and (order is None or not self.job.scope.sees_team(order.team_id)):
            raise BadCell("work_order", f"没有维修单“{number}”。", f"there is no work order {number!r}")
        number = row.get("callback")
        callback = self.callbacks.get(number) if number else None
        if number and (callback is None or not self.job.scope.sees_team(callback.team_id)):
            raise BadCell("callback", f"没有回访“{number}”。", f"there is no callback {number!r}")
        return order, callback

    def _answers(self, row: Row) -> dict[str, str]:
        found: dict[str, str] = {}
        if row.get("dimension") or row.get("grade"):
            if not (row.get("dimension") and row.get("grade")):
                missing = "grade" if row.get("dimension") else "dimension"
                raise BadCell(
                    missing, "调查项目和等级要一起填写。", "dimension and grade of an answer belong together"
                )
            found[row.get("dimension")] = row.get("grade")
        for name, dimension in self.columns.items():
            if row.get(name) is None:
                continue
            if dimension is None:
                title = self.job.header.titles[name]
                raise BadCell(
                    name,
                    f"现行规则没有“{title}”这个调查项目；现有：{'、'.join(self.asked)}。",
                    f"the rulebook in force has no dimension {title!r}; there are {', '.join(self.asked)}",
                )
            found[dimension] = row.get(name)
        return found

    def _key(self, row: Row, agent: Agent, order: WorkOrder | None, callback: Callback | None) -> object:
        if row.get("number"):
            return row.get("number")
        if order is not None:
            return ("order", order.id)
        if callback is not None:
            return ("callback", callback.id)
        return (row.get("answered_at"), agent.id, row.get("comment", ""))

    def _compare(self, row: Row, kept: dict[str, _Kept], answers: dict[str, str], agent: Agent) -> None:
        """Raises BadCell where the form is recorded otherwise: what a customer said is not rewritten."""
        if not kept:
            return
        first = next(iter(kept.values()))
        if not self.job.scope.sees_team(first.team_id):
            raise BadCell("number", "该编号属于其他班组。", "the number belongs to another team")
        if first.agent_id != agent.id or not same_moment(first.answered_at, row.get("answered_at")):
            raise BadCell(
                "number",
                f"编号 {first.number} 已用于另一份调查表；请用它自己的编号。",
                f"{first.number} is another form's number; use its own",
            )
        for dimension, grade in answers.items():
            there = kept.get(dimension)
            if there is not None and there.grade != grade:
                name = next((n for n, d in self.columns.items() if d == dimension and row.get(n)), "grade")
                raise BadCell(
                    name,
                    f"“{dimension}”已录入为“{there.grade}”，不会改写。",
                    f"{dimension!r} is recorded as {there.grade!r} and is not rewritten",
                )

    def _refuse_second(
        self, row: Row, kept: dict[str, _Kept], about: tuple[str, WorkOrder | Callback | None]
    ) -> None:
        kind, linked = about
        other = self.kept.get((kind, linked.id)) if linked is not None else None
        if not other:
            return
        there = next(iter(other.values())).number
        if not kept or next(iter(kept.values())).number != there:
            name = "work_order" if kind == "order" else "callback"
            raise BadCell(name, f"这次服务已有评价 {there}。", f"this service is graded already ({there})")

    def _add(
        self,
        number: str,
        answers: dict[str, str],
        row: Row,
        agent: Agent,
        order: WorkOrder | None,
        callback: Callback | None,
    ) -> None:
        answered_at = row.get("answered_at")
        responses = rows_of(
            answers,
            number=number,
            answered_at=answered_at,
            answered_on=self.job.calendar.day_of(answered_at),
            agent=agent,
            comment=row.get("comment", ""),
            book=self.job.book,
            complaint_id=callback.complaint_id if callback else None,
            work_order_id=order.id if order else (callback.work_order_id if callback else None),
            callback_id=callback.id if callback else None,
        )
        self.new += responses
        for response in responses:
            self._remember(_Kept(**{name: response[name] for name in _KEPT}))
