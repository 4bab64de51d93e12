"""What the presets say, against the catalogue of the regulations: keys, spot values, clauses, phrases."""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal

import pytest

from regulations.files import PRESETS
from regulations.loading import base_layer
from regulations.names import NAMES
from regulations.patterns import regex_of
from regulations.records import COLLECTIONS
from regulations.reference import DOCUMENT, with_table
from regulations.rulebook import Rulebook, check_file, load_rulebook, preset_ids
from regulations.schema import CLAUSES_IN_SET, SPECS, clause_problem
from regulations.values import CallbackCategory, Duration, PhraseRule, Tier, TimeWindow, Unit

DEMO = ("goods_sales", "office_building_property", "hospital_callback")

# Every parameter of the catalogue, section 4.3, written out.
CATALOGUE = {
    "calendar": "timezone workdays holidays makeup_workdays weekends_count_as_holidays",
    "complaint": "channels contact_classes kinds cause_classes severity_levels recorder_role decision_role severe_route"
    " forward_within leadership_submit_within verify_within first_feedback_within final_feedback_within close_within"
    " investigation_report_within progress_interval warn_at_fraction pause_clock_when_waiting_customer shared_number"
    " register_form case_form case_form_copies require_department_signature callback_by_other_than_handler"
    " reopen_links_previous form_visible_to_customer improvement_excludes_negligence sanction_review_day"
    " statistics_period compensation_tiers manager_visit_required severe_written_notice incident_report_within"
    " hours_clock",
    "escalation": "difficult_customer bypass_allowed bypass_report_within must_report_immediately",
    "surge": "window min_count baseline_ratio group_by alert_role cooldown",
    "callback": "target_rate categories after_resolution_within unresolved_interval windows skip_holidays"
    " late_tolerance caller dedicated_headcount shortfall_step points_per_step step_rounding rate_counts flow_steps"
    " summary_periods",
    "customer": "contact_frequency",
    "repair": "arrival_within clock_start on_time_target price_confirmed_before copies service_types"
    " undispatched_next_day_priority",
    "survey": "dimensions grades grade_values feeds_monthly_review",
    "attendance": "late_grace severe_after severe_class off_post_severe_after needs_no_leave_filed away_limit"
    " leave_post_approver replacement_required private_call_limit private_visitor_limit early_arrival absence_sanctions",
    "shift": "definitions rest_days_per_week rest_assigned_by auto_extend weekly_duties",
    "leave": "tiers notice_basis ordinary_notice special_notice night_cutoff night_default holiday_policy"
    " holiday_notice certificate_from certificate_continuous slip_due proxy_types emergency_exempt skip_level_allowed"
    " crossed_allowed types official_reasons unfiled_class errand_approver no_leave_on_swap",
    "swap": "monthly_cap approvers form consecutive_allowed back_to_back_allowed same_job_required on_holiday_allowed"
    " failure_class counts",
    "overtime": "approver compensation",
    "handover": "record_form fields supervisor_review refusal_allowed wait_for_relief",
    "call": "max_rings seconds_per_ring require_greeting require_closing tone_qualities small_talk"
    " unified_wording_library identity_check_before_data record_agent_hangup",
    "phrase": "required banned",
    "inspection": "checklist",
    "qa": "sample_percent min_per_agent sample_period required_weight banned_weight critical_categories"
    " human_review_required pass_score",
    "penalty": "rules confirmation fund rectification_factor",
    "grade": "top_n quarterly month_pass",
    "promotion": "ladder windows min_average clean_record course_marks demotion review_within report_within"
    " publish_within probation",
    "pay": "base",
    "award": "items quota nominate_before_day cash points shortlist_points refund_rate_max suggestions_min lecturer_min",
    "meeting": "list late_fine absence_fine disruption_fine leave_notice notice_special action_overdue",
    "report": "list late_fine",
    "security": "own_account_only off_shift_login export log_queries deletion_approvers retention leak_report"
    " anonymous_votes",
    "key": "return kinds",
    "patrol": "daily_min",
    "vacant": "daily reconcile",
    "visitor": "record_within",
    "mail": "attempts",
    "fitout": "review refund drawing_sets photos",
    "fee": "notice_print deliver legal_letter_after",
    "garbage": "wash disinfect",
    "destruction": "min_present",
    "training": "brief_before_listing",
    "suggestion": "reward",
    "enquiry": "fields track_arrival",
}
OUR_OWN = {
    "attendance.early_counts_off_post",
    "attendance.double_punch",
    "attendance.lateness_allowance",
    "attendance.correction_within",
    "attendance.correction_approver",
    "shift.night_after",
    "shift.min_rest",
    "shift.empty_post_allowed",
    "shift.breaks_count",
    "leave.length_counts",
    "leave.exception_approver",
    "leave.report_back_within",
    "leave.account_types",
    "leave.day_hours",
    "meeting.leave_approver",
    "overtime.counts_from",
    "swap.reason_required",
    "swap.staffing_checked",
    "swap.responsibility_shared",
    "swap.consecutive_counts_payback",
    "handover.follows_within",
    "callback.channels",
    "callback.record_form",
    "repair.order_form",
    "repair.register_form",
    "survey.form",
    "visitor.record_form",
    "complaint.leadership_submit_severities",
    "complaint.sign_off_within",
    "complaint.rectification_by_schedule",
    "complaint.first_asked_stays",
    "escalation.proposal_required",
    "complaint.duplicate_window",
    "complaint.duplicate_weights",
    "complaint.duplicate_min_points",
    "complaint.duplicate_wording",
    "approval.discount_note",
    "approval.return_note",
    "approval.sanction_note",
    "approval.remote_trip",
    "escalation.ladder",
    "surge.significance",
    "surge.history_weeks",
    "surge.look_back",
    "surge.acknowledge_within",
    "callback.retry",
    "callback.max_attempts",
    "callback.refusal_settles",
    "callback.dissatisfied_reopens",
    "callback.month_end_days",
    "callback.month_end_share",
    "callback.month_end_min",
    "callback.burst_within",
    "callback.burst_min",
    "repair.apology_when_late",
    "repair.appointment_when_unfinished",
    "repair.signature_required",
    "survey.min_responses",
    "survey.confidence",
    "calendar.service_hours",
    "complaint.register_within",
    "complaint.on_time_target",
    "callback.satisfaction_target",
    "attendance.late_rate_target",
    "attendance.punch_search",
    "qa.courtesy_target",
    "qa.risk_weight",
    "qa.blind_percent",
    "qa.low_precision",
    "qa.compare_from",
    "qa.dispute_within",
    "qa.dispute_decide_within",
    "qa.agreement_reliable",
    "qa.agreement_tentative",
    "qa.agreement_one_sided",
    "phrase.triggers",
    "phrase.flow",
    "speech.opening_seconds",
    "speech.opening_turns",
    "speech.opening_until_matter",
    "speech.closing_seconds",
    "speech.closing_turns",
    "speech.closing_cues",
    "speech.short_call",
    "speech.join_pause",
    "speech.turn_pause",
    "speech.reply_turns",
    "speech.hold_from",
    "speech.hold_notice_before",
    "speech.gap_characters",
    "speech.near_miss_from",
    "speech.near_miss_characters",
    "speech.least_confidence",
    "speech.fastest_speech",
    "speech.guard_reach",
    "speech.quotation",
    "speech.negation",
    "speech.propose_from",
    "speech.nihao_margin",
    "measure.dead_air_from",
    "measure.dead_air_limit",
    "measure.non_talk_limit",
    "measure.agent_talk_limit",
    "measure.interruption_tolerance",
    "measure.interruptions_limit",
    "measure.fastest_rate",
    "measure.slowest_rate",
    "measure.loudness_jump",
    "measure.rate_stretch",
    "measure.loudness_stretch",
    "measure.listening",
    "speech.hellos",
    "speech.akin_greeting",
    "speech.akin_closing",
    "speech.akin_thanks",
    "speech.akin_wish",
    "speech.akin_disturbance",
    "speech.akin_praise_reply",
    "speech.akin_hold_notice",
    "speech.akin_apology",
    "speech.akin_clarification",
    "speech.akin_name_check",
    "speech.openers",
    "speech.nobody_answers",
    "speech.wrong_number",
    "speech.called_off",
    "speech.deceased",
    "speech.gives_name",
    "speech.transfers",
    "speech.waits_for_customer",
    "speech.fetches",
    "speech.customer_waits",
    "qa.claim_lasts",
    "qa.queue_reach",
    "qa.sample_every",
    "qa.critical_factor",
    "qa.overturn_reasons",
}


def test_every_parameter_of_the_catalogue_is_there_and_only_ours_besides() -> None:
    catalogue = {f"{section}.{key}" for section, keys in CATALOGUE.items() for key in keys.split()}
    assert set(load_rulebook().keys()) == catalogue | OUR_OWN


def test_the_base_states_every_parameter_for_all_kinds() -> None:
    stated = {k for k, s in base_layer().slots.items() if s.general is not None and not s.by_kind}
    assert stated | set(COLLECTIONS) == set(SPECS)


@pytest.mark.parametrize("preset", ["base", *preset_ids()])
def test_every_preset_loads_alone(preset: str) -> None:
    book = load_rulebook([preset])
    assert book.title("zh")
    assert book.title("en").isascii()


SETS = {
    "ecommerce_shop": "A1",
    "telecom_call_centre": "A2",
    "telecom_shift_swap": "A3",
    "property_service_centre": "A4",
    "property_complaint_flow": "A5",
    "goods_sales": "A6",
    "generic_template": "A7",
    "game_confidentiality": "A9",
    "office_tower_handbook": "B1",
    "hospital_enquiry": "C2",
    "product_after_sales": "C4",
    "telecom_vas_complaints": "D1",
    "office_building_property": "E1",
    "platform_confidentiality": "E2",
    "property_cs_rules": "E3",
    "cs_rules_short": "E4",
    "hospital_callback": "E5",
}
"""The sets that have rules on complaints, reporting, callbacks, repairs, surveys or speech (catalogue 0.1, 4.5)."""


def test_every_set_with_rules_on_complaints_callbacks_or_speech_is_shipped() -> None:
    assert set(SETS) <= set(preset_ids())


def test_all_presets_together_and_in_the_demo_order_do_not_contradict_each_other() -> None:
    assert load_rulebook(preset_ids()).preset_ids == preset_ids()
    assert load_rulebook(DEMO).preset_ids == DEMO


@pytest.mark.parametrize("preset", ["base", *preset_ids()])
def test_every_clause_exists_and_a_preset_names_its_own_set(preset: str) -> None:
    book = load_rulebook([preset])
    for found in book.flat():
        for clause in found.clauses:
            assert re.fullmatch(r"[A-E]\d{1,2}\.\d{1,2}[a-z]?", clause)
            assert clause.split(".")[0] in CLAUSES_IN_SET
            assert clause_problem(clause) is None
    own = {c.split(".")[0] for p in book.flat() if p.origin == preset for c in p.clauses}
    if preset == "base":
        return
    document = (PRESETS / f"{preset}.toml").read_text(encoding="utf-8")
    assert f'set = "{SETS[preset]}"' in document
    assert own == (set() if preset == "generic_template" else {SETS[preset]})


@pytest.mark.parametrize("preset", ["base", *preset_ids()])
def test_nothing_is_stated_without_a_clause(preset: str) -> None:
    for found in load_rulebook([preset]).flat():
        assert found.clauses or found.status == "product_choice", found.key


def hours(*pairs: tuple[str, str]) -> tuple[TimeWindow, ...]:
    return tuple(TimeWindow(time.fromisoformat(a), time.fromisoformat(b)) for a, b in pairs)


def length(value: int, unit: Unit) -> Duration:
    return Duration(Decimal(value), unit)


@pytest.mark.parametrize(
    ("presets", "key", "value", "clause", "status"),
    [
        ("goods_sales", "complaint.forward_within", length(4, Unit.HOUR), "A6.22", "stated"),
        ("goods_sales", "complaint.leadership_submit_within", length(30, Unit.MINUTE), "A6.23", "product_choice"),
        ("goods_sales", "complaint.first_feedback_within", length(2, Unit.CALENDAR_DAY), "A6.28", "stated"),
        ("goods_sales", "complaint.final_feedback_within", length(7, Unit.WORKING_DAY), "A6.28", "stated"),
        ("goods_sales", "complaint.verify_within", None, None, "product_choice"),
        ("goods_sales", "complaint.decision_role", "executive", "A6.23", "stated"),
        ("goods_sales", "penalty.rectification_factor", Decimal(2), "A6.29", "stated"),
        ("ecommerce_shop", "leave.special_notice", length(2, Unit.HOUR), "A1.24", "stated"),
        ("ecommerce_shop", "leave.ordinary_notice", length(1, Unit.CALENDAR_DAY), "A1.24", "stated"),
        ("ecommerce_shop", "leave.tiers", (Tier(Decimal(3), True, "supervisor"), Tier(None, True, "manager")), "A1.25", "inferred"),
        ("ecommerce_shop", "leave.night_cutoff", time(12), "A1.27", "inferred"),
        ("ecommerce_shop", "leave.certificate_from", None, None, "product_choice"),
        ("ecommerce_shop", "attendance.severe_class", "absence", "A1.28", "stated"),
        ("ecommerce_shop", "attendance.severe_after", length(20, Unit.MINUTE), "A1.28", "stated"),
        ("ecommerce_shop", "attendance.away_limit", length(10, Unit.MINUTE), "A1.8", "stated"),
        ("ecommerce_shop", "shift.auto_extend", True, "A1.6", "stated"),
        ("ecommerce_shop", "penalty.fund", "部门活动经费", "A1.13", "stated"),
        ("ecommerce_shop", "handover.record_form", "交接本", "A1.22", "stated"),
        ("ecommerce_shop", "training.brief_before_listing", True, "A1.16", "stated"),
        ("ecommerce_shop", "complaint.forward_within", None, None, "product_choice"),
        ("hospital_callback", "callback.windows", hours(("10:00", "12:00"), ("15:00", "17:00")), "E5.8", "stated"),
        ("hospital_callback", "callback.skip_holidays", True, "E5.8", "stated"),
        ("hospital_callback", "callback.target_rate", Decimal(100), "E5.9", "stated"),
        ("hospital_callback", "callback.shortfall_step", Decimal(5), "E5.14", "stated"),
        ("hospital_callback", "callback.points_per_step", Decimal(1), "E5.14", "stated"),
        ("hospital_callback", "callback.step_rounding", "floor", "E5.14", "inferred"),
        ("hospital_callback", "callback.dedicated_headcount", 1, "E5.2", "stated"),
        ("hospital_callback", "callback.summary_periods", ("month", "quarter"), "E5.5", "stated"),
        ("hospital_callback", "call.small_talk", "required", "E5.6", "stated"),
        ("office_building_property", "repair.arrival_within", length(15, Unit.MINUTE), "E1.46", "stated"),
        ("office_building_property", "complaint.progress_interval", length(2, Unit.CALENDAR_DAY), "E1.20", "stated"),
        ("office_building_property", "complaint.incident_report_within", length(24, Unit.HOUR), "E1.4", "stated"),
        ("office_building_property", "callback.after_resolution_within", length(24, Unit.HOUR), "E1.20", "product_choice"),
        ("office_building_property", "key.return", length(1, Unit.CALENDAR_DAY), "E1.33", "stated"),
        ("office_building_property", "fitout.review", length(7, Unit.WORKING_DAY), "E1.51", "stated"),
        ("office_building_property", "fee.legal_letter_after", length(5, Unit.WORKING_DAY), "E1.59", "stated"),
        ("office_building_property", "survey.dimensions", ("态度", "效率", "效果", "满意"), "E1.22", "stated"),
        ("office_building_property", "complaint.forward_within", None, None, "product_choice"),
        ("product_after_sales", "complaint.close_within", length(6, Unit.CALENDAR_DAY), "C4.26", "stated"),
        ("product_after_sales", "complaint.investigation_report_within", length(3, Unit.CALENDAR_DAY), "C4.24", "stated"),
        ("product_after_sales", "complaint.leadership_submit_within", length(30, Unit.MINUTE), "C4.17", "product_choice"),
        ("product_after_sales", "complaint.leadership_submit_severities", ("serious",), "C4.17", "stated"),
        ("product_after_sales", "complaint.sanction_review_day", 10, "C4.28", "stated"),
        ("product_after_sales", "complaint.manager_visit_required", True, "C4.19", "stated"),
        ("product_after_sales", "complaint.final_feedback_within", None, None, "product_choice"),
        ("product_after_sales", "approval.sanction_note", "top", "C4.28", "stated"),
        ("product_after_sales", "approval.discount_note", "executive", "C4.29", "stated"),
        ("property_complaint_flow", "complaint.case_form_copies", 2, "A5.2", "stated"),
        ("property_complaint_flow", "complaint.sign_off_within", length(1, Unit.WORKING_DAY), "A5.2", "product_choice"),
        ("property_complaint_flow", "repair.copies", 3, "A5.11", "stated"),
        ("property_cs_rules", "complaint.verify_within", length(1, Unit.CALENDAR_DAY), "E3.22", "stated"),
        ("property_cs_rules", "complaint.decision_role", "manager", "E3.22", "stated"),
        ("property_cs_rules", "complaint.shared_number", True, "E3.27", "stated"),
        ("telecom_vas_complaints", "complaint.first_feedback_within", None, "D1.7", "inferred"),
        ("telecom_vas_complaints", "surge.alert_role", "supervisor", "D1.10", "stated"),
        ("telecom_call_centre", "escalation.difficult_customer", ("team_lead",), "A2.1", "stated"),
        ("cs_rules_short", "escalation.difficult_customer", ("manager",), "E4.1", "stated"),
        ("office_tower_handbook", "escalation.difficult_customer", ("agent", "supervisor"), "B1.22", "stated"),
        ("property_service_centre", "visitor.record_within", length(10, Unit.MINUTE), "A4.32", "stated"),
        ("property_service_centre", "meeting.absence_fine", Decimal(20), "A4.47", "stated"),
        ("hospital_enquiry", "enquiry.track_arrival", True, "C2.7", "stated"),
        ("telecom_call_centre", "leave.tiers", (Tier(Decimal(1), True, "supervisor"), Tier(None, True, "manager")), "A2.53", "inferred"),
        ("telecom_call_centre", "attendance.leave_post_approver", "team_lead", "A2.20", "stated"),
        ("telecom_call_centre", "call.small_talk", "banned", "A2.6", "stated"),
        ("cs_rules_short", "leave.certificate_from", None, None, "product_choice"),
        ("cs_rules_short", "attendance.leave_post_approver", "manager", "E4.3", "stated"),
        ("property_service_centre", "attendance.private_visitor_limit", length(0, Unit.MINUTE), "A4.25", "inferred"),
        ("office_tower_handbook", "attendance.replacement_required", True, "B1.17", "stated"),
        ("base", "complaint.forward_within", length(4, Unit.HOUR), "A6.22", "stated"),
        ("base", "complaint.verify_within", length(1, Unit.CALENDAR_DAY), "E3.22", "stated"),
        ("base", "complaint.close_within", None, "C4.26", "inferred"),
        ("base", "complaint.warn_at_fraction", Decimal(75), None, "product_choice"),
        ("base", "attendance.late_grace", length(0, Unit.MINUTE), "E3.10", "inferred"),
        ("base", "attendance.severe_class", "violation", "A2.58", "stated"),
        ("base", "leave.special_notice", length(1, Unit.HOUR), "A2.52", "stated"),
        ("base", "call.max_rings", 3, "B1.8", "inferred"),
        ("base", "surge.min_count", 5, "D1.10", "product_choice"),
        ("base", "swap.monthly_cap", 2, "A1.31", "stated"),
        ("base", "award.cash", Decimal(100), "A10.12", "stated"),
        ("base", "penalty.confirmation", "confirm", None, "product_choice"),
    ],
)  # fmt: skip
def test_a_preset_says_what_the_clause_says(
    presets: str, key: str, value: object, clause: str | None, status: str
) -> None:
    found = load_rulebook([presets]).parameter(key)
    assert found.value == value
    assert found.state == ("off" if value is None else "value")
    assert (next(iter(found.clauses), None), found.status) == (clause, status)


@pytest.fixture
def demo() -> Rulebook:
    return load_rulebook(DEMO)


def test_the_demo_department_has_the_limits_of_all_three_regulations(demo: Rulebook) -> None:
    assert demo.duration("complaint.forward_within") == length(4, Unit.HOUR)
    assert demo.duration("complaint.first_feedback_within") == length(2, Unit.CALENDAR_DAY)
    assert demo.duration("complaint.final_feedback_within") == length(7, Unit.WORKING_DAY)
    assert demo.duration("complaint.progress_interval") == length(2, Unit.CALENDAR_DAY)
    assert demo.clause("complaint.progress_interval") == "E1.20"
    assert demo.duration("repair.arrival_within") == length(15, Unit.MINUTE)
    assert demo.role_title("supervisor") == "客服主任"


def test_the_demo_department_calls_back_by_all_three_regulations(demo: Rulebook) -> None:
    found = {c.code: c for c in demo.callback_categories()}
    assert set(found) == {
        *("complaint", "repair", "long_term_visit", "occasional_call"),
        *("discharge", "specialist_first_visit", "basic_first_visit"),
    }
    assert found["basic_first_visit"] == CallbackCategory(
        "basic_first_visit", "visited", length(10, Unit.CALENDAR_DAY), Decimal(100), ("E5.11",), "stated"
    )
    assert found["complaint"].offset is None
    assert found["long_term_visit"].offset == length(1, Unit.MONTH)
    assert set(found) <= set(NAMES["callback_kind"])


def test_money_and_points_stand_in_the_presets_only() -> None:
    assert load_rulebook().penalties() == ()
    goods = {p.id: (p.amount, p.clauses) for p in load_rulebook(["goods_sales"]).penalties()}
    assert goods == {
        "upheld_complaint.department.money": (Decimal(200), ("A6.29",)),
        "upheld_complaint.department.points": (Decimal(10), ("A6.29",)),
    }
    shop = {p.id: p for p in load_rulebook(["ecommerce_shop"]).penalties()}
    assert shop["service_complaint.agent.money"].amount == 50
    assert shop["service_complaint.agent.money"].fund == "部门活动经费"
    assert shop["service_complaint.leader.sanction"].amount is None


def test_the_two_shifts_of_the_shop_are_defined_and_the_late_one_ends_at_midnight() -> None:
    shifts = {s.code: (s.start, s.end) for s in load_rulebook(["ecommerce_shop"]).shift_definitions()}
    assert shifts == {"early": (time(9), time(18)), "late": (time(18), time(0))}


def phrases(book: Rulebook, category: str) -> list[PhraseRule]:
    return [p for p in (*book.required_phrases(), *book.banned_phrases()) if p.category == category]


def test_nihao_is_banned_in_the_chat_of_the_shop_and_nowhere_else(demo: Rulebook) -> None:
    (rule,) = [p for p in load_rulebook(["ecommerce_shop"]).banned_phrases() if "你好" in p.texts]
    assert (rule.texts, rule.channels, rule.clauses, rule.status) == (
        ("你好",),
        ("chat",),
        ("A1.20",),
        "stated",
    )
    assert {"您好", "亲"} == set(rule.suggest)
    assert {"你好像", "你好好"} <= set(rule.allow)
    # What is more casual still is only ever proposed, and in chats only.
    for other in (demo, load_rulebook()):
        casual = phrases(other, "informal_nihao")
        assert not any("你好" in p.texts or p.is_sure or p.channels != ("chat",) for p in casual)


def test_qin_is_an_address_and_not_a_part_of_other_words() -> None:
    (rule,) = [p for p in phrases(load_rulebook(["ecommerce_shop"]), "greeting") if "亲" in p.texts]
    assert rule.channels == ("chat",)
    assert {"亲自", "父亲", "亲切", "母亲"} <= set(rule.allow)


def test_the_scripts_of_the_hospital_are_required_in_their_own_calls() -> None:
    book = load_rulebook(["hospital_callback"])
    wishes = {p.contact_kinds: p.texts[0] for p in phrases(book, "wish")}
    assert wishes == {("callback_inpatient",): "祝您早日康复", ("callback_outpatient",): "祝您身体健康"}
    (disturbance,) = phrases(book, "disturbance")
    assert disturbance.contact_kinds == ("callback_outpatient",)
    (apology,) = [p for p in phrases(book, "apology") if p.condition == "customer_dissatisfied"]
    assert "很抱歉我们有些环节的服务令您不满意" in apology.texts
    assert {p.kind for p in book.required_phrases()} == {"required", "conditional"}


def test_the_condition_of_a_phrase_makes_it_conditional() -> None:
    for rule in load_rulebook(preset_ids()).required_phrases():
        assert rule.kind == ("required" if rule.condition == "always" else "conditional")


# The starter lexicon of the catalogue, section 2.17, and ruder words that people say.
LEXICON = {
    "shirking": "这不归我管 不是我的责任 你找别的部门 我也没办法 你问别人去 你自己看 关我什么事 自己想办法",
    "impatience": "我刚才不是说了吗 有完没完 急什么 快点说 你到底听没听 你到底听不听 别烦我 你烦不烦 我没空 不要再打了",
    "cold": "随便你 爱信不信 那是你的事 就这样吧 爱买不买",
    "confrontation": "有本事你去投诉 你去告吧 你想怎么样 爱投诉就投诉",
    "mockery": "你懂不懂 连这个都不会 你听不懂吗",
    "insult": "听不懂人话 神经病 你有病吧",
    "profanity": "他妈的 滚 闭嘴",
    "unauthorised_promise": "我保证 打包票 绝对没问题 肯定能退",
    "exaggeration": "百分之百有效 全网最好",
    "favours": "给个红包 请我吃饭 好处费",
    "harms_company": "我们公司就这样 公司不管 系统老出问题",
    "disclosure": "他住在 她的电话是 内部消息",
}


@pytest.mark.parametrize("category", sorted(LEXICON))
def test_the_starter_lexicon_is_in_the_base(category: str) -> None:
    texts = {t for p in phrases(load_rulebook(), category) for t in p.texts}
    assert set(LEXICON[category].split()) <= texts


def test_every_word_of_the_lexicon_is_ours_and_waits_for_a_person() -> None:
    for rule in load_rulebook().banned_phrases():
        assert rule.status == "product_choice"
        assert rule.needs_review
        assert rule.clauses
        assert rule.points > 0
        assert rule.category in NAMES["finding_category"]


def test_words_too_innocent_to_charge_are_not_in_the_lexicon() -> None:
    texts = {t for p in load_rulebook(preset_ids()).banned_phrases() for t in p.texts}
    assert not {"我不知道", "没办法", "不可能", "他妈", "你好啊"} & texts


def test_what_is_wanted_swallows_what_is_banned() -> None:
    allowed = {a for p in load_rulebook().banned_phrases() for a in p.allow}
    assert {"我保证尽快", "你想怎么样处理", "那就这样吧", "滚筒", "他妈的电话"} <= allowed


def test_nothing_that_a_set_wants_said_holds_banned_wording_not_even_in_part() -> None:
    book = load_rulebook(preset_ids())
    wanted = [text for rule in book.required_phrases() for text in rule.texts]
    wanted += [text for cue in book.all_flow_cues() for text in cue.texts]
    together = "\n".join("".join(filter(str.isalnum, text)) for text in wanted)
    in_chat_only = {"a1-nihao", "informal-nihao-hey-you"}  # 你好 and 喂您 are no offence on the telephone
    found: list[tuple[str, str]] = []
    for rule in book.banned_phrases():
        if rule.id in in_chat_only or rule.match == "exact_word":
            continue
        left = together
        for text in rule.allow:
            left = left.replace(text, "\n")
        found += [(rule.id, text) for text in rule.texts if text in left]
        found += [(rule.id, pattern) for pattern in rule.patterns if regex_of(pattern).search(left)]
    assert found == []


def test_no_phrase_stands_in_two_rules() -> None:
    banned = load_rulebook(preset_ids()).banned_phrases()
    # Words that only propose may be sure where they stand alone, or beside others.
    texts = [t for p in banned if p.match != "exact_word" and not p.only for t in p.texts]
    assert len(texts) == len(set(texts))


def test_every_category_of_a_required_phrase_has_a_name() -> None:
    for rule in load_rulebook(preset_ids()).required_phrases():
        assert rule.category in NAMES["finding_category"]


def test_the_document_shows_every_parameter_as_it_is() -> None:
    written = DOCUMENT.read_text(encoding="utf-8")
    assert with_table(written) == written, "run python -m regulations.reference"
    for key in SPECS:
        assert f"| `{key}` |" in written


def test_the_files_in_the_document_are_fine(tmp_path_factory: pytest.TempPathFactory) -> None:
    written = DOCUMENT.read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", written, re.DOTALL)
    assert len(examples) >= 5
    folder = tmp_path_factory.mktemp("examples")
    for i, example in enumerate(examples):
        file = folder / f"example{i}.toml"
        file.write_text(example, encoding="utf-8")
        # A hospital's kinds are unknown to the base alone.
        problems = [p for p in check_file(file) if "no callback category" not in p.reason]
        assert problems == []
