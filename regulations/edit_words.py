"""What is wrong with an edit, in words for whoever made it: which field, and what to do instead."""

from __future__ import annotations

import re
from dataclasses import dataclass

from regulations.layers import Problem
from regulations.names import NAMES, name_of

FIELDS = (
    *(
        "id",
        "texts",
        "patterns",
        "allow",
        "suggest",
        "only",
        "unless",
        "times",
        "points",
        "severity",
        "phase",
    ),
    *(
        "source",
        "status",
        "condition",
        "category",
        "channel",
        "direction",
        "contact_kind",
        "speaker",
        "value",
        "after",
        "step",
        "spoken",
    ),
)


@dataclass(frozen=True, slots=True)
class Explained:
    """One thing that is wrong: the field of the form ("" where no single one), and a sentence in each language."""

    field: str
    zh: str
    en: str

    def text(self, lang: str) -> str:
        """The sentence in the language asked for."""
        return self.en if lang == "en" else self.zh


# A reason as the readers of regulations/ word it, the field, and what to say. \1 … are the groups of the expression.
_WORDS: tuple[tuple[str, str, str, str], ...] = (
    (r"^id must be a code", "id", "编号只能用小写字母、数字、“_”和“-”，以字母开头，最多 60 个字符；留空则自动编号。",
     "An id has small letters, digits, _ and - only, begins with a letter, 60 characters at most; leave it empty to have one given."),
    (r"^id (\S+) stands in the draft already", "id", r"草稿里已有编号“\1”；请修改那一条，或另取编号。",
     r"The draft has the id \1 already: change that entry, or choose another id."),
    (r"^id (\S+) stands among the triggers phrases already", "condition", "这种情况已有触发词；请修改现有的那一组。",
     "This condition has its words already: change those."),
    (r"^id (\S+) stands among the \w+ phrases already", "id", r"编号“\1”已被现有用语占用；请修改那一条，或另取编号。",
     r"The id \1 belongs to a phrase already: change that one, or choose another id."),
    (r"^id (\S+): there is no such phrase", "id", r"手册里已经没有编号为“\1”的用语；请刷新页面后再改。",
     r"The rulebook has no phrase \1 any more: load the page again."),
    (r"^this id stands among the required", "id", "必说用语里已有这个编号；请另取编号。",
     "A phrase that must be said has this id: choose another one."),
    (r"^nothing brings about (\S+):", "", r"还有用语要在“\1”时说，删去触发词就再也查不到；请先修改或移除那些用语，或只改触发词。",
     r"Phrases are owed under \1, and nothing would bring it about: change or remove those phrases first, or only change these words."),
    (r"^it comes after (\S+), which is no required phrase", "after", r"编号“\1”不在必说用语里；请从列表里另选一条，或选“不限先后”。",
     r"\1 is no phrase that must be said: choose another one, or “no order”."),
    (r"^it comes after (\S+), which comes after it", "after", r"“\1”已排在这一条之后，不能互为先后；请另选一条。",
     r"\1 comes after this phrase already: choose another one."),
    (r"^only and unless name the same words", "unless", "“须有”和“不得有”写的是同样的条件，这条用语永远不会成立；请删去其中一个。",
     "Both lists ask for the same words, so it would never count: take them out of one."),
    (r"^a step that is spoken has texts or patterns", "texts", "写上识别这一步的说法；如果这一步不说话，请勾选“这一步不留话语”。",
     "Write the words by which the step is recognised, or tick “leaves no words”."),
    (r"^its step (.+) has a cue already, phrase\.flow\[(.+)\]", "contact_kind", r"环节“\1”在同样的联系类型里已有识别用语（\2）；请修改那一组，或另选联系类型。",
     r"The step \1 has its words for these kinds of contact already (\2): change those, or choose other kinds."),
    (r"^its step (.+) stands in no ", "step", r"流程里没有“\1”这个环节；请从列表里选。", r"The flow has no step \1: choose one of the list."),
    (r"^(only|unless): characters are counted in the agent", r"\1", "隔几个“字”只能数客服自己的话；看客户的话，请改用“轮话”或“秒”。",
     "Characters are counted in the agent's own words: of the customer's words say turns or seconds."),
    (r"^(only|unless): reach must be a whole number, (\d+) to (\d+)", r"\1", r"范围应为 \2 到 \3 的整数。", r"The reach is a whole number, \2 to \3."),
    (r"^points must not be above (\d+)", "points", r"扣分不能超过 \1：一次联系满分 \1 分。特别严重的，请把类别设为一票否决（限值 qa.critical_categories）。",
     r"Not above \1, which is all a contact has. What must fail a contact by itself belongs to the critical categories (limit qa.critical_categories)."),
    (r"^(texts|patterns|allow|suggest|only|unless).*needs one phrase at least", r"\1", "至少要写一种说法。",
     "Write one wording at least."),
    (r"^(texts|patterns|allow|suggest|only|unless|value|element).*is empty", r"\1", "有一行是空的；请写上文字或删去这一行。",
     "One line is empty: write something or take the line away."),
    (r"^(texts|patterns|allow|suggest|only|unless|value|element).*is longer than (\d+) characters", r"\1",
     r"有一行超过 \2 个字；一行写一种说法，请缩短或拆成几行。",
     r"One line is longer than \2 characters: write one wording a line, shorter or in several lines."),
    (r"^(texts|patterns|allow|suggest|only|unless|value|element).*control characters", r"\1",
     "有一行含有看不见的控制字符；请重新输入这一行。", "One line has control characters: type it again."),
    (r"^(texts|patterns|allow|suggest|)(?:: )?a list has at most (\d+)", r"\1", r"最多 \2 行；请分成几条用语。",
     r"There are \2 lines at most: make several entries."),
    (r"^allow (.+): an allowed text must contain", "allow",
     r"例外“\1”里没有包含忌语本身；例外应是含有该说法、但属于正常用语的较长句子，如忌语“随便你”，例外“随便您什么时候”。",
     r"“\1” excuses nothing: an exception is a longer text that contains one of the wordings."),
    (r"^patterns: (.+): cannot be read at (.+)$", "patterns", r"句式“\1”从 \2 起读不懂；{甲|乙} 表示任选其一，[甲] 表示可有可无，* 表示最多六个字。",
     r"The pattern “\1” cannot be read at \2: {a|b} is one of these, [a] may be left out, * is up to six characters."),
    (r"^patterns: (.+): a gap is 1 to (\d+)", "patterns", r"句式“\1”里 <n> 的 n 应为 1 到 \2。",
     r"In the pattern “\1” the n of <n> is 1 to \2."),
    (r"^patterns: (.+): an alternative is empty", "patterns", r"句式“\1”的选项里有一个是空的；请补上或去掉多余的“|”。",
     r"In the pattern “\1” one alternative is empty: fill it, or take the extra | away."),
    (r"^patterns: (.+): it must begin and end", "patterns", r"句式“\1”的开头和结尾必须是一定会说的字，不能是 *、<n> 或 […]。",
     r"The pattern “\1” must begin and end with words that have to be there, not with *, <n> or […]."),
    (r"^patterns: (.+): it needs (\d+) characters", "patterns", r"句式“\1”至少要有 \2 个一定会说的字，否则什么话都会对上。",
     r"The pattern “\1” needs \2 characters that have to be there, or it would fit everything."),
    (r"^points must not be negative", "points", "扣分不能是负数；不扣分请填 0。",
     "Points are taken off and cannot be negative: write 0 for none."),
    (r"^(points|value|times).* must be a number", r"\1", "这里要填数字。", "This must be a number."),
    (r"^(points|value|times).* is too large", r"\1", "数字太大。", "The number is too large."),
    (r"^(points|value|times).* more than six decimal", r"\1", "小数最多六位。", "Six decimal places at most."),
    (r"^times must be a whole number, (\d+) to (\d+)", "times", r"次数应为 \1 到 \2 的整数。", r"A whole number, \1 to \2."),
    (r"^value must be a whole number", "value", "这里要填整数。", "This must be a whole number."),
    (r"^must be more than 0", "value", "必须大于 0；不适用请勾选“不适用”。", "This must be more than 0; tick “does not apply” to turn it off."),
    (r"^must not be below (.+)$", "value", r"不能小于 \1。", r"Not below \1."),
    (r"^must not be above ([^:]+)", "value", r"不能大于 \1。", r"Not above \1."),
    (r"^an element stands twice", "value", "同一行写了两次；请删去一行。", "One line stands twice: take one away."),
    (r"^at least one element is needed", "value", "至少要有一行。", "One line at least."),
    (r"^there is no category '(.+)' of banned", "value", r"没有类别“\1”；请填忌语的类别代码。", r"There is no category \1: write codes of banned categories."),
    (r"^'(.*)' is not a clause id", "source", r"“\1”不是条款号；本单位的条款写作 S.12，其他写作 A6.28。",
     r"“\1” is no clause: write S.12 for a clause of your own regulations, A6.28 for others."),
    (r"^(\S+): there is no regulation set (\S+)$", "source", r"“\1”：没有制度 \2；本单位自己的条款请写作 S.12。",
     r"\1: there is no set \2; write S.12 for a clause of your own regulations."),
    (r"^(\S+): set (\S+) has only (\d+) clauses", "source", r"“\1”：制度 \2 只有 \3 条。", r"\1: set \2 has \3 clauses only."),
    (r"^status \S+ needs a source", "source", "写明出自条文的，要填条款号；没有条款请选“本单位约定”。",
     "What a clause states needs the clause: name it, or choose “our own choice”."),
    (r"^(.+) is banned here and required by phrase\.required\[(.+)\]", "texts",
     r"“\1”同时是必说用语（\2）；同样的通话里不能既要求又禁止。请改说法，或限定渠道、联系类型。",
     r"“\1” must be said too (\2): the same contacts cannot demand and forbid it. Change the wording, or narrow channel or kind."),
)  # fmt: skip
_COMPILED = tuple((re.compile(expression), field, zh, en) for expression, field, zh, en in _WORDS)


def explained(problem: Problem) -> Explained:
    """The problem for whoever filled in the form; one that has no words of its own is shown as the reader said it."""
    for expression, field, zh, en in _COMPILED:
        if found := expression.search(problem.reason):
            name = found.expand(field)
            where = name if name in FIELDS else "value" if field else ""
            return Explained(
                where, _named(found.expand(zh), found, "zh"), _named(found.expand(en), found, "en")
            )
    first = re.match(r"[a-z_]+", problem.reason)
    field = first.group(0) if first and first.group(0) in FIELDS else ""
    return Explained(field, f"这一项不能采用：{problem.reason}", f"This cannot be used: {problem.reason}")


def _named(sentence: str, found: re.Match[str], lang: str) -> str:
    """The sentence with conditions and steps called by their names."""
    for code in filter(None, found.groups()):
        for kind in ("phrase_condition", "flow_step"):
            if code in NAMES[kind]:
                sentence = sentence.replace(code, name_of(kind, code, lang))
    return sentence
