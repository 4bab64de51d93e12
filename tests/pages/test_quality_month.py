"""The state of the month on the page: who sees what, figures with their way down, and drawing the sample."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboard import desk
from db import metrics, quality_month, rulebooks, samples
from db.accounts import scope_of
from db.demo.judging_cards import ship_demo_cards
from db.demo.judging_reviews import review_demo_calls
from db.demo.judging_samples import draw_demo_samples
from db.engine import engine_for, session_scope
from db.models import Sample, SampleCall, User
from db.quality_month import month_end
from regulations.access import Scope
from tests.conftest import copied
from tests.db.call_rows import add_inspected, finding
from tests.pages.conftest import USERNAMES, address, words

OpenPage = Callable[..., AppTest]


def last_month() -> str:
    return f"{desk.now().date().replace(day=1) - timedelta(days=1):%Y-%m}"


def scope_named(session: Session, role: str) -> Scope:
    return scope_of(session.scalars(select(User).where(User.username == USERNAMES[role])).one())


@pytest.fixture(scope="module")
def judged_file(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo department with its samples and reviews; made once, never written to."""
    path = tmp_path_factory.mktemp("judged") / "desk.sqlite3"
    url = copied(demo_file, path)
    with session_scope(url) as session:
        book, now = rulebooks.in_force(session), desk.now()
        if session.scalar(select(Sample)) is None:
            ship_demo_cards(session, now)
            draw_demo_samples(session, now, 7, book)
            review_demo_calls(session, now, 7, book)
    engine_for(url).dispose()
    return path


@pytest.fixture
def judged_url(judged_file: Path, fresh_databases: Path) -> str:
    """A copy that this test may write to."""
    return copied(judged_file, fresh_databases / "judged.sqlite3")


def drawn_list(tested: AppTest) -> list[str]:
    """The calls of the list of drawn ones."""
    return list(next(f.value for f in tested.dataframe if "chance" in f.value.columns)["call"])


@pytest.mark.parametrize("role", ["supervisor", "qa", "manager", "executive", "top"])
def test_the_month_says_how_far_its_sample_is_and_what_it_tells_with_its_interval(
    open_page: OpenPage, judged_url: str, role: str
) -> None:
    tested = open_page(judged_url, "quality", role, month=last_month())
    assert not tested.exception
    with session_scope(judged_url) as session:
        scope, book = scope_named(session, role), rulebooks.in_force(session)
        first = quality_month.month_end(desk.now().date().replace(day=1) - timedelta(days=1)).replace(day=1)
        period = (first, month_end(first), book, desk.now())
        state = quality_month.get_state(session, scope, first, book=book, now=desk.now())
        score = metrics.figure(session, scope, "quality.estimated_score", *period)
    shown = {metric.label: metric.value for metric in tested.metric}
    assert shown["已抽取"] == f"{state.drawn} 通"
    assert shown["已复核"] == f"{state.reviewed} / {state.drawn}"
    assert score.value is not None
    assert score.low is not None
    assert shown["全部通话质检得分（估计）"] == f"{score.value:.1f} 分"
    assert f"平均分在 {score.low:.1f} 至 {score.high:.1f} 之间" in words(tested).replace("\\", "")
    assert (role == "qa") == any(button.key == "to_review" for button in tested.button)


def test_the_drawn_calls_are_as_many_as_the_card_says_and_a_supervisor_sees_his_teams_only(
    open_page: OpenPage, judged_url: str
) -> None:
    month = last_month()
    shown = {m.label: m.value for m in open_page(judged_url, "quality", "manager", month=month).metric}
    tested = open_page(judged_url, "quality", "manager", month=month, view="sample")
    everybody = drawn_list(tested)
    assert shown["已抽取"] == f"{len(everybody)} 通"
    tested.selectbox(key="drawn_state").set_value("reviewed").run()
    assert address(tested, "state") == "reviewed"
    assert shown["已复核"] == f"{len(drawn_list(tested))} / {len(everybody)}"
    own = drawn_list(open_page(judged_url, "quality", "supervisor", month=month, view="sample"))
    assert set(own) < set(everybody)


@pytest.mark.parametrize("month", ["nonsense", "2026-13", "1999-01", "<b>"])
def test_a_month_that_is_none_is_passed_over(open_page: OpenPage, judged_url: str, month: str) -> None:
    tested = open_page(judged_url, "quality", "qa", month=month)
    assert not tested.exception
    assert tested.selectbox(key="quality_month").value == f"{desk.now():%Y-%m}"


def test_the_month_stands_in_the_address(open_page: OpenPage, judged_url: str) -> None:
    tested = open_page(judged_url, "quality", "manager")
    tested.selectbox(key="quality_month").set_value(last_month()).run()
    assert address(tested, "month") == last_month()
    assert not tested.exception


def test_people_with_few_reviews_stand_apart_without_a_rank(open_page: OpenPage, judged_url: str) -> None:
    tested = open_page(judged_url, "quality", "manager", month=last_month())
    apart = next(f.value for f in tested.dataframe if "needed" in f.value.columns)
    assert (apart["needed"] == 10 - apart["reviewed"]).all()
    assert (apart["needed"] > 0).all()
    assert list(apart["number"]) == sorted(apart["number"])
    compared = [f.value for f in tested.dataframe if "side" in f.value.columns]
    assert all(set(frame["person"]).isdisjoint(apart["person"]) for frame in compared)


def test_a_reviewer_does_not_find_his_blind_calls_in_the_flagged_list(
    open_page: OpenPage, judged_url: str
) -> None:
    with session_scope(judged_url) as session:
        qa = scope_named(session, "qa")
        flagged = add_inspected(
            session, "blind-1", finding(), agent="K1003", started_at=desk.now() - timedelta(hours=1)
        )
        sample = session.scalars(select(Sample).order_by(Sample.month.desc())).first()
        assert sample is not None
        session.add(
            SampleCall(
                sample_id=sample.id, call_id=flagged.call_id, stratum="K1003|phone", wave=1, number=0.1, weight=1.0,
                probability=0.5, is_drawn=True, is_blind=True, blind_probability=0.2, reason="share",
            )
        )  # fmt: skip
        day = flagged.started_on
        assert flagged.call_id in quality_month.list_unheard_blind(session, qa, from_on=day, to_on=day)
    query = {"from": day.isoformat(), "to": day.isoformat(), "agent": "K1003"}
    seen = {
        role: {
            call
            for f in open_page(judged_url, "quality", role, **query).dataframe
            if "severity" in f.value.columns
            for call in f.value["call"]
        }
        for role in ("qa", "manager")
    }
    assert "blind-1" in seen["manager"]
    assert "blind-1" not in seen["qa"]


def test_calls_flagged_only_by_measurements_are_told_apart(open_page: OpenPage, bare_url: str) -> None:
    now = desk.now()
    rings = finding("rings", kind="measure", severity="low", points=0)
    with session_scope(bare_url) as session:
        add_inspected(session, "words", finding(), rings, started_at=now)
        add_inspected(session, "rings", rings, started_at=now)
        on = {"from": now.date().isoformat(), "to": now.date().isoformat()}
    tested = open_page(bare_url, "quality", "manager", **on)
    assert "其中 1 通仅为测量项" in words(tested).replace("\\", "")
    for found, call in (("measured", "rings"), ("wording", "words")):
        tested = open_page(bare_url, "quality", "manager", found=found, **on)
        assert [list(f.value["call"]) for f in tested.dataframe if "severity" in f.value.columns] == [[call]]


def test_the_sample_is_shown_before_it_is_drawn_and_drawn_when_it_is_confirmed(
    open_page: OpenPage, bare_url: str
) -> None:
    at = desk.now() - timedelta(minutes=5)
    month = f"{at:%Y-%m}"
    with session_scope(bare_url) as session:
        for n in range(4):
            add_inspected(session, f"c{n}", started_at=at)
    assert not [
        b for b in open_page(bare_url, "quality", "supervisor", month=month).button if b.key == "draw"
    ]
    tested = open_page(bare_url, "quality", "qa", month=month)
    tested.button(key="draw").click().run()
    said = words(tested).replace("\\", "")
    assert "通（本月已检查 4 通）" in said
    assert "涉及客服 1 名" in said
    with session_scope(bare_url) as session:
        assert session.scalar(select(SampleCall)) is None  # shown, and taken back
    tested.button(key="draw_now").click().run()
    assert not tested.exception
    with session_scope(bare_url) as session:
        drawn = samples.list_drawn(session, scope_named(session, "qa"), at.date())
        assert f"{len(drawn)} 通" in [m.value for m in tested.metric if m.label == "已抽取"]
        assert drawn
    with session_scope(bare_url) as session:
        add_inspected(session, "late", started_at=at)
    tested = open_page(bare_url, "quality", "manager", month=month)
    assert "上次抽样后新增 1 通" in words(tested).replace("\\", "")
    tested.button(key="draw").click().run()
    tested.button(key="draw_now").click().run()
    assert not tested.exception
    assert "上次抽样后新增" not in words(tested)


def test_english_says_the_same(open_page: OpenPage, judged_url: str) -> None:
    tested = open_page(judged_url, "quality", "manager", month=last_month(), lang="en")
    said = words(tested).replace("\\", "")
    assert "With 95 % confidence the mean of the" in said
    assert "Can the machine be trusted?" in said
    assert not [text for text in ("质检", "复核", "抽取") if text in said]
