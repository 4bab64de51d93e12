"""The order of a prescribed conversation: the nine steps of a hospital's callback, hinted at and never charged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspection.findings import Check, Finding
from inspection.limits import limits_of
from inspection.required.flow import flow_of, in_order, judge_flow
from inspection.text.owed import Contact
from inspection.transcript import Transcript
from regulations.rulebook import load_rulebook
from tests.inspection.speaking import department, talk

BOOK = department()
NAMES = (
    "礼貌问候",
    "自我介绍",
    "寒暄",
    "了解疾病康复情况",
    "健康宣教",
    "满意度调查",
    "相关信息介绍",
    "感谢",
    "登记回访信息",
)
SCRIPT = {
    "礼貌问候": "您好,请问是陈先生吗?",
    "自我介绍": "我是人民医院的回访员。",
    "寒暄": "您现在方便接电话吗?",
    "了解疾病康复情况": "您恢复得怎么样?",
    "健康宣教": "请按时吃药,少吃辣。",
    "满意度调查": "您对我们的服务满意吗?",
    "相关信息介绍": "复查可以在公众号挂号。",
    "感谢": "谢谢您的配合,再见。",
}


def call(
    *names: str, kind: str = "callback_inpatient", hangup_by: str = "agent", **more: object
) -> Transcript:
    lines: list[tuple[str, str]] = []
    for name in names:
        lines += [("agent", SCRIPT.get(name, name)), ("customer", "嗯,好的。")]
    return talk(*lines, kind=kind, direction="outbound", hangup_by=hangup_by, **more)  # type: ignore[arg-type]


def judged(transcript: Transcript) -> tuple[list[Finding], dict[str, Check]]:
    findings, checks = judge_flow(Contact(transcript, limits_of(BOOK)), BOOK)
    return findings, {c.title: c for c in checks}


@pytest.mark.parametrize("kind", ["callback_inpatient", "callback_outpatient"])
def test_a_call_by_the_script_has_every_step_ticked_and_nothing_to_remark(kind: str) -> None:
    findings, checks = judged(call(*SCRIPT, kind=kind))
    assert findings == []
    assert tuple(checks) == NAMES
    assert [c.verdict for c in checks.values()] == ["hit"] * 8 + [""]
    assert not checks["登记回访信息"].applicable and "听不到" in checks["登记回访信息"].steps[0].zh
    starts = [c.start for c in checks.values() if c.start is not None]
    assert starts == sorted(starts) and len(starts) == 8
    assert checks["自我介绍"].clauses == ("E5.6",) and checks["自我介绍"].segment == 2


def test_steps_left_out_are_one_hint_that_lists_all_nine() -> None:
    findings, checks = judged(call(*(n for n in SCRIPT if n not in ("寒暄", "健康宣教"))))
    (found,) = findings
    assert (found.rule, found.kind, found.category, found.verdict, found.layer, found.points, found.needs_review) == (
        "callback-flow", "missing", "flow", "cannot_tell", "script", 0, True,
    )  # fmt: skip
    assert "寒暄、健康宣教" in found.steps[0].zh and found.steps[0].clause == "E5.6"
    assert sum(any(f"第 {n} 步“{name}”" in s.zh for s in found.steps) for n, name in enumerate(NAMES, 1)) == 9
    assert (found.segment, found.start) == (None, None)
    assert [c.verdict for n, c in checks.items() if n in ("寒暄", "健康宣教")] == ["cannot_tell"] * 2
    assert [s.en for s in found.steps if "not heard" in s.en]


def test_a_step_out_of_place_is_named_with_where_it_belongs() -> None:
    order = [n for n in SCRIPT if n != "满意度调查"]
    order.insert(2, "满意度调查")
    findings, checks = judged(call(*order))
    (found,) = findings
    assert (found.rule, found.category, found.verdict, found.segment) == (
        "callback-flow-order",
        "flow",
        "cannot_tell",
        4,
    )
    (where,) = [s.zh for s in found.steps if "却在" in s.zh]
    assert where.startswith("“满意度调查”应在“健康宣教”") and "“相关信息介绍”" in where
    assert checks["满意度调查"].verdict == "cannot_tell"
    assert sum(c.verdict == "hit" for c in checks.values()) == 7


def test_who_says_a_step_early_and_again_at_its_place_is_in_order() -> None:
    findings, _ = judged(call("礼貌问候", "感谢", *list(SCRIPT)[1:]))
    assert findings == []


def test_a_customer_who_hangs_up_is_not_asked_for_the_rest() -> None:
    findings, checks = judged(call("礼貌问候", "寒暄", hangup_by="customer"))
    (found,) = findings  # what lies before the last step that was heard is still missed
    assert "没有听到：自我介绍" in found.steps[0].zh and "健康宣教" not in found.steps[0].zh
    assert not checks["健康宣教"].applicable and "客户先挂机" in checks["健康宣教"].steps[-1].zh
    broken = replace(call("礼貌问候", "自我介绍", "寒暄"), is_complete=False)
    assert judged(broken)[0] == []


@pytest.mark.parametrize(
    "transcript",
    [
        talk(
            ("agent", "您好,请问是陈先生吗?"), 20.0, kind="callback_inpatient", seconds=60.0
        ),  # nobody answers
        talk(("agent", "您好。"), ("customer", "打错了。"), kind="callback_inpatient"),  # over at once
        talk(kind="callback_inpatient", seconds=30.0),
    ],
)
def test_where_no_conversation_came_about_no_step_is_owed(transcript: Transcript) -> None:
    findings, checks = judged(transcript)
    assert findings == [] and len(checks) == 9
    assert not any(c.applicable and c.verdict != "hit" for c in checks.values())


def test_where_nobody_knows_who_spoke_nothing_is_hinted() -> None:
    known = call("礼貌问候", "自我介绍", "感谢")
    mono = replace(known, segments=tuple(replace(s, speaker="unknown") for s in known.segments))
    findings, checks = judged(mono)
    assert findings == [] and checks["自我介绍"].verdict == "cannot_tell"


def test_only_what_a_rulebook_prescribes_is_looked_for() -> None:
    assert judged(call(*SCRIPT, kind="inbound_service")) == ([], {})
    base = load_rulebook()
    assert flow_of(Contact(call(*SCRIPT), limits_of(base)), base) == ()


# -- the longest run in order, against every possible choice -------------------------------------------------------------


def longest(times: Sequence[Sequence[float]]) -> int:
    choices = [[None, *own] for own in times]
    runs = ([t for t in chosen if t is not None] for chosen in product(*choices))
    return max(len(run) for run in runs if all(a <= b for a, b in pairwise(run)))


@given(st.lists(st.lists(st.integers(0, 9), max_size=3).map(sorted), max_size=6))
def test_as_many_steps_as_possible_are_taken_in_order(times: list[list[int]]) -> None:
    chosen = in_order(times)
    run = [own[at] for own, at in zip(times, chosen, strict=True) if at is not None]
    assert all(a <= b for a, b in pairwise(run))
    assert len(run) == longest(times)
