"""My work: an agent's own rows, nobody else's; and no other role has such a page."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from db import people
from db.models import AttendanceDay
from tests.pages.conftest import USERNAMES, OpenPage, words


def test_the_days_are_the_agents_own(demo_url: str, demo_session: Session, open_page: OpenPage) -> None:
    own = people.get_user(demo_session, USERNAMES["agent"]).agent_id
    tested = open_page(demo_url, "mine", "agent", **{"from": "2020-01-01", "to": "2099-01-01"})
    assert not tested.exception
    expected = demo_session.query(AttendanceDay).filter_by(agent_id=own).count()
    listed = next(frame.value for frame in tested.dataframe if "worked" in frame.value.columns)
    assert 0 < len(listed) <= expected


@pytest.mark.parametrize("who", ["supervisor", "qa", "manager", "administrator"])
def test_others_have_no_such_page(who: str, demo_url: str, open_page: OpenPage) -> None:
    tested = open_page(demo_url, "mine", who)
    assert not tested.exception
    assert "我的工作" not in [title.value for title in tested.title]


def test_an_agent_with_nothing_yet_is_told_so(bare_url: str, open_page: OpenPage) -> None:
    tested = open_page(bare_url, "mine", "agent")
    assert not tested.exception
    text = words(tested)
    assert "您没有待完成的回访" in text
    assert "这段时间没有班次" in text


def test_no_figure_praises_an_agent_for_confirmed_findings(demo_url: str, open_page: OpenPage) -> None:
    """How many of the machine's findings held says how good the machine is, not the agent."""
    labels = [metric.label for metric in open_page(demo_url, "mine", "agent").metric]
    assert "质检合格率" in labels
    assert "标记成立率" not in labels
