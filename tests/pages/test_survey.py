"""The survey: shares with their counts, a ranking that says what is chance, and recording a form."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from db import people, surveys
from db.engine import session_scope
from db.models import Complaint, SurveyResponse, WorkOrder
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, address, press, words

LOOKERS = ("supervisor", "manager", "executive", "top")
LONG = {"from": "2000-01-01", "to": "2099-12-31"}


@pytest.fixture
def own_team(demo_session: Session) -> int:
    return people.get_user(demo_session, USERNAMES["supervisor"]).teams[0].id


@pytest.fixture
def ungraded(demo_session: Session, own_team: int) -> WorkOrder:
    """A finished order of the first supervisor's team about which nobody has answered."""
    graded = select(SurveyResponse.work_order_id).where(SurveyResponse.work_order_id.is_not(None))
    return demo_session.scalars(
        select(WorkOrder)
        .where(WorkOrder.team_id == own_team, WorkOrder.finished_at.is_not(None), WorkOrder.id.not_in(graded))
        .limit(1)
    ).one()


@pytest.mark.parametrize("who", LOOKERS)
def test_who_may_look_sees_figures_shares_ranking_and_forms(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "survey", who, **LONG)
    assert not tested.exception
    assert [m.label for m in tested.metric] == ["评价覆盖率", "满意度平均分", "差评占比"]
    shares, ranking, forms = (frame.value for frame in tested.dataframe)
    assert list(shares["dimension"]) == ["态度", "效率", "效果", "满意"]
    assert {"rank_text", "possible", "responses", "interval"} <= set(ranking.columns)
    assert forms["is_poor"].is_monotonic_decreasing
    assert ("保存调查表" in [b.label for b in tested.button]) == (who in ("supervisor", "manager"))


@pytest.mark.parametrize("who", [role for role in ROLES if role not in LOOKERS])
def test_other_roles_are_told_that_the_page_is_not_for_them(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "survey", who)
    assert not tested.exception
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("who", ROLES)
def test_an_empty_desk_shows_empty_states(who: str, bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "survey", who)
    assert not tested.exception
    if who in LOOKERS:
        assert "没有客户评价" in words(tested) and "没有调查表" in words(tested)


@pytest.mark.parametrize(
    ("rows", "only", "place"),
    [("survey.coverage", "rest", 0), ("survey.poor_share", "counts", 2), ("survey.mean_points", "all", 1)],
)
def test_the_rows_behind_a_figure_are_as_many_as_it_says(
    rows: str, only: str, place: int, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "survey", "manager", rows=rows, only=only, **LONG)
    assert not tested.exception
    divided = [c.value for c in tested.caption if c.value.replace(" / ", "").isdigit()]
    counted, total = (int(n) for n in divided[0 if place == 0 else -1].split(" / "))
    expected = {"rest": total - counted, "counts": counted, "all": total}[only]
    shown = next(c.value for c in tested.caption if "行" in c.value and "至" in c.value)
    assert shown.startswith(f"{expected} 行")


def test_the_cells_of_the_shares_lead_to_as_many_grades(demo_url: str, open_page: OpenPage) -> None:
    shares = open_page(demo_url, "survey", "manager", **LONG).dataframe[0].value
    count = int(str(shares.iloc[0]["满意"]).split(" ")[0].replace(",", ""))
    tested = open_page(
        demo_url, "survey", "manager", rows="survey.poor_share", in_dimension="态度", in_grade="满意", **LONG
    )
    shown = next(c.value for c in tested.caption if "行" in c.value and "至" in c.value)
    assert shown.startswith(f"{count} 行")


@pytest.mark.parametrize("number", ["DC0", "<script>", "", "x" * 300])
def test_a_number_that_leads_nowhere_is_answered_kindly(
    number: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "survey", "supervisor", form=number)
    assert not tested.exception
    assert "没有这份调查表" in words(tested)


def test_another_teams_form_is_not_shown(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    other = demo_session.scalars(
        select(SurveyResponse).where(SurveyResponse.team_id != own_team).limit(1)
    ).one()
    assert "没有这份调查表" in words(open_page(demo_url, "survey", "supervisor", form=other.number))


def test_a_form_about_an_order_is_recorded_once(
    ungraded: WorkOrder, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "survey", "supervisor", about=ungraded.number)
    assert tested.text_input(key="survey_about").value == ungraded.number
    tested = press(tested, "保存调查表")
    assert "调查表至少要有一项评价" in words(tested)
    for place in range(4):
        tested.radio(key=f"survey_grade_{place}").set_value("满意")
    tested.radio(key="survey_grade_1").set_value("较差")
    tested.text_area(key="survey_comment").set_value("[等了](http://x) 一小时")
    tested = press(tested, "保存调查表")
    assert not tested.exception
    number = address(tested, "form")
    assert number is not None and "一小时" in words(tested)
    with session_scope(demo_url) as session:
        kept = session.scalars(
            select(SurveyResponse).where(SurveyResponse.number == number).order_by(SurveyResponse.id)
        ).all()
        assert {(r.work_order_id, r.agent_id) for r in kept} == {(ungraded.id, ungraded.agent_id)}
        assert [r.grade for r in kept] == ["满意", "较差", "满意", "满意"]
        assert surveys.find_form_about(session, work_order_id=ungraded.id) == number
    tested.text_input(key="survey_about").set_value(ungraded.number)
    tested.radio(key="survey_grade_0").set_value("满意")
    tested = press(tested, "保存调查表")
    assert f"这次服务已有评价 {number}" in words(tested).replace("\\", "")
    tested = open_page(demo_url, "survey", "supervisor", about=ungraded.number)
    assert "一次服务只计一份" in words(tested)  # said before the form is filled in again
    assert any(number in str(link.proto.label) for link in tested.get("page_link"))


def test_a_case_leads_to_its_form_and_the_form_back(
    demo_session: Session, own_team: int, demo_url: str, open_page: OpenPage
) -> None:
    case = demo_session.scalars(
        select(Complaint).where(Complaint.team_id == own_team, Complaint.status == "closed").limit(1)
    ).one()
    opened = open_page(demo_url, "case", "supervisor", case=case.number)
    assert "录入客户评价" in [str(link.proto.label) for link in opened.get("page_link")]
    tested = open_page(demo_url, "survey", "supervisor", about=case.number)
    tested.radio(key="survey_grade_0").set_value("一般")
    tested = press(tested, "保存调查表")
    number = address(tested, "form")
    assert number is not None
    opened = open_page(demo_url, "case", "supervisor", case=case.number)
    assert any(number in str(link.proto.label).replace("\\", "") for link in opened.get("page_link"))


@pytest.mark.parametrize("about", ["WX404", "<script>"])
def test_a_form_about_nothing_is_refused(about: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "survey", "supervisor", about=about)
    tested.radio(key="survey_grade_0").set_value("满意")
    tested = press(tested, "保存调查表")
    assert not tested.exception
    assert "没有编号为" in words(tested)


def test_the_page_speaks_english(demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "survey", "manager", lang="en")
    assert not tested.exception
    assert next(m.label for m in tested.metric) == "Survey coverage"
