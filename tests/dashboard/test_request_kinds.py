"""Requests in the shape of lists: what is about somebody's health stays with those who decide, and times are written once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from sqlalchemy.orm import Session

from dashboard import formats
from dashboard.i18n import using
from dashboard.request_kinds import KINDS, asked, fmt_short, fmt_span, leave_words, state_name
from dashboard.request_lists import only, urgency_label
from dashboard.request_table import table_key
from db.models import Agent, Team
from db.requests import Row
from regulations.access import Scope
from tests.db.test_requests import make_correction, make_leave, make_overtime, make_swap
from tests.factories import SHANGHAI, TODAY, local, make_agent, make_team, scope


@pytest.fixture(autouse=True)
def shanghai(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site's zone without a database behind it."""
    monkeypatch.setattr(formats, "site_zone", lambda: SHANGHAI)
    monkeypatch.setattr("dashboard.request_kinds.site_zone", lambda: SHANGHAI)


@pytest.fixture
def team(session: Session) -> Team:
    return make_team(session)


@pytest.fixture
def agent(session: Session, team: Team) -> Agent:
    return make_agent(session, team, name="甲")


@pytest.mark.parametrize(
    ("role", "level", "reads"),
    [
        ("supervisor", "supervisor", True),
        ("manager", "supervisor", False),  # it has nothing to decide
        ("executive", "supervisor", False),
        ("top", "supervisor", False),
        ("supervisor", "manager", True),
        ("manager", "manager", True),
        ("executive", "manager", False),
        ("top", "top", True),
        ("qa", "supervisor", False),
        ("administrator", "top", False),
    ],
)
def test_who_decides_reads_why_and_nobody_else(
    role: str, level: str, reads: bool, session: Session, team: Team, agent: Agent
) -> None:
    row = make_leave(session, agent, type="sick", reason="流产住院", required_role=level)
    viewer = scope("supervisor", team) if role == "supervisor" else Scope(None, role, role)
    with using("zh"):
        shown = asked(viewer, row)
        assert (shown.reason == "流产住院") is reads
        assert ("病假" in shown.what) is reads and ("病假" in leave_words(viewer, row)) is reads
        assert reads or shown.what == "请假"


def test_another_teams_supervisor_and_a_colleague_read_nothing_of_it(
    session: Session, team: Team, agent: Agent
) -> None:
    row = make_leave(session, agent, type="emergency", reason="骨折")
    colleague = make_agent(session, team)
    with using("zh"):
        for viewer in (scope("supervisor", make_team(session)), scope("agent", agent=colleague)):
            assert (asked(viewer, row).reason, leave_words(viewer, row)) == ("", "请假")
        own = asked(scope("agent", agent=agent), row)
        assert own.reason == "骨折" and "急诊" in own.what


def test_what_leaves_the_desk_names_no_kind_of_leave(session: Session, agent: Agent) -> None:
    with using("zh"):
        assert asked(scope("manager"), make_leave(session, agent, type="sick")).public == "请假"
        overtime = asked(scope("manager"), make_overtime(session, agent))
        assert overtime.public == overtime.what


@pytest.mark.parametrize(
    ("begins", "ends", "long", "short"),
    [
        (local(2026, 11, 23, 9), local(2026, 11, 23, 18), "2026-11-23 09:00–18:00", "11-23 09:00–18:00"),
        (local(2026, 11, 23, 18), local(2026, 11, 24), "2026-11-23 18:00–24:00", "11-23 18:00–24:00"),
        (
            local(2026, 11, 23, 22, 30),
            local(2026, 11, 24, 7),
            "2026-11-23 22:30 – 2026-11-24 07:00",
            "11-23 22:30–07:00",
        ),
        (local(2026, 11, 23), local(2026, 11, 25), "2026-11-23 00:00 – 2026-11-25 00:00", "11-23 – 11-24"),
        (local(2026, 11, 23, 7), local(2026, 11, 26, 16), "2026-11-23 07:00 – 2026-11-26 16:00", "11-23 – 11-26"),
        (local(2026, 11, 23, 9), local(2026, 11, 23, 9), "2026-11-23 09:00–09:00", "11-23 09:00"),
    ],
)  # fmt: skip
def test_times_are_written_once(begins: datetime, ends: datetime, long: str, short: str) -> None:
    assert (fmt_span(begins, ends), fmt_short(begins, ends)) == (long, short)


def test_a_swap_names_the_other_one_for_each_of_the_two(session: Session, team: Team, agent: Agent) -> None:
    partner = make_agent(session, team, name="乙")
    row = make_swap(session, agent, partner, payback_on=TODAY + timedelta(days=4))
    with using("zh"):
        for viewer, other in (
            (scope("agent", agent=agent), "乙"),
            (scope("agent", agent=partner), "甲"),
            (scope("supervisor", team), "乙"),
        ):
            assert other in asked(viewer, row).what and "11-24" in asked(viewer, row).what


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_kind_has_its_words_in_both_languages(lang: Any, session: Session, agent: Agent) -> None:
    rows: dict[str, Row] = {
        "leave": make_leave(session, agent),
        "swap": make_swap(session, agent, make_agent(session, agent.team)),
        "correction": make_correction(session, agent),
        "overtime": make_overtime(session, agent),
    }
    with using(lang):
        for kind in KINDS:
            one = asked(scope("manager"), rows[kind])
            assert (one.kind, one.key) == (kind, f"{kind}-{one.number}")
            assert one.what and one.when and one.is_waiting and state_name(kind, one.state)
            assert one.wish.agent_ids[0] == agent.id


def test_urgencies_have_a_sign_beside_their_colour() -> None:
    labels = [urgency_label(code) for code in ("late", "soon", "later")]
    assert len({label[0] for label in labels}) == 3


def test_the_ticks_belong_to_the_list_they_were_made_in() -> None:
    rows = pd.DataFrame({"key": ["leave-1", "leave-2"], "version": [1, 1]})
    assert table_key(rows, "mine") == table_key(rows.copy(), "mine")
    assert table_key(rows, "mine") != table_key(rows, "waiting")
    assert table_key(rows, "mine") != table_key(rows.assign(version=[1, 2]), "mine")
    assert table_key(rows, "mine") != table_key(rows.iloc[::-1], "mine")
    assert table_key(rows, "mine") != table_key(rows.iloc[:1], "mine")


def test_filters_keep_what_was_asked_for() -> None:
    rows = pd.DataFrame({"kind": ["leave", "swap", "leave"], "urgency": ["late", "late", "soon"]})
    assert len(only(rows, kind="", urgency="")) == 3
    assert len(only(rows, kind="leave", urgency="late")) == 1
    assert only(rows, kind="overtime").empty
