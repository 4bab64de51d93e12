"""What the columns and codes of `metric`'s tables are called; --json keeps both as they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from regulations.names import NAMES
from regulations.verdict import Lang

COLUMNS: Mapping[str, tuple[str, str]] = {
    "key": ("指标", "Metric"),
    "name": ("名称", "Name"),
    "group": ("分组", "Group"),
    "value": ("数值", "Value"),
    "numerator": ("分子", "Numerator"),
    "denominator": ("分母", "Denominator"),
    "target": ("目标", "Target"),
    "low": ("95% 下限", "Low (95 %)"),
    "high": ("95% 上限", "High (95 %)"),
    "n": ("依据（通/处）", "Rests on"),
    "is_comparable": ("可作比较", "Comparable"),
    "is_drawn": ("抽中", "Drawn"),
    "probability": ("抽中机会", "Probability"),
    "layer": ("找到方式", "Found by"),
    "clauses": ("条款", "Clauses"),
    "from": ("自", "From"),
    "to": ("至", "To"),
    "open": ("未办结", "Open"),
    "on": ("所属日", "Day"),
    "counts": ("计入", "Counts"),
    "weight": ("权重", "Weight"),
    "hours": ("用时（小时）", "Hours"),
    "address": ("地址", "Address"),
    "agent": ("员工", "Person"),
    "allowed_hours": ("时限（小时）", "Allowed hours"),
    "amount": ("金额", "Amount"),
    "answer_due_on": ("答复期限", "Answer due"),
    "answered_at": ("评价时间", "Answered"),
    "approved_extra_minutes": ("已批加班（分钟）", "Approved overtime (min)"),
    "arisen_at": ("应回访起点", "Arisen"),
    "arrival_due_at": ("应到场时间", "Arrival due"),
    "arrived_at": ("到场时间", "Arrived"),
    "by": ("经手人", "By"),
    "category": ("类别", "Category"),
    "cause": ("原因", "Cause"),
    "channel": ("渠道", "Channel"),
    "class": ("判定", "Verdict"),
    "clock": ("时限", "Clock"),
    "comment": ("意见", "Comment"),
    "completed_at": ("完成时间", "Completed"),
    "confirmed_findings": ("成立的问题", "Confirmed findings"),
    "count": ("件数", "Count"),
    "critical_findings": ("严重问题", "Critical findings"),
    "customer": ("客户", "Customer"),
    "decided_at": ("审批时间", "Decided"),
    "decided_by": ("审批人", "Decided by"),
    "decision": ("复核结果", "Decision"),
    "department": ("责任部门", "Department"),
    "dimension": ("调查项目", "Dimension"),
    "direction": ("呼叫方向", "Direction"),
    "done_at": ("办结时间", "Done"),
    "due_at": ("期限", "Due"),
    "duration_seconds": ("时长（秒）", "Length (s)"),
    "early_minutes": ("早退（分钟）", "Left early (min)"),
    "ends_at": ("结束时间", "Ends"),
    "filed_at": ("提出时间", "Filed"),
    "engineer": ("维修人员", "Engineer"),
    "expected": ("应到人数", "Expected"),
    "extra_minutes": ("班外（分钟）", "Extra (min)"),
    "finished_at": ("完工时间", "Finished"),
    "first_in_at": ("上班打卡", "Clocked in"),
    "form_at": ("派单时间", "Dispatched"),
    "grade": ("等级", "Grade"),
    "handler": ("处理人", "Handler"),
    "kind": ("种类", "Kind"),
    "last_out_at": ("下班打卡", "Clocked out"),
    "late_minutes": ("迟到（分钟）", "Late (min)"),
    "leave": ("请假类型", "Leave"),
    "level": ("层级", "Level"),
    "machine_score": ("系统评分", "Machine's score"),
    "met_at": ("达成时间", "Met"),
    "notified_at": ("报修时间", "Notified"),
    "number": ("编号", "Number"),
    "off_post_minutes": ("离岗（分钟）", "Off post (min)"),
    "ordinal": ("次序", "No."),
    "overdue_clocks": ("超期的时限", "Overdue clocks"),
    "partner": ("换班人", "Partner"),
    "payback_on": ("还班日", "Pay-back"),
    "points": ("得分", "Points"),
    "post": ("岗位", "Post"),
    "present": ("实到人数", "Present"),
    "product": ("产品", "Product"),
    "proposed_at": ("提出时间", "Proposed"),
    "quote": ("原话", "Quote"),
    "raised_at": ("上报时间", "Raised"),
    "raised_by": ("上报人", "Raised by"),
    "reason": ("事由", "Reason"),
    "received_at": ("受理时间", "Received"),
    "refused_at": ("拒绝时间", "Refused"),
    "report_due_at": ("报告期限", "Report due"),
    "reported_at": ("报告时间", "Reported"),
    "requested_at": ("申请时间", "Requested"),
    "requested_by": ("申请人", "Requested by"),
    "required": ("要求人数", "Required"),
    "reviewed_at": ("审阅时间", "Reviewed"),
    "rostered": ("排班人数", "Rostered"),
    "rule": ("依据", "Rule"),
    "ruled_at": ("裁定时间", "Ruled"),
    "satisfaction": ("满意度", "Satisfaction"),
    "score": ("评分", "Score"),
    "sent_at": ("转交时间", "Sent"),
    "service_type": ("服务类型", "Service"),
    "settled_at": ("了结时间", "Settled"),
    "settled_reason": ("了结原因", "Settled by"),
    "severity": ("严重程度", "Severity"),
    "shift": ("班次", "Shift"),
    "signed_in_at": ("接班签字", "Taken over"),
    "signed_out_at": ("交班签字", "Handed over"),
    "started_at": ("开始时间（通话）", "Call began"),
    "starts_at": ("开始时间", "Starts"),
    "state": ("状态", "State"),
    "status": ("办理状态", "Status"),
    "subject": ("对象", "Subject"),
    "subject_kind": ("对象类别", "Kind of subject"),
    "summary": ("摘要", "Summary"),
    "swap_on": ("换班日", "Swap"),
    "team": ("班组", "Team"),
    "unapproved_extra_minutes": ("未批加班（分钟）", "Unapproved overtime (min)"),
    "upheld": ("是否属实", "Upheld"),
    "verdict": ("结论", "Finding"),
    "work_on": ("班次日期", "Day of work"),
    "written_at": ("填写时间", "Written"),
    # of machines
    "alert_id": ("预警号", "Alert"),
    "dispute_id": ("申诉号", "Objection"),
    "approval_id": ("审批号", "Approval"),
    "call_id": ("通话号", "Call"),
    "entry_id": ("台账号", "Entry"),
    "escalation_id": ("上报号", "Report"),
}
_CODES: Mapping[str, tuple[str, ...]] = {
    "category": ("complaint_category", "callback_kind", "finding_category"),
    "cause": ("complaint_cause",),
    "channel": ("complaint_channel", "channel"),
    "class": ("attendance_class",),
    "clock": ("clock",),
    "decision": ("review_decision",),
    "direction": ("direction",),
    "kind": ("complaint_kind",),
    "layer": ("finding_layer",),
    "leave": ("leave_type",),
    "level": ("role",),
    "post": ("post",),
    "reason": ("escalation_reason",),
    "satisfaction": ("satisfaction",),
    "settled_reason": ("settled_reason",),
    "severity": ("severity",),
    "shift": ("shift_code",),
    "status": ("complaint_status",),
    "subject_kind": ("ledger_subject",),
    "upheld": ("upheld",),
    "verdict": ("finding_verdict",),
}
_OF_SUBJECT: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "approval": {"kind": ("approval_kind",), "state": ("approval_state",)},
    "attendance": {"state": ("swap_state",)},
    "callback": {"kind": ("callback_kind",)},
    "penalty": {"kind": ("ledger_kind",), "state": ("ledger_state",)},
    "quality": {
        "channel": ("channel",),
        "kind": ("finding_kind",),
        "state": ("dispute_state",),
        "subject_kind": ("dispute_target",),
    },
}


def column_name(column: str, lang: Lang) -> str:
    """What a column is called; a percentile and what has no name are their own."""
    pair = COLUMNS.get(column)
    return column if pair is None else pair[lang == "en"]


def titled(
    rows: Sequence[Mapping[str, Any]], columns: Sequence[str], lang: Lang
) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows and columns for a table under the names that people read."""
    names = {column: column_name(column, lang) for column in columns}
    return [{names[c]: row.get(c) for c in columns} for row in rows], list(names.values())


def worded(key: str, row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """A case of the metric `key` with its codes as words; a site's own codes stay as they are."""
    own = _OF_SUBJECT.get(key.partition(".")[0], {})
    return {
        column: _word(value, own.get(column) or _CODES.get(column, ()), lang) for column, value in row.items()
    }


def _word(value: Any, kinds: Sequence[str], lang: Lang) -> Any:
    if isinstance(value, bool):
        return {True: ("是", "yes"), False: ("否", "no")}[value][lang == "en"]
    if not isinstance(value, str):
        return value
    found = next((NAMES[kind][value] for kind in kinds if value in NAMES[kind]), None)
    return value if found is None else found[lang == "en"]
