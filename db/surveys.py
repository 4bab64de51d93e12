"""Satisfaction surveys (客户意见调查表): forms with a grade for each dimension, and who was graded how (C4.13 to C4.16)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, selectinload

from db import audit
from db.engine import take_write_lock
from db.models import Agent, Callback, Complaint, SurveyResponse, Team, WorkOrder
from db.numbering import next_number
from db.refusals import Refused, refuse_future
from db.visibility import demand, demand_row, within
from regulations import surveys as rules
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.worktime import WorkCalendar

NUMBER_PREFIX = "DC"  # 调查


@dataclass(frozen=True)
class Form:
    """One customer's form: the rows of one number. `mean` is of the grades that have points."""

    number: str
    answers: tuple[SurveyResponse, ...]

    @property
    def first(self) -> SurveyResponse:
        """One of its rows; what is not a grade is the same in all of them."""
        return self.answers[0]

    @property
    def mean(self) -> Decimal | None:
        """The mean points of its grades."""
        points = [a.points for a in self.answers if a.points is not None]
        return sum(points, Decimal()) / len(points) if points else None


def list_forms(
    session: Session,
    scope: Scope,
    *,
    from_on: date | None = None,
    to_on: date | None = None,
    team_id: int | None = None,
    complaint_id: int | None = None,
    limit: int | None = None,
) -> list[Form]:
    """Forms in scope, the lowest mean first, then the latest. The local dates of the answers are both included."""
    query = _between(scope, from_on, to_on, team_id)
    if complaint_id is not None:
        query = query.where(SurveyResponse.complaint_id == complaint_id)
    forms = _grouped(session.scalars(query))
    forms.sort(key=lambda form: form.first.answered_at, reverse=True)
    forms.sort(key=lambda form: Decimal("Infinity") if form.mean is None else form.mean)
    return forms[:limit]


def get_form(session: Session, scope: Scope, number: str) -> Form:
    """The form of that number. Raises LookupError when none is in scope."""
    query = _between(scope, None, None, None).where(SurveyResponse.number == number.strip())
    forms = _grouped(session.scalars(query))
    if not forms:
        raise LookupError(number)
    return forms[0]


def list_answers(
    session: Session, scope: Scope, *, from_on: date, to_on: date, team_id: int | None = None
) -> list[rules.Answer]:
    """Every grade of a period as the rules take it; people are their staff numbers."""
    return [
        rules.Answer(row.number, row.agent.number, row.dimension, row.grade, row.points)
        for row in session.scalars(_between(scope, from_on, to_on, team_id))
    ]


def record_form(
    session: Session,
    scope: Scope,
    *,
    answers: Mapping[str, str],
    answered_at: datetime,
    book: Rulebook,
    now: datetime,
    number: str = "",
    agent: Agent | None = None,
    comment: str = "",
    complaint: Complaint | None = None,
    work_order: WorkOrder | None = None,
    callback: Callback | None = None,
) -> Form:
    """Record what a customer answered: a grade for each dimension, all at once.

    `number` is the paper form's own; left out, one is assigned. `agent` is whose service is graded; left out, who
    was in charge of what the form is about. Raises AccessRefused without surveys.record or for rows of another
    team, Refused for grades that are none, a number that is taken, a service that was graded already.
    """
    demand(scope, "surveys.record")
    if callback is not None:
        work_order = work_order or _order_of(session, callback)
        complaint = complaint or callback.complaint
    for row in (complaint, work_order, callback):
        if row is not None:
            demand_row(scope, row)
    graded = agent or graded_agent(complaint, work_order, callback)
    if graded is None:
        raise Refused(
            "请选择被评价的人员，或填写所评价的维修单。",
            "choose whose service is graded, or the order it is about",
        )
    if not scope.sees_team(graded.team_id):
        demand_row(scope, graded)
    check_form(answers, answered_at, work_order, book, now)
    take_write_lock(session.connection())
    # One numbers at a time: rows of different dimensions would not notice that their number is the same.
    session.execute(select(Team.id).order_by(Team.id).limit(1).with_for_update(key_share=True))
    number = number.strip()
    _refuse_taken(session, number, work_order, callback)
    answered_on = WorkCalendar.from_rulebook(book).day_of(answered_at)
    number = number or next_number(session, SurveyResponse.number, NUMBER_PREFIX, answered_on)
    values = rows_of(
        answers,
        number=number,
        answered_at=answered_at.replace(microsecond=0),
        answered_on=answered_on,
        agent=graded,
        comment=comment.strip(),
        book=book,
        complaint_id=complaint.id if complaint else None,
        work_order_id=work_order.id if work_order else None,
        callback_id=callback.id if callback else None,
    )
    rows = [SurveyResponse(**one, agent=graded) for one in values]
    session.add_all(rows)
    session.flush()
    detail = {"number": number, "agent": graded.number, "answers": dict(answers)}
    audit.record(session, scope, "survey.recorded", "survey", number, detail, at=now)
    return Form(number, tuple(rows))


def graded_agent(
    complaint: Complaint | None, work_order: WorkOrder | None, callback: Callback | None
) -> Agent | None:
    """Whose service a form about these grades: who was in charge, not who called back to ask."""
    if work_order is not None:
        return work_order.agent
    if complaint is not None:
        return complaint.agent
    if callback is not None:
        return callback.handler or callback.agent
    return None


def check_form(
    answers: Mapping[str, str],
    answered_at: datetime,
    work_order: WorkOrder | None,
    book: Rulebook,
    now: datetime,
) -> None:
    """Raises Refused for a form that no customer can have filled in."""
    problem = rules.problem_of(answers, book)
    if problem is not None:
        raise Refused(problem.zh, problem.en)
    refuse_future(answered_at, now)
    if work_order is None:
        return
    if work_order.finished_at is None:
        raise Refused(
            f"维修单 {work_order.number} 还没有完工，完工后才能评价。",
            f"the order {work_order.number} is not finished: it is graded after that",
        )
    if answered_at < work_order.finished_at.replace(second=0, microsecond=0):
        raise Refused("评价时间不能早于完工时间。", "the answer is before the work was finished")


def rows_of(
    answers: Mapping[str, str],
    *,
    number: str,
    answered_at: datetime,
    answered_on: date,
    agent: Agent,
    comment: str,
    book: Rulebook,
    complaint_id: int | None = None,
    work_order_id: int | None = None,
    callback_id: int | None = None,
) -> list[dict[str, Any]]:
    """A form's rows as values, one for each grade, in the order of the rulebook's dimensions."""
    order = {dimension: place for place, dimension in enumerate(rules.dimensions(book))}
    shared = {
        "number": number,
        "answered_at": answered_at,
        "answered_on": answered_on,
        "team_id": agent.team_id,
        "agent_id": agent.id,
        "complaint_id": complaint_id,
        "work_order_id": work_order_id,
        "callback_id": callback_id,
        "comment": comment,
        "rulebook_version": book.version,
    }
    return [
        {
            **shared,
            "dimension": dimension,
            "grade": answers[dimension],
            "points": rules.points_of(answers[dimension], book),
        }
        for dimension in sorted(answers, key=lambda d: order.get(d, len(order)))
    ]


def find_form_about(
    session: Session, *, work_order_id: int | None = None, callback_id: int | None = None
) -> str | None:
    """The number of the form that grades this order or callback already; None when there is none."""
    about = []
    if work_order_id is not None:
        about.append(SurveyResponse.work_order_id == work_order_id)
    if callback_id is not None:
        about.append(SurveyResponse.callback_id == callback_id)
    if not about:
        return None
    found: str | None = session.scalar(select(SurveyResponse.number).where(or_(*about)).limit(1))
    return found


def _refuse_taken(
    session: Session, number: str, work_order: WorkOrder | None, callback: Callback | None
) -> None:
    if number:
        if len(number) > 40 or not number.isprintable():
            raise Refused("编号最多 40 个字。", "a number has 40 characters at most")
        kept = session.scalar(select(SurveyResponse).where(SurveyResponse.number == number).limit(1))
        if kept is not None:
            raise Refused(
                f"编号 {number} 的调查表已于 {kept.answered_on} 录入，不会覆盖；如果是另一份，请用它自己的编号或留空。",
                f"form {number} is recorded already ({kept.answered_on}) and is not replaced; for another form"
                " use its own number or none",
            )
    graded = find_form_about(
        session,
        work_order_id=work_order.id if work_order else None,
        callback_id=callback.id if callback else None,
    )
    if graded is not None:
        raise Refused(
            f"这次服务已有评价 {graded}，一次服务只计一份。",
            f"this service is graded already ({graded}): one form for each service",
        )


def _order_of(session: Session, callback: Callback) -> WorkOrder | None:
    return session.get(WorkOrder, callback.work_order_id) if callback.work_order_id is not None else None


def _between(scope: Scope, from_on: date | None, to_on: date | None, team_id: int | None) -> Select[Any]:
    query = (
        select(SurveyResponse)
        .options(
            selectinload(SurveyResponse.work_order),
            selectinload(SurveyResponse.complaint),
            selectinload(SurveyResponse.callback),
        )
        .where(*within(scope, team=SurveyResponse.team_id, agent=SurveyResponse.agent_id))
        .order_by(SurveyResponse.answered_at, SurveyResponse.id)
    )
    if from_on is not None:
        query = query.where(SurveyResponse.answered_on >= from_on)
    if to_on is not None:
        query = query.where(SurveyResponse.answered_on <= to_on)
    return query if team_id is None else query.where(SurveyResponse.team_id == team_id)


def _grouped(rows: Iterable[SurveyResponse]) -> list[Form]:
    by_number: dict[str, list[SurveyResponse]] = {}
    for row in rows:
        by_number.setdefault(row.number, []).append(row)
    return [Form(number, tuple(answers)) for number, answers in by_number.items()]
