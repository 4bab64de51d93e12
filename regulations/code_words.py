"""What the codes in the values of a rulebook are called, in both languages: choices, lists, cells and records."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from regulations.names import NAMES
from regulations.verdict import Lang

Words = Mapping[str, tuple[str, str]]

_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "calendar.workdays": "weekday",
        "complaint.channels": "complaint_channel",
        "complaint.contact_classes": "contact_class",
        "complaint.kinds": "complaint_kind",
        "complaint.cause_classes": "cause_class",
        "complaint.severity_levels": "severity",
        "escalation.ladder": "role",
        "callback.channels": "complaint_channel",
        "callback.retry": "attempt_outcome",
        "callback.flow_steps": "flow_step",
        "customer.contact_frequency": "complaint_channel",
        "attendance.private_call_limit": "post",
        "leave.types": "leave_type",
        "leave.account_types": "leave_type",
        "leave.proxy_types": "leave_type",
        "leave.official_reasons": "official_reason",
        "overtime.compensation": "compensation",
        "qa.critical_categories": "finding_category",
        "shift.weekly_duties": "weekday role",
        "swap.approvers": "role",
    }
)
"""Parameters whose codes have their words in regulations.names."""

_PERIODS: Words = {
    "week": ("每周", "weekly"),
    "month": ("每月", "monthly"),
    "quarter": ("每季度", "quarterly"),
    "half_year": ("每半年", "half-yearly"),
    "year": ("每年", "yearly"),
}
_CLASSES: Words = {"absence": ("按旷工", "as absence"), "violation": ("按违纪", "as a violation")}
_MAY: Words = {
    "allowed": ("允许", "allowed"),
    "exception": ("例外批准", "by exception"),
    "forbidden": ("不允许", "not allowed"),
}
_EVERY: Words = {
    "each_shift": ("每班", "each shift"),
    "daily": ("每日", "daily"),
    "weekly": ("每周", "weekly"),
    "monthly": ("每月", "monthly"),
    "quarterly": ("每季度", "quarterly"),
    "half_yearly": ("每半年", "half-yearly"),
    "yearly": ("每年", "yearly"),
    "as_needed": ("按需", "as needed"),
}
_WORDS: Mapping[str, Words] = {
    "complaint.hours_clock": {
        "wall": ("按自然时间", "all hours of the day"),
        "service_hours": ("按服务时间", "service hours only"),
    },
    "complaint.statistics_period": _PERIODS,
    "complaint.duplicate_weights": {
        "order": ("订单", "order"),
        "phone": ("电话", "phone"),
        "name": ("姓名", "name"),
        "wording": ("内容文字", "wording"),
        "product": ("产品", "product"),
        "category": ("类别", "category"),
    },
    "surge.group_by": {
        "category": ("类别", "category"),
        "product": ("产品", "product"),
        "channel": ("渠道", "channel"),
        "department": ("部门", "department"),
    },
    "callback.step_rounding": {
        "floor": ("不足一档不计", "full steps only"),
        "ceil": ("不足一档按一档", "a part counts as a step"),
    },
    "callback.rate_counts": {
        "reached": ("接通的", "those reached"),
        "attempted": ("拨打过的", "those attempted"),
    },
    "callback.summary_periods": _PERIODS,
    "callback.categories": {
        "visited": ("就诊", "visit"),
        "resolved": ("办结", "resolution"),
        "discharged": ("出院", "discharge"),
        "last_contact": ("上次联系", "last contact"),
    },
    "repair.clock_start": {"form": ("填单时", "the form"), "notice": ("接到通知时", "the notice")},
    "attendance.severe_class": _CLASSES,
    "attendance.absence_sanctions": {
        "self_criticism": ("书面检查", "written self-criticism"),
        "day_wage": ("扣当日工资", "the day's wage"),
        "month_bonus": ("扣当月奖金", "the month's bonus"),
    },
    "leave.notice_basis": {
        "calendar_day_before": ("提前的自然日", "calendar days before"),
        "hours_before_shift": ("班前的小时数", "hours before the shift"),
    },
    "leave.night_default": _MAY,
    "leave.holiday_policy": _MAY,
    "leave.unfiled_class": _CLASSES,
    "leave.length_counts": {
        "calendar_day": ("自然日", "calendar days"),
        "rostered_shift": ("排班班次", "rostered shifts"),
    },
    "swap.approvers": {
        "both_agents": ("双方客服", "both agents"),
        "both_team_leads": ("双方组长", "both team leads"),
    },
    "swap.failure_class": _CLASSES,
    "swap.counts": {"per_swap": ("一次换班算一次", "each swap once"), "per_leg": ("每个班次算一次", "each shift once")},
    "handover.supervisor_review": {"none": ("不查阅", "none"), "daily": ("每日查阅", "daily")},
    "call.small_talk": {
        "banned": ("不允许", "not allowed"),
        "allowed": ("允许", "allowed"),
        "required": ("流程内要求", "part of the conversation"),
    },
    "qa.sample_period": {
        "week": ("按周", "by week"),
        "month": ("按月", "by month"),
        "quarter": ("按季度", "by quarter"),
    },
    "penalty.confirmation": {"auto": ("自动生效", "at once"), "confirm": ("由人确认", "a person confirms")},
    "penalty.rules": {
        "money": ("罚款", "fine"),
        "points": ("扣分", "points off"),
        "warning": ("警告", "warning"),
        "sanction": ("处分", "sanction"),
        "reward_money": ("奖金", "reward"),
        "reward_points": ("加分", "points added"),
        "agent": ("客服", "agent"),
        "leader": ("负责人", "leader"),
        "department": ("部门", "department"),
    },
    "promotion": {
        "trial": ("试用", "trial"),
        "junior": ("初级", "junior"),
        "middle": ("中级", "intermediate"),
        "senior": ("高级", "senior"),
        "reserve": ("储备", "reserve"),
    },
    "meeting.action_overdue": {"none": ("不处理", "nothing"), "warning": ("警告", "warning")},
    "meeting.list": _EVERY,
    "report.list": _EVERY,
    "security.off_shift_login": {
        "forbid": ("禁止", "forbidden"),
        "ask": ("须说明原因", "a reason is asked for"),
        "allow": ("允许", "allowed"),
    },
    "security.export": {
        "approval": ("须审批", "with approval"),
        "forbid": ("禁止", "forbidden"),
        "free": ("不限制", "free"),
    },
    "security.retention": {
        "recordings": ("录音", "recordings"),
        "complaints": ("投诉", "complaints"),
        "access_log": ("访问日志", "access log"),
    },
}  # fmt: skip
_CELLS: Words = {  # the columns of tables, as they stand before their cells
    "code": ("代码", "code"),
    "title": ("中文", "Chinese"),
    "en": ("英文", "English"),
    "fact": ("依据", "fact"),
    "points": ("分值", "points"),
    "outcome": ("结果", "outcome"),
    "after": ("间隔", "after"),
    "group": ("客户", "customers"),
    "every": ("频次", "every"),
    "on": ("时间", "on"),
    "by": ("方式", "by"),
    "post": ("岗位", "post"),
    "limit": ("限时", "limit"),
    "weekday": ("时间", "on"),
    "to": ("晋升到", "to"),
    "from": ("从", "from"),
    "window": ("考核期", "window"),
    "course": ("课程", "course"),
    "from_grade": ("自等级", "from grade"),
    "mark": ("成绩", "mark"),
    "months_outside_top": ("未进前列月数", "months outside the top"),
    "quarters_b": ("B 级季度数", "quarters at B"),
    "quarters_below_b": ("B 级以下季度数", "quarters below B"),
    "consecutive": ("须连续", "in a row"),
    "within": ("期限", "within"),
    "what": ("对象", "what"),
    "keep": ("保存", "kept"),
    "violation": ("属违纪", "a violation"),
}


def code_words(key: str, code: str, lang: Lang) -> str:
    """What a code in the value of this parameter is called; the code itself where it is a site's own word."""
    pair = next((NAMES[kind][code] for kind in _KINDS.get(key, "").split() if code in NAMES[kind]), None)
    for place in (key, key.partition(".")[0]):
        pair = pair or _WORDS.get(place, {}).get(code)
    return pair[lang == "en"] if pair else code


def column_words(column: str, lang: Lang) -> str:
    """What a column of a table is called."""
    pair = _CELLS.get(column)
    return pair[lang == "en"] if pair else column
