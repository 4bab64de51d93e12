"""What an organisation must lay down by the generic template (A7), and what a rulebook has laid down of it.

The template names no figure: each clause asks that something be defined. A value that the base lends from another
set, or that we chose, keeps the desk running but lays nothing down; only a preset or a site's own file with a clause
does. Some things asked for are documents and not settings: those the desk does not hold, and says so.

`HOURS` asks the same of attendance, leave, swaps, overtime and handover: the questions that the clauses on them raise
and most sets leave open.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from regulations.parameter import Parameter
    from regulations.rulebook import Rulebook

STATES = ("defined", "chosen", "default", "off", "not_held")
"""From the best to the worst; names.NAMES["completeness"] has their names."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a clause asks for. One of `keys` lays it down; without keys the desk has no such setting.

    `clause` is empty where no set mentions it at all. `by_type`: only values stated for single kinds of it count.
    """

    clause: str
    zh: str
    en: str
    keys: tuple[str, ...] = ()
    by_type: bool = False


_RESPONSE = ("complaint.first_feedback_within",)
_HANDLING = ("complaint.final_feedback_within", "complaint.close_within")

CHECKLIST: tuple[Item, ...] = (
    Item("A7.1", "受理渠道：电话、邮件等", "Channels: telephone, e-mail and others", ("complaint.channels",)),
    Item("A7.1", "投诉由谁登记、谁决定", "Who records a complaint and who decides", ("complaint.recorder_role", "complaint.decision_role")),
    Item("A7.1", "售后服务", "After-sales service", ("repair.service_types", "repair.order_form")),
    Item("A7.1", "客户关系维护", "Customer relations", ("customer.contact_frequency",)),
    Item("A7.2", "服务时间", "Service hours", ("calendar.service_hours", "shift.definitions")),
    Item("A7.2", "服务态度", "Attitude", ("call.tone_qualities", "phrase.required", "phrase.banned")),
    Item("A7.2", "服务质量", "Quality", ("qa.pass_score", "qa.sample_percent", "inspection.checklist", "survey.dimensions")),
    Item("A7.2", "服务效率", "Efficiency", ("call.max_rings", "repair.arrival_within", *_RESPONSE)),
    Item("A7.3", "招聘", "Recruiting"),
    Item("A7.3", "考核", "Assessment", ("grade.month_pass", "grade.quarterly", "promotion.ladder")),
    Item("A7.3", "激励", "Incentives", ("award.items", "suggestion.reward", "penalty.rules")),
    Item("A7.4", "客户信息保密", "Confidentiality of customer data", ("call.identity_check_before_data", "security.export")),
    Item("A7.4", "隐私政策文本", "The text of the privacy policy"),
    Item("A7.5", "服务流程：了解需求", "Service flow: taking the need", ("complaint.contact_classes", "enquiry.fields")),
    Item("A7.5", "服务流程：统一答复", "Service flow: answering alike", ("call.unified_wording_library",)),
    Item("A7.5", "服务流程：回访跟进", "Service flow: following up", ("callback.categories",)),
    Item("A7.6", "跨部门沟通：转交与签收", "Between departments: passing on and signing for", ("complaint.forward_within", "complaint.sign_off_within", "complaint.require_department_signature")),
    Item("A7.6", "跨部门沟通：逐级上报", "Between departments: reporting level by level", ("escalation.ladder",)),
    Item("A7.7", "奖罚办法", "Rewards and penalties", ("penalty.rules",)),
    Item("A7.7", "考核标准：态度、质量、效率", "Criteria: attitude, quality, efficiency", ("survey.feeds_monthly_review", "qa.pass_score")),
    Item("A7.8", "培训计划", "The training plan"),
    Item("A7.9", "问题的响应时间", "Response time", _RESPONSE),
    Item("A7.9", "问题的处理时间", "Handling time", _HANDLING),
    Item("A7.9", "响应与处理时间按问题类型区分", "Both times set for each problem type", (*_RESPONSE, *_HANDLING), by_type=True),
    Item("A7.10", "记录的保存期限", "How long records are kept", ("security.retention",)),
    Item("A7.11", "满意度调查的项目与等级", "Dimensions and grades of the survey", ("survey.dimensions", "survey.grades")),
    Item("A7.11", "满意度调查的周期", "How often the survey is held"),
    Item("A7.11", "投诉处理", "Complaint handling", ("complaint.case_form", "complaint.decision_role")),
    Item("A7.12", "应急：何事立即上报、事后报告", "Emergency: what is reported at once and afterwards", ("escalation.must_report_immediately", "complaint.incident_report_within")),
    Item("A7.12", "应急措施", "Emergency measures"),
    Item("A7.12", "应急联络方式", "How people are reached in an emergency"),
    Item("A7.12", "应急支援资源", "Resources that help in an emergency"),
    Item("A7.13", "数据访问、导出与删除", "Access to, export and deletion of data", ("security.off_shift_login", "security.export", "security.deletion_approvers")),
)  # fmt: skip
"""Everything the template asks for, in its order."""

HOURS: tuple[Item, ...] = (
    Item("A1.4", "各班次的起止时间", "The hours of each shift", ("shift.definitions",)),
    Item("A1.5", "每周休息天数、由谁安排", "Rest days in a week, and who assigns them", ("shift.rest_days_per_week", "shift.rest_assigned_by")),
    Item("A1.27", "何谓夜班", "What a night shift is", ("shift.night_after",)),
    Item("A3.3", "何谓连班", "What back-to-back shifts are", ("shift.min_rest",)),
    Item("A2.45", "提前多久到岗", "How early to be at the post", ("attendance.early_arrival",)),
    Item("E3.10", "迟到从几分钟起算", "From which minute somebody is late", ("attendance.late_grace",)),
    Item("E3.11", "每月可容许几次迟到", "How many latenesses a month are let pass", ("attendance.lateness_allowance",)),
    Item("E3.11", "一般迟到如何处理", "What a minor lateness costs"),
    Item("A1.28", "迟到、脱岗多久算严重，如何定性", "When lateness or leaving the post is severe, and what it is called", ("attendance.severe_after", "attendance.severe_class")),
    Item("E3.12", "旷工如何处理", "What absence without leave costs", ("attendance.absence_sanctions",)),
    Item("A2.29", "进出机房、离座的时限", "How long one may be off the floor or away", ("attendance.away_limit",)),
    Item("A2.37", "离岗由谁批准", "Who lets somebody leave the post", ("attendance.leave_post_approver",)),
    Item("", "补卡的时限与批准人", "How long a clock reading may be put right, and who approves", ("attendance.correction_within", "attendance.correction_approver")),
    Item("A1.25", "请假由谁批准，按天数分级", "Who approves leave, by its length", ("leave.tiers",)),
    Item("A2.53", "请假天数按自然日还是按班次计", "Whether the length of leave counts calendar days or shifts", ("leave.length_counts",)),
    Item("A1.24", "“一天前”指前一日还是二十四小时", "Whether a day before means the day before or 24 hours", ("leave.notice_basis",)),
    Item("A1.24", "“管理层批准”指哪一级", "Which level approval by management means", ("leave.exception_approver",)),
    Item("A2.57", "节假日能否请假", "Whether leave is given on public holidays", ("leave.holiday_policy",)),
    Item("A2.55", "病假证明", "Evidence of sick leave", ("leave.certificate_from",)),
    Item("A1.23", "销假时限", "When somebody back from leave reports back", ("leave.report_back_within",)),
    Item("D1.13", "各类假期的天数", "Days of leave of each type"),
    Item("D1.13", "假期是否带薪", "Whether leave is paid"),
    Item("A1.31", "每月换班次数，还班是否另计", "Swaps in a month, and whether paying back counts again", ("swap.monthly_cap",)),
    Item("A1.31", "何谓连续换班，还班日是否算在内", "What consecutive swaps are, and whether days of pay-backs count", ("swap.consecutive_allowed", "swap.consecutive_counts_payback")),
    Item("A1.30", "换班须谁同意", "Who must agree to a swap", ("swap.approvers",)),
    Item("E3.14", "加班由谁批准、如何补偿", "Who approves overtime, and how it is compensated", ("overtime.approver", "overtime.compensation")),
    Item("E3.14", "加班的时数上限", "The most hours of overtime"),
    Item("A2.50", "交接记录的名称与内容", "The handover record and what it states", ("handover.record_form", "handover.fields")),
    Item("B1.15", "交接由谁、多久审阅一次", "Who reviews handovers, and how often", ("handover.supervisor_review",)),
)  # fmt: skip
"""What attendance, rosters, leave, swaps, overtime and handover need, with the clause that raises the question."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How one item stands. `by` are the keys that lay it down; `missing_*` say what to do, empty when it is defined."""

    clause: str
    zh: str
    en: str
    keys: tuple[str, ...]
    state: str  # names.NAMES["completeness"]
    by: tuple[str, ...]
    missing_zh: str
    missing_en: str

    @property
    def is_defined(self) -> bool:
        """Whether the organisation's own regulations lay it down."""
        return self.state == "defined"

    def text(self, lang: str = "zh") -> str:
        """What the item is."""
        return self.en if lang == "en" else self.zh

    def missing(self, lang: str = "zh") -> str:
        """What is missing."""
        return self.missing_en if lang == "en" else self.missing_zh


def gaps(book: Rulebook, checklist: tuple[Item, ...] = CHECKLIST) -> tuple[Gap, ...]:
    """Every item of the checklist with how the rulebook stands to it, in the order of the checklist."""
    stated: dict[str, list[Parameter]] = {}
    for found in book.flat():
        stated.setdefault(_key(found), []).append(found)
    return tuple(_gap(item, stated) for item in checklist)


def _key(found: Parameter) -> str:
    """The parameter that a value for a single kind, or a record, belongs to."""
    return found.key.partition("[")[0]


def _gap(item: Item, stated: Mapping[str, list[Parameter]]) -> Gap:
    found = [p for key in item.keys for p in stated.get(key, ()) if "[" in p.key or not item.by_type]
    standing = [(_state(p), p) for p in found]
    state = min((s for s, _ in standing), key=STATES.index, default="off" if item.keys else "not_held")
    by = tuple(dict.fromkeys(_key(p) for s, p in standing if s == state == "defined"))
    lent = tuple(dict.fromkeys(c for s, p in standing if s == state == "default" for c in p.clauses))
    return Gap(item.clause, item.zh, item.en, item.keys, state, by, *_missing(item, state, lent))


def _state(found: Parameter) -> str:
    if found.state == "off" or found.value == ():
        return "off"
    if found.inherited:
        return "default"
    return "chosen" if found.status == "product_choice" else "defined"


def _missing(item: Item, state: str, lent: tuple[str, ...]) -> tuple[str, str]:
    if state == "defined":
        return "", ""
    if state == "not_held":
        return (
            "本系统没有这一项设置，请在本单位文件中规定",
            "The desk has no such setting: lay it down in your own documents",
        )
    keys = ", ".join(item.keys)
    if state == "chosen":
        return (
            f"现用数值没有条文依据，请在制度中规定后写明出处：{keys}",
            f"The value in use rests on no clause; lay down, with the clause: {keys}",
        )
    if state == "default":
        from_zh = f"（取自 {'、'.join(lent[:3])}）" if lent else ""
        from_en = f" (lent from {', '.join(lent[:3])})" if lent else ""
        return (
            f"仅沿用默认值{from_zh}，请规定：{keys}",
            f"Only the default applies{from_en}; lay down: {keys}",
        )
    if item.by_type:
        return (
            f"各类问题同一时限或没有时限，请按问题类型规定：{keys}",
            f"One limit for all types, or none; lay down for each problem type: {keys}",
        )
    return f"没有规定，请规定：{keys}", f"Nothing is laid down; lay down: {keys}"
