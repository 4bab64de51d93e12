"""What the demo's customers are called and what they complain about. Every name and case is invented."""

from __future__ import annotations

import random

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
)
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀英霞平刚桂文辉力健玲红建国华志欣宇浩然子涵梓轩雨桐思源佳怡"

GOODS_PRODUCTS = (
    "云帆滚筒洗衣机 W8",
    "云帆变频空调 K35",
    "云帆对开门冰箱 R520",
    "云帆智能电视 T65",
    "云帆扫地机器人 X3",
    "云帆空气净化器 A5",
    "云帆破壁机 P6",
    "云帆会员",
)
BUILDINGS = ("云帆大厦 A 座", "云帆大厦 B 座", "滨江中心", "云帆科技园 3 号楼")
BUSINESS_USERS = ("宏达电器连锁", "安居物业公司", "晨光幼儿园", "悦来酒店", "启明培训学校", "瑞丰食品厂")
CLINICS = ("心内科", "骨科", "消化内科", "呼吸内科", "妇产科", "眼科", "普外科", "儿科")
SURGE_PRODUCT = "云帆会员"
SURGE_CATEGORY = "billing"
SURGE_SUMMARIES = (
    "会员自动续费被重复扣款两次，要求退回一笔",
    "已关闭自动续费，今天仍被扣款",
    "续费扣款短信连收三条，银行卡扣了三次",
    "会员到期前一天被提前扣款，且金额不对",
    "扣款成功但会员未到账，客户要求立即处理",
)

# category -> responsible department, weight, summaries. `{p}` is the product or the place.
GOODS_CASES: dict[str, tuple[str, float, tuple[str, ...]]] = {
    "quality": (
        "质量管理部",
        26,
        (
            "{p} 使用一周后出现异响，客户要求换货",
            "{p} 开箱即有划痕，怀疑为二次销售",
            "{p} 运行中自动断电，已发生三次",
            "{p} 底部漏水，地板被泡",
            "{p} 屏幕有亮线，客户要求检测并更换",
        ),
    ),
    "delivery": (
        "物流配送部",
        20,
        (
            "{p} 超过约定日期四天仍未送到",
            "送货员未联系客户即签收 {p}",
            "{p} 外包装破损，送货员拒绝当场验货",
            "{p} 送错地址，客户两次改约",
        ),
    ),
    "refund": (
        "电商运营部",
        18,
        (
            "{p} 退货已签收十天，退款未到账",
            "{p} 七天无理由退货被拒",
            "{p} 退款金额与实付不符，少退运费",
            "降价后申请 {p} 价保未获答复",
        ),
    ),
    "installation": (
        "安装维修部",
        16,
        (
            "{p} 预约安装两次无人上门",
            "安装师傅收取 {p} 额外材料费且未事先告知",
            "{p} 维修三次仍未修好",
            "{p} 安装位置错误，墙面受损",
        ),
    ),
    "billing": (
        "财务结算部",
        9,
        ("{p} 发票抬头开错，重开一周未收到", "延保费用未经同意计入 {p} 订单", "{p} 分期账单多扣一期"),
    ),
    "service": (
        "客户服务部",
        8,
        (
            "客服答复 {p} 问题时态度生硬",
            "多次来电咨询 {p}，每次说法不一致",
            "在线客服长时间不回复 {p} 的咨询",
        ),
    ),
    "other": ("综合管理部", 3, ("对 {p} 的活动规则有异议", "建议改进 {p} 的使用说明")),
}
PROPERTY_CASES: dict[str, tuple[str, float, tuple[str, ...]]] = {
    "property": (
        "工程部",
        60,
        (
            "{p} 电梯频繁停运，上班高峰排队严重",
            "{p} 十二层空调不制冷，已报修两次",
            "{p} 卫生间漏水滴到办公区",
            "{p} 地下车库照明损坏",
            "{p} 大堂保洁不及时，地面湿滑",
            "{p} 夜间施工噪声扰民",
        ),
    ),
    "billing": ("财务结算部", 14, ("{p} 物业费账单与合同面积不符", "{p} 停车费重复收取")),
    "service": ("客户服务部", 12, ("{p} 前台对访客态度冷淡", "{p} 报修后无人回复进度")),
    "installation": ("工程部", 14, ("{p} 维修人员迟到两小时且未致歉", "{p} 维修后现场未清理")),
}
HOSPITAL_CASES: dict[str, tuple[str, float, tuple[str, ...]]] = {
    "service": ("客户服务部", 60, ("{p} 候诊两小时，导诊解释不清", "{p} 回访电话打扰休息，要求调整时间")),
    "billing": ("财务结算部", 20, ("{p} 检查费用重复计费",)),
    "other": ("综合管理部", 20, ("{p} 预约系统无法改期", "{p} 报告领取流程说明不清")),
}
CASES = {"goods": GOODS_CASES, "hospital": HOSPITAL_CASES, "property": PROPERTY_CASES}
SUBJECTS = {"goods": GOODS_PRODUCTS, "hospital": CLINICS, "property": BUILDINGS}
_NOTHING_TO_HOLD = ("quality", "delivery", "installation")  # a membership neither leaks nor is delivered

# What departments write on the form: by category, invented like the rest.
FINDINGS: dict[str, tuple[str, ...]] = {
    "quality": ("经检测，部件批次存在瑕疵", "产品符合标准，异响由安装不平引起", "出厂抽检漏检"),
    "delivery": ("配送线路调整，信息未同步给客户", "司机未按规定先联系客户", "装车单漏登记"),
    "refund": ("退款单在审核环节滞留", "系统未正确返还运费", "客户提供的账号有误"),
    "installation": ("预约改期未通知客户", "材料费未事先说明", "故障判断有误，配件需再订"),
    "billing": ("账单系统重复扣款", "合同面积录入有误", "客户误读账单周期"),
    "service": ("当班人员未按规范答复", "高峰时段人手不足，未及时回应"),
    "property": ("设备老化，维保间隔过长", "保洁排班空缺", "施工单位未遵守时段规定"),
    "other": ("流程说明不清", "已按规定办理，客户理解有偏差"),
}
MEASURES = (
    "向客户致歉并按规定补偿",
    "补充登记环节双人复核",
    "调整排班并增加巡检",
    "修订作业说明，全员培训一次",
    "与客户约定时间上门整改",
)
SUGGESTIONS = (
    "建议向客户说明原因并提供使用指导",
    "建议由供应商承担更换",
    "建议完善提示文字",
    "建议补偿客户一次免费服务",
)
_HEADS = "周吴郑王冯陈褚卫蒋沈韩杨"


def head_of(department: str) -> str:
    """Who signs for a department: its head, always the same one."""
    return f"{_HEADS[sum(map(ord, department)) % len(_HEADS)]}部长"


REPAIR_SUBJECTS = (
    "更换照明灯管",
    "空调不制冷检修",
    "卫生间水龙头漏水",
    "门禁卡读头故障",
    "电源插座无电",
    "电梯异响排查",
)


def subject_of(team: str, category: str, dice: random.Random) -> str:
    """The product, building or clinic that a complaint of this category is about."""
    subjects = SUBJECTS[team]
    if category in _NOTHING_TO_HOLD:
        subjects = tuple(subject for subject in subjects if subject != SURGE_PRODUCT)
    return dice.choice(subjects)


def customer(dice: random.Random) -> tuple[str, str]:
    """A customer's name and a masked telephone number."""
    given = "".join(dice.choice(_GIVEN) for _ in range(dice.choice((1, 2, 2))))
    phone = f"{dice.choice(('136', '138', '139', '150', '158', '177', '186', '189'))}****{dice.randint(0, 9999):04d}"
    return dice.choice(_SURNAMES) + given, phone
