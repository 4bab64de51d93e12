"""The written conversations of the demo's calls: openings, matters, endings, and what goes wrong in some.

A conversation is a list of turns; `flaw` names what was left out or said. The wording is invented; what the
inspection makes of it is decided by the rulebook alone.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

FLAWS = (
    "no_greeting", "no_closing", "silent_hold", "rude", "rude_customer", "promise", "lookalike", "praise",
    "steps_left_out",
)  # fmt: skip


@dataclass(frozen=True)
class Turn:
    """One utterance; `pause` is the silence before it in seconds."""

    speaker: str  # agent customer
    text: str
    pause: float = 0.6


@dataclass(frozen=True)
class Conversation:
    """What was said, and who hung up."""

    turns: tuple[Turn, ...]
    hangup_by: str


def _a(text: str, pause: float = 0.6) -> Turn:
    return Turn("agent", text, pause)


def _c(text: str, pause: float = 0.6) -> Turn:
    return Turn("customer", text, pause)


_GREETINGS = (
    "您好，云帆客服中心，请问您是哪位？您希望了解哪方面的事情？",
    "您好，云帆售后，很高兴为您服务，请问您希望了解哪方面的事情？",
    "您好，这里是云帆客服中心，请问有什么可以帮您？",
)
_BARE_STARTS = ("喂，什么事？", "说吧。", "喂，哪里？")
_CLOSINGS = (
    "不客气，谢谢您的来电，再见。",
    "感谢您的支持，欢迎您下次再来，再见。",
    "麻烦您了，谢谢您的来电，祝您生活愉快，再见。",
)
_BARE_ENDS = ("行了，就到这儿。", "嗯，好。", "可以了吧。")

# What the customer asks, what the agent needs to know, the answer, what the agent finds.
_MATTERS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "goods": (
        ("我买的洗衣机还没有送到，能帮我查一下吗？", "请问您的订单号是多少？", "尾号是三五八二。", "包裹已经到达本市，预计明天上午送到。"),
        ("我的退款什么时候能到账？", "请问您是哪一天寄回的？", "上周三寄的。", "仓库昨天已经签收，款项会在三个工作日内退回。"),
        ("空调不制冷，想预约维修。", "请问方便什么时间上门？", "星期六上午。", "已经为您登记星期六上午九点，师傅会提前联系您。"),
        ("我想改一下收货地址。", "请问新的地址是哪里？", "黄河路二十五号。", "地址已经修改，请您核对一下短信。"),
        ("扫地机器人充不上电怎么办？", "请问指示灯是什么颜色？", "一直闪红灯。", "请您先清洁充电触点，如果还不行我们安排检测。"),
        ("发票抬头写错了，能重开吗？", "请问正确的抬头是什么？", "写公司的全称。", "已经提交重开，电子发票会在两天内发到您的邮箱。"),
        ("会员为什么自动扣费了？", "请问您的会员手机号是多少？", "就是现在打的这个号码。", "查到是到期自动续费，我已经为您登记取消。"),
        ("电视屏幕有一条亮线。", "请问是什么时候买的？", "去年夏天买的。", "还在保修期内，工程师会上门检测。"),
    ),
    "property": (
        ("十二层的空调不制冷。", "请问是哪个房间？", "一二零六。", "已经通知工程部，工程师十五分钟内到现场。"),
        ("电梯又停了，什么时候能修好？", "请问是哪一部电梯？", "东侧那一部。", "维保人员正在检修，预计半小时恢复。"),
        ("我想申请周末加班空调。", "请问需要哪几个小时？", "星期六上午九点到下午三点。", "已经登记，费用按公示的标准收取。"),
        ("停车费好像多扣了一次。", "请问车牌号是多少？", "尾号是七零六。", "查到有重复扣费，我登记退回，三天内给您答复。"),
        ("卫生间的水龙头漏水。", "请问是几层？", "八层男卫生间。", "已经开维修单，师傅马上过去。"),
    ),
    "hospital": (
        ("我想改一下复查的时间。", "请问您原来约的是哪一天？", "下星期三上午。", "已经帮您改到下星期五上午。"),
        ("检查报告在哪里领？", "请问是哪个科室的检查？", "心内科的。", "请您带身份证到一楼自助机打印。"),
        ("请问周末有专家门诊吗？", "请问您想看哪个科？", "骨科。", "星期六上午有专家门诊，可以在网上预约。"),
    ),
}  # fmt: skip
_COMPLAINTS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "goods": (
        ("我要投诉，洗衣机漏水，已经打了三次电话了。", "请问是哪个部位漏水？", "底部，地板都泡了。", "已经转给质量管理部，今天之内给您第一次答复。"),
        ("我要投诉，退货十天了还没有退款。", "请问您的订单号是多少？", "尾号是四四零九。", "仓库已经签收，我把您的情况转给运营部加急处理。"),
        ("我要投诉，送货的师傅摔坏了箱子。", "请问里面的商品有没有损坏？", "电视的边框裂了。", "已经登记换货，物流部会在四个小时内和您联系。"),
        ("我要投诉，预约安装两次都没有人来。", "请问约的是哪两天？", "星期二和星期四。", "安装部的主管会亲自给您回电，重新约时间。"),
    ),
    "property": (
        ("我要投诉，电梯一个星期坏了三次。", "请问是哪一栋的电梯？", "A 座东侧。", "已经开投诉处理单，工程部今天给出检修方案。"),
        ("我要投诉，报修两天了没有人来。", "请问报修的是什么？", "会议室的空调。", "我马上催促工程部，并在今天下班前给您答复。"),
    ),
    "hospital": (
        ("我要投诉，候诊等了两个小时。", "请问是哪个科室？", "呼吸内科。", "我会把您的意见转给门诊部，两天之内给您答复。"),
    ),
}  # fmt: skip
# Rude exchanges: what the agent says, what the customer answers. Some are as a recogniser misspells them, some are in no list.
_RUDE = (
    ("这不归我管，你找别的部门。", "我已经找过了，他们让我打这个电话。"),
    ("我刚才不是说了吗，急什么。", "你这是什么态度？"),
    ("那是你的事，这不贵我管，随便你。", "我会反映你的服务态度的。"),
    ("你懂不懂啊，连这个都不会。你是不是没带脑子出门啊。", "请你说话客气一点。"),
    ("有本事你去投诉。", "好，请告诉我你的工号。"),
    ("有完没完，你到底听没听？", "我是来解决问题的，不是来吵架的。"),
    ("我也没办法，这个事情真的不是我们这边能负责的。爱信不信。", "那请你们的主管接电话。"),
)
_ANGRY = ("少废话，急什么急什么，你们到底管不管？", "你们公司就这样骗人吗？神经病！", "有完没完，快点说！")
_CALM = ("非常抱歉给您添麻烦了，我理解您的心情，我马上为您处理。", "对不起，请您慢慢说，我来帮您解决。")
_PROMISES = ("您放心，肯定能退。", "绝对没问题，我保证明天就到账。", "这个我打包票，百分之百有效。")
_LOOKALIKES = (
    ("你们的店员跟我说这不归他管。", "对不起，店员不应该这样说，这件事我会亲自跟进。"),
    ("我父亲年纪大了，不会操作。", "请您和父亲放心，我保证尽快回复您，一步一步教他操作。"),
    ("我是不是又要找别的部门？", "不会的，不用您找别的部门，我来帮您联系。"),
)


def converse(
    kind: str, team: str, flaw: str, agent_name: str, customer_name: str, dice: random.Random
) -> Conversation:
    """One conversation of this kind of contact, with the flaw written into it."""
    if kind in ("callback_inpatient", "callback_outpatient"):
        return _hospital_callback(kind, flaw, agent_name, customer_name, dice)
    if kind in ("callback_repair", "callback_property"):
        return _property_callback(kind, flaw, agent_name, customer_name, dice)
    return _inbound(kind, team, flaw, dice)


def _inbound(kind: str, team: str, flaw: str, dice: random.Random) -> Conversation:
    asks, needs, gives, finds = dice.choice((_COMPLAINTS if kind == "complaint" else _MATTERS)[team])
    turns = [_a(dice.choice(_BARE_STARTS if flaw == "no_greeting" else _GREETINGS), dice.uniform(0.4, 1.0))]
    turns.append(_c(asks))
    if kind == "complaint":
        turns.append(_a("对不起，给您添麻烦了，我先帮您登记。"))
        turns.append(_c("希望你们尽快处理。"))
    turns += [_a(f"好的，{needs}"), _c(gives)]
    turns += _hold(flaw, dice)
    if flaw == "rude":
        for said, answered in dice.sample(_RUDE, dice.choice((1, 2, 2, 3))):
            turns += [_a(said), _c(answered, 0.4)]
    elif flaw == "rude_customer":
        turns += [_c(dice.choice(_ANGRY), 0.2), _a(dice.choice(_CALM))]
    elif flaw == "lookalike":
        said, answered = dice.choice(_LOOKALIKES)
        turns += [_c(said), _a(answered)]
    turns.append(_a(finds))
    if flaw == "promise":
        turns += [_c("真的可以吗？"), _a(dice.choice(_PROMISES))]
    if flaw == "praise":
        turns += [_c("你的服务态度真好，谢谢你。"), _a("谢谢您的夸奖，这是我应该做的事情。")]
    turns += [_c("好的，我知道了。", 0.5), _a("请问还有其他问题吗？"), _c("没有了。", 0.4)]
    if flaw in ("no_closing", "rude"):
        return Conversation((*turns, _a(dice.choice(_BARE_ENDS))), "agent")
    turns.append(_a(dice.choice(_CLOSINGS)))
    return Conversation((*turns, _c("再见。", 0.4)), "customer")


def _hold(flaw: str, dice: random.Random) -> list[Turn]:
    if flaw == "silent_hold":
        waiting = dice.uniform(14, 34)
        return [_a("嗯。", 0.5), _c("喂，你还在吗？", waiting), _a("在，查到了。", dice.uniform(5, 12))]
    if dice.random() < 0.45:
        return [
            _a("好的，我帮您查询一下，请稍等。"),
            _c("好的。", 0.4),
            _a("让您久等了，感谢您的耐心等待。", dice.uniform(6, 40)),
        ]
    return [_a("好的，请稍等。"), _a("让您久等了。", dice.uniform(2, 5))]


def _hospital_callback(
    kind: str, flaw: str, agent_name: str, customer_name: str, dice: random.Random
) -> Conversation:
    inpatient = kind == "callback_inpatient"
    called = customer_name[0] + dice.choice(("先生", "女士"))
    gaps = flaw == "steps_left_out"
    turns = [_c("喂，哪位？", 0.8)]
    if gaps and dice.random() < 0.5:
        turns.append(_a("您好，我是人民医院回访员。"))
    else:
        turns += [_a(f"您好，请问是{called}吗？"), _c("是的，我是。")]
        disturb = "" if inpatient or gaps else "打扰了，"
        turns.append(_a(f"您好，{disturb}我是人民医院客服中心的回访员{agent_name[0]}护士，现在说话方便吗？"))
        turns.append(_c("方便，你说吧。", 0.5))
    if not gaps:
        turns.append(_a(dice.choice(("最近天气变化大，您要注意身体。", "天气凉了，您要注意保暖。"))))
    asked = (
        "您出院一个星期了，请问现在身体恢复得怎么样？"
        if inpatient
        else "您上次来门诊以后，请问现在身体怎么样？"
    )
    turns += [_a(asked), _c(dice.choice(("恢复得不错。", "好多了，谢谢关心。", "晚上还有一点咳嗽。")))]
    turns += [
        _a(dice.choice(("请您按时吃药，饮食清淡，多休息。", "请您多喝水，不要熬夜，按时复查。"))),
        _c("好的，我记住了。"),
    ]
    turns.append(_a("请问您对医生和护士的服务满意吗？"))
    if dice.random() < 0.82:
        turns.append(_c("很满意。"))
        turns.append(
            _a("非常感谢您对医院服务的认同，同时在以后的就诊中您有什么意见和建议，可以随时和我们客服沟通。")
        )
    else:
        turns.append(_c("不太满意，候诊时间太长了。"))
        sorry = "很抱歉我们有些环节的服务令您不满意，我们会认真对待您所提的意见！"
        turns.append(_a("好的，我记下来了。" if gaps else sorry))
    if flaw == "rude":
        said, answered = dice.choice(_RUDE)
        turns += [_c("我还想问一下药的事情。"), _a(said), _c(answered, 0.4)]
    if not gaps:
        turns += [_a("我们医院每个星期六上午有免费的健康讲座，欢迎您来参加。"), _c("好的，有时间我去。")]
    if flaw == "no_closing":
        return Conversation((*turns, _a("好，就这些。")), "agent")
    thanks = "谢谢您对我们医院的信任" if inpatient else "非常感谢您的配合，谢谢您能给我们提出这些宝贵的意见"
    wish = "" if gaps else ("，祝您早日康复" if inpatient else "，祝您身体健康")
    turns.append(_a(f"您的意见我已经登记了，{thanks}{wish}！再见！"))
    return Conversation((*turns, _c("再见。", 0.4)), dice.choice(("customer", "agent", "customer")))


def _property_callback(
    kind: str, flaw: str, agent_name: str, customer_name: str, dice: random.Random
) -> Conversation:
    called = f"{customer_name[0]}{dice.choice(('先生', '女士', '经理'))}"
    turns = [_c("喂，你好。", 0.7)]
    if flaw == "no_greeting":
        turns.append(_a("昨天报修的是你吧？"))
    else:
        turns += [_a(f"您好，请问是{called}吗？"), _c("我是，你是哪位？")]
        turns.append(_a(f"您好，打扰了，我是云帆物业客服中心的{agent_name[0]}助理，想对您做一个电话回访。"))
        turns.append(_c("好的，你说。", 0.5))
    if kind == "callback_repair":
        turns += [_a("昨天您报修的项目，请问修好了吗？"), _c("修好了。")]
        turns += [_a("请问维修师傅有没有按时到，服务态度怎么样？")]
        if flaw == "rude" or dice.random() < 0.3:
            turns.append(_c("半个小时就到了，修得也快。"))
        else:
            turns.append(_c("半个小时就到了，态度很好。"))
            if dice.random() < 0.85:
                turns.append(_a("谢谢您的夸奖，这是我应该做的事情。"))
    else:
        turns += [
            _a("您上周反映的问题，请问现在解决了吗？"),
            _c(dice.choice(("解决了。", "基本解决了，还要观察。"))),
        ]
    if flaw == "praise":
        turns += [_c("你们的服务真好，表扬一下。"), _a("谢谢您的夸奖，这是我应该做的事情。")]
    if flaw == "rude":
        said, answered = dice.choice(_RUDE)
        turns += [_c("就是空调还有一点噪音。"), _a(said), _c(answered, 0.4)]
    turns += [_a("请问您对这次服务满意吗？"), _c(dice.choice(("满意。", "还可以。", "非常满意。")))]
    if flaw == "no_closing":
        return Conversation((*turns, _a("嗯，行。")), "agent")
    turns.append(_a("非常感谢您的配合，耽误您了，谢谢，再见。"))
    return Conversation((*turns, _c("再见。", 0.4)), dice.choice(("customer", "customer", "agent")))
