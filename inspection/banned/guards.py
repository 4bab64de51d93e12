"""Words around a banned phrase that make it another thing: repeated, denied, asked about, condemned, made up, read out.

Every guard makes a hit one for a person to decide, which costs the agent nothing. Only a denial that can be read in no
other way (不会让您自己想办法, 不敢打包票) makes it nothing at all. Where a guard could be wrong it is: a slip that a
person looks at costs a minute, an agent accused of what a customer said costs more. What speaks against guarding is said
at each. The words looked for are in inspection/banned/guard_words.py and the rulebook (speech.quotation, speech.negation).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from inspection.banned import guard_words as words
from inspection.banned.around import Sentence, last_of
from inspection.banned.continuations import turns_kind
from inspection.banned.reports import is_certain, is_doubtful, is_plain
from inspection.limits import Limits
from inspection.text.tracks import Track
from inspection.text.wording import normalise
from regulations.values import PhraseRule
from regulations.verdict import Step, step


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a hit is not sure. `is_innocent`: it is certainly no offence, and nothing is said of it."""

    step: Step
    is_innocent: bool = False


def look(track: Track, start: int, end: int, rule: PhraseRule, limits: Limits) -> Doubt | None:
    """The first guard that speaks for characters [start, end) of the track; None where every one is silent."""
    sentence = Sentence(track, start, end, rule, limits)
    for guard in GUARDS:
        if (doubt := guard(sentence)) is not None:
            return doubt
    return None


def in_marks(s: Sentence) -> Doubt | None:
    """In quotation marks, behind a colon, in a book's title: somebody else's words, as far as writing can tell."""
    left_gap = s.track.between(s.start - 1, s.start)
    before, _ = s.written_around()
    opened, closed = last_of(before, words.OPENING_QUOTES), last_of(before, words.CLOSING_QUOTES)
    is_announced = bool(set(left_gap) & words.COLONS) and "我" not in s.left.rstrip(",").rpartition(",")[2]
    is_inside = opened > closed or (opened == closed >= 0 and before.count(before[opened]) % 2 == 1)
    quote = s.track.place(s.start, s.end).quote
    if is_announced or is_inside or set(quote) & (words.OPENING_QUOTES | words.CLOSING_QUOTES):
        return _doubt(
            "写在引号里或冒号后：可能是转述，请人工判断",
            "stands in quotation marks or behind a colon: perhaps repeated words, a person decides",
        )
    return None


def denied(s: Sentence) -> Doubt | None:
    """Denied so that nothing is left of it: 不会让您…, 不用自己…, and the promise that one cannot give (E5.15 wants it).

    Innocent only where no second negation and no reproach (为什么不让…) stands in the clause.
    """
    if words.REPROACH.search(s.clause):
        return None
    cause = words.NO_CAUSE.search(s.clause)
    need = words.NO_NEED.search(s.clause) if s.rule.category in ("shirking", "cold", "obstruct") else None
    promise = words.NO_PROMISE.search(s.clause) if s.rule.category in words.PROMISES else None
    telling = words.NO_TELLING.search(s.clause) if s.rule.category == "disclosure" else None
    found = cause or need or promise or telling
    if found is None:
        return None
    return Doubt(
        step(
            "前面是“{marker}”：意思相反，不算",
            "“{marker}” stands before it: the opposite is meant, it does not count",
            marker=found.group(),
        ),
        is_innocent=True,
    )


def negated(s: Sentence) -> Doubt | None:
    """A negation shortly before it, in the same clause. Doubtful, not innocent: 不是不… affirms."""
    clause = words.PLAIN_NO.sub("", s.clause)
    said = clause[-(words.NEGATION_REACH + 4) :]
    for marker in _spelt(s.limits.negation):
        at = said.rfind(marker)
        reach = 0 if len(marker) == 1 else words.NEGATION_REACH
        if at >= 0 and len(said) - at - len(marker) <= reach:
            return _doubt(
                "之前有否定词“{marker}”：可能不是这个意思，请人工判断",
                "the negation “{marker}” stands before it: perhaps the opposite is meant, a person decides",
                marker=marker,
            )
    found = words.DENYING.search(clause)
    return found and _doubt(
        "同一分句里有否定“{marker}”：可能不是这个意思，请人工判断",
        "“{marker}” in the same clause denies: perhaps the opposite is meant, a person decides",
        marker=found.group(),
    )


def asked(s: Sentence) -> Doubt | None:
    """A question about the words: 您是说…, 有没有人跟您说…. Abuse that asks (你是不是听不懂人话) is abuse."""
    found = words.ASKED.search(s.others) or words.NOT_SO.match(s.after)
    if found is None and not (s.rule.category in words.ABUSE and re.search(r"[你您]是不是$", s.clause)):
        found = words.PERHAPS.search(s.clause)
    return found and _doubt(
        "旁边有“{marker}”：可能是在询问，请人工判断",
        "“{marker}” stands beside it: perhaps a question about it, a person decides",
        marker=found.group(),
    )


def reported(s: Sentence) -> Doubt | None:
    """Somebody else's words beyond doubt: nothing. A hint at them, before or behind, over a pause too: open."""
    if marker := is_certain(s):
        return Doubt(
            step(
                "旁边有“{marker}”：是转述或批评别人的话，不算",
                "“{marker}” stands beside it: somebody else's words are told or condemned, it does not count",
                marker=marker,
            ),
            is_innocent=True,
        )
    marker = is_doubtful(s)
    if not marker:
        return None
    return _doubt(
        "前后有“{marker}”：可能在转述、核对或念别人的话，请人工判断",
        "“{marker}” stands near it: perhaps somebody else's words are told, checked or read, a person decides",
        marker=marker,
    )


def quoted(s: Sentence) -> Doubt | None:
    """Somebody says, said, wrote it: 客户反映…, 刚才那位同事说…, 网上说…. 我跟您说 is the agent's own."""
    near = s.others.replace(",", "")[-s.limits.guard_reach :] if s.limits.guard_reach else ""
    found = words.QUOTED.search(s.others) or words.BY_OTHERS.search(s.others)
    if found is None:
        said = words.SAID_JUST_BEFORE.search(s.others)
        found = said if said and "我" not in s.others[: said.start()].rpartition(",")[2] else None
    marker = found.group() if found else ""
    for text in () if found else _spelt(s.limits.quotation):
        at = near.rfind(text)
        after = near[at + len(text) :]
        if at >= 0 and (not after.startswith(("得", "的", "明")) or after.startswith("的是")):
            marker = text
            break
    if not marker:
        return None
    return _doubt(
        "之前有“{marker}”：可能是转述别人说的或做的，请人工判断",
        "“{marker}” stands before it: perhaps somebody else's words or doings are told, a person decides",
        marker=marker,
    )


def condemned(s: Sentence) -> Doubt | None:
    """The wording is spoken about: 不允许说…, …这种话是不对的. An apology beside it is none: 这不归我管,抱歉."""
    found = (
        words.CONDEMNED.search(s.left)
        or words.MENTIONED.search(s.right)
        or words.THIS_WORDING.search(s.clause)
    )
    return found and _doubt(
        "旁边有“{marker}”：可能是在批评或说明这种说法，请人工判断",
        "“{marker}” stands beside it: perhaps the wording itself is condemned or explained, a person decides",
        marker=found.group().strip(","),
    )


def supposed(s: Sentence) -> Doubt | None:
    """Only supposed, or taught: 如果有人跟您说…, 遇到骗子说…. 如果你不满意,你去告吧 is said in earnest."""
    found = words.SUPPOSED.search(s.clause) or words.TAUGHT.search(s.left)
    if "骗" not in s.track.text[s.start : s.end]:
        found = found or words.WARNED.search(s.left) or words.WARNED.search(s.right)
    return found and _doubt(
        "旁边有“{marker}”：可能是假设、举例或提醒，请人工判断",
        "“{marker}” stands beside it: perhaps only supposed, an example, or a warning, a person decides",
        marker=found.group(),
    )


def read_out(s: Sentence) -> Doubt | None:
    """Read from a list, a screen, a title."""
    found = words.READ_OUT.search(s.left.rstrip(","))
    return found and _doubt(
        "前面是“{marker}”：可能是念出来的文字，请人工判断",
        "“{marker}” stands before it: perhaps it is read out, a person decides",
        marker=found.group(),
    )


def of_oneself(s: Sentence) -> Doubt | None:
    """The agent scolds herself: 我真是脑子进水了. Of abuse only; 我不管 is in the phrase itself."""
    found = (
        words.OF_ONESELF.search(s.clause) if s.rule.category in ("insult", "profanity", "mockery") else None
    )
    return found and _doubt(
        "前面是“{marker}”：可能说的是自己，请人工判断",
        "“{marker}” stands before it: perhaps the speaker means herself, a person decides",
        marker=found.group(),
    )


def part_of_a_word(s: Sentence) -> Doubt | None:
    """A short text that runs on into what no sentence goes on with: 闭嘴|胶带, 神经病|房."""
    follows = s.right[:1]
    # 您闭嘴|嚼一嚼, 您去死|皮, 您快滚|床单; after 您牛逼 and the like anything may follow.
    is_command = s.track.text[s.end - 1] in "嘴滚死"
    if (
        not follows
        or follows == ","
        or follows in words.FOLLOWS
        or (follows in s.track.text[s.start : s.end] and follows not in "什么")
        or (s.begins_with_you and s.rule.category == "profanity" and follows != "妈" and not is_command)
        or (is_command and follows == "听")
    ):
        return None
    return _doubt(
        "后面紧接“{follows}”：可能是另一个词的一部分，请人工判断",
        "“{follows}” follows directly: perhaps part of another word, a person decides",
        follows=follows,
    )


def kind(s: Sentence) -> Doubt | None:
    """What follows makes a courtesy of it: 要说多少遍都行, 您骂吧,我听着."""
    marker = turns_kind(s)
    if not marker:
        return None
    return _doubt(
        "后面是“{marker}”：可能是体谅或指路的话，请人工判断",
        "“{marker}” follows: perhaps meant kindly, or showing the way, a person decides",
        marker=marker,
    )


def embedded(s: Sentence) -> Doubt | None:
    """Late in a longer clause, or deep inside it: told of more often than said. 我跟您说 and the like do not count."""
    before, after = words.LEAD_IN.sub("", s.clause), s.right.partition(",")[0]
    is_governed = not s.begins_with_you and words.GOVERNED.search(s.clause) is not None
    if len(before) <= words.LATE and min(len(s.clause), len(after)) < words.DEEP and not is_governed:
        return None
    if not is_governed and is_plain(s):
        return None
    return _doubt(
        "不在分句开头，夹在一句较长的话里：可能不是直接对客户说的，请人工判断",
        "late in a longer clause: perhaps not said to the customer, a person decides",
    )


def divided(s: Sentence) -> Doubt | None:
    """A sentence ends inside the words, as far as punctuation can be believed."""
    if s.track.crosses_sentence(s.start, s.end):
        return _doubt(
            "跨过了句末标点，可能是巧合，请人工判断",
            "runs across the end of a sentence: perhaps a coincidence, a person decides",
        )
    return None


def _doubt(zh: str, en: str, **values: str) -> Doubt:
    return Doubt(step(zh, en, **values))


@lru_cache(maxsize=256)
def _spelt(markers: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(filter(None, (normalise(m).text for m in markers)))


GUARDS: tuple[Callable[[Sentence], Doubt | None], ...] = (
    denied,
    reported,
    in_marks,
    quoted,
    asked,
    condemned,
    supposed,
    read_out,
    of_oneself,
    negated,
    part_of_a_word,
    kind,
    embedded,
    divided,
)
LOOKED_AT = Step(
    "已核对：转述、引号、否定、询问、批评这种说法、假设举例提醒、念读、说自己、别的词的一部分、体谅或指路、跨句，都不是",
    "checked: repeated words, quotation marks, denial, question, condemnation, supposition or warning, reading out, of"
    " oneself, part of another word, kindness, across sentences: none of them",
)
