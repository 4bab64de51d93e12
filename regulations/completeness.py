"""What an organisation must lay down by the generic template (A7), and what a rulebook has laid down of it.

The template names no figure: each clause asks that something be defined. A value that the base lends from another
set, or that we chose, keeps the desk running but lays nothing down; only a preset or a site's own file with a clause
does. Some things asked for are documents and not settings: those the desk does not hold, and says so.
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

    `by_type`: only values stated for single kinds of it count.
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


def gaps(book: Rulebook) -> tuple[Gap, ...]:
    """Every item of the checklist with how the rulebook stands to it, in the order of the clauses."""
    stated: dict[str, list[Parameter]] = {}
    for found in book.flat():
        stated.setdefault(_key(found), []).append(found)
    return tuple(_gap(item, stated) for item in CHECKLIST)


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
