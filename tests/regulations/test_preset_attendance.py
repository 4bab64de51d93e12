"""What each preset states of attendance, shifts, leave, swaps, overtime and handover, line by line.

As in test_preset_values: parameter = value | clauses | status, written against the catalogue. What a set says nothing
about is not there; the base lends it.
"""

from __future__ import annotations

import pytest

from regulations.names import NAMES
from regulations.rulebook import load_rulebook, preset_ids
from regulations.schema import SPECS
from regulations.values import ROLES
from tests.regulations.test_preset_values import lines_of

SUBJECTS = ("attendance", "shift", "leave", "swap", "overtime", "handover")

STATED = {
    "cs_rules_short": """
        attendance.severe_after = off | - | product_choice
        attendance.off_post_severe_after = off | - | product_choice
        leave.night_default = off | - | product_choice
        leave.night_cutoff = off | - | product_choice
        attendance.leave_post_approver = manager | E4.3 | stated
        leave.tiers = [{"inclusive": true, "role": "manager"}] | E4.4 | inferred
        leave.ordinary_notice = 1 calendar_day | E4.4 | stated
        leave.special_notice = 1 hour | E4.4 | stated
        leave.unfiled_class = absence | E4.4 | stated
        leave.skip_level_allowed = no | E4.4 | stated
        leave.crossed_allowed = no | E4.4 | stated
        leave.proxy_types = sick | E4.4 | stated
        leave.certificate_from = off | - | product_choice
        leave.certificate_continuous = off | - | product_choice
        leave.slip_due = off | - | product_choice
    """,
    "ecommerce_shop": """
        swap.form = 换班登记 | A1.30 | inferred
        swap.back_to_back_allowed = yes | - | product_choice
        swap.same_job_required = no | - | product_choice
        swap.on_holiday_allowed = yes | - | product_choice
        leave.no_leave_on_swap = no | - | product_choice
        attendance.severe_after = 20 minute | A1.28 | stated
        attendance.off_post_severe_after = 20 minute | A1.28 | stated
        attendance.severe_class = absence | A1.28 | stated
        attendance.needs_no_leave_filed = yes | A1.28 | stated
        attendance.away_limit = 10 minute | A1.8 | stated
        attendance.leave_post_approver = supervisor | A1.7 | stated
        attendance.early_arrival = 10 minute | A1.21 | stated
        shift.definitions = [{"code": "early", "start": "09:00", "end": "18:00", "breaks": []}, {"code": "late", "start": "18:00", "end": "24:00", "breaks": []}] | A1.4 A1.6 | stated
        shift.rest_days_per_week = 1 | A1.5 | stated
        shift.rest_assigned_by = supervisor | A1.5 | stated
        shift.auto_extend = yes | A1.6 | stated
        leave.ordinary_notice = 1 calendar_day | A1.24 | stated
        leave.special_notice = 2 hour | A1.24 | stated
        leave.tiers = [{"upto": 3, "inclusive": true, "role": "supervisor"}, {"inclusive": true, "role": "manager"}] | A1.25 | inferred
        leave.proxy_types = sick | A1.26 | stated
        leave.night_default = exception | A1.27 | stated
        leave.night_cutoff = 12:00 | A1.27 | inferred
        leave.exception_approver = manager | A1.24 A1.27 | inferred
        leave.report_back_within = 1 calendar_day | A1.23 | product_choice
        leave.unfiled_class = absence | A1.24 | stated
        leave.certificate_from = off | - | product_choice
        leave.certificate_continuous = off | - | product_choice
        leave.slip_due = off | - | product_choice
        swap.reason_required = yes | A1.29 | inferred
        swap.monthly_cap = 2 | A1.31 | stated
        swap.approvers = both_agents / both_team_leads / supervisor | A1.30 A1.29 | stated
        swap.consecutive_allowed = no | A1.31 | stated
        swap.failure_class = absence | A1.32 | stated
        handover.record_form = 交接本 | A1.22 | stated
        handover.fields = 交接事项 | A1.22 | inferred
        handover.supervisor_review = none | A1.22 | inferred
    """,
    "office_tower_handbook": """
        attendance.leave_post_approver = supervisor | B1.8 B1.17 | stated
        attendance.replacement_required = yes | B1.17 | stated
        attendance.private_call_limit = [{"post": "desk", "limit": {"value": 3, "unit": "minute"}}, {"post": "other", "limit": {"value": 10, "unit": "minute"}}] | B1.20 B1.8 | stated
        attendance.private_visitor_limit = 30 minute | B1.8 | stated
        attendance.early_arrival = 0 minute | B1.8 | inferred
        shift.definitions = [{"code": "day", "start": "09:00", "end": "18:00", "breaks": []}, {"code": "standing", "start": "07:30", "end": "09:00", "breaks": []}] | B1.18 | inferred
        shift.empty_post_allowed = no | B1.17 | stated
        handover.record_form = 交接班检查记录 | B1.15 | inferred
        handover.fields = 工作情况 / 遗留问题 / 设备检查 / 台面整洁 | B1.9 B1.10 B1.12 B1.13 | inferred
        handover.supervisor_review = daily | B1.15 | stated
        handover.refusal_allowed = yes | B1.13 | stated
        handover.wait_for_relief = yes | B1.14 B1.17 | inferred
    """,
    "property_cs_rules": """
        leave.night_default = off | - | product_choice
        leave.night_cutoff = off | - | product_choice
        attendance.late_grace = 0 minute | E3.10 | inferred
        attendance.severe_after = 20 minute | E3.19 | stated
        attendance.off_post_severe_after = 20 minute | E3.19 | stated
        attendance.severe_class = violation | E3.19 | stated
        attendance.needs_no_leave_filed = yes | E3.19 | stated
        attendance.early_counts_off_post = no | E3.10 | inferred
        attendance.leave_post_approver = supervisor | E3.8 E3.10 | inferred
        attendance.absence_sanctions = self_criticism / day_wage / month_bonus | E3.12 | stated
        leave.ordinary_notice = 1 calendar_day | E3.15 | stated
        leave.special_notice = 1 hour | E3.15 | stated
        leave.unfiled_class = absence | E3.15 | stated
        leave.exception_approver = manager | E3.15 | inferred
        leave.skip_level_allowed = no | E3.16 | stated
        leave.crossed_allowed = no | E3.16 | stated
        leave.proxy_types = sick | E3.17 | stated
        leave.certificate_from = 1 calendar_day | E3.18 | stated
        leave.certificate_continuous = yes | E3.18 | stated
        leave.emergency_exempt = yes | E3.18 | stated
        leave.slip_due = 1 calendar_day | E3.18 | stated
        leave.official_reasons = 培训会议 / 出差 / 公司指派的拜访 / 工伤 | E3.13 | stated
        leave.errand_approver = manager | E3.20 | stated
        overtime.approver = manager | E3.14 | stated
        overtime.compensation = pay / time_off | E3.14 | stated
        handover.fields = 业务变更 / 上级指示 / 客户建议与投诉 / 流程与设备变化 | E3.3 | stated
    """,
    "property_service_centre": """
        leave.special_notice = 1 calendar_day | A4.17 | stated
        leave.night_default = off | - | product_choice
        leave.night_cutoff = off | - | product_choice
        attendance.leave_post_approver = supervisor | A4.27 | inferred
        attendance.private_call_limit = [{"post": "desk", "limit": {"value": 3, "unit": "minute"}}, {"post": "other", "limit": {"value": 3, "unit": "minute"}}] | A4.28 | stated
        attendance.private_visitor_limit = 0 minute | A4.25 | inferred
        shift.definitions = [{"code": "day", "start": "08:00", "end": "17:00", "breaks": []}] | A4.19 | inferred
        leave.ordinary_notice = 1 calendar_day | A4.17 | stated
    """,
    "telecom_call_centre": """
        attendance.severe_after = 20 minute | A2.58 | stated
        attendance.off_post_severe_after = 20 minute | A2.58 | stated
        attendance.severe_class = violation | A2.58 | stated
        attendance.needs_no_leave_filed = yes | A2.58 | stated
        attendance.leave_post_approver = team_lead | A2.20 A2.37 | stated
        attendance.early_arrival = 10 minute | A2.45 | stated
        attendance.private_call_limit = [{"post": "desk", "limit": {"value": 0, "unit": "minute"}}, {"post": "other", "limit": {"value": 0, "unit": "minute"}}] | A2.38 | inferred
        attendance.private_visitor_limit = 0 minute | A2.6 | inferred
        shift.weekly_duties = [{"code": "changing_room", "title": "更衣室卫生", "weekday": "mon", "by": "team_lead"}, {"code": "plants", "title": "擦拭绿植", "weekday": "fri"}] | A2.43 A2.44 | stated
        leave.tiers = [{"upto": 1, "inclusive": true, "role": "supervisor"}, {"inclusive": true, "role": "manager"}] | A2.53 | inferred
        leave.ordinary_notice = 1 calendar_day | A2.52 | stated
        leave.special_notice = 1 hour | A2.52 | stated
        leave.unfiled_class = absence | A2.52 | stated
        leave.exception_approver = manager | A2.52 A2.56 A2.57 | inferred
        leave.report_back_within = 1 calendar_day | A2.51 | product_choice
        leave.skip_level_allowed = no | A2.53 | stated
        leave.crossed_allowed = no | A2.53 | stated
        leave.proxy_types = sick | A2.54 | stated
        leave.certificate_from = 1 calendar_day | A2.55 | stated
        leave.certificate_continuous = yes | A2.55 | stated
        leave.emergency_exempt = yes | A2.55 | stated
        leave.slip_due = 1 calendar_day | A2.55 | stated
        leave.night_default = exception | A2.56 | stated
        leave.night_cutoff = 12:00 | A2.56 | inferred
        leave.holiday_policy = exception | A2.57 | stated
        leave.holiday_notice = 2 calendar_day | A2.57 | stated
        leave.errand_approver = manager | A2.59 | stated
        handover.record_form = 交接日志 | A2.50 | stated
        handover.fields = 设备状况 / 疑难问题 / 人员变动 / 业务变更 / 上级指示 / 用户建议与投诉 / 流程与设备变化 | A2.50 A2.12 | stated
        handover.wait_for_relief = yes | A2.48 | stated
    """,
    "telecom_shift_swap": """
        shift.min_rest = 8 hour | A3.3 | product_choice
        leave.no_leave_on_swap = yes | A3.6 | stated
        leave.holiday_policy = forbidden | A3.9 | stated
        swap.reason_required = yes | A3.1 | stated
        swap.approvers = both_team_leads | A3.2 | stated
        swap.form = 换班登记表 | A3.2 | stated
        swap.monthly_cap = 2 | A3.3 | stated
        swap.consecutive_allowed = no | A3.3 | stated
        swap.back_to_back_allowed = no | A3.3 | stated
        swap.counts = per_swap | A3.3 | product_choice
        swap.same_job_required = yes | A3.4 | stated
        swap.failure_class = absence | A3.5 | stated
        swap.responsibility_shared = yes | A3.5 | stated
        swap.staffing_checked = yes | A3.7 | stated
        swap.on_holiday_allowed = no | A3.9 | stated
    """,
    "telecom_vas_complaints": """
        leave.types = personal / special / sick / emergency / official / marriage / bereavement / maternity / time_off | D1.13 | inferred
    """,
}  # fmt: skip
"""A preset without an entry states nothing on these subjects: the sets A5 to A7, C2, C4, E1 and E5 say nothing."""


@pytest.mark.parametrize("preset", preset_ids())
def test_a_preset_says_what_its_clauses_say_and_nothing_else(preset: str) -> None:
    expected = {line.strip() for line in STATED.get(preset, "").strip().splitlines()}
    assert lines_of(preset, SUBJECTS) == expected


@pytest.mark.parametrize("preset", preset_ids())
def test_whoever_a_set_names_is_a_level_it_has(preset: str) -> None:
    book = load_rulebook([preset])
    ladder = book.items("escalation.ladder") or ROLES
    for found in book.flat():
        if (
            found.origin == preset
            and found.key.partition(".")[0] in SUBJECTS
            and SPECS[found.key].type == "role"
        ):
            assert found.value in ladder, found.key


@pytest.mark.parametrize("preset", preset_ids())
def test_every_type_of_leave_has_a_name_and_whoever_files_for_another_files_one_of_them(preset: str) -> None:
    book = load_rulebook([preset])
    types = set(book.items("leave.types") or ())
    assert types <= set(NAMES["leave_type"])
    assert set(book.items("leave.proxy_types") or ()) <= types
    assert set(book.items("leave.account_types") or ()) <= types


def test_what_a_set_is_silent_on_is_lent_by_the_base_and_still_names_its_clause() -> None:
    centre = load_rulebook(["property_service_centre"])
    assert centre.parameter("attendance.severe_after").inherited
    assert centre.clauses("attendance.severe_after") == ("A1.28", "A2.58", "E3.19")
    assert load_rulebook(["telecom_call_centre"]).clause("attendance.away_limit") == "A1.8"
    assert load_rulebook(["cs_rules_short"]).clause("swap.same_job_required") == "A3.4"
