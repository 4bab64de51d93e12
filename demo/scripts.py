"""The written scripts of the demo calls.

Every call is invented. A script says who speaks, what, and after which pause; what the script was written to contain
(``expected``); and what only looks like a finding (``lookalikes``). Numbers are written in hanzi because the demo voice
reads hanzi only. ``make_recordings`` speaks the scripts; the demo voice was trained on every turn written here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Speaker = Literal["agent", "customer"]
Layout = Literal["two_channel", "mono", "silent", "damaged"]


@dataclass(frozen=True)
class Turn:
    """One uninterrupted piece of speech.

    ``pause_before_seconds`` counts from the end of the turn before; a negative pause interrupts it.
    """

    speaker: Speaker
    text: str
    pause_before_seconds: float = 0.6


@dataclass(frozen=True)
class Expected:
    """A finding the script was written to contain. ``turn`` and ``quote`` place a banned phrase."""

    kind: Literal["banned", "missing"]
    category: str
    turn: int | None = None
    quote: str | None = None


@dataclass(frozen=True)
class Lookalike:
    """Words of the agent that contain a banned phrase, or nearly, and are innocent."""

    turn: int
    quote: str
    reason: str


@dataclass(frozen=True)
class CallScript:
    """One call as written. ``days_before_today`` and ``local_time`` place it in a demo department of any date."""

    call_id: str
    agent_number: str
    title_zh: str
    title_en: str
    direction: Literal["inbound", "outbound"]
    kind: str
    hangup_by: Literal["agent", "customer", "unknown"]
    days_before_today: int
    local_time: str
    turns: tuple[Turn, ...]
    expected: tuple[Expected, ...] = ()
    lookalikes: tuple[Lookalike, ...] = ()
    flow_steps: tuple[tuple[str, int], ...] = ()
    layout: Layout = "two_channel"
    channel: str = "phone"


def _a(text: str, pause: float = 0.6) -> Turn:
    return Turn("agent", text, pause)


def _c(text: str, pause: float = 0.6) -> Turn:
    return Turn("customer", text, pause)


def _banned(category: str, turn: int, quote: str) -> Expected:
    return Expected("banned", category, turn, quote)


def _missing(category: str) -> Expected:
    return Expected("missing", category)


CALLS: tuple[CallScript, ...] = (
    CallScript(
        "c01",
        "K1001",
        "查询包裹：规范的来电",
        "Parcel enquiry: a call as it should be",
        "inbound",
        "inbound_service",
        "customer",
        1,
        "09:12",
        (
            _a("您好，这里是客服中心，请问您是哪位？您希望了解哪方面的事情？", 0.8),
            _c("你好，我姓王，我想查一下我的包裹。"),
            _a("好的，王先生，请问您的订单号是多少？"),
            _c("我的订单号是三五八二零七一六。"),
            _a("好的，我帮您查询一下，请稍等。"),
            _c("好的。", 0.4),
            _a("让您久等了，感谢您的耐心等待。", 5.0),
            _a("您的包裹昨天下午已经到北京了，预计明天上午送到。", 0.5),
            _c("明天上午我不在家，可以晚上送吗？"),
            _a("可以，我帮您登记一下，快递员明天晚上七点半给您送货。"),
            _c("那太好了。"),
            _a("请问还有其他问题吗？"),
            _c("没有了，谢谢你。"),
            _a("不客气，感谢您的支持，谢谢您的来电，再见。"),
            _c("再见。", 0.4),
        ),
    ),
    CallScript(
        "c02",
        "K1002",
        "核对发票：客户表扬",
        "Invoice check: the customer praises",
        "inbound",
        "inbound_service",
        "customer",
        2,
        "10:35",
        (
            _a("您好，很高兴为您服务，请问您是哪位？您希望了解哪方面的事情？", 0.7),
            _c("您好，我姓李，我想开发票。"),
            _a("李女士您好，请问您购买的是什么商品？"),
            _c("上个月买的洗衣机，花了三千六百元。"),
            _a("好的，请问发票上写公司的名字吗？"),
            _c("对，写我们公司的名字。你说话太快了，我没有听清楚。"),
            _a("对不起，请您再说一遍，好吗？"),
            _c("我说，发票写公司的名字，送到我家里。"),
            _a("好的，我马上为您办理，请您核对一下，金额是三千六百元，对吗？"),
            _c("对，你的服务态度真好，我很满意。"),
            _a("谢谢您的夸奖，这是我应该做的事情。"),
            _c("发票什么时候能收到？"),
            _a("三个工作日内会寄到您家里，请您放心。"),
            _c("好的，没有别的问题了。"),
            _a("麻烦您了，感谢您的支持，欢迎您下次再来，再见。"),
            _c("再见。", 0.4),
        ),
    ),
    CallScript(
        "c03",
        "K1003",
        "维修预约：没有问候",
        "Repair booking: no greeting",
        "inbound",
        "inbound_service",
        "customer",
        3,
        "14:20",
        (
            _a("什么事？", 0.6),
            _c("喂，请问是客服中心吗？"),
            _a("是的，你说吧。"),
            _c("我家的空调不制冷，想预约维修。"),
            _a("空调是什么时候买的？"),
            _c("去年夏天买的，才用了一年。"),
            _a("住在哪里？"),
            _c("我住在上海，星期六在家。"),
            _a("好的，师傅星期六上午九点上门。"),
            _c("需要多少钱？"),
            _a("还在保修期内，不收费。"),
            _c("好的，我知道了，谢谢。"),
            _a("不客气，谢谢，再见。"),
        ),
        (_missing("greeting"), _missing("name_check")),
    ),
    CallScript(
        "c04",
        "K1004",
        "退款进度：客服先挂断，没有结束语",
        "Refund progress: agent hangs up without a closing",
        "inbound",
        "inbound_service",
        "agent",
        4,
        "16:05",
        (
            _a("您好，客服中心，请问有什么可以帮您？", 0.7),
            _c("我想问一下，我的退款什么时候到账？"),
            _a("请您提供一下订单的号码。"),
            _c("四四零九一二七三。"),
            _a("请稍等，我正在为您查询。"),
            _a("对不起，让您久等了，退款两百元三天内退回您的账户。", 4.0),
            _c("三天太长了，能不能快一点？"),
            _a("这个时间是银行的规定，我们已经提交了。"),
            _c("好吧，如果三天以后还没有到账呢？"),
            _a("到时候您再打电话来查。"),
            _c("还有一个问题，我的优惠券还能用吗？"),
            _a("可以用，到月底。"),
        ),
        (_missing("closing"),),
    ),
    CallScript(
        "c05",
        "K1005",
        "修改地址：客户先挂断",
        "Change of address: the customer hangs up first",
        "inbound",
        "inbound_service",
        "customer",
        5,
        "11:18",
        (
            _a("您好，客服中心，请问您是哪位？", 0.6),
            _c("我姓张，我要修改地址，我现在很忙。"),
            _a("好的，张先生，请问您的订单号是多少？"),
            _c("六零一三五五八二。"),
            _a("请问新的地址是哪里？"),
            _c("广州，黄河路二十五号。"),
            _a("好的，地址已经修改成功，请您核对一下。"),
            _c("对，就这样，我要上飞机了。"),
        ),
    ),
    CallScript(
        "c06",
        "K1003",
        "投诉漏水：客服推诿、不耐烦、顶撞",
        "Leak complaint: the agent shirks, is impatient and confronts",
        "inbound",
        "complaint",
        "agent",
        6,
        "15:42",
        (
            _a("您好，客服中心。", 0.7),
            _c("我要投诉，我的洗衣机一直漏水，已经打了三次电话了。"),
            _a("这不归我管，你找维修中心。"),
            _c("维修中心说要找你们，到底应该找谁？"),
            _a("我也没办法，你问别人去。"),
            _c("你们怎么可以这样？我等了七天了。"),
            _a("我刚才不是说了吗，急什么。"),
            _c("你这是什么态度？说明书我也看不明白。"),
            _a("你懂不懂啊，连这个都不会。"),
            _c("请你把你们的经理叫来。", -0.3),
            _a("经理不在，随便你。"),
            _c("那我要投诉你。"),
            _a("有本事你去投诉，你想怎么样？"),
            _c("我一定会投诉的，请告诉我你的工号。"),
            _a("就这样吧。"),
        ),
        (
            _banned("shirking", 2, "这不归我管"),
            _banned("shirking", 4, "我也没办法"),
            _banned("shirking", 4, "你问别人去"),
            _banned("impatience", 6, "我刚才不是说了吗"),
            _banned("impatience", 6, "急什么"),
            _banned("mockery", 8, "你懂不懂"),
            _banned("mockery", 8, "连这个都不会"),
            _banned("cold", 10, "随便你"),
            _banned("confrontation", 12, "有本事你去投诉"),
            _banned("confrontation", 12, "你想怎么样"),
            _banned("cold", 14, "就这样吧"),
            _missing("closing"),
            _missing("name_check"),
        ),
    ),
    CallScript(
        "c07",
        "K1006",
        "投诉送货：客户辱骂，客服有礼",
        "Delivery complaint: the customer is abusive, the agent polite",
        "inbound",
        "complaint",
        "customer",
        7,
        "17:26",
        (
            _a("您好，客服中心，请问您是哪位？您希望了解哪方面的事情？", 0.6),
            _c("你们的快递员把我的电视弄坏了，你们想怎么样？"),
            _a("对不起，给您添麻烦了，请问您贵姓？"),
            _c("我姓赵，少废话，你到底听没听？"),
            _a("赵先生，我在听，请您慢慢说。"),
            _c("屏幕坏了，神经病才会这样送货，听不懂人话吗？"),
            _a("非常抱歉，请您放心，我们马上为您处理。"),
            _c("急什么急什么，你们每次都这样说，闭嘴。"),
            _a("对不起，我理解您的心情，我帮您登记换货，好吗？"),
            _c("有完没完，快点说，什么时候换？"),
            _a("工程师明天上午十点上门检查，如果是我们的责任，马上为您换货。"),
            _c("好吧，这次不要再骗我了。"),
            _a("给您添麻烦了，感谢您的支持，祝您生活愉快，再见。"),
        ),
    ),
    CallScript(
        "c08",
        "K1007",
        "账单疑问：没有告知就让客户等待",
        "Billing question: put on hold without a word",
        "inbound",
        "inbound_service",
        "customer",
        8,
        "10:03",
        (
            _a("您好，客服中心，请问有什么可以帮您？", 0.7),
            _c("你好，我这个月的账单不对，多收了我八十元。"),
            _a("请问您的手机号是多少？"),
            _c("一三九零零二四六八一五。"),
            _a("嗯，我看看。"),
            _c("喂，你还在吗？", 14.0),
            _c("怎么没有人说话？", 9.0),
            _a("查到了，八十元是上个月的流量费用。", 5.0),
            _c("我没有办理这个套餐。"),
            _a("对不起，我们会把八十元退回您的账户。"),
            _c("什么时候退？"),
            _a("五个工作日内到账。"),
            _c("好的，那我等你们的电话。"),
            _a("好的，谢谢您的来电，再见。"),
            _c("再见。", 0.4),
        ),
        (_missing("hold_notice"),),
    ),
    CallScript(
        "c09",
        "K1002",
        "密码重置：等待前先告知",
        "Password reset: hold with notice",
        "inbound",
        "inbound_service",
        "customer",
        9,
        "13:47",
        (
            _a("您好，客服中心，请问您是哪位？", 0.7),
            _c("我姓周，我忘记了密码，怎么办？"),
            _a("周女士您好，请问您的手机号是多少？"),
            _c("一八六三三七零五二九四。"),
            _a("我需要请示技术部门，请您稍等，大概需要半分钟。"),
            _c("好的，没关系。", 0.4),
            _a("感谢您的耐心等待，让您久等了。", 22.0),
            _a("密码已经重新设置，短信会发到您的手机上。", 0.5),
            _c("收到了，是六位数字。"),
            _a("请不要告诉别人，登录以后请修改密码。"),
            _c("好的，可以登录了，谢谢。"),
            _a("不客气，谢谢您的来电，再见。"),
            _c("再见。", 0.4),
        ),
    ),
    CallScript(
        "c10",
        "K2001",
        "出院回访：九步完整",
        "Inpatient follow-up: all nine steps",
        "outbound",
        "callback_inpatient",
        "agent",
        10,
        "10:24",
        (
            _c("喂，哪位？", 0.5),
            _a("您好，请问是陈先生吗？"),
            _c("是的，我是。"),
            _a("您好，我是人民医院客服中心的回访员。"),
            _a("今天天气凉了，您要注意身体，现在说话方便吗？", 0.5),
            _c("方便，你说吧。"),
            _a("您出院一个星期了，请问现在身体恢复得怎么样？"),
            _c("恢复得不错，伤口已经不疼了。"),
            _a("那太好了，请您按时吃药，饮食清淡，不要喝酒，多休息。"),
            _c("好的，我记住了，什么时候去复查？"),
            _a("下个星期三上午请您到门诊复查。"),
            _a("请问您对医生和护士的服务满意吗？", 0.5),
            _c("非常满意，护士很耐心。"),
            _a("非常感谢您对医院服务的认同，同时在以后的就诊中您有什么意见和建议，可以随时和我们客服沟通。"),
            _c("好的。", 0.4),
            _a("我们医院每个星期六上午有免费的健康讲座，欢迎您来参加。"),
            _c("好的，有时间我一定去。"),
            _a("您的意见我已经登记了，谢谢您对我们医院的信任，祝您早日康复，再见。"),
            _c("谢谢，再见。", 0.4),
        ),
        flow_steps=(
            ("greeting", 1),
            ("self_intro", 3),
            ("small_talk", 4),
            ("recovery", 6),
            ("education", 8),
            ("satisfaction", 11),
            ("information", 15),
            ("thanks", 17),
            ("record", 17),
        ),
    ),
    CallScript(
        "c11",
        "K2002",
        "门诊回访：缺核对姓名、打扰、道歉和祝福",
        "Outpatient follow-up: steps left out",
        "outbound",
        "callback_outpatient",
        "agent",
        11,
        "15:33",
        (
            _c("喂，你好。", 0.5),
            _a("您好，我是人民医院的回访员。"),
            _c("有什么事吗？"),
            _a("上个星期您在我们医院看过门诊，现在身体怎么样？"),
            _c("好一点了，就是晚上还咳嗽。"),
            _a("请您多喝水，按时吃药，不要熬夜。"),
            _c("知道了。"),
            _a("您对我们医院的服务满意吗？"),
            _c("不满意，我等了两个小时，医生只看了三分钟。"),
            _a("好的，我记下来了。"),
            _c("以后能不能快一点？"),
            _a("您可以先在网上预约，再来医院。"),
            _c("好吧。"),
            _a("非常感谢您的配合，谢谢您能给我们提出这些宝贵的意见，再见。"),
        ),
        (_missing("name_check"), _missing("disturbance"), _missing("apology"), _missing("wish")),
        flow_steps=(
            ("greeting", 1),
            ("self_intro", 1),
            ("recovery", 3),
            ("education", 5),
            ("satisfaction", 7),
            ("thanks", 13),
        ),
    ),
    CallScript(
        "c12",
        "K3001",
        "大厦报修回访：规范",
        "Office building repair callback: as it should be",
        "outbound",
        "callback_repair",
        "customer",
        12,
        "16:40",
        (
            _c("喂，你好。", 0.5),
            _a("您好，请问是孙经理吗？"),
            _c("我是，你是哪位？"),
            _a("您好，打扰了，我是大厦物业客服中心的，想对您做一个电话回访。"),
            _c("好的，你说。"),
            _a("昨天您报修十二楼的电梯和办公室的灯，请问修好了吗？"),
            _c("电梯修好了，灯也亮了。"),
            _a("请问维修师傅有没有按时到，服务态度怎么样？"),
            _c("半个小时就到了，态度很好，地上也打扫干净了。"),
            _a("谢谢您的夸奖，请问您对这次维修满意吗？"),
            _c("满意，就是空调有一点噪音。"),
            _a("对不起，给您添麻烦了，我马上登记，工程师明天上午九点上门检查。"),
            _c("好的，麻烦你了。"),
            _a("不客气，非常感谢您的配合，耽误您了，再见。"),
            _c("再见。", 0.4),
        ),
    ),
    CallScript(
        "c13",
        "K1004",
        "退货：擅自承诺和夸大",
        "Return of goods: promises nobody authorised",
        "inbound",
        "inbound_service",
        "customer",
        13,
        "09:55",
        (
            _a("您好，客服中心，请问有什么可以帮您？", 0.7),
            _c("我买的化妆品用了两天，脸上发红，可以退吗？"),
            _a("肯定能退，您放心。"),
            _c("可是包装已经拆开了。"),
            _a("绝对没问题，我保证三天内退款五百元到您的账户。"),
            _c("真的吗？别的客服说要检测。"),
            _a("不用检测，这个我打包票。"),
            _c("那好，我想换一个新的，效果怎么样？"),
            _a("我们的产品是全网最好的，百分之百有效。"),
            _c("好的，那我把旧的寄回去。"),
            _a("好的，麻烦您了，请问还有其他问题吗？"),
            _c("没有了。"),
            _a("谢谢您的来电，祝您生活愉快，再见。"),
            _c("再见。", 0.4),
        ),
        (
            _banned("unauthorised_promise", 2, "肯定能退"),
            _banned("unauthorised_promise", 4, "绝对没问题"),
            _banned("unauthorised_promise", 4, "我保证"),
            _banned("unauthorised_promise", 6, "打包票"),
            _banned("exaggeration", 8, "全网最好"),
            _banned("exaggeration", 8, "百分之百有效"),
        ),
    ),
    CallScript(
        "c14",
        "K1005",
        "容易误判的话：全部无辜",
        "Look-alikes: every one of them innocent",
        "inbound",
        "complaint",
        "customer",
        14,
        "14:08",
        (
            _a("您好，客服中心，请问您是哪位？您希望了解哪方面的事情？", 0.7),
            _c("我父亲买的手机不能充电，你们的店员说这不归我管。"),
            _a("对不起，您说店员讲这不归我管，是吗？"),
            _c("对，他还说随便你。"),
            _a("非常抱歉，这件事我会亲自转给店里的经理。"),
            _c("我母亲也很生气，她七十岁了。"),
            _a("请您和父亲放心，我保证尽快回复您。"),
            _c("上次也是你接的电话吗？"),
            _a("是的，听上去你好像很着急，我们的店员应该亲切一点。"),
            _c("你们会不会又让我找别的部门？"),
            _a("不会的，不用您找别的部门，我来帮您联系维修中心。"),
            _c("什么时候有结果？"),
            _a("两个工作日内我给您回电话，您看可以吗？"),
            _c("可以，麻烦你了。"),
            _a("不客气，谢谢您的来电，再见。"),
            _c("再见。", 0.4),
        ),
        lookalikes=(
            Lookalike(2, "这不归我管", "quotes what a colleague said to the customer"),
            Lookalike(4, "亲自", "亲 inside a word is not an address"),
            Lookalike(6, "父亲", "亲 inside a word is not an address"),
            Lookalike(6, "我保证", "我保证尽快回复您 is wanted, not forbidden"),
            Lookalike(8, "你好像", "你好 inside 你好像 is not a greeting"),
            Lookalike(8, "亲切", "亲 inside a word is not an address"),
            Lookalike(10, "找别的部门", "says that the customer need not"),
        ),
    ),
    CallScript(
        "c15",
        "K1001",
        "单声道录音：分不清谁说的",
        "Mono recording: nobody can tell who speaks",
        "inbound",
        "inbound_service",
        "unknown",
        15,
        "12:11",
        (
            _a("您好，客服中心，请问有什么可以帮您？", 0.6),
            _c("我的路由器连不上网络。"),
            _a("请您检查一下电源和插头。"),
            _c("检查过了，你懂不懂？"),
            _a("对不起，我马上为您安排工程师。"),
            _c("今天下午能来吗？"),
            _a("可以，今天下午三点半上门。"),
            _c("好的，谢谢。"),
            _a("不客气，谢谢您的来电，再见。"),
        ),
        layout="mono",
    ),
    CallScript(
        "c16",
        "K1006",
        "无声录音",
        "A silent recording",
        "inbound",
        "other",
        "unknown",
        16,
        "18:02",
        (),
        layout="silent",
    ),
    CallScript(
        "c17",
        "K1007",
        "损坏的文件",
        "A damaged file",
        "inbound",
        "other",
        "unknown",
        17,
        "08:31",
        (),
        layout="damaged",
    ),
)


def spoken_sentences() -> list[str]:
    """Every turn of every script once, in the order of the scripts: what the demo voice has to know."""
    return list(dict.fromkeys(turn.text for call in CALLS for turn in call.turns))


if __name__ == "__main__":
    print("\n".join(spoken_sentences()))
