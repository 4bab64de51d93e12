"""How the language quotes, denies, asks about, condemns, supposes and reads out wording: what inspection/banned/guards.py looks for.

Expressions over compared characters of one sentence (inspection/text/wording.py), with `,` where punctuation or a pause
divides it. What a QA lead edits is in the rulebook (speech.quotation, speech.negation).
"""

from __future__ import annotations

import re

CONTEXT = 28  # characters of the sentence that are read on either side
NEGATION_REACH = 3  # characters between a negation and what it negates
OPENING_QUOTES, CLOSING_QUOTES = set("“‘「『\"'《〈【"), set("”’」』\"'》〉】")
COLONS = set(":：")
ABUSE = frozenset({"insult", "profanity", "mockery", "quarrel", "impatience", "confrontation"})
PROMISES = frozenset({"unauthorised_promise", "exaggeration"})

OTHERS = (
    "他|她|它|对方|人家|别人|有人|有的人|那个人|这个人|任何人|客户|客人|顾客|用户|业主|住户|病人|患者|家属|老人|领导|经理|主管|"
    "同事|客服|坐席|店员|店家|师傅|前台|护士|医生|大夫|工作人员|商家|卖家|厂家|物业|保安|快递|司机|中介|骗子|网上|网友|新闻|"
    "评论|评价|网评|老板|老师|亲戚|邻居|阿姨|录音|投诉|工单|孩子|朋友|先生|女士|小姐|广告|宣传|短信|包装|说明书|视频|电视|群里|微信|凡是"
)
WHO = f"您|你|{OTHERS}"
SAYS = "说|讲|念|反映|反馈|提到|提及|表示|投诉|写|问|听到|听见|转述|留言|描述|以为|认为|觉得"
SAYS_TOO = "答|应付|搪塞|敷衍|顶撞|打发|回敬|声称|称|嚷|冲(?=您|你|我)|回复|回答|答复|回(?=您|你|我)|告诉|骂|喊|吼"  # of others; 你骂 and 你喊 scold the customer herself
# 您说得对 and 您问的这个 repeat nobody; what follows 说的是 is repeated.
QUOTED = re.compile(
    rf"(?:(?:{WHO})们?[^,]{{0,6}}?(?:{SAYS})|(?:{OTHERS})们?[^,]{{0,6}}?(?:{SAYS_TOO}))"
    r"(?:的是|的$|道|过|了|着|起|(?!得|的|明))|听说|据说|所谓|转述|原话|(?:您|你)[^,]{0,4}(?:骂|吼|喊)我[^,]{0,2}$"
)
# 说 directly before it, and not by the speaker: 门卫说…, 甩了句….
SAID_JUST_BEFORE = re.compile(
    r"(?<![我你您都早])(?:说|讲|骂|喊|问|写|念|回|嚷|吼|甩|扔|来|蹦)(?:了|过|着|道|成|出)?(?:一?句|一?声)?(?:话)?(?:我们|他们|大家)?$"
    r"|[一那这几两]句(?:话)?$|(?:听|看|收|遇|碰)[到见](?:了|过)?(?:一?句)?$|(?:开口|张口|嘴里|上来)(?:就)?(?:是)?$"
)
# What somebody else makes the customer do: 前台叫您闭嘴. 我们领导让你… stays open too.
BY_OTHERS = re.compile(
    rf"(?:{OTHERS})们?[^,]{{0,6}}?(?:让|叫|要求|要|请|找|跟|对|和|向|给|管)(?:您|你|我|客户|老人|$)"
)
OWN_WORDS = re.compile(
    r"我们?[^,]{0,4}[跟对和给向同](?:您|你)们?(?:说|讲|反映|解释)|(?:您|你)们?(?:先|给我|倒是)?(?:听我|让我)(?:说|讲)"
    r"|长话短说|怎么说|好好说|慢慢说|先说|别说|再说|说完|实话|说话|说明|说清"
)
MENTIONED = re.compile(
    r"^[这那](?:个|种|句|样|类)|^,[^,]{0,8}(?:原话|没有这)|^(?:是|属于|算是?|叫)(?![吧吗么不的])|^的(?:评论|帖子|短信|留言|答复|回答|回复|说法|信息|消息|标语|字样|话|字)|^[^,]{0,4}(?:这种|这样的|这类|之类的?|这些|这句|这几个|等)(?:话|说法|词|字|语|态度|表述|用语|回答)"
    r"|^,?[^,]{0,6}(?:是|都是|就是|也是|很|非常|太)?(?:不对|不应该|不应当|不合适|不妥|不允许|禁止|错误的|违规|忌语|要扣分|不礼貌|不像话)"
    r"|^的"
    r"|^,?(?:这|那)(?:种|样|么|句)[^,]{0,4}(?:话|说|讲|态度|做法)[^,]{0,6}不"
)
# How one speaks oneself before one says it.
LEAD_IN = re.compile(
    r"^(?:我(?:可|就|再|都|已经|刚才|刚刚)?(?:告诉|提醒|警告|说|跟|和|对|给)?(?:您|你)?(?:说|讲)?了?|不是我说(?:你|您)|(?:你|您)(?:给我)?听(?:好|着)了?|"
    r"我还是那句话|我(?:们)?(?:也|都|真)?(?:没有?办法|不知道|不清楚|管不了)|经理不在|(?:您|你|那)?(?:这|那)个?(?:情况|问题|事情?|东西|活)|我们(?:家|店|公司)?的?(?:产品|东西|这个|这款|质量|价格)?(?:都|就)?是(?=$)|不好意思|对不起|抱歉|[你您]是不是|反正|总之|我看|那|那么|行|好|真是|简直)+"
)
GOVERNED = re.compile(r"(?:对|把|用|拿|将|因为?|为|关于|像)$")
THIS_WORDING = re.compile(
    r"[这那](?:种|类|样的|几个字|些|条|段|则)(?:话)?$|(?:理解|当|听|看|误会|误解|打|写|说|念|翻译|识别)[为成]了?$|相当于$|等于说$|^什么$"
)
CONDEMNED = re.compile(
    r"不允许|禁止|严禁|不许|不准|(?<![怪恨舍])不得(?!不)|不应该|不应当|不该|不可以|杜绝|避免|不能(?:说|讲|出现|用|对|跟)"
    r"|要求我们不|规定(?:我们|客服|员工|不)|培训|忌语|话术|批评|处分|忌讳|避讳|反感|容不得|零容忍|道歉的是"
)
WARNED = re.compile(
    r"骗|诈|上当|谣言|虚假|假的|不要(?:相?信|理)|别(?:相?信|理)|不可信|千万|当心|小心|警惕|谨防"
)
ASKED = re.compile(
    r"(?:您|你)是(?:说|指)|(?:您|你)的意思是|是不是(?:有人|说|他|她|客服|同事|跟您|对您)|(?<![你您])有没有"
    r"|是否|(?:谁|哪位|哪个)[^,]{0,6}(?:说|讲|告诉)|什么叫|怎么叫"
)
# A short text goes on as another word unless one of these, or nothing, follows: 闭嘴胶带.
FOLLOWS = frozenset(
    "吧啊吗呢呀了啦嘛哈哦的得着过你您我他她它咱们这那就还都也又才别不没有在到去来给把被让叫要想能会可应该一二两三几个么什怎谁哪真太很好行反连随天自敢最呗急骂滚烦点多"
)
DEEP = 3  # characters of the clause on either side
LATE = 3  # characters of the clause before it
SHORT = 4
NOUNS = frozenset(
    {"insult", "profanity", "favours", "exaggeration"}
)  # whose short texts are words by themselves
DENYING = re.compile(
    r"(?:从来|不存在|不至于|哪有|没人|没谁|无人|谁[也都]不|绝对?|决|根本|任何人|没有|不会|不曾|不敢)[^,]{0,10}$|[不没别勿莫][^,]{1,2}$|[不没]$"
)
PLAIN_NO = re.compile(
    r"不是[跟和]?[你您]?说了吗|没问题|没有?办法|不在|不知道|不清楚|不归我们?管|[管弄搞]不了|不好意思|对不起|不过|不管|不但|不光|不仅|差不多|没错|没事|没关系|不然|要不|别人|别的|是不是|能不能|好不好|行不行|不懂|不会吧|(.)[不没]\1"
)
NOT_SO = re.compile(r"没有|没这|不是|不会|怎么会|怎么可能|哪有|哪会|不存在|当然不")  # 不归我管?没有这回事
PERHAPS = re.compile(r"(?:是不是|会不会|有没有|能不能)$")
SUPPOSED = re.compile(r"(?:如果|要是|假如|假设|万一|倘若|一旦|即使|就算|哪怕|除非)[^,]*$")
TAUGHT = re.compile(
    r"(?:如果|要是|假如|万一|一旦|遇到|碰到|凡是|只要)[^,]{0,4}(?:有人|对方|陌生人|别人|客户|客人|谁|同事|店员|人)"
    r"|比如|例如|譬如|打个比方|骗子|诈骗|假冒|冒充|自称|谨防|警惕|提醒您(?:注意|防)"
)
READ_OUT = re.compile(
    r"(?:标题|书名|歌名|片名|店名|网名|昵称|用户名|名称|名字|叫做|写着|写的|显示|备注|内容|关键词|密码|口令|选项|菜单|"
    r"歌词|台词|短信|[写印贴标挂刻]着|署名|信息|第[一二三四五六七八九十0-9]+[条项个句])(?:是|为|叫|里是)?$"
)
OF_ONESELF = re.compile(r"我(?:们)?(?:自己)?(?:真的?是?|是|这|也|简直|当时|刚才|都)?(?:个|太)?$")
# 不会让|您自己想办法, 不用|自己解决; not 不能不让, not 为什么不让, which blame.
NO_CAUSE = re.compile(
    r"(?<![不没别非])(?:不会|绝不|决不|绝对不|不可能|从不)(?:再)?(?:让|叫|要求|要)(?:您|你|客户|大家)?们?$"
)
NO_NEED = re.compile(r"(?<![不没别非么])(?:不用|不必|无需|不需要)(?:您|你)?$")
NO_PROMISE = re.compile(
    r"(?<![不没别非])(?:不敢|不能|没法|无法|没办法|没有办法|不可能|不可以|不便|难以|不好)(?:轻易|随便)?(?:[给跟向对为](?:您|你))?$"
)
NO_TELLING = re.compile(
    r"(?<![不没别非])(?:不能|不可以|不方便|无法|不会|不便|无权)[^,]{0,4}(?:告诉|透露|提供|泄露|告知)[^,]{0,4}$"
)
REPROACH = re.compile(r"为什么|怎么|凭什么|难道|干嘛|是不是|能不能|会不会|可不可以")
