"""What `inspect` prints of a call for people: findings, and, explained, why; the phrases owed, the script's steps, the measures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from commands.output import print_table
from inspection.findings import Check, Finding
from inspection.limits import measured_by
from inspection.pipeline import InspectionResult
from inspection.required.flow import FLOW
from inspection.transcript import Channel
from regulations.names import name_of
from regulations.rulebook import Rulebook
from regulations.verdict import Lang, Step

_WORDS: dict[str, dict[Lang, str]] = {
    "at": {"zh": "秒", "en": "at"},
    "finding": {"zh": "发现", "en": "finding"},
    "verdict": {"zh": "判断", "en": "verdict"},
    "layer": {"zh": "依据", "en": "found by"},
    "quote": {"zh": "原话", "en": "quote"},
    "severity": {"zh": "程度", "en": "severity"},
    "points": {"zh": "扣分", "en": "points"},
    "clauses": {"zh": "条款", "en": "clauses"},
    "phrase": {"zh": "用语", "en": "phrase"},
    "rule": {"zh": "规则", "en": "rule"},
    "became": {"zh": "结果", "en": "outcome"},
    "why": {"zh": "说明", "en": "why"},
    "measure": {"zh": "测量", "en": "measure"},
    "value": {"zh": "数值", "en": "value"},
    "limit": {"zh": "提示复核的界限", "en": "remarked"},
    "findings": {"zh": "发现的问题", "en": "What was found"},
    "checks": {"zh": "应说的用语", "en": "Phrases owed"},
    "flow": {"zh": "规定流程", "en": "Steps of the script"},
    "measures": {"zh": "测量", "en": "Measures"},
    "score": {"zh": "评分", "en": "Score"},
}
_BECAME: dict[str, dict[Lang, str]] = {
    "hit": {"zh": "✓ 说了", "en": "✓ said"},
    "absent": {"zh": "✗ 没有说", "en": "✗ not said"},
    "cannot_tell": {"zh": "? 无法判断", "en": "? cannot tell"},
    "": {"zh": "– 不要求", "en": "– not owed"},
}


def show_call(call: InspectionResult, book: Rulebook, lang: Lang, *, is_explained: bool) -> None:
    """A call's head, what to listen to, its findings; explained: with every step, and everything it was held to."""
    _head(call, lang)
    findings = call.findings
    if not is_explained:
        if findings:
            print_table(rows := [_row(f, lang) for f in findings], list(rows[0]))
        print()
        return
    if findings:
        _title("findings", lang)
    for number, finding in enumerate(findings, start=1):
        print(f"{number}. {_line(finding, lang)}")
        _steps(finding.steps, lang)
    checks = [c for c in call.checks if c.category != FLOW]
    _table("checks", [_check(c, lang) for c in checks], lang)
    _table("flow", [_flow_step(n, c, lang) for n, c in enumerate(_flow(call.checks), start=1)], lang)
    _table("measures", list(_measures(call, book, lang)), lang)
    _title("score", lang)
    _steps(call.score.steps, lang)
    print()


def _head(call: InspectionResult, lang: Lang) -> None:
    agent = call.measures["agent_talk_share"]
    print(
        f"{call.call_id} · {call.engine} · {call.duration_seconds:.1f} s · {call.score.value} / 100"
        + (f" · {name_of('speaker', 'agent', lang)} {agent:.0%}" if agent is not None else "")
    )
    for warning in call.measures["warnings"]:
        print(f"  ! {warning[lang]}")
    for channel in call.transcript.channels:
        if channel.echoes:
            print(_echoes(channel, lang))
    for stretch in call.transcript.to_listen:
        print(
            f"  ? {stretch.start:.1f}–{stretch.end:.1f} s · {name_of('speaker', stretch.speaker, lang)}"
            f" · {name_of('listen_reason', stretch.reason, lang)}"
        )


def _echoes(channel: Channel, lang: Lang) -> str:
    who = name_of("speaker", channel.speaker, lang)
    seconds = sum(b - a for a, b in channel.echoes)
    if lang == "zh":
        return (
            f"  ~ 第 {channel.index + 1} 声道（{who}）有 {seconds:.1f} 秒是另一声道的串音，没有算作这一方的话"
        )
    return f"  ~ channel {channel.index + 1} ({who}) overhears the other for {seconds:.1f} s; not taken for its own words"


def _row(finding: Finding, lang: Lang) -> dict[str, object]:
    cells = {
        "at": "" if finding.start is None else f"{finding.start:.1f}",
        "finding": name_of("finding_category", finding.category, lang),
        "verdict": name_of("finding_verdict", finding.verdict, lang),
        "layer": name_of("finding_layer", finding.layer, lang),
        "quote": finding.quote,
        "severity": name_of("inspection_severity", finding.severity, lang),
        "points": finding.points,
        "clauses": " ".join(finding.clauses),
    }
    return {_WORDS[key][lang]: value for key, value in cells.items()}


def _line(finding: Finding, lang: Lang) -> str:
    """A finding in one line: when, what, how sure, by what found, which words, at which cost."""
    parts = [
        "" if finding.start is None else f"{finding.start:.1f} s",
        name_of("finding_category", finding.category, lang),
        f"{name_of('finding_verdict', finding.verdict, lang)}{'（{}）' if lang == 'zh' else ' ({})'}".format(
            name_of("finding_layer", finding.layer, lang)
        ),
        f"“{finding.quote}”" if finding.quote else "",
        name_of("inspection_severity", finding.severity, lang),
        _off(finding, lang),
        " ".join(finding.clauses),
    ]
    return " · ".join(p for p in parts if p)


def _off(finding: Finding, lang: Lang) -> str:
    """What it takes off, or would if a person confirmed it; nothing of what never costs anything."""
    if finding.points:
        return (f"扣 {finding.points} 分", f"points off: {finding.points}")[lang == "en"]
    if finding.stake:
        return (f"认定成立则扣 {finding.stake} 分", f"points off if confirmed: {finding.stake}")[lang == "en"]
    return ("不扣分", "no points")[lang == "en"]


def _title(key: str, lang: Lang) -> None:
    print(f"\n[{_WORDS[key][lang]}]")


def _steps(steps: Iterable[Step], lang: Lang) -> None:
    for step in steps:
        print(f"   - {step.text(lang)}" + (f"  [{step.clause}]" if step.clause else ""))


def _table(title: str, rows: Sequence[dict[str, object]], lang: Lang) -> None:
    if rows:
        _title(title, lang)
        print_table(rows, list(rows[0]))


def _check(check: Check, lang: Lang) -> dict[str, object]:
    cells = {
        "became": _BECAME[check.verdict if check.applicable or check.verdict else ""][lang],
        "phrase": name_of("finding_category", check.category, lang),
        "at": "" if check.start is None else f"{check.start:.1f}",
        "rule": check.rule,
        "clauses": " ".join(check.clauses),
        "why": _why(check, lang),
    }
    return {_WORDS[key][lang]: value for key, value in cells.items()}


def _why(check: Check, lang: Lang) -> str:
    """The step that settles it: where it was said, what comes nearest and why that is open, why nothing is owed."""
    texts = [s.text(lang) for s in check.steps]
    if check.verdict == "absent":  # the last step is the cost
        texts = texts[:-1]
    return texts[-1] if texts else ""


def _flow(checks: Iterable[Check]) -> list[Check]:
    return [c for c in checks if c.category == FLOW]


def _flow_step(number: int, check: Check, lang: Lang) -> dict[str, object]:
    became = _BECAME[check.verdict][lang] if check.applicable else "–"
    cells = {"became": became, "phrase": f"{number}. {check.title}", "why": _why(check, lang)}
    return {_WORDS[key][lang]: value for key, value in cells.items()}


def _measures(call: InspectionResult, book: Rulebook, lang: Lang) -> Iterator[dict[str, object]]:
    """Every measure with what it is remarked from; nothing of what a chat does not have."""
    m, limits = call.measures, measured_by(book)
    if call.transcript.channel == "chat":
        return

    def share(value: float | None) -> str:
        return "" if value is None else f"{value:.0%}"

    def number(value: Any, unit: str = "") -> str:
        return "" if value is None else f"{value:g}{unit}"

    longest = number(m["longest_silence_seconds"], " s")
    if m["longest_silence_start"] is not None:
        longest += f" @ {m['longest_silence_start']:.1f} s"
    per_minute = {"zh": " 字/分", "en": " characters/min"}[lang]
    fastest = number(m["agent_fastest_characters_per_minute"])
    if m["agent_fastest_start"] is not None:
        fastest += f"{per_minute} @ {m['agent_fastest_start']:.1f} s"
    jumps = m["loudness_jumps"]
    rings, most = book.integer("call.max_rings"), limits.interruptions_limit
    slow, fast = number(limits.slowest_rate), number(limits.fastest_rate)
    at_least = {"zh": "达到 ", "en": "from "}[lang]
    over = {"zh": "超过 ", "en": "over "}[lang]
    rows: list[tuple[str, str, str, str, str]] = [
        ("接听前振铃", "rings before the answer", number(m["rings"]), number(rings) and at_least + number(rings), "call.max_rings"),
        ("接听用时", "time to answer", number(m["answer_seconds"], " s"), "", "call.seconds_per_ring"),
        ("谁先挂机", "who hung up", name_of("speaker", m["hangup_by"], lang), "", "call.record_agent_hangup"),
        ("客服说话占比", "agent's share of the talk", share(m["agent_talk_share"]), share(limits.agent_talk_limit) and over + share(limits.agent_talk_limit), "measure.agent_talk_limit"),
        ("有人说话占比", "share with speech", share(m["talk_share"]), "", ""),
        ("无人说话占比", "share without speech", share(m["silence_share"]), share(limits.non_talk_limit) and over + share(limits.non_talk_limit), "measure.non_talk_limit"),
        ("最长静默", "longest silence", longest, number(limits.dead_air_limit) and over + number(limits.dead_air_limit, " s"), "measure.dead_air_limit"),
        ("冷场次数", "dead air", f"{m['dead_air_count']} ({m['dead_air_seconds']:g} s)", "", "measure.dead_air_from"),
        ("客服抢话", "agent breaks in", number(m["agent_interruptions"]), number(most) and over + number(most), "measure.interruptions_limit"),
        ("客户抢话", "customer breaks in", number(m["customer_interruptions"]), "", "measure.interruption_tolerance"),
        ("客服语速", "agent's speed", number(m["agent_characters_per_minute"]) + per_minute, f"< {slow or '–'}, > {fast or '–'}", "measure.fastest_rate"),
        ("客服最快一轮", "agent's fastest turn", fastest, "", "measure.rate_stretch"),
        ("客户语速", "customer's speed", number(m["customer_characters_per_minute"]) + per_minute, "", ""),
        ("音量突然提高", "raised voice", "" if jumps is None else str(len(jumps)), number(limits.loudness_jump) and "+" + number(limits.loudness_jump, " dB"), "measure.loudness_jump"),
    ]  # fmt: skip
    for zh, en, value, limit, key in rows:
        cells = {
            "measure": zh if lang == "zh" else en,
            "value": value.strip() if value.strip() not in ("", per_minute.strip()) else "–",
            "limit": limit or "–",
            "clauses": " ".join(book.clauses(key)) if key else "",
        }
        yield {_WORDS[name][lang]: cell for name, cell in cells.items()}
