"""Monthly meeting: one topic a screen, for those who hold it; the month can be closed once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from dashboard.meeting import TOPICS, last_complete_month, month_before, month_bounds
from db import meetings, rulebooks
from db.models import AuditEntry, ClosedMonth
from regulations.access import SYSTEM, AccessRefused, Scope
from tests.pages.conftest import OpenPage, address, words

CODES = [code for code, *_rest in TOPICS]


@pytest.mark.parametrize("who", ["supervisor", "manager"])
def test_the_overview_lists_every_figure_with_denominator_and_clause(
    who: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "meeting", who)
    assert not tested.exception
    table = tested.dataframe[0].value
    assert len(table) == sum(len(keys) for _code, _title, keys, _trend in TOPICS)
    # A mean says of how many it is; everything else what was counted out of how much.
    is_mean = table["指标"] == "满意度平均分"
    assert is_mean.sum() == 1
    assert all("/" in cases for cases in table["件数"][~is_mean])
    assert "/" not in table["件数"][is_mean].iloc[0]


@pytest.mark.parametrize("topic", CODES)
def test_each_topic_has_its_figures_a_chart_and_its_sentence(
    topic: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "meeting", "manager", topic=topic)
    assert not tested.exception
    expected = next(len(keys) for code, _title, keys, _trend in TOPICS if code == topic)
    assert len(tested.metric) == expected
    assert address(tested, "topic") == topic


@pytest.mark.parametrize("who", ["qa", "agent", "administrator"])
def test_others_are_refused(who: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "meeting", who)
    assert not tested.exception
    assert "月度例会" not in [title.value for title in tested.title]


@pytest.mark.parametrize("month", ["garbage", "2026-13", "1900-01", "9999-12", "<script>", ""])
def test_a_month_that_is_none_shows_the_last_complete_one(
    month: str, demo_url: str, open_page: OpenPage
) -> None:
    tested = open_page(demo_url, "meeting", "manager", month=month, topic="<b>")
    assert not tested.exception
    assert address(tested, "month") == last_complete_month(datetime.now(UTC).date())


def test_an_empty_desk_says_so(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "meeting", "manager", topic="complaints")
    assert not tested.exception
    assert "本月没有记录" in words(tested)


def test_a_closed_month_keeps_who_and_when_and_is_closed_once(session: Session) -> None:
    now = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
    book = rulebooks.configured()
    manager = Scope(None, "manager", "manager")
    closed = meetings.close_month(session, manager, "2026-10", book, now)
    session.flush()
    assert closed.closed_by == "manager"
    assert session.query(AuditEntry).filter_by(action="close_month", object_id="2026-10").count() == 1
    with pytest.raises(meetings.MonthAlreadyClosed):
        meetings.close_month(session, manager, "2026-10", book, now)
    assert session.query(ClosedMonth).count() == 1


def test_a_running_month_cannot_be_closed(session: Session) -> None:
    book = rulebooks.configured()
    # 15:59 UTC on the last day is 23:59 in Shanghai: still October.
    with pytest.raises(ValueError, match="not over"):
        meetings.close_month(
            session, Scope(None, "m", "manager"), "2026-10", book, datetime(2026, 10, 31, 15, 59, tzinfo=UTC)
        )
    meetings.close_month(
        session, Scope(None, "m", "manager"), "2026-10", book, datetime(2026, 10, 31, 16, 0, tzinfo=UTC)
    )


@pytest.mark.parametrize("role", ["supervisor", "qa", "agent", "administrator"])
def test_only_a_manager_closes(role: str, session: Session) -> None:
    with pytest.raises(AccessRefused):
        meetings.close_month(
            session,
            Scope(None, "x", role),
            "2026-10",
            rulebooks.configured(),
            datetime(2026, 11, 3, tzinfo=UTC),
        )
    assert SYSTEM.role == "administrator"


@pytest.mark.parametrize(
    ("month", "before"), [("2026-01", "2025-12"), ("2026-03", "2026-02"), ("2026-12", "2026-11")]
)
def test_the_month_before(month: str, before: str) -> None:
    assert month_before(month) == before


@pytest.mark.parametrize(
    ("month", "last"), [("2028-02", 29), ("2026-02", 28), ("2026-04", 30), ("2026-12", 31)]
)
def test_a_month_ends_on_its_last_day(month: str, last: int) -> None:
    assert month_bounds(month)[1].day == last
