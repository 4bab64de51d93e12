"""Swaps on the database: filed, agreed to, decided once, exchanged; each side of what may and may not be done."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import attendance, rulebooks, swaps
from db.models import AttendanceDay, AuditEntry, Shift, ShiftChange, SwapRequest
from db.refusals import Refused, StaleCase
from regulations.access import SYSTEM, AccessRefused
from regulations.rulebook import load_rulebook
from regulations.swaps import CONSENTS
from tests.db.swap_rows import PAYBACK_ON, SWAP_ON, Pair, pair
from tests.factories import NOW, local, make_agent, make_leave, make_shift, make_team, scope
from tests.regulations.site_books import book_of

DAY = timedelta(days=1)
BASE = load_rulebook()  # the base asks for everything that the chapters on swaps ask for
CENTRE = load_rulebook(["telecom_shift_swap"])


@pytest.fixture
def two(session: Session) -> Pair:
    return pair(session, BASE)


def holders(two: Pair) -> tuple[str, str]:
    """Whose the two shifts are on the roster now."""
    two.session.expire_all()
    return two.session.get_one(Shift, two.shift.id).agent.name, two.session.get_one(
        Shift, two.payback.id
    ).agent.name


def actions(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


# From the request to the exchange


def test_an_agreed_swap_is_approved_and_the_shifts_change_hands(two: Pair) -> None:
    row = two.approved()
    assert (row.state, row.decided_by, row.decided_role, row.decided_at) == (
        "approved",
        "周主管",
        "supervisor",
        NOW,
    )
    assert holders(two) == ("李强", "王芳")
    assert actions(two.session) == ["swap.requested", "swap.agreed", "swap.agreed", "swap.approved"]
    assert row.steps[-1]["zh"] == "结论：符合换班规定"
    assert "A1.30" in row.clauses


def test_the_exchange_is_in_the_history_of_both_shifts(two: Pair) -> None:
    two.approved()
    changes = two.session.scalars(select(ShiftChange).order_by(ShiftChange.work_on)).all()
    assert [(c.shift_id, c.agent_id, c.work_on, c.source, c.changed_by) for c in changes] == [
        (two.shift.id, two.wang.id, SWAP_ON, "swap", "周主管"),
        (two.payback.id, two.li.id, PAYBACK_ON, "swap", "周主管"),
    ]
    assert [(c.before["agent_id"], c.after["agent_id"]) for c in changes] == [
        (two.wang.id, two.li.id),
        (two.li.id, two.wang.id),
    ]
    assert all(c.before["starts_at"] == c.after["starts_at"] for c in changes)
    assert all(c.reason == "孩子家长会" for c in changes)


def test_the_days_are_judged_for_whoever_works_them(two: Pair) -> None:
    row = two.approved()
    attendance.rejudge(
        two.session, agent_ids=[two.wang.id, two.li.id], from_on=SWAP_ON, to_on=PAYBACK_ON, now=NOW + 20 * DAY
    )
    judged = two.session.execute(
        select(AttendanceDay.work_on, AttendanceDay.agent_id).order_by(AttendanceDay.work_on)
    ).all()
    assert [tuple(one) for one in judged] == [(SWAP_ON, two.li.id), (PAYBACK_ON, two.wang.id)]
    assert row.state == "approved"


def test_a_payback_may_be_left_open(two: Pair) -> None:
    row = two.approved(payback_shift_id=None)
    assert (row.payback_on, holders(two)) == (None, ("李强", "李强"))


def test_refusing_leaves_the_roster_alone_and_says_why(two: Pair) -> None:
    row = two.ask()
    with pytest.raises(Refused, match="say why"):
        two.decide(row, is_approved=False, note=" ")
    two.decide(row, is_approved=False, note="当天人手不足")
    assert (row.state, row.decision_note, holders(two)) == ("refused", "当天人手不足", ("王芳", "李强"))
    assert two.session.scalar(select(func.count()).select_from(ShiftChange)) == 0


# Agreements


def test_each_agreement_says_who_by_which_account_and_when(two: Pair) -> None:
    row = two.agreed()
    assert [(c["who"], c["by"], c["at"]) for c in row.consents] == [
        ("requester", two.wang.number, NOW.isoformat()),
        ("partner", two.li.number, NOW.isoformat()),
        ("requester_lead", "周主管", NOW.isoformat()),
        ("partner_lead", "周主管", NOW.isoformat()),
    ]


def test_one_lead_of_both_agrees_for_both_sides_and_two_each_for_his_own(session: Session) -> None:
    apart = pair(session, BASE, in_two_teams=True)
    row = apart.ask()
    apart.consent(row, "requester_lead", apart.lead)
    assert {c["who"] for c in row.consents} == {"requester", "requester_lead"}
    with pytest.raises(AccessRefused):
        apart.consent(row, "partner_lead", apart.lead)
    apart.consent(row, "partner_lead", apart.other_lead)
    assert swaps.ruling_of(session, row, BASE, NOW).missing == ("partner",)


def test_somebody_elses_agreement_is_not_given(two: Pair) -> None:
    row = two.ask()
    stranger = two.as_agent(make_agent(two.session, two.team))
    for by, who in (
        (two.as_agent(two.wang), "partner"),
        (two.as_agent(two.li), "partner_lead"),
        (stranger, "partner"),
        (scope("manager"), "requester_lead"),
        (scope("qa"), "partner"),
        (scope("supervisor", make_team(two.session)), "partner_lead"),
        (two.lead, "everybody"),
    ):
        with pytest.raises(AccessRefused):
            two.consent(row, who, by)
    assert {c["who"] for c in row.consents} == {"requester"}


def test_a_supervisor_may_record_what_both_signed_on_paper(two: Pair) -> None:
    row = two.ask(by=two.lead, form_number="2026-11/03")
    assert row.consents == []
    for who in ("requester", "partner", "requester_lead"):
        two.consent(row, who, two.lead)
    assert {c["by"] for c in row.consents} == {"周主管"}
    assert two.decide(row).state == "approved"


def test_an_agreement_is_recorded_once(two: Pair) -> None:
    row = two.agreed()
    with pytest.raises(Refused, match="has agreed already"):
        two.consent(row, "partner", two.as_agent(two.li))


@pytest.mark.parametrize("who", CONSENTS)
def test_without_any_one_agreement_it_is_not_approved(two: Pair, who: str) -> None:
    row = two.agreed()
    row.consents = [c for c in row.consents if c["who"] != who]
    two.session.flush()
    with pytest.raises(Refused, match=r"has not agreed yet.*A1\.30"):
        two.decide(row)
    assert holders(two) == ("王芳", "李强")


def test_the_call_centre_asks_the_squad_leaders_alone(session: Session) -> None:
    """A3.2."""
    centre = pair(session, CENTRE)
    row = centre.ask()
    centre.consent(row, "partner_lead", centre.lead)
    assert centre.decide(row).state == "approved"


# Who may decide


def test_only_the_level_whose_it_is_decides(two: Pair) -> None:
    row = two.agreed()
    for by in (scope("manager"), scope("executive"), scope("top")):
        with pytest.raises(Refused, match=r"A2\.53"):
            two.decide(row, by=by)
    for by in (two.as_agent(two.wang), scope("qa"), scope("administrator")):
        with pytest.raises(AccessRefused):
            two.decide(row, by=by)
    assert row.state == "requested"


def test_another_teams_leader_does_not_decide(session: Session) -> None:
    apart = pair(session, BASE, in_two_teams=True)
    row = apart.agreed()
    with pytest.raises(Refused, match=r"A2\.53"):
        apart.decide(row, by=apart.other_lead)
    with pytest.raises(AccessRefused):
        apart.decide(row, by=scope("supervisor", make_team(session)))
    assert apart.decide(row).state == "approved"


def test_where_requests_may_cross_the_other_leader_decides_too(session: Session) -> None:
    crossing = book_of("ecommerce_shop", site="leave.crossed_allowed = true")
    apart = pair(session, crossing, in_two_teams=True)
    assert apart.decide(apart.agreed(), by=apart.other_lead).state == "approved"


def test_where_there_are_no_team_leads_the_manager_agrees_for_them_and_decides(session: Session) -> None:
    """The short rules know agents and a manager (E4): what belongs to a level between moves up to him."""
    short = load_rulebook(["cs_rules_short"])
    rulebooks.publish(session, SYSTEM, short, NOW.date(), NOW)
    few, manager = pair(session, short), scope("manager", actor="秦经理")
    row = few.ask()
    few.consent(row, "partner", few.as_agent(few.li))
    with pytest.raises(AccessRefused):
        few.consent(row, "requester_lead", few.lead)
    few.consent(row, "requester_lead", manager)
    with pytest.raises(Refused, match="belongs to"):
        few.decide(row)
    assert few.decide(row, by=manager).decided_role == "manager"


# Stale and repeated


def test_whoever_is_second_is_told(two: Pair) -> None:
    row = two.agreed()
    seen = row.row_version
    two.decide(row)
    with pytest.raises(StaleCase, match=r"approved already.*周主管"):
        two.decide(row, expected_version=seen)
    with pytest.raises(StaleCase):
        swaps.withdraw_swap(
            two.session, two.as_agent(two.wang), row.id, expected_version=row.row_version, now=NOW
        )


def test_what_was_not_seen_is_not_decided_on(two: Pair) -> None:
    row = two.ask()
    seen = row.row_version
    two.consent(row, "partner", two.as_agent(two.li))
    with pytest.raises(StaleCase, match="has just changed"):
        two.decide(row, expected_version=seen, is_approved=False, note="不行")


def test_a_request_that_does_not_exist_is_not_found(two: Pair) -> None:
    with pytest.raises(LookupError):
        swaps.decide_swap(
            two.session, two.lead, 999, is_approved=True, note="", expected_version=1, book=BASE, now=NOW
        )
    with pytest.raises(LookupError):
        swaps.get_swap(two.session, two.lead, 999)


# The roster meanwhile


def test_a_shift_that_is_gone_is_not_swapped(two: Pair) -> None:
    row = two.agreed()
    two.session.delete(two.shift)
    two.session.flush()
    two.session.expire_all()
    with pytest.raises(Refused, match="no longer on the roster"):
        two.decide(row)


def test_a_payback_that_is_somebody_elses_by_now_is_named(two: Pair) -> None:
    row = two.agreed()
    third = make_agent(two.session, two.team, name="赵敏")
    two.payback.agent_id, two.payback.agent = third.id, third
    two.session.flush()
    with pytest.raises(Refused) as refused:
        two.decide(row)
    assert "赵敏" in refused.value.zh
    assert "2026-12-02" in refused.value.zh


def test_a_shift_that_was_moved_to_another_day_is_named(two: Pair) -> None:
    row = two.agreed()
    two.shift.work_on = SWAP_ON + DAY
    two.session.flush()
    with pytest.raises(Refused, match="was moved to Thu 2026-11-26"):
        two.decide(row)


def test_a_shift_whose_times_were_changed_since_is_named_with_its_times(two: Pair) -> None:
    row = two.agreed()
    before = {"starts_at": two.shift.starts_at.isoformat(), "ends_at": two.shift.ends_at.isoformat()}
    two.shift.starts_at += timedelta(hours=2)
    after = {"starts_at": two.shift.starts_at.isoformat(), "ends_at": two.shift.ends_at.isoformat()}
    two.session.add(
        ShiftChange(
            shift_id=two.shift.id, agent_id=two.wang.id, work_on=SWAP_ON, before=before, after=after,
            source="roster", changed_by="周主管", changed_at=NOW + timedelta(minutes=1),
        )
    )  # fmt: skip
    two.session.flush()
    with pytest.raises(Refused) as refused:
        two.decide(row, now=NOW + timedelta(hours=1))
    assert "2026-11-25 11:00–18:00" in refused.value.zh


def test_a_refusal_needs_no_roster(two: Pair) -> None:
    row = two.ask()
    two.session.delete(two.shift)
    two.session.flush()
    two.session.expire_all()
    assert two.decide(row, is_approved=False, note="班次已取消").state == "refused"


# The rules, from the rows


def had_swapped(two: Pair, swap_on: date, payback_on: date, state: str = "settled") -> None:
    """Li swapped with somebody else before."""
    other = make_agent(two.session, two.team, post="hotline", level="senior")
    two.session.add(
        SwapRequest(
            requester_id=other.id, partner_id=two.li.id, shift_id=make_shift(two.session, other, swap_on).id,
            swap_on=swap_on, payback_on=payback_on, consents=[], requested_by="x", requested_at=NOW, state=state,
            clauses=[], steps=[], rulebook_version="test",
        )
    )  # fmt: skip
    two.session.flush()


@pytest.mark.parametrize("state", ["approved", "settled", "failed"])
def test_the_third_swap_of_a_month_is_not_approved_and_the_second_is(two: Pair, state: str) -> None:
    """A1.31: a pay-back completes its swap and is not counted again."""
    row = two.agreed()
    had_swapped(two, date(2026, 11, 11), date(2026, 11, 16), state)
    assert swaps.ruling_of(two.session, row, BASE, NOW).is_allowed
    had_swapped(two, date(2026, 11, 13), date(2026, 11, 18), state)
    with pytest.raises(Refused, match=r"at most 2 a person a month.*A1\.31"):
        two.decide(row)


@pytest.mark.parametrize(
    ("day", "is_next"), [(SWAP_ON - 2 * DAY, False), (SWAP_ON - DAY, True), (PAYBACK_ON + DAY, True)]
)
def test_a_payback_next_to_it_makes_it_consecutive_only_where_it_counts(
    session: Session, day: date, is_next: bool
) -> None:
    strict = book_of("telecom_shift_swap", site="swap.consecutive_counts_payback = true")
    two = pair(session, strict)
    row = two.agreed()
    had_swapped(two, date(2026, 10, 8), day)
    assert swaps.ruling_of(two.session, row, strict, NOW).is_allowed == (not is_next)
    row.rulebook_version = CENTRE.version
    assert swaps.ruling_of(two.session, row, CENTRE, NOW).is_allowed


SILENT = load_rulebook(["telecom_call_centre"])  # its own text has nothing on swaps


def test_what_breaks_only_a_lent_rule_is_approved_as_an_exception_with_a_note(session: Session) -> None:
    two = pair(session, SILENT)
    row = two.agreed()
    had_swapped(two, date(2026, 11, 4), date(2026, 11, 6))
    had_swapped(two, date(2026, 11, 13), date(2026, 11, 18))
    with pytest.raises(Refused, match=r"general default.*A1\.31.*Say in the note") as refused:
        two.decide(row)
    assert "请在备注中写明为何准许" in refused.value.zh
    assert row.state == "requested"
    two.decide(row, note="岗位有人顶替")
    assert (row.state, row.decision_note, two.shift.agent_id) == ("approved", "岗位有人顶替", two.li.id)
    assert row.steps[-2] == {
        "zh": "作为例外批准，理由见备注",
        "en": "Approved as an exception; the note says why",
        "clause": "A1.31",
    }
    assert "为通用默认" in row.steps[-1]["zh"]
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "swap.approved")).one()
    assert entry.detail["exception"] == ["A1.31"]


def test_a_missing_agreement_is_not_made_up_for_by_a_note(session: Session) -> None:
    two = pair(session, SILENT)
    row = two.ask()
    had_swapped(two, date(2026, 11, 4), date(2026, 11, 6))
    had_swapped(two, date(2026, 11, 13), date(2026, 11, 18))
    with pytest.raises(Refused, match="has not agreed yet"):
        two.decide(row, note="岗位有人顶替")
    assert row.state == "requested"


def test_a_plain_approval_under_a_silent_set_needs_no_note(session: Session) -> None:
    two = pair(session, SILENT)
    row = two.approved()
    assert row.state == "approved"
    assert (
        "exception"
        not in session.scalars(select(AuditEntry).where(AuditEntry.action == "swap.approved")).one().detail
    )


def test_swaps_that_were_refused_or_withdrawn_do_not_count(two: Pair) -> None:
    for _ in range(3):
        row = two.ask()
        two.decide(row, is_approved=False, note="先等等")
    row = two.ask()
    swaps.withdraw_swap(
        two.session, two.as_agent(two.wang), row.id, expected_version=row.row_version, now=NOW
    )
    assert two.approved().state == "approved"


def test_leave_on_either_day_stands_in_the_way_and_its_kind_is_not_told(two: Pair) -> None:
    row = two.agreed()
    make_leave(
        two.session, two.li, local(2026, 11, 25, 9), local(2026, 11, 25, 12), type="sick", reason="复查"
    )
    with pytest.raises(Refused) as refused:
        two.decide(row)
    assert "A3.6" in refused.value.zh
    assert "病" not in refused.value.zh and "复查" not in refused.value.zh


def test_leave_that_was_refused_does_not(two: Pair) -> None:
    row = two.agreed()
    for status in ("refused", "withdrawn", "amended"):
        make_leave(
            two.session,
            two.li,
            local(2026, 11, 25, 9),
            local(2026, 11, 25, 12),
            status=status,
            type=f"t{status}"[:20],
        )
    assert two.decide(row).state == "approved"


def test_back_to_back_is_seen_in_the_roster_of_both(two: Pair) -> None:
    make_shift(two.session, two.li, SWAP_ON - DAY, start=17)  # until 02:00, seven hours before nine
    row = two.agreed()
    with pytest.raises(Refused, match=r"back to back.*A3\.3"):
        two.decide(row)


def test_a_shift_that_has_begun_is_not_approved_any_more(two: Pair) -> None:
    row = two.agreed()
    with pytest.raises(Refused, match="approved beforehand"):
        two.decide(row, now=two.shift.starts_at)
    assert two.decide(row, now=two.shift.starts_at - timedelta(seconds=1)).state == "approved"


def test_a_swap_against_the_rules_may_be_asked_for_and_says_so(two: Pair) -> None:
    two.li.level = "junior"
    two.session.flush()
    row = two.ask()
    assert "level_differs" in {v.code for v in swaps.ruling_of(two.session, row, BASE, NOW).breaks}
    assert any("业务水平不同" in step["zh"] for step in row.steps)


# Filing


def test_the_desk_gives_the_form_its_number_where_there_is_none(two: Pair) -> None:
    row = two.ask()
    assert row.form_number == f"HB-20261125-{row.id:04d}"


def test_a_number_belongs_to_one_swap(two: Pair) -> None:
    row = two.ask(form_number=" 2026-11/03 ")
    assert row.form_number == "2026-11/03"
    swaps.withdraw_swap(
        two.session, two.as_agent(two.wang), row.id, expected_version=row.row_version, now=NOW
    )
    with pytest.raises(Refused, match="belongs to another swap"):
        two.ask(form_number="2026-11/03")


@pytest.mark.parametrize("field", ["shift_id", "payback_shift_id"])
def test_a_shift_is_in_one_request_at_a_time(two: Pair, field: str) -> None:
    two.ask()
    third = make_agent(two.session, two.team)
    other = make_shift(two.session, third, SWAP_ON)
    with pytest.raises(Refused, match="is waiting"):
        if field == "shift_id":
            two.ask(partner_id=third.id, payback_shift_id=None)
        else:
            two.ask(
                by=two.as_agent(third),
                requester_id=third.id,
                shift_id=other.id,
                payback_shift_id=two.payback.id,
            )


def test_what_cannot_be_swapped_is_refused_with_what_to_do(two: Pair) -> None:
    agent = two.as_agent(two.wang)
    gone = make_agent(two.session, two.team, is_active=False)
    for more, said in (
        ({"reason": "  "}, "say why"),
        ({"now": two.shift.starts_at}, "has begun"),
        ({"shift_id": two.payback.id}, "not on 王芳's roster"),
        ({"payback_shift_id": two.shift.id}, "not on 李强's roster"),
        ({"shift_id": 999}, "not on 王芳's roster"),
        ({"partner_id": two.wang.id}, "with himself"),
        ({"partner_id": gone.id}, "still works here"),
        ({"partner_id": 999}, "still works here"),
    ):
        with pytest.raises(Refused, match=said):
            two.ask(by=agent, **more)
    assert two.session.scalar(select(func.count()).select_from(SwapRequest)) == 0


def test_an_agent_asks_for_himself_and_a_supervisor_for_his_team(two: Pair) -> None:
    for by in (
        two.as_agent(two.li),
        two.as_agent(make_agent(two.session)),
        scope("supervisor", make_team(two.session)),
        scope("qa"),
        scope("executive"),
        scope("agent"),
    ):
        with pytest.raises(AccessRefused):
            two.ask(by=by)
        with pytest.raises(AccessRefused):
            swaps.check_request(
                two.session, by, requester_id=two.wang.id, partner_id=two.li.id, shift_id=two.shift.id,
                payback_shift_id=None, book=BASE, now=NOW,
            )  # fmt: skip
    assert two.ask(by=two.lead).requested_by == "周主管"


def test_hostile_text_is_kept_as_text(two: Pair) -> None:
    row = two.ask(reason="'; drop table shifts; --\x00<b>", briefing="x" * 5000)
    two.session.flush()
    two.session.expire_all()
    assert row.reason == "'; drop table shifts; --<b>"
    assert len(row.briefing) == 2000


def test_what_the_rules_say_is_seen_before_anything_is_kept(two: Pair) -> None:
    found = swaps.check_request(
        two.session, two.as_agent(two.wang), requester_id=two.wang.id, partner_id=two.li.id,
        shift_id=two.shift.id, payback_shift_id=two.payback.id, book=BASE, now=NOW,
    )  # fmt: skip
    assert found.missing == ("partner", "requester_lead", "partner_lead")
    assert found.breaks == ()
    assert two.session.scalar(select(func.count()).select_from(SwapRequest)) == 0


# Taking back, and who sees what


def test_whoever_filed_it_or_is_part_of_it_takes_it_back(two: Pair) -> None:
    for by in (two.as_agent(two.wang), two.as_agent(two.li)):
        row = two.ask()
        swaps.withdraw_swap(
            two.session, by, row.id, expected_version=row.row_version, now=NOW, note="改主意了"
        )
        assert (row.state, row.decided_by) == ("withdrawn", by.actor)
    row = two.ask()
    with pytest.raises(Refused, match="the two themselves"):
        swaps.withdraw_swap(two.session, two.lead, row.id, expected_version=row.row_version, now=NOW)


def test_who_sees_which_swaps(session: Session) -> None:
    apart = pair(session, BASE, in_two_teams=True)
    row = apart.ask()
    for by in (
        apart.lead,
        apart.other_lead,
        scope("manager"),
        apart.as_agent(apart.wang),
        apart.as_agent(apart.li),
    ):
        assert [one.id for one in swaps.list_swaps(session, by)] == [row.id]
        assert swaps.get_swap(session, by, row.id) is row
    for by in (
        scope("supervisor", make_team(session)),
        apart.as_agent(make_agent(session, apart.team)),
        scope("agent"),
    ):
        assert swaps.list_swaps(session, by) == []
        with pytest.raises(LookupError):
            swaps.get_swap(session, by, row.id)
    for by in (scope("qa"), scope("administrator")):
        with pytest.raises(AccessRefused):
            swaps.list_swaps(session, by)


def test_lists_are_narrowed_by_state_person_and_either_day(two: Pair) -> None:
    row = two.ask()
    lists = swaps.list_swaps
    assert lists(two.session, two.lead, state="approved") == []
    assert list(lists(two.session, two.lead, state="requested", agent_id=two.li.id)) == [row]
    assert lists(two.session, two.lead, agent_id=make_agent(two.session, two.team).id) == []
    assert list(lists(two.session, two.lead, from_on=SWAP_ON, to_on=SWAP_ON)) == [row]
    assert list(lists(two.session, two.lead, from_on=PAYBACK_ON)) == [row]
    assert lists(two.session, two.lead, from_on=PAYBACK_ON + DAY) == []
    assert lists(two.session, two.lead, to_on=SWAP_ON - DAY) == []


def test_what_waits_stands_first_the_nearest_shift_on_top(two: Pair) -> None:
    done = two.approved()
    later, sooner = (
        two.ask(shift_id=make_shift(two.session, two.wang, SWAP_ON + n * DAY).id, payback_shift_id=None)
        for n in (4, 3)
    )
    assert [one.id for one in swaps.list_swaps(two.session, two.lead)] == [sooner.id, later.id, done.id]


def test_what_was_decided_keeps_the_words_it_was_decided_on(two: Pair) -> None:
    row = two.approved()
    two.li.level = "junior"
    two.session.flush()
    found = swaps.ruling_of(two.session, row, BASE, NOW + DAY)
    assert found.is_allowed
    assert any("业务水平相同" in step.zh for step in found.steps)
