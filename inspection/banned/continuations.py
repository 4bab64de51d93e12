"""What follows a phrase and turns it into a courtesy: permission, comfort, a direction, an answer to one's own question.

Every one leaves the hit to a person: 您骂吧,我听着 may be meant either way, and only the exact words of somebody who means
them are charged. What follows is read over sentence ends, as far as the speaker did not fall silent.
"""

from __future__ import annotations

import re

from inspection.banned.around import Sentence
from inspection.banned.guard_words import PROMISES

# 要说多少遍都行, 您骂谁都行; after 爱… and 随便… it only gives the brusqueness a longer tail: 爱找谁找谁都行.
_PERMITTED = re.compile(
    r"^[^,]{0,2}(?:都|也)(?:行|可以|没关系|不要紧|好说|应该的?|会补|送您|送你|能理解|理解|不怪|别客气)|^就(?:好|行)(?:,|$)"
)
_PERMITTED_MORE = re.compile(r"^(?:都|也)(?:可以|能|送)[^,了吧呗啊]{2}")
_OFFHAND = ("爱", "随", "你爱", "您爱", "你随", "您随")
_COMFORTING = re.compile(
    r"别怕|别慌|别难过|别客气|别见外|不用怕|不要怕|(?<![我你您们])没关系|慢慢来|慢慢说|慢慢找|消消气|别气坏|不着急|[您请]放心|需要的话"
    r"|一直[帮替][您你]|帮[您你]盯|我陪着?[您你]|我听着(?![就都也])|我在听|我在记|我等您(?!投诉|告|来|骂)|我理解(?!不)|可以理解|(?<![谁不])能理解"
    r"|我一步步|我一个个|教您|念给您|送您|等您电话|随时再打|叫我小|我放慢|我改(?!不)|我一定改|我都配合|如果我|当然给您|没识别|请您评价|打个分"
    r"|好好养|好好休息|惊喜|彩蛋|礼物|宝贝|太巧了|太客气|真有趣|真亲切|谢谢您夸|一说就会|一点就通|伤到|旁边有人|还早|来得及|喝口水|不用再报|全力配合"
    r"|耽误了?[您你]|(?:是|怪)我们?(?:讲|说得|说太|没讲|没说|不好|疏忽|耽误|多收|的错|的疏忽)|真抱歉|真是抱歉|真不好意思"
)
# How far behind the words comfort is looked for. Farther off it may be about something else.
_NEAR = 18
# 您算老几这道题: the words are the name of what follows.
_NAMES = re.compile(r"^[吧吗呢]?(?:,?这是闯关|(?:不如|是)?这(?:道?题|一?关|局|家店|段|只|首|档|个词|句))")
# 您自己查去哪家医院 shows the way; 您自己查去,别问我 does not.
_DIRECTED = re.compile(r"^吧台|^[^,吧啊呀啦了呗别我你您行]")
_WHATEVER = re.compile(r"^(?:多|怎|谁|什么|哪|花)[^,]{0,8}(?:都|也)")
_OWN_ANSWER = re.compile(r"^,(?:凭[^什]|有的,)")
_CHECKED = re.compile(r"^,是[^,]{2,12}(?:对吗|对吧|对不对)")
_USED_BEFORE = re.compile(r"^(?:过|车|药)")


def turns_kind(s: Sentence) -> str:
    """The words behind a hit that make a courtesy of it; empty if there are none."""
    said = s.track.text[s.start : s.end]
    is_offhand = said.startswith(_OFFHAND)
    found = (_PERMITTED_MORE if is_offhand else _PERMITTED).search(s.right)
    # 肯定能退,您放心 is what such a promise sounds like.
    if found is None and s.rule.category not in PROMISES:
        found = _COMFORTING.search(s.following[:_NEAR])
    if found is None:
        found = _NAMES.search(s.right)
    if found is None and said.endswith("去"):
        found = _DIRECTED.search(s.right)
    if found is None and said.endswith("不管"):
        found = _WHATEVER.search(s.right)
    if found is None and said.endswith("没用"):
        found = _USED_BEFORE.search(s.right)
    if found is None:
        found = _OWN_ANSWER.search(s.following) or _CHECKED.search(s.following)
    return found.group().strip(",") if found else ""
