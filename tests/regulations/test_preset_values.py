"""What each preset states of complaints, reporting, surges, callbacks, repairs, surveys and visitors, line by line.

A line is: parameter, for which kinds only (* is all others too), value | clauses | status. Written against the
catalogue; a preset that states more or less than its lines fails, and so does one that states it otherwise.
"""

from __future__ import annotations

import json

import pytest

from regulations.files import PRESETS
from regulations.loading import read_layer
from regulations.names import NAMES
from regulations.parameter import Parameter
from regulations.records import COLLECTIONS
from regulations.rulebook import load_rulebook, preset_ids
from regulations.values import ROLES, Duration

SUBJECTS = (
    *("complaint", "approval", "escalation", "surge", "callback", "customer", "repair", "survey"),
    *("enquiry", "visitor", "meeting", "report", "penalty"),
)

STATED = {
    "cs_rules_short": """
        complaint.contact_classes = 业务登记 / 业务咨询 / 申告建议 | E4.3 | inferred
        complaint.severe_route = manager | E4.1 | inferred
        complaint.forward_within = off | - | product_choice
        escalation.ladder = agent / manager | E4.1 | inferred
        escalation.difficult_customer = manager | E4.1 | stated
        escalation.bypass_allowed = yes | E4.1 | stated
        escalation.bypass_report_within = 1 working_day | E4.1 | product_choice
        escalation.proposal_required = yes | E4.1 | stated
        escalation.must_report_immediately = 政治性问题 / 失密泄密 / 重大差错、事故或严重违纪 / 危及设备或人身安全 / 超出职权 | E4.1 | stated
        surge.alert_role = manager | E4.1 | inferred
    """,
    "ecommerce_shop": """
        complaint.channels = chat | A1.9 | inferred
        complaint.severe_route = manager | - | product_choice
        complaint.forward_within = off | - | product_choice
        escalation.ladder = agent / team_lead / supervisor / manager | A1.17 A1.25 A1.30 | inferred
        callback.windows = off | - | product_choice
        penalty.fund = 部门活动经费 | A1.13 | stated
    """,
    "generic_template": """
        complaint.forward_within = off | - | product_choice
    """,
    "game_confidentiality": """
        complaint.forward_within = off | - | product_choice
    """,
    "platform_confidentiality": """
        complaint.forward_within = off | - | product_choice
    """,
    "goods_sales": """
        complaint.recorder_role = agent | A6.22 | stated
        complaint.decision_role = executive | A6.23 | stated
        complaint.severe_route = executive | A6.23 | inferred
        complaint.forward_within = 4 hour | A6.22 | stated
        complaint.leadership_submit_within = 30 minute | A6.23 | product_choice
        complaint.verify_within = off | - | product_choice
        complaint.first_feedback_within = 2 calendar_day | A6.28 | stated
        complaint.final_feedback_within = 7 working_day | A6.28 | stated
        complaint.register_form = 用户投诉通知单 | A6.22 | stated
        complaint.case_form = 用户投诉整改通知单 | A6.23 | stated
        complaint.leadership_submit_severities = off | A6.23 | inferred
        complaint.rectification_by_schedule = yes | A6.24 A6.27 | stated
        escalation.ladder = agent / supervisor / manager / executive / top | A6.22 A6.23 A6.30 | inferred
        callback.windows[complaint long_term_visit occasional_call] = off | A6.19 A6.20 | inferred
        callback.skip_holidays[complaint long_term_visit occasional_call] = no | A6.21 | inferred
        callback.late_tolerance[long_term_visit occasional_call] = off | A6.19 A6.20 | inferred
        callback.channels[long_term_visit] = visit | A6.19 | stated
        callback.channels[occasional_call] = phone | A6.20 | stated
        callback.dedicated_headcount[complaint long_term_visit occasional_call] = off | - | product_choice
        callback.flow_steps[complaint long_term_visit occasional_call] = off | - | product_choice
        callback.summary_periods[complaint long_term_visit occasional_call] = month | A6.19 A6.20 | inferred
        customer.contact_frequency = [{"group": "长期用户", "every": {"value": 1, "unit": "month"}, "by": ["visit"]}, {"group": "零散用户", "every": {"value": 1, "unit": "month"}, "by": ["phone"]}, {"group": "全部用户", "on": "节假日", "by": ["sms"]}] | A6.19 A6.20 A6.21 | stated
        penalty.rectification_factor = 2 | A6.29 | stated
    """,
    "hospital_callback": """
        complaint.severe_route = manager | E5.5 | inferred
        complaint.forward_within = off | - | product_choice
        escalation.ladder = agent / supervisor / manager | E5.2 E5.5 E5.14 | inferred
        callback.target_rate = 100 | E5.9 E5.10 E5.11 | stated
        callback.windows[* basic_first_visit discharge specialist_first_visit] = [{"start": "10:00", "end": "12:00"}, {"start": "15:00", "end": "17:00"}] | E5.8 | stated
        callback.skip_holidays[* basic_first_visit discharge specialist_first_visit] = yes | E5.8 | stated
        callback.channels[* basic_first_visit discharge specialist_first_visit] = phone / sms / letter | E5.7 | stated
        callback.caller[* basic_first_visit discharge specialist_first_visit] = agent | E5.2 | stated
        callback.dedicated_headcount[* basic_first_visit discharge specialist_first_visit] = 1 | E5.2 | stated
        callback.shortfall_step = 5 | E5.14 | stated
        callback.points_per_step = 1 | E5.14 | stated
        callback.step_rounding = floor | E5.14 | inferred
        callback.flow_steps[* basic_first_visit discharge specialist_first_visit] = 礼貌问候 / 自我介绍 / 寒暄 / 了解疾病康复情况 / 健康宣教 / 满意度调查 / 相关信息介绍 / 感谢 / 登记回访信息 | E5.6 | stated
        callback.summary_periods[* basic_first_visit discharge specialist_first_visit] = month / quarter | E5.5 E5.13 | stated
    """,
    "hospital_enquiry": """
        complaint.decision_role = supervisor | C2.1 | inferred
        complaint.severe_route = supervisor | C2.1 | inferred
        complaint.forward_within = off | - | product_choice
        escalation.ladder = agent / supervisor | C2.1 | inferred
        enquiry.fields = 年龄 / 性别 / 病程 / 病史 / 病种 / 住址 / 电话 / 就诊意向 / 关心内容 / 健康咨询 / 价格比对 / 消费习惯 / 经济状况 / 人员类型 | C2.3 | stated
        enquiry.track_arrival = yes | C2.7 | stated
    """,
    "office_building_property": """
        complaint.channels = visit / phone / letter / fax / email / chat / sms / operator_forward / regulator / consumer_association / media | E1.54 | inferred
        complaint.severity_levels = ordinary / serious | E1.54 | stated
        complaint.recorder_role = agent | E1.53 E1.54 | stated
        complaint.decision_role = supervisor | E1.54 | stated
        complaint.severe_route = executive | E1.54 | stated
        complaint.forward_within = off | - | product_choice
        complaint.progress_interval = 2 calendar_day | E1.20 | stated
        complaint.register_form = 投诉登记表 | E1.54 | stated
        complaint.case_form = 投诉处理单 | E1.54 | stated
        complaint.callback_by_other_than_handler = off | - | product_choice
        complaint.rectification_by_schedule = yes | E1.54 | stated
        complaint.incident_report_within = 24 hour | E1.4 | stated
        escalation.ladder = agent / supervisor / manager / executive / top | E1.19 E1.41 E1.53 E1.54 | inferred
        callback.target_rate = 100 | E1.21 E1.22 | stated
        callback.after_resolution_within = 24 hour | E1.20 | product_choice
        callback.unresolved_interval = 2 calendar_day | E1.20 | stated
        callback.windows[complaint repair unresolved] = off | E1.20 | inferred
        callback.skip_holidays[complaint repair unresolved] = no | E1.20 | inferred
        callback.channels[complaint repair unresolved] = phone / visit / letter | E1.18 E1.55 | stated
        callback.record_form = 回访记录 | E1.19 | stated
        callback.caller[complaint repair unresolved] = agent | E1.18 E1.22 | stated
        callback.dedicated_headcount[complaint repair unresolved] = off | - | product_choice
        callback.dissatisfied_reopens = yes | E1.55 | inferred
        callback.flow_steps[complaint repair unresolved] = off | - | product_choice
        callback.summary_periods[complaint repair unresolved] = month | E1.22 | stated
        repair.arrival_within = 15 minute | E1.46 | stated
        repair.clock_start = form | E1.46 E1.49 | inferred
        repair.on_time_target = 100 | E1.49 | stated
        repair.price_confirmed_before = yes | E1.46 E1.62 | stated
        repair.order_form = 维修服务通知单 | E1.45 | stated
        repair.register_form = 报修回访登记表 | E1.45 | stated
        repair.apology_when_late = yes | E1.48 E1.49 | inferred
        repair.appointment_when_unfinished = yes | E1.48 | stated
        repair.signature_required = yes | E1.47 | stated
        survey.dimensions = 态度 / 效率 / 效果 / 满意 | E1.22 | stated
    """,
    "office_tower_handbook": """
        complaint.recorder_role = agent | B1.22 | inferred
        complaint.decision_role = supervisor | B1.22 | inferred
        complaint.severe_route = manager | B1.24 | inferred
        complaint.forward_within = off | - | product_choice
        escalation.ladder = agent / supervisor / manager | B1.8 B1.22 | inferred
        escalation.difficult_customer = agent / supervisor | B1.22 | stated
        escalation.must_report_immediately = 无法解决的投诉 / 大堂突发情况不能及时处理 | B1.22 B1.24 | stated
    """,
    "product_after_sales": """
        complaint.cause_classes = 质量 / 非质量 | C4.21 | stated
        complaint.severity_levels = ordinary / serious | C4.17 | stated
        complaint.recorder_role = agent | C4.23 | stated
        complaint.decision_role = executive | C4.25 | stated
        complaint.severe_route = executive | C4.17 | stated
        complaint.forward_within = off | - | product_choice
        complaint.leadership_submit_within = 30 minute | C4.17 | product_choice
        complaint.verify_within = off | - | product_choice
        complaint.final_feedback_within = off | - | product_choice
        complaint.close_within = 6 calendar_day | C4.26 | stated
        complaint.investigation_report_within = 3 calendar_day | C4.24 | stated
        complaint.case_form = 客户投诉处理表 | C4.23 | stated
        complaint.case_form_copies = 4 | C4.29 | inferred
        complaint.reopen_links_previous = yes | C4.25 | stated
        complaint.form_visible_to_customer = no | C4.25 | stated
        complaint.improvement_excludes_negligence = yes | C4.25 | stated
        complaint.sanction_review_day = 10 | C4.28 | stated
        complaint.compensation_tiers = [{"upto": 1000, "inclusive": true, "role": "manager", "title": "销售部门经理", "title_en": "Sales department manager"}, {"upto": 5000, "inclusive": true, "role": "executive"}, {"inclusive": true, "role": "top"}] | C4.27 | inferred
        complaint.manager_visit_required = yes | C4.19 | stated
        complaint.severe_written_notice = yes | C4.17 | stated
        complaint.leadership_submit_severities = serious | C4.17 | stated
        complaint.rectification_by_schedule = yes | C4.23 | inferred
        approval.discount_note = executive | C4.29 | stated
        approval.return_note = executive | C4.29 | stated
        approval.sanction_note = top | C4.28 | stated
        approval.remote_trip = manager | C4.11 | stated
        escalation.ladder = agent / supervisor / manager / executive / top | C4.24 C4.25 C4.27 | inferred
        callback.channels[complaint] = visit / letter / phone | C4.17 C4.19 | stated
        callback.caller[complaint] = supervisor | C4.19 | inferred
        repair.arrival_within = off | - | product_choice
        repair.order_form = 服务凭证 | C4.6 | stated
        repair.register_form = 服务登记簿 | C4.6 C4.15 | stated
        repair.service_types = 有偿服务 / 合同服务 / 免费服务 / 内务服务 | C4.5 | stated
        repair.signature_required = yes | C4.7 C4.9 | stated
        repair.undispatched_next_day_priority = yes | C4.10 | stated
        survey.form = 客户意见调查表 | C4.15 | stated
        survey.dimensions = 态度 / 技术 / 到达时间 / 答应事项的办理 | C4.16 | stated
        survey.grades = 非常满意 / 满意 / 一般 / 较差 | C4.16 | stated
        survey.feeds_monthly_review = yes | C4.14 | stated
    """,
    "property_complaint_flow": """
        complaint.channels = visit / phone / letter | A5.1 | stated
        complaint.contact_classes = 询问 / 投诉 / 维修 / 反映问题 / 建议 / 其他 | A5.9 A5.10 A5.11 A5.12 A5.13 A5.14 | stated
        complaint.recorder_role = agent | A5.1 | stated
        complaint.decision_role = supervisor | A5.3 | inferred
        complaint.severe_route = manager | A5.8 A5.14 | inferred
        complaint.forward_within = off | - | product_choice
        complaint.shared_number = yes | A5.6 | stated
        complaint.case_form = 投诉处理单 | A5.1 | stated
        complaint.case_form_copies = 2 | A5.2 | stated
        complaint.require_department_signature = yes | A5.2 A5.4 | stated
        complaint.callback_by_other_than_handler = yes | A5.5 | inferred
        complaint.statistics_period = year | A5.7 | stated
        complaint.sign_off_within = 1 working_day | A5.2 | product_choice
        escalation.ladder = agent / supervisor / manager | A5.2 A5.8 A5.14 | inferred
        callback.record_form = 投诉回访表 | A5.5 | stated
        callback.caller[complaint] = supervisor | A5.5 | stated
        repair.copies = 3 | A5.11 | stated
        repair.order_form = 工程维修单 | A5.11 | stated
        repair.register_form = 维修台账 | A5.11 | stated
        visitor.record_form = 客户接待登记表 | A5.12 A5.13 A5.14 | stated
    """,
    "property_cs_rules": """
        complaint.channels = letter / phone / fax / visit | E3.25 | stated
        complaint.recorder_role = agent | E3.22 E3.25 | stated
        complaint.decision_role = manager | E3.22 | stated
        complaint.severe_route = executive | E3.23 | inferred
        complaint.register_within = 30 minute | E3.22 | product_choice
        complaint.forward_within = off | - | product_choice
        complaint.verify_within = 1 calendar_day | E3.22 | stated
        complaint.shared_number = yes | E3.27 | stated
        complaint.register_form = 客户投诉登记表 | E3.26 | stated
        complaint.case_form = 投诉处理表 | E3.27 | stated
        complaint.callback_by_other_than_handler = off | - | product_choice
        escalation.ladder = agent / supervisor / manager / executive | E3.1 E3.22 E3.23 | inferred
        escalation.bypass_allowed = yes | E3.1 | stated
        escalation.bypass_report_within = 1 working_day | E3.1 | product_choice
        escalation.proposal_required = yes | E3.1 | stated
        escalation.must_report_immediately = 重大差错、事故或违纪 / 危及设备或人身安全 / 超出职权 | E3.1 | stated
        callback.target_rate = off | E3.28 | inferred
        callback.channels[complaint] = visit | E3.28 | stated
        callback.caller[complaint] = agent | E3.28 | stated
    """,
    "property_service_centre": """
        complaint.recorder_role = agent | A4.35 | stated
        complaint.severe_route = manager | A4.50 | inferred
        complaint.forward_within = off | - | product_choice
        escalation.ladder = agent / supervisor / manager | A4.33 A4.37 A4.50 | inferred
        meeting.late_fine = 10 | A4.47 | stated
        meeting.absence_fine = 20 | A4.47 | stated
        meeting.disruption_fine = 20 | A4.48 | stated
        meeting.leave_notice = 1 calendar_day | A4.42 | stated
        meeting.leave_approver = executive | A4.42 | stated
        meeting.notice_special = 7 calendar_day | A4.41 | stated
        meeting.action_overdue = warning | A4.49 | stated
        report.late_fine = 10 | A4.55 | stated
        visitor.record_within = 10 minute | A4.32 | stated
        visitor.record_form = 来访客户登记表 | A4.32 | stated
    """,
    "telecom_call_centre": """
        complaint.contact_classes = 业务登记 / 业务咨询 / 申告建议 | A2.31 | stated
        complaint.recorder_role = agent | A2.31 | stated
        complaint.severe_route = manager | A2.2 | inferred
        complaint.forward_within = off | - | product_choice
        escalation.ladder = agent / team_lead / supervisor / manager | A2.2 A2.53 | inferred
        escalation.difficult_customer = team_lead | A2.1 | stated
        escalation.bypass_allowed = yes | A2.2 | stated
        escalation.bypass_report_within = 1 working_day | A2.2 | product_choice
        escalation.proposal_required = yes | A2.3 | stated
        escalation.must_report_immediately = 政治性问题 / 失密泄密 / 重大差错、事故或严重违反通信纪律 / 危及通信设备或人身安全 / 超出职权 | A2.1 | stated
    """,
    "telecom_shift_swap": "",
    "telecom_vas_complaints": """
        complaint.kinds = 一般投诉 / 省级投诉 / 越级投诉 / 转办申诉 / 直接申诉 | D1.4 | stated
        complaint.recorder_role = agent | D1.5 | stated
        complaint.severe_route = manager | D1.10 | inferred
        complaint.forward_within = off | - | product_choice
        complaint.first_feedback_within = off | D1.7 | inferred
        complaint.final_feedback_within = off | D1.7 | inferred
        complaint.first_asked_stays = yes | D1.5 | stated
        escalation.ladder = agent / supervisor / manager | D1.10 | inferred
        escalation.must_report_immediately = 重大或异常情况 / 同类投诉短时间集中 | D1.8 D1.10 | stated
        surge.acknowledge_within = 30 minute | D1.10 | product_choice
        surge.group_by = category / product | D1.10 | inferred
        surge.alert_role = supervisor | D1.10 | stated
    """,
}  # fmt: skip


def value_of(p: Parameter) -> str:
    if p.state == "off":
        return "off"
    if isinstance(p.value, bool):
        return "yes" if p.value else "no"
    if isinstance(p.value, Duration):
        return f"{p.value.value:f} {p.value.unit.value}"
    if isinstance(p.value, tuple) and all(isinstance(v, str) for v in p.value):
        return " / ".join(p.value)
    written = p.as_json()["value"]
    return written if isinstance(written, str) else json.dumps(written, ensure_ascii=False)


def lines_of(preset: str, subjects: tuple[str, ...] = SUBJECTS) -> set[str]:
    kinds: dict[tuple[str, str], list[str]] = {}
    for p in load_rulebook([preset]).flat():
        key, _, kind = p.key.rstrip("]").partition("[")
        if p.origin == preset and key not in COLLECTIONS and key.partition(".")[0] in subjects:
            said = f"{value_of(p)} | {' '.join(p.clauses) or '-'} | {p.status}"
            kinds.setdefault((key, said), []).append(kind)
    return {
        f"{key} = {said}" if found == [""] else f"{key}[{' '.join(k or '*' for k in sorted(found))}] = {said}"
        for (key, said), found in kinds.items()
    }


@pytest.mark.parametrize("preset", preset_ids())
def test_a_preset_says_what_its_clauses_say_and_nothing_else(preset: str) -> None:
    expected = {line.strip() for line in STATED[preset].strip().splitlines()}
    assert lines_of(preset) == expected


MODULES = ("generic_template", "game_confidentiality", "platform_confidentiality")
"""Sets that name nobody."""

TITLES = {
    "cs_rules_short": "agent 客服人员 manager 经理",
    "ecommerce_shop": "agent 客服 team_lead 组长 supervisor 客服部主管 manager 经理",
    "generic_template": "",
    "game_confidentiality": "",
    "platform_confidentiality": "",
    "goods_sales": "agent 受理人 supervisor 综合管理部 manager 部门经理 executive 公司领导 top 总经理办公会议",
    "hospital_callback": "agent 回访员 supervisor 客服经理 manager 院级领导 executive 院级领导",
    "hospital_enquiry": "agent 咨询人员 supervisor 主任",
    "office_building_property": "agent 客服助理 supervisor 客服主任 manager 客服经理 executive 项目总经理 top 分公司负责人",
    "office_tower_handbook": "agent 前台服务人员 supervisor 客服部主管 manager 经理",
    "product_after_sales": "agent 服务人员 supervisor 客户服务部经理 manager 部门经理 executive 副总经理 top 总经理",
    "property_complaint_flow": "agent 接待人员 supervisor 主管 manager 经理",
    "property_cs_rules": "agent 客服人员 supervisor 客服部负责人 manager 部门经理 executive 管理处经理",
    "property_service_centre": "agent 接待人员 supervisor 客服主管 manager 服务中心经理 executive 市场拓展部",
    "telecom_call_centre": "agent 业务代表 team_lead 班长 supervisor 客服部主任 manager 客服中心主任",
    "telecom_shift_swap": "",
    "telecom_vas_complaints": "agent 客服人员 supervisor 客服主管 manager 公司领导 executive 公司领导",
}
"""Role and title in turn."""
EXTENDS = {"telecom_shift_swap": "telecom_call_centre"}


def titles_of(preset: str) -> dict[str, str]:
    words = TITLES[preset].split()
    return dict(zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize("preset", preset_ids())
def test_roles_have_the_titles_of_the_set_and_no_others(preset: str) -> None:
    path = PRESETS / f"{preset}.toml"
    layer, _ = read_layer(path.name, path.read_bytes(), preset)
    assert {role: entry.value[0] for role, entry in layer.roles.items()} == titles_of(preset)
    assert all(entry.value[1].isascii() for entry in layer.roles.values())


@pytest.mark.parametrize("preset", [p for p in preset_ids() if p not in MODULES])
def test_every_level_of_the_ladder_has_a_title_of_its_own(preset: str) -> None:
    book = load_rulebook([preset])
    ladder = book.items("escalation.ladder") or ()
    assert list(ladder) == sorted(ladder, key=ROLES.index)
    named = {**titles_of(EXTENDS.get(preset, preset)), **titles_of(preset)}
    assert set(ladder) <= set(named)
    titles = [named[role] for role in ladder]
    assert len(set(titles)) == len(titles)
    for key in ("complaint.severe_route", "complaint.decision_role", "surge.alert_role"):
        assert book.role(key) in ladder, key
    assert set(book.items("escalation.difficult_customer") or ()) <= set(ladder)


@pytest.mark.parametrize("preset", preset_ids())
def test_what_the_presets_name_has_a_name_in_both_languages(preset: str) -> None:
    book = load_rulebook([preset])
    for key, names in (
        ("complaint.kinds", "complaint_kind"),
        ("complaint.cause_classes", "cause_class"),
        ("complaint.contact_classes", "contact_class"),
        ("complaint.severity_levels", "severity"),
        ("complaint.channels", "complaint_channel"),
    ):
        assert set(book.items(key) or ()) <= set(NAMES[names]), key
    assert {c.code for c in book.callback_categories()} <= set(NAMES["callback_kind"])


PENALTIES = {
    "ecommerce_shop": {
        *("games_or_video_first.agent.warning", "games_or_video_again.agent.money 50"),
        *("games_or_video_refusal.agent.sanction", "innovative_idea.agent.reward_money"),
        *("service_complaint.agent.money 50", "service_complaint.leader.sanction"),
    },
    "goods_sales": {"upheld_complaint.department.money 200", "upheld_complaint.department.points 10"},
    "hospital_callback": {"callback_shortfall.agent.points 1", "callback_etiquette.agent.sanction"},
    "office_building_property": {
        *("patrol_slackness.agent.sanction", "file_lost.agent.sanction", "mail_lost.agent.sanction"),
    },
    "product_after_sales": {"upheld_complaint.agent.sanction", "upheld_complaint.department.sanction"},
    "property_service_centre": {
        *("client_gossip.agent.money 10", "client_gossip.agent.sanction", "exaggeration.agent.sanction"),
        *("client_not_followed_up.agent.sanction", "unauthorised_promise.agent.sanction"),
        *("price_below_authority.agent.sanction", "reported_late.agent.sanction"),
        "unsolved_not_reported.leader.sanction",
    },
}


@pytest.mark.parametrize("preset", preset_ids())
def test_only_what_a_set_says_costs_anything(preset: str) -> None:
    found = load_rulebook([preset]).penalties()
    priced = {p.id if p.amount is None else f"{p.id} {p.amount:f}" for p in found}
    assert priced == PENALTIES.get(preset, set())
    assert all(p.title and p.title_en.isascii() and p.clauses for p in found)


def test_what_a_set_leaves_out_does_not_undo_what_another_states() -> None:
    """A call centre repairs nothing; beside a property company its presets leave the repair callbacks alone."""
    for order in (
        ["telecom_call_centre", "office_building_property"],
        ["office_building_property", "telecom_call_centre"],
    ):
        codes = {c.code for c in load_rulebook(order).callback_categories()}
        assert {"complaint", "repair"} <= codes
    both = load_rulebook(["goods_sales", "telecom_vas_complaints"])
    assert both.clause("complaint.first_feedback_within") == "A6.28"
    assert both.clause("complaint.forward_within") == "A6.22"


@pytest.mark.parametrize("preset", preset_ids())
def test_every_preset_stands_beside_the_demo_department(preset: str) -> None:
    demo = ("goods_sales", "office_building_property", "hospital_callback")
    for order in ([preset, *demo], [*demo, preset]):
        book = load_rulebook(list(dict.fromkeys(order)))
        assert {"complaint", "repair", "long_term_visit", "discharge"} <= {
            c.code for c in book.callback_categories()
        }
        assert book.duration("complaint.forward_within") is not None
        assert book.duration("complaint.final_feedback_within") is not None


def test_the_checklist_of_the_tower_has_thirty_items() -> None:
    items = load_rulebook(["office_tower_handbook"]).table("inspection.checklist") or ()
    assert [i["code"] for i in items] == [f"q{n}" for n in range(1, 31)]
