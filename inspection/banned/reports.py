"""Whether what was said is a report of somebody else's words, or a condemnation of them: certainly, perhaps, not at all.

Certainly: an outsider's verb of saying directly before it, quotation marks with such a verb, or an apology for a
colleague's words. Then nothing is said of it, because a reviewer's minute is worth something too. Not certain is what an
agent may make her own: 领导说了不行, 别人都说你有病, 您说您是不是傻.
"""

from __future__ import annotations

import re

from inspection.banned import guard_words as words
from inspection.banned.around import Sentence, last_of

# Whose words an agent passes on without making them her own; not 领导, 公司, 医生, 大家: they speak for her.
_OUTSIDER = (
    "他|她|对方|客服|坐席|话务员|接线员|同事|店员|店家|卖家|商家|主播|营业员|收费员|收银员|导诊|导医|前台|护士|快递员?|小哥|司机|骑手|保安|门卫|"
    "维修员|安装工|实习生|中介|骗子|销售|推销|客户|顾客|家属|邻居|那个人|那位[^,]{0,4}|这位同事|窗口的人|接电话的人?|网友|广告|短信|包装|评价|评论|截图|工单|录音"
)
_SAY = "说|讲|骂|吼|喊|嚷|写|问|嘟囔|嘀咕|回复|回答|答复|声称|承诺|甩|留言|叫|嫌|怼|发|冲|要"
_TO = r"(?:了|过|着|的是|的|道)?(?:跟|对|向|给|和)?(?:您|你|我们|我|客户|人)?(?:讲|说)?(?:了|过)?(?:一)?(?:句|声)?(?:话)?(?:是|就是)?"
_BY_OUTSIDER = re.compile(
    rf"(?:{_OUTSIDER})们?(?:刚才|昨天|当时|之前|直接|确实|原话|居然|竟然|常|总|就|在?电话里|里|也|还|又)*"
    rf"(?:跟|对|向|冲|给)?(?:您|你|客户|孩子)?(?:当面|直接|确实)*(?:{_SAY}){_TO},?$"
)
_HAPPENED = re.compile(
    r"您|你|客户|那位|那个人|刚才|昨天|上次|之前|当时|骗子|广告|短信|评价|评论|截图|包装|工单|网友|原话|原文|留言"
)
_INQUIRED = re.compile(r"我们?(?:已经|刚才|也|帮您|给您|去)?(?:问|联系|咨询|请示|沟通)")
_ORIGINAL = re.compile(
    r"(?:原话|原文|投诉的?内容|留言|备注|截图里?|短信上?|工单里?|广告上?|评价里?|包装上?)(?:写)?(?:的|着)?(?:是|就是),?$"
)
_QUOTING = re.compile(
    rf"(?:{_OUTSIDER}|您)[^,]{{0,10}}(?:{_SAY}|听到|听见|看到|提到|反映|反馈|描述|转述|念|意思)[^,]{{0,8}},?$"
    r"|(?:原话|原文|那句|这句|这种|那种|的话|录音|截图|短信|标语|广告)[^,]{0,8},?$"
)
_SHOULD_NOT_SAY = re.compile(
    r"(?<![您你])(?:不应该|不该|不应当|不可以|不得|不允许|不许|不准|禁止|严禁|绝不会|从来不会|不会|不敢)(?:再)?(?:跟|对|向|给|用)?(?:您|你|客户|顾客|用户|业主|病人|任何人)?"
    r"(?:讲|说|问|用|写|出现|回复)(?:出|了|过)?(?:像|什么|这样的|这种|类似)?$"
)
_OWN = re.compile(
    r"(?<!自)我们?(?:就是|就|要|想|可以|现在|今天|明确|正式)?(?:跟|对|给|和|再)?(?:您|你)?(?:说|讲|告诉|骂|问|回答|通知|提醒)"
)
_ENDORSED = re.compile(
    r"没错|说得对|没说错|一点[也都]?不|真是|果然|可不是|活该|我也(?:是|这么|觉得)|我觉得|我看|就是这样|本来就|难道|有道理|实话|事实"
)
_SORRY = re.compile(r"抱歉|对不起|道歉|赔不是|赔礼|惭愧|不好意思|原谅")
_COLLEAGUE = re.compile(
    rf"(?:{_OUTSIDER}|之前的人|刚才那|那句)[^,]{{0,8}}(?:{_SAY}|让|问了|那句)|(?:{_OUTSIDER})们?(?:叫|让|嫌|冲)|那句[^,]{{0,3}}$"
)
_WRONG = re.compile(
    r"很?不(?:对|应该|该|应当|妥|合适|允许|像话|礼貌)|是错(?:的|误)|没有这个权限|停岗|扣分|处分|批评|谈过|谈话|核实|调查|处理|违反|违规|伤人|难听|"
    r"记(?:下|录)|收到|看到了|听到了|留证据|我明白|我理解"
)
_CHEAT = re.compile(r"骗|诈|冒充|自称|假冒")
_WARNED = re.compile(
    r"诈骗|骗局|骗子|骗人|举报|报案|报警|千万不要|千万别|当心|小心|留心|挂断|别信|不要信|不可信|不是我们|垃圾短信"
)
_LURES = frozenset({"favours", "unauthorised_promise", "exaggeration", "disclosure", "obstruct", "idle_chat"})

_AFTERWARDS = re.compile(
    rf"^,?[^,]{{0,2}}(?:这|那)(?:句|话|个词|几个字|种话|样的话|两个字)|^[^,]{{0,3}},?(?:(?:{words.OTHERS})们?[^,]{{0,6}}(?:这么|这样|那么|那样)?(?:跟|对|和)?(?:您|你)?[^,]{{0,3}}(?:说|讲|骂|回复|写|教))"
    r"|(?:谁|哪位)[^,]{0,3}(?:说|讲|写|教)的|太过分了[这那他她]|[他她](?:真|怎么能|居然|竟然|就)|原话|原文|录音"
    r"|(?:您|你)(?:说他|说她|(?:听到|听见|看到)(?!没有|没|了没|吗|不)|念得|读得|写的|输的|打的)|不是我说|别误会|听错|翻译|后面还有|第[二三四五]"
    r"|^,?(?:嗯|好的?|行|明白|是的?)?我(?:都|先|这就|给您|帮您)?(?:记|写|录)(?:下|录|好|上)|^,?(?:我)?(?:绝对|可|从来|真)?(?:没有?这个意思|不是这个意思|不是那个意思)"
    r"|^,?(?:是)?(?:这样|这句|这么说)[^,]{0,2}(?:吗|吧|对吗|对吧)|^,?(?:对吧|对吗|对不对|是这样吗|是吗)(?:,|$)"
)
_BEFOREHAND = re.compile(
    r"原话|原文|复述|念一下|念给|截图|录音|核对|投诉内容|投诉的?要点|留言|评论|弹幕|短信|备注|工单|第[一二三四五][行条句点项个]|写着|写的|歌|书名|昵称|标题|台词|考试|考题|手册"
    rf"|(?:{words.OTHERS})们?[^,]{{0,8}}(?:{words.SAYS}|{words.SAYS_TOO}|来了|撂|甩)[^,]{{0,4}},?$"
)
# What a phrase becomes by what follows: the name of a thing, a kindness, something that there is not.
_NAMED = re.compile(
    r"^[^,]{0,8}(?:标题|表情包|视频|乐队|节目|套餐|[这那](?:部|本|首|集|款|场)|电影|剧目|演出|专场|品牌|店名|菜名|公仔|书名|餐厅)"
)
_KINDLY = re.compile(
    r"^[^,]{0,6},?[^,]{0,12}(?:(?<![我你您们])没关系|不要紧|很正常|没听清|再说一遍|再讲一遍|打扰|吵到您|笑话|您的权利|投诉电话|[我马先](?:上|再|先|来|这就)?[给帮为]您|之前)"
)
_THERE_IS_NOT = re.compile(r"^[^,]{0,14}(?:不存在|没法|不敢|不能保证|不现实|不可能|不一定)")
_RHETORICAL = re.compile(r"(?:怎么会|哪里会|哪会|哪敢|岂敢|怎么敢|谁会|谁敢|哪能|怎么可能)[^,]{0,6}$")
# One of these near the words, and somebody may be telling, denying or reading them.
_TELLING = re.compile(
    r"[他她它谁某说讲念读听看写问骂喊吼嚷答诉称叫词句歌书录播评群网短不没别未勿像觉认当如要假万培训禁孩爸妈医诊想可例心]"
)
_YOU = re.compile(
    r"(?<![给对帮跟为替和向请让叫])[你您](?:这|们|个|真|是|就|还|到底|有|能|又|怎么|可|才|都)*$"
)


def is_certain(s: Sentence) -> str:
    """The words that show beyond doubt that somebody else's wording is repeated or condemned; empty if nothing does."""
    left, right = s.left.rstrip(","), s.right
    # What the agent says herself, and whom she agrees with, is hers.
    if _OWN.search(left[-12:]) or _ENDORSED.search(right[:16]) or words.REPROACH.search(s.clause):
        return ""
    if found := _SHOULD_NOT_SAY.search(left):
        return found.group()
    is_marked = _stands_in_quotes(s)
    # 我同事说了,不归我管 may be her own answer: it has to be told of as something that happened to the customer.
    is_undivided = is_marked or not s.left.endswith(",")
    is_told = is_marked or (_HAPPENED.search(left[-20:]) and not _INQUIRED.search(left))
    found = _BY_OUTSIDER.search(left) or _ORIGINAL.search(left)
    if found is not None and is_undivided and is_told and (is_marked or not found.group().startswith("要")):
        return found.group()
    if is_marked and (found := _QUOTING.search(left)):
        return found.group()
    wrong = _WRONG.search(right) or _SORRY.search(right) or _SORRY.search(left)
    if wrong is not None and _COLLEAGUE.search(left):
        return wrong.group()
    if (
        s.rule.category in _LURES
        and _CHEAT.search(left)
        and (found := _WARNED.search(left) or _WARNED.search(right))
    ):
        return found.group()
    return ""


def is_doubtful(s: Sentence) -> str:
    """What suggests, behind a pause or a sentence's end too, that the words are somebody else's; empty if nothing does."""
    found = _NAMED.search(s.following) or _KINDLY.search(s.following) or _THERE_IS_NOT.search(s.following)
    found = (
        found
        or _RHETORICAL.search(s.clause)
        or _AFTERWARDS.search(s.following)
        or _BEFOREHAND.search(s.preceding)
    )
    return found.group().strip(",") if found else ""


def is_plain(s: Sentence) -> bool:
    """Whether abuse late in a clause is said to the customer: 您 or 你 governs it, and nothing near tells, denies or reads."""
    if s.rule.category not in words.ABUSE or s.clause.endswith(("是", "为", "的")):
        return False
    if _TELLING.search(s.others[-16:]) or _TELLING.search(s.right[:6]):
        return False
    return s.begins_with_you or _YOU.search(s.clause) is not None


def _stands_in_quotes(s: Sentence) -> bool:
    """Whether marks open before the words and close behind them, in the same segment."""
    before, after = s.written_around()
    opened = last_of(before, words.OPENING_QUOTES)
    closed = last_of(before, words.CLOSING_QUOTES - words.OPENING_QUOTES)
    return opened > closed and any(mark in after for mark in words.CLOSING_QUOTES)
