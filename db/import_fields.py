"""The columns each kind of file may have, and every name under which they are known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from regulations.names import NAMES

Reader = Literal["text", "number", "decimal", "instant", "end", "date", "clock", "code", "flag", "breaks"]


@dataclass(frozen=True, slots=True)
class Field:
    """One column we understand. `aliases` are other names for it; `names` the kind of code it holds."""

    name: str
    zh: str
    en: str
    reader: Reader = "text"
    aliases: tuple[str, ...] = ()
    required: bool = False
    longest: int = 200
    names: str = ""
    values: Mapping[str, str] | None = None  # spellings of codes beside their names


def _agent(zh: str = "工号", name: str = "agent", required: bool = True, *more: str) -> Field:
    aliases = (
        "客服工号",
        "员工工号",
        "员工编号",
        "agent_number",
        "agent_id",
        "staff_number",
        "employee_id",
        "number",
    )
    return Field(
        name, zh, "Staff number", "number", (*more, *(aliases if name == "agent" else ())), required, 40
    )


_PUNCHES = {
    "上班打卡": "in", "下班打卡": "out", "签到": "in", "签退": "out", "到岗": "in", "离岗": "out",
    "进": "in", "出": "out", "check in": "in", "check out": "out", "clock-in": "in", "clock-out": "out", "i": "in", "o": "out",
}  # fmt: skip
_CHANNELS = {
    "电话投诉": "phone", "来电": "phone", "热线": "phone", "tel": "phone", "telephone": "phone", "面谈": "visit", "上门": "visit",
    "信函": "letter", "传真件": "fax", "电子邮件": "email", "邮箱": "email", "在线": "chat", "旺旺": "chat", "qq": "chat",
    "微信": "chat", "工商": "regulator", "消协": "consumer_association", "12315": "consumer_association",
}  # fmt: skip
_OUTCOMES = {
    "已接通": "connected", "成功": "connected", "已接": "connected", "忙线": "busy", "忙音": "busy", "未接": "no_answer",
    "未接通": "no_answer", "无应答": "no_answer", "空号": "wrong_number", "错号": "wrong_number", "拒访": "refused", "拒接": "refused",
}  # fmt: skip
_SATISFACTION = {
    "非常满意": "satisfied",
    "很满意": "satisfied",
    "基本满意": "neutral",
    "较差": "dissatisfied",
    "很不满意": "dissatisfied",
}
_LEAVE_TYPES = {
    "病": "sick",
    "事": "personal",
    "紧急": "emergency",
    "公出": "official",
    "出差": "official",
    "结婚": "marriage",
    "丧": "bereavement",
    "生育": "maternity",
}
_LEAVE_ENTRIES = {
    "授予": "granted", "新增": "granted", "年度额度": "granted", "grant": "granted", "调整": "corrected", "correction": "corrected",
    "过期": "expired", "失效": "expired", "清零": "expired", "作废": "expired", "lapsed": "expired", "lapse": "expired",
}  # fmt: skip
LEAVE_ENTRIES = {code: NAMES["leave_entry"][code] for code in ("granted", "corrected", "expired")}
"""What a file may say happened to an account: that days were taken or given back only a leave itself says."""
LEAVE_STATUS = {
    "approved": ("已批准", "Approved"), "requested": ("待批", "Requested"),
    "refused": ("已拒绝", "Refused"), "withdrawn": ("已撤回", "Withdrawn"),
}  # fmt: skip
_LEAVE_STATUS = {
    "批准": "approved", "同意": "approved", "通过": "approved", "已通过": "approved", "审批通过": "approved", "审批中": "requested",
    "待审批": "requested", "申请中": "requested", "拒绝": "refused", "驳回": "refused", "不同意": "refused", "撤回": "withdrawn",
    "撤销": "withdrawn", "取消": "withdrawn",
}  # fmt: skip

# Columns of a complaint that are events: the field, and what happened then.
EVENT_FIELDS: dict[str, str] = {
    "registered_at": "registered",
    "forwarded_at": "forwarded",
    "acknowledged_at": "acknowledged",
    "submitted_at": "submitted",
    "verified_at": "verified",
    "first_feedback_at": "first_feedback",
    "progress_contact_at": "progress_contact",
    "incident_at": "incident",
    "investigated_at": "investigated",
    "reported_at": "reported",
    "incident_reported_at": "incident_reported",
    "returned_at": "returned",
    "rectified_at": "rectified",
    "rectification_passed_at": "rectification_passed",
    "waiting_customer_at": "waiting_customer",
    "resumed_at": "resumed",
    "final_feedback_at": "final_feedback",
    "closed_at": "closed",
    "reopened_at": "reopened",
}
_EVENT_ALIASES: dict[str, tuple[str, ...]] = {
    "registered_at": ("登记时间",),
    "forwarded_at": ("转交时间", "转办时间", "派单时间", "移交时间"),
    "acknowledged_at": ("签收时间", "部门签收时间"),
    "submitted_at": ("呈报时间", "上报时间"),
    "verified_at": ("核实时间",),
    "first_feedback_at": ("首次反馈时间", "首次反馈", "首次回复时间", "首次响应时间", "first_response_at"),
    "progress_contact_at": ("进展联系时间", "跟进时间"),
    "investigated_at": ("调查结束时间",),
    "incident_at": ("认定突发事件时间",),
    "reported_at": ("调查报告时间", "报告时间"),
    "incident_reported_at": ("事件报告时间",),
    "returned_at": ("部门反馈时间", "部门答复时间", "部门处理时间"),
    "rectified_at": ("整改完成时间",),
    "rectification_passed_at": ("整改核查时间", "整改验收时间"),
    "waiting_customer_at": ("等待客户时间", "挂起时间"),
    "resumed_at": ("恢复处理时间", "恢复时间"),
    "final_feedback_at": ("最终答复时间", "最终反馈时间", "答复时间", "回复时间", "resolved_at", "解决时间"),
    "closed_at": ("结案时间", "办结时间", "关闭时间", "完成时间"),
    "reopened_at": ("重新受理时间",),
}


def _events() -> tuple[Field, ...]:
    return tuple(
        Field(
            name,
            _EVENT_ALIASES[name][0],
            NAMES["complaint_event"][kind][1] + " at",
            "instant",
            _EVENT_ALIASES[name],
        )
        for name, kind in EVENT_FIELDS.items()
    )


# Columns of grades, one for each dimension of the survey in its order; the titles are those the shipped presets know.
_GRADE_ALIASES: dict[str, tuple[str, ...]] = {
    "grade_1": ("态度", "服务态度"),
    "grade_2": ("技术", "效率"),
    "grade_3": ("到达时间", "效果"),
    "grade_4": ("答应事项的办理", "满意"),
    "grade_5": (),
    "grade_6": (),
}
GRADE_FIELDS: tuple[str, ...] = tuple(_GRADE_ALIASES)

FIELDS: dict[str, tuple[Field, ...]] = {
    "agents": (
        Field("number", "工号", "Staff number", "number", ("员工编号", "客服工号", "员工工号", "agent", "agent_number", "agent_id", "staff_number", "employee_id"), True, 40),
        Field("name", "姓名", "Name", "text", ("客服姓名", "员工姓名", "agent_name", "full_name"), True, 80),
        Field("team", "班组", "Team", "text", ("小组", "组别", "团队", "所属班组", "team_code", "group", "部门班组"), True, 40),
        Field("team_name", "班组名称", "Team name", "text", ("小组名称",), False, 80),
        Field("post", "岗位", "Post", "text", ("职务", "岗位名称", "position", "role"), False, 40),
        Field("level", "级别", "Level", "text", ("等级", "职级", "grade"), False, 40),
        Field("phone", "分机", "Telephone", "number", ("电话", "手机", "联系电话", "分机号", "extension", "mobile"), False, 40),
        Field("hired_on", "入职日期", "Hired on", "date", ("入职时间", "hire_date", "hired")),
        Field("is_active", "在职", "Active", "flag", ("状态", "在职状态", "是否在职", "active", "status")),
    ),
    "complaints": (
        Field("number", "投诉编号", "Case number", "number", ("编号", "工单号", "工单编号", "单号", "投诉单号", "case_number", "ticket", "ticket_id", "id"), False, 40),
        Field("received_at", "受理时间", "Received at", "instant", ("投诉时间", "接诉时间", "接收时间", "来电时间", "received", "created_at", "created"), True),
        Field("channel", "渠道", "Channel", "code", ("受理渠道", "投诉渠道", "来源", "来源渠道", "source"), True, names="complaint_channel", values=_CHANNELS),
        Field("kind", "投诉性质", "Kind", "text", ("投诉级别", "投诉类别性质", "complaint_kind"), False, 40),
        Field("category", "投诉类别", "Category", "text", ("类别", "投诉类型", "类型", "分类", "问题类型", "type"), True, 40),
        Field("product", "产品", "Product", "text", ("商品", "产品名称", "涉及产品"), False, 80),
        Field("severity", "严重程度", "Severity", "code", ("程度", "是否重大", "priority"), names="severity", values={"普通": "ordinary", "重要": "serious", "严重": "serious", "特别严重": "serious", "是": "serious", "否": "ordinary"}),
        Field("summary", "投诉内容", "Summary", "text", ("内容", "问题描述", "描述", "摘要", "诉求", "投诉事项", "description", "content"), True, 4000),
        Field("customer_name", "客户姓名", "Customer", "text", ("客户", "姓名", "投诉人", "联系人", "customer"), False, 80),
        Field("customer_phone", "客户电话", "Customer's telephone", "number", ("电话", "联系电话", "联系方式", "手机号", "手机", "投诉人电话", "phone"), False, 40),
        Field("customer_demand", "客户要求", "What the customer asks for", "text", ("客户诉求", "要求", "demand"), False, 2000),
        Field("order_ref", "订单号", "Order reference", "number", ("订单编号", "批号", "房号", "order_number", "order"), False, 80),
        Field("document_ref", "原件编号", "Number of the original", "number", ("来文编号", "原始单号", "document_number"), False, 80),
        Field("source_operator", "来源运营商", "Operator", "code", ("运营商", "operator"), names="operator", values={"移动": "mobile", "联通": "unicom", "电信": "telecom"}),
        Field("cause_class", "原因分类", "Class of cause", "text", ("投诉原因分类", "质量非质量"), False, 40),
        Field("is_incident", "是否突发事件", "Incident", "flag", ("突发事件", "incident")),
        Field("answer_due_on", "部门答复期限", "Department's answer due", "date", ("要求答复日期", "处理时效")),
        Field("rectify_due_on", "整改期限", "Rectification due", "date", ("整改截止日期", "整改完成期限")),
        Field("cause", "责任认定", "Cause found", "code", ("责任归属",), names="complaint_cause", values={"是": "own_fault", "本部门": "own_fault", "否": "other_cause", "非本部门责任": "other_cause"}),
        Field("department", "责任部门", "Department", "text", ("部门", "承办部门", "处理部门", "转交部门", "responsible_department"), False, 80),
        _agent("工号", "agent", True, "受理人工号", "受理工号", "首问责任人", "责任坐席", "坐席工号", "受理人", "agent"),
        *_events(),
    ),
    "callbacks": (
        Field("number", "回访编号", "Callback number", "number", ("编号", "单号", "callback_number", "id"), False, 40),
        Field("kind", "回访类别", "Kind", "code", ("类别", "回访类型", "类型", "type", "category"), True, names="callback_kind", values={"投诉": "complaint", "维修": "repair", "报修": "repair", "出院": "discharge", "出院回访": "discharge", "报修回访": "repair"}),
        Field("arisen_at", "应回访起点", "Arisen at", "instant", ("发生时间", "解决时间", "出院时间", "出院日期", "就诊时间", "就诊日期", "完工时间", "办结时间", "resolved_at", "discharged_at"), True),
        Field("complaint", "投诉编号", "Case number", "number", ("投诉单号", "complaint_number", "case_number"), False, 40),
        Field("customer_name", "客户姓名", "Customer", "text", ("客户", "患者姓名", "患者", "业主", "姓名", "customer"), False, 80),
        Field("customer_phone", "客户电话", "Telephone", "number", ("电话", "联系电话", "手机", "手机号", "phone"), False, 40),
        Field("subject", "事项", "Subject", "text", ("内容", "回访事项", "诊断", "维修内容", "summary"), False, 200),
        _agent("回访人工号", "agent", True, "回访人", "回访员工号", "工号"),
        Field("handler", "处理人工号", "Handler's staff number", "number", ("处理人", "经办人工号", "handler_number"), False, 40),
        Field("attempt_at", "回访时间", "Attempted at", "instant", ("实际回访时间", "拨打时间", "called_at", "attempted_at")),
        Field("outcome", "回访结果", "Outcome", "code", ("结果", "接通情况", "是否接通", "result"), names="attempt_outcome", values={**_OUTCOMES, "是": "connected", "否": "no_answer"}),
        Field("is_complete", "是否完成", "Content covered", "flag", ("完成", "完成情况", "complete", "completed")),
        Field("satisfaction", "满意度", "Satisfaction", "code", ("客户满意度", "评价"), names="satisfaction", values=_SATISFACTION),
        Field("note", "备注", "Note", "text", ("说明", "客户意见", "notes", "remark"), False, 4000),
    ),
    "work_orders": (
        Field("number", "维修单号", "Work order number", "number", ("编号", "单号", "工单号", "报修单号", "work_order", "order_number", "id"), False, 40),
        Field("notified_at", "报修时间", "Notified at", "instant", ("来电时间", "接报时间", "受理时间", "登记时间", "called_at", "created_at"), True),
        _agent("工号", "agent", True, "接报人工号", "接报人", "受理人工号", "受理人"),
        Field("service_type", "服务类型", "Type of service", "text", ("类型", "服务类别", "维修类型"), False, 40),
        Field("summary", "报修内容", "What is to be repaired", "text", ("内容", "故障描述", "问题描述", "维修内容", "事项", "summary", "description"), True, 4000),
        Field("customer_name", "客户姓名", "Customer", "text", ("客户", "业主", "租户", "报修人", "联系人", "customer"), False, 80),
        Field("customer_phone", "客户电话", "Telephone", "number", ("电话", "联系电话", "手机", "phone"), False, 40),
        Field("address", "地址", "Address", "text", ("房号", "位置", "地点", "报修地点", "room"), False, 200),
        Field("engineer", "维修人员", "Engineer", "text", ("工程师", "维修工", "师傅", "工程人员"), False, 80),
        Field("form_at", "派单时间", "Dispatched at", "instant", ("通知单时间", "接单时间", "dispatched_at")),
        Field("appointment_at", "约定上门时间", "Appointment", "instant", ("预约时间", "约定时间", "appointment")),
        Field("arrived_at", "到场时间", "Arrived at", "instant", ("上门时间", "到达时间", "实际到场时间")),
        Field("is_charged", "是否收费", "Charged", "flag", ("收费", "有偿", "是否有偿", "charged")),
        Field("price", "价格", "Price", "text", ("金额", "费用", "收费金额", "维修费", "amount"), False, 20),
        Field("price_confirmed_at", "价格确认时间", "Price confirmed at", "instant", ("报价确认时间", "客户确认价格时间")),
        Field("work_started_at", "开工时间", "Work started at", "instant", ("开始维修时间", "维修开始时间", "started_at")),
        Field("finished_at", "完工时间", "Finished at", "instant", ("完成时间", "维修完成时间", "completed_at")),
        Field("signed_at", "签字时间", "Signed at", "instant", ("客户签字时间", "验收时间", "客户确认时间")),
        Field("unfinished_reason", "未完工原因", "Reason unfinished", "text", ("未完成原因", "延期原因"), False, 2000),
        Field("next_appointment_at", "下次预约", "Next appointment", "instant", ("再次预约时间", "下次上门时间")),
        Field("returned_at", "再次到场时间", "Returned at", "instant", ("二次上门时间",)),
        Field("apologised_at", "致歉时间", "Apologised at", "instant", ("道歉时间",)),
        Field("cancelled_at", "取消时间", "Cancelled at", "instant", ("撤单时间",)),
        Field("complaint", "投诉编号", "Case number", "number", ("投诉单号", "complaint_number", "case_number"), False, 40),
    ),
    "surveys": (
        Field("number", "调查表号", "Form number", "number", ("表号", "编号", "问卷编号", "form_number", "id"), False, 40),
        Field("answered_at", "评价时间", "Answered at", "instant", ("填表时间", "答复时间", "回收日期", "评价日期", "日期", "date"), True),
        _agent("被评价人工号", "agent", False, "服务人员工号", "工号", "服务人员"),
        Field("work_order", "维修单号", "Work order number", "number", ("工单号", "报修单号", "order_number"), False, 40),
        Field("callback", "回访编号", "Callback number", "number", ("回访单号", "callback_number"), False, 40),
        Field("dimension", "调查项目", "Dimension", "text", ("项目", "评价项目", "维度"), False, 40),
        Field("grade", "等级", "Grade", "text", ("评价", "评价等级", "满意程度"), False, 40),
        *(
            Field(name, f"第 {place} 项评价", f"Grade {place}", "text", aliases, False, 40)
            for place, (name, aliases) in enumerate(_GRADE_ALIASES.items(), start=1)
        ),
        Field("comment", "意见", "Comment", "text", ("客户意见", "建议", "意见建议", "备注", "comments", "remark"), False, 4000),
    ),
    "shifts": (
        _agent(),
        Field("work_on", "日期", "Date", "date", ("班次日期", "排班日期", "工作日期", "上班日期", "date", "day")),
        Field("code", "班次", "Shift", "text", ("班别", "班次名称", "shift", "shift_code"), False, 20),
        Field("start", "上班时间", "Start", "clock", ("上班", "开始时间", "开始", "起始时间", "starts_at", "start_time", "from", "起")),
        Field("end", "下班时间", "End", "clock", ("下班", "结束时间", "结束", "截止时间", "ends_at", "end_time", "to", "止")),
        Field("breaks", "休息时间", "Breaks", "breaks", ("休息", "午休", "break")),
        Field("post", "岗位", "Post", "text", ("岗", "position"), False, 40),
    ),
    "punches": (
        _agent(),
        Field("at", "打卡时间", "At", "clock", ("时间", "刷卡时间", "考勤时间", "签到时间", "time", "timestamp", "datetime", "punch_time")),
        Field("date", "日期", "Date", "date", ("打卡日期", "考勤日期", "day")),
        Field("kind", "打卡类型", "Kind", "code", ("类型", "方向", "进出", "打卡类别", "上下班", "direction", "type"), names="punch_kind", values=_PUNCHES),
        Field("in_at", "上班打卡", "Clocked in", "clock", ("上班打卡时间", "上班时间", "签到", "clock_in", "in", "check_in")),
        Field("out_at", "下班打卡", "Clocked out", "clock", ("下班打卡时间", "下班时间", "签退", "clock_out", "out", "check_out")),
        Field("device", "打卡机", "Device", "text", ("设备", "考勤机", "terminal"), False, 60),
    ),
    "leave": (
        _agent(),
        Field("type", "请假类型", "Type", "code", ("假别", "类型", "假种", "请假类别", "leave_type"), True, names="leave_type", values=_LEAVE_TYPES),
        Field("starts_at", "开始时间", "From", "instant", ("开始", "开始日期", "请假开始时间", "起始时间", "从", "from", "start", "start_date"), True),
        Field("ends_at", "结束时间", "To", "end", ("结束", "结束日期", "请假结束时间", "截止时间", "至", "to", "end", "end_date"), True),
        Field("filed_at", "申请时间", "Filed at", "instant", ("提出时间", "申请日期", "提交时间", "filed", "applied_at")),
        Field("filed_by", "申请人", "Filed by", "text", ("代请人", "提出人", "applicant"), False, 80),
        Field("status", "审批状态", "Status", "code", ("状态", "审批结果", "是否批准"), names="leave_status", values={**_LEAVE_STATUS, "是": "approved", "否": "refused"}),
        Field("approver", "审批人", "Approver", "text", ("批准人", "approved_by"), False, 80),
        Field("has_certificate", "有无证明", "Certificate", "flag", ("证明", "病假条", "certificate")),
        Field("reason", "事由", "Reason", "text", ("原因", "请假事由", "请假原因", "备注"), False, 2000),
        Field("is_emergency", "是否急诊", "Emergency", "flag", ("急诊", "emergency")),
        Field("certificate_from_on", "证明开始日期", "Certificate from", "date", ("病假证明开始", "证明起始日期", "certificate_from")),
        Field("certificate_to_on", "证明结束日期", "Certificate to", "date", ("病假证明结束", "证明截止日期", "certificate_to")),
        Field("slip_received_on", "交假条日期", "Slip received on", "date", ("假条上交日期", "收假条日期", "slip_received")),
        Field("returned_at", "销假时间", "Reported back at", "instant", ("返岗时间", "销假日期", "returned")),
    ),
    "leave_balances": (
        _agent(),
        Field("type", "假别", "Type", "code", ("请假类型", "账户", "假种", "请假类别", "leave_type", "account"), True, names="leave_type", values=_LEAVE_TYPES),
        Field("days", "天数", "Days", "decimal", ("额度", "发放天数", "数量", "day_count", "amount"), True),
        Field("effective_on", "生效日期", "Effective on", "date", ("日期", "起算日期", "发放日期", "到期日期", "effective", "date"), True),
        Field("kind", "变动", "Entry", "code", ("变动类型", "类型", "类别", "entry_kind"), names="leave_entry", values=_LEAVE_ENTRIES),
        Field("note", "备注", "Note", "text", ("说明", "原因", "依据", "事由", "reason", "remark"), False, 2000),
        Field("reference", "编号", "Line number", "number", ("单号", "序号", "流水号", "line"), False, 60),
    ),
}  # fmt: skip
