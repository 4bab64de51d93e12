"""Approvals and reports: each level sees what waits for it and decides it there."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pandas as pd
import pytest
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from dashboard.formats import plain
from db import approvals, escalations, ledger, people
from db.engine import session_scope
from db.models import Agent, Approval, Complaint, Escalation, LedgerEntry, Team
from regulations.access import Scope
from tests.pages import test_decisions as panels
from tests.pages.conftest import ROLES, USERNAMES, OpenPage, address, words
from tests.pages.test_decisions import (
    BOOK,
    HOSTILE,
    NOW,
    NUMBER,
    has_button,
    press,
    proposed,
    raised,
    requested,
)

DECIDERS = ("supervisor", "manager", "executive", "top")
url = panels.url


def open_decisions(open_page: OpenPage, url: str, role: str, **query: str) -> AppTest:
    tested = open_page(url, "decisions", role, **query)
    assert not tested.exception
    return tested


def waiting(tested: AppTest) -> pd.DataFrame:
    """The list of what waits; empty where there is none."""
    found = [frame.value for frame in tested.dataframe if "waits" in frame.value]
    return found[0] if found else pd.DataFrame({"key": []})


def decided(tested: AppTest) -> pd.DataFrame:
    found = [frame.value for frame in tested.dataframe if "outcome" in frame.value]
    return found[0] if found else pd.DataFrame({"key": []})


def links(tested: AppTest) -> list[str]:
    """What the links to other pages are called."""
    return [str(getattr(link.proto, "label", "")) for link in tested.get("page_link")]


def card(tested: AppTest, label: str) -> int:
    return int(next(metric.value for metric in tested.metric if metric.label == label))


def other_team(session: Session) -> Team:
    """A second team with an agent, whose supervisor is somebody else."""
    team = Team(code="second", name="二组")
    session.add(team)
    session.flush()
    session.add(Agent(number="K2", name="乙", team_id=team.id))
    session.flush()
    return team


def without_a_case(url: str, team_id: int | None = None, raised_by: str = "supervisor") -> int:
    """A report on a surge as a whole, to the manager."""
    with session_scope(url) as session:
        team = team_id or session.query(Team).order_by(Team.id).first().id  # type: ignore[union-attr]
        return escalations.raise_escalation(
            session, Scope(None, raised_by, "supervisor", None), None, reason="surge", to_role="manager",
            detail="一小时内十一件计费投诉", proposal="统一口径，逐户退费", is_urgent=False, book=BOOK,
            now=NOW - timedelta(hours=1), team_id=team,
        ).id  # fmt: skip


@pytest.mark.parametrize("role", [role for role in ROLES if role not in DECIDERS])
def test_other_roles_are_told_that_the_page_is_not_for_them(
    role: str, bare_url: str, open_page: OpenPage
) -> None:
    tested = open_decisions(open_page, bare_url, role)
    assert "您的角色不能查看本页" in words(tested)
    assert not tested.title and not tested.dataframe and not tested.metric


@pytest.mark.parametrize("role", DECIDERS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_an_empty_desk_says_that_nobody_waits(
    role: str, lang: str, bare_url: str, open_page: OpenPage
) -> None:
    tested = open_decisions(open_page, bare_url, role, lang=lang)
    assert [metric.value for metric in tested.metric] == ["0"] * 4
    assert ("没有待处理的事项" if lang == "zh" else "Nothing waits here") in words(tested)


@pytest.mark.parametrize("role", DECIDERS)
def test_each_level_sees_what_waits_for_it_and_how_much_waits_in_all(
    role: str, url: str, open_page: OpenPage
) -> None:
    small, large = requested(url, "800"), requested_on_another_case(url, "90000")
    report = raised(url)
    bypass = raised(url, "executive", is_urgent=True)
    penalties = proposed(url)
    expected = {
        "supervisor": {f"bypass-{bypass}"},
        "manager": {f"approval-{small}", f"report-{report}", *(f"penalty-{n}" for n in penalties)},
        # The case came to him urgently, past the manager: then he may sign in the manager's place too.
        "executive": {f"report-{bypass}", f"approval-{small}", *(f"penalty-{n}" for n in penalties)},
        "top": {f"approval-{large}", *(f"penalty-{n}" for n in penalties)},
    }[role]
    tested = open_decisions(open_page, url, role)
    assert set(waiting(tested)["key"]) == expected
    assert card(tested, "待您处理") == len(expected)
    assert f"全部待处理 {5 + len(penalties)} 项" in words(tested).replace("\\", "")
    everything = waiting(open_decisions(open_page, url, role, state="waiting"))
    assert len(everything) == 5 + len(penalties)
    assert everything["is_urgent"].is_monotonic_decreasing
    assert list(everything["kind"])[-len(penalties) :] == ["penalty"] * len(penalties)


def requested_on_another_case(url: str, amount: str) -> int:
    with session_scope(url) as session:
        agent = session.query(Agent).order_by(Agent.id).first()
        assert agent is not None
        case = Complaint(
            number="TS-20261101-002", received_at=NOW, received_on=NOW.date(), channel="phone", kind="一般投诉",
            category="delivery", summary="整机退款", agent_id=agent.id, team_id=agent.team_id,
            rulebook_version=BOOK.version,
        )  # fmt: skip
        session.add(case)
        session.flush()
        return approvals.request_approval(
            session, panels.who(session, "supervisor"), case, kind="compensation", amount=Decimal(amount),
            reason="整机退款并赔偿", book=BOOK, now=NOW - timedelta(hours=1),
        ).id  # fmt: skip


def test_a_request_is_signed_there_and_stays_open_until_the_next_is_asked_for(
    url: str, open_page: OpenPage
) -> None:
    number, report = requested(url), raised(url)
    tested = open_decisions(open_page, url, "manager", open=f"approval-{number}")
    assert any(NUMBER in label for label in links(tested))
    press(tested, f"approval_reject:{number}")
    assert "驳回时请写明理由" in words(tested)
    assert address(tested, "open") == f"approval-{number}"  # it stays open until it is decided
    press(tested, f"approval_approve:{number}")
    assert plain(f"已批准：{NUMBER} · ") in words(tested)
    assert address(tested, "open") == f"approval-{number}"  # nothing else opens unasked
    assert list(waiting(tested)["key"]) == [f"report-{report}"]
    assert not has_button(tested, f"escalation_send_answer:{report}")
    press(tested, "decision_next")
    assert address(tested, "open") is None
    assert has_button(tested, f"escalation_send_answer:{report}")
    row = decided(tested).iloc[0]
    assert (row["key"], row["outcome"], row["by"] != "") == (f"approval-{number}", "approved", True)
    assert row["clauses"] == "C4.27"
    with session_scope(url) as session:
        assert session.get_one(Approval, number).decided_by == USERNAMES["manager"]


def test_a_report_is_answered_there_also_without_a_case(url: str, open_page: OpenPage) -> None:
    number = without_a_case(url)
    tested = open_decisions(open_page, url, "manager")
    row = waiting(tested).iloc[0]
    assert (row["key"], row["case"], "一小时内十一件" in row["matter"]) == (f"report-{number}", "", True)
    tested.text_area(key=f"escalation_instruction:{number}").input("同意，今日内办结")
    press(tested, f"escalation_send_answer:{number}")
    assert "批示已登记" in words(tested)
    with session_scope(url) as session:
        assert session.get_one(Escalation, number).instruction == "同意，今日内办结"
    assert decided(tested).iloc[0]["note"] == "同意，今日内办结"


def test_whoever_passed_a_level_over_tells_it_there(url: str, open_page: OpenPage) -> None:
    number = raised(url, "executive", is_urgent=True)
    tested = open_decisions(open_page, url, "supervisor", kind="bypass")
    assert card(tested, "越级未补报") == 1
    press(tested, f"escalation_send_told:{number}")
    assert "补报已登记" in words(tested)
    assert card(tested, "越级未补报") == 0
    assert list(decided(tested)["outcome"]) == ["told"]


def test_penalties_are_decided_one_after_the_other(url: str, open_page: OpenPage) -> None:
    money, points = proposed(url)
    tested = open_decisions(open_page, url, "manager", kind="penalty")
    assert set(waiting(tested)["key"]) == {f"penalty-{money}", f"penalty-{points}"}
    first = int(str(waiting(tested).iloc[0]["key"]).split("-")[1])
    press(tested, f"ledger_confirm:{first}")
    assert "处罚已确认" in words(tested)
    (second,) = {money, points} - {first}
    press(tested, "decision_next")
    tested.text_input(key=f"ledger_note:{second}").input("首次发生")
    press(tested, f"ledger_waive:{second}")
    assert waiting(tested).empty
    assert sorted(decided(tested)["outcome"]) == ["confirmed", "waived"]
    assert not has_button(open_decisions(open_page, url, "supervisor", open=f"penalty-{first}"), f"ledger_confirm:{first}")  # fmt: skip


def test_the_second_of_two_is_told_and_nothing_is_overwritten(url: str, open_page: OpenPage) -> None:
    number = requested(url)
    tested = open_decisions(open_page, url, "manager")
    with session_scope(url) as session:
        approvals.decide_approval(
            session, Scope(None, "另一经理", "manager", None), number, is_approved=False, note="证据不足",
            expected_version=1, book=BOOK, now=NOW,
        )  # fmt: skip
    press(tested, f"approval_approve:{number}")
    assert "已有人先行更新" in words(tested) and "另一经理" in words(tested)
    with session_scope(url) as session:
        assert session.get_one(Approval, number).state == "rejected"


def test_a_supervisor_sees_his_teams_only(url: str, open_page: OpenPage) -> None:
    with session_scope(url) as session:
        team_id = other_team(session).id
    foreign = without_a_case(url, team_id, raised_by="somebody else")
    tested = open_decisions(open_page, url, "supervisor", state="waiting", open=f"report-{foreign}")
    assert "找不到这一事项" in words(tested)
    assert waiting(tested).empty
    assert f"report-{foreign}" in set(
        waiting(open_decisions(open_page, url, "manager", state="waiting"))["key"]
    )
    of_team = open_decisions(open_page, url, "manager", state="waiting", team=str(team_id))
    assert list(waiting(of_team)["key"]) == [f"report-{foreign}"]


def test_the_filters_stand_in_the_address_and_narrow_both_lists(url: str, open_page: OpenPage) -> None:
    requested(url)
    raised(url)
    money, _points = proposed(url)
    with session_scope(url) as session:
        manager = people.scope_of(people.get_user(session, USERNAMES["manager"]))
        ledger.decide_entry(session, manager, money, is_confirmed=True, note="", expected_version=1, now=NOW)
    tested = open_decisions(open_page, url, "manager", kind="penalty", outcome="waived")
    assert set(waiting(tested)["kind"]) == {"penalty"}
    assert decided(tested).empty and "没有已办结的事项" in words(tested)
    tested.selectbox(key="decisions_outcome").select("confirmed").run()
    assert address(tested, "outcome") == "confirmed" and list(decided(tested)["key"]) == [f"penalty-{money}"]
    tested.selectbox(key="decisions_kind").select("").run()
    assert address(tested, "kind") is None and set(waiting(tested)["kind"]) == {
        "approval",
        "report",
        "penalty",
    }


def test_cards_open_lists_as_long_as_they_say(url: str, open_page: OpenPage) -> None:
    requested(url)
    raised(url, "executive", is_urgent=True)
    proposed(url)
    tested = open_decisions(open_page, url, "manager")
    for label in ("待您处理", "越级未补报", "未决处罚建议"):
        tested.button(key=f"open:{label}").click().run()
        assert not tested.exception
        assert len(waiting(tested)) == card(tested, label) > 0, label


def test_what_was_decided_is_of_the_period(url: str, open_page: OpenPage) -> None:
    number = requested(url)
    with session_scope(url) as session:
        manager = people.scope_of(people.get_user(session, USERNAMES["manager"]))
        approvals.decide_approval(
            session, manager, number, is_approved=True, note="", expected_version=1, book=BOOK, now=NOW
        )
    today = {"from": NOW.date().isoformat(), "to": (NOW.date() + timedelta(days=1)).isoformat()}
    tested = open_decisions(open_page, url, "top", **{"from": "2026-01-05", "to": "2026-01-06"})
    assert decided(tested).empty and card(tested, "已办结审批") == 0
    tested = open_decisions(open_page, url, "top", **{**today, "from": "2026-01-05"})
    assert card(tested, "已办结审批") == 1
    assert "经理 1。" in words(tested).replace("\\", "")


@pytest.mark.parametrize(
    "query",
    [
        {"open": "approval-999999"},
        {"open": "approval-"},
        {"open": "approval-²"},
        {"open": "penalty-1; DROP TABLE approvals"},
        {"open": "<script>alert(1)</script>"},
        {"open": "case-1"},
        {"state": "everything", "kind": "money", "outcome": "x" * 3000},
        {"team": "999", "from": "garbage"},
    ],
)
def test_nonsense_in_the_address_breaks_nothing(query: dict[str, str], url: str, open_page: OpenPage) -> None:
    requested(url)
    tested = open_decisions(open_page, url, "manager", **query)
    assert len(waiting(tested)) == 1


def test_what_people_wrote_is_shown_and_never_interpreted(url: str, open_page: OpenPage) -> None:
    number = requested(url, reason=HOSTILE)
    tested = open_decisions(open_page, url, "manager", open=f"approval-{number}")
    assert plain(HOSTILE) in words(tested)


def test_today_leads_to_the_matter_also_without_a_case(url: str, open_page: OpenPage) -> None:
    number = without_a_case(url)
    requested(url)
    proposed(url)
    tested = open_page(url, "today", "manager")
    assert not tested.exception
    rows = next(frame.value for frame in tested.dataframe if "waits" in frame.value)
    assert f"report-{number}" in set(rows["key"]) and "penalty" not in set(rows["kind"])
    with session_scope(url) as session:
        open_ones = session.query(LedgerEntry).filter_by(state="proposed").count()
    assert any(f"{open_ones} 条处罚建议" in label for label in links(tested))
