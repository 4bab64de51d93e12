"""Survey forms: all grades at once, one form for each service, nothing replaced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import surveys
from db.models import Agent, AuditEntry, SurveyResponse
from db.refusals import Refused
from regulations.access import AccessRefused, Scope
from regulations.rulebook import Rulebook, load_rulebook
from regulations.surveys import ranking
from tests.factories import NOW, make_agent, make_callback, make_complaint, make_team, make_work_order, scope

GRADES = {"态度": "非常满意", "技术": "满意", "到达时间": "较差", "答应事项的办理": "满意"}


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return load_rulebook()


@pytest.fixture
def agent(session: Session) -> Agent:
    return make_agent(session)


@pytest.fixture
def viewer(agent: Agent) -> Scope:
    return scope("supervisor", agent.team)


@pytest.fixture
def record(session: Session, viewer: Scope, agent: Agent, book: Rulebook) -> Callable[..., surveys.Form]:
    def take(**values: Any) -> surveys.Form:
        usual = {"answers": GRADES, "answered_at": NOW, "book": book, "now": NOW}
        if not {"agent", "work_order", "callback", "complaint"} & set(values):
            usual["agent"] = agent
        return surveys.record_form(session, viewer, **{**usual, **values})

    return take


def test_a_form_is_recorded_with_all_its_grades_and_their_points(
    session: Session, record: Callable[..., surveys.Form]
) -> None:
    form = record(comment=" 来得太晚 ")
    assert form.number == "DC-20261120-001"
    assert [(a.dimension, a.grade, a.points) for a in form.answers] == [
        ("态度", "非常满意", 100),
        ("技术", "满意", 80),
        ("到达时间", "较差", 30),
        ("答应事项的办理", "满意", 80),
    ]
    assert form.mean == Decimal("72.5")
    assert form.first.comment == "来得太晚"
    session.flush()
    (entry,) = session.scalars(select(AuditEntry)).all()
    assert (entry.action, entry.object_id) == ("survey.recorded", form.number)


def test_forms_are_numbered_one_after_the_other_whatever_they_answer(
    record: Callable[..., surveys.Form],
) -> None:
    numbers = [record(answers={dimension: "满意"}).number for dimension in GRADES]
    assert numbers == [f"DC-20261120-00{n}" for n in (1, 2, 3, 4)]


def test_the_same_number_replaces_nothing(session: Session, record: Callable[..., surveys.Form]) -> None:
    record(number="B-17")
    with pytest.raises(Refused) as refused:
        record(number=" B-17 ", answers=dict.fromkeys(GRADES, "较差"))
    assert "编号 B-17 的调查表已于 2026-11-20 录入，不会覆盖" in refused.value.zh
    assert "不会覆盖" in refused.value.zh and "use its own number" in refused.value.en
    assert len(session.scalars(select(SurveyResponse)).all()) == 4


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"answers": {}}, "至少要有一项评价"),
        ({"answers": {"气味": "满意"}}, "没有“气味”这个调查项目"),
        ({"answers": {"态度": "五星"}}, "没有“五星”这个等级"),
        ({"answered_at": NOW + timedelta(minutes=6)}, "不能晚于现在"),
        ({"number": "x" * 41}, "最多 40 个字"),
        ({"number": "a\x00b"}, "最多 40 个字"),
    ],
)
def test_a_form_that_cannot_be_is_refused(
    record: Callable[..., surveys.Form], values: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused) as refused:
        record(**values)
    assert said in refused.value.zh


def test_a_form_needs_somebody_who_is_graded(session: Session, viewer: Scope, book: Rulebook) -> None:
    with pytest.raises(Refused, match="choose whose service"):
        surveys.record_form(session, viewer, answers=GRADES, answered_at=NOW, book=book, now=NOW)


def test_a_service_is_graded_once_and_after_it_was_finished(
    session: Session, agent: Agent, record: Callable[..., surveys.Form]
) -> None:
    order = make_work_order(session, agent, finished_at=NOW - timedelta(minutes=20))
    with pytest.raises(Refused, match="before the work was finished"):
        record(work_order=order, answered_at=NOW - timedelta(minutes=30))
    form = record(work_order=order)
    assert (form.first.agent_id, form.first.work_order_id) == (agent.id, order.id)
    with pytest.raises(Refused, match="graded already"):
        record(work_order=order)
    with pytest.raises(Refused, match="is not finished"):
        record(work_order=make_work_order(session, agent))


def test_a_callback_grades_the_service_it_asks_about(
    session: Session, agent: Agent, record: Callable[..., surveys.Form]
) -> None:
    caller = make_agent(session, agent.team)
    order = make_work_order(session, agent, finished_at=NOW - timedelta(minutes=20))
    callback = make_callback(session, caller, kind="repair", work_order_id=order.id)
    form = record(callback=callback)
    assert (form.first.agent_id, form.first.work_order_id, form.first.callback_id) == (
        agent.id,
        order.id,
        callback.id,
    )
    with pytest.raises(Refused, match="graded already"):
        record(work_order=order)
    case = make_complaint(session, agent)
    about_case = record(callback=make_callback(session, caller, complaint=case))
    assert (about_case.first.agent_id, about_case.first.complaint_id) == (agent.id, case.id)


def test_only_who_may_records_forms_and_only_of_his_team(
    session: Session, agent: Agent, book: Rulebook
) -> None:
    order = make_work_order(session, agent, finished_at=NOW - timedelta(minutes=20))
    values: dict[str, Any] = {"answers": GRADES, "answered_at": NOW, "book": book, "now": NOW}
    for stranger in (
        scope("qa"),
        scope("executive"),
        scope("agent", agent=agent),
        scope("supervisor", make_team(session)),
    ):
        with pytest.raises(AccessRefused):
            surveys.record_form(session, stranger, agent=agent, **values)
        with pytest.raises(AccessRefused):
            surveys.record_form(session, stranger, work_order=order, **values)


def test_lists_show_the_worst_first_and_stay_in_scope(
    session: Session, viewer: Scope, agent: Agent, record: Callable[..., surveys.Form]
) -> None:
    good = record(answers=dict.fromkeys(GRADES, "非常满意"))
    bad = record(answers=dict.fromkeys(GRADES, "较差"))
    record(answered_at=NOW - timedelta(days=40))
    today = NOW.date()
    found = surveys.list_forms(session, viewer, from_on=today, to_on=today)
    assert [form.number for form in found] == [bad.number, good.number]
    stranger = scope("supervisor", make_team(session))
    assert surveys.list_forms(session, stranger) == []
    with pytest.raises(LookupError):
        surveys.get_form(session, stranger, good.number)
    assert surveys.get_form(session, viewer, good.number).mean == 100
    assert len(surveys.list_forms(session, scope("manager"), limit=2)) == 2


def test_the_ranking_reads_what_was_recorded(
    session: Session, viewer: Scope, agent: Agent, book: Rulebook, record: Callable[..., surveys.Form]
) -> None:
    for _ in range(5):
        record()
    today = NOW.date()
    answers = surveys.list_answers(session, viewer, from_on=today, to_on=today)
    (standing,) = ranking(answers, book)
    assert (standing.agent, standing.responses, standing.mean, standing.rank) == (
        agent.number,
        5,
        Decimal("72.5"),
        1,
    )
