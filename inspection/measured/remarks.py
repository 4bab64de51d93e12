"""Measurements that touch a limit of the rulebook: remarks at their second, without points, for a person to look at.

No clause gives them a weight: they cost nothing, and a person decides whether there was anything to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from inspection.findings import Check, Finding
from inspection.limits import Measured, measured_by
from inspection.measured.measures import interruptions, measure
from inspection.transcript import Transcript
from regulations.rulebook import Rulebook
from regulations.verdict import Step, step

_NAMED = 5  # places named in an explanation; all of them stand in the measures


def measured_findings(
    transcript: Transcript,
    checks: Sequence[Check],
    book: Rulebook,
    measures: Mapping[str, Any] | None = None,
) -> tuple[Finding, ...]:
    """One remark for each limit that was passed, in time order. `measures` are those of `measure`, if they are there."""
    if measures is None:
        measures = measure(transcript, book)
    limits = measured_by(book)
    found: list[Finding] = []
    if transcript.channel != "chat":
        found += _rings(measures, book)
        if _is_conversation(transcript, measures):
            found += _silence(measures, checks, limits, book)
        found += _talk(measures, limits, book)
        found += _interruptions(transcript, limits, book)
        found += _speed(measures, limits, book)
        found += _loudness(measures, limits, book)
        found += _hangup(transcript, checks, book)
    return tuple(sorted(found, key=lambda f: (f.start is None, f.start or 0.0, f.rule)))


def _is_conversation(transcript: Transcript, measures: Mapping[str, Any]) -> bool:
    """Whether both sides were recorded, so that silence means that neither spoke.

    Where only one channel sounds the other may be lost; on a single channel both may speak, whoever they are.
    """
    if measures["agent_talk_seconds"] and measures["customer_talk_seconds"]:
        return True
    is_one_channel = len(transcript.channels) < 2
    return is_one_channel and any(s.speaker == "unknown" and not s.is_doubtful for s in transcript.segments)


def _rings(measures: Mapping[str, Any], book: Rulebook) -> Iterator[Finding]:
    rings, limit = measures["rings"], book.integer("call.max_rings")
    if rings is None or limit is None or rings < limit:
        return
    steps = [
        step(
            "接听前振铃 {r} 声；响到第 {limit} 声仍无人接听即超限（“以上”含本数）",
            "{r} rings before the answer; still unanswered at ring {limit} is too late (“or more” includes the number)",
            book.clause("call.max_rings"),
            r=rings,
            limit=limit,
        )
    ]
    if measures["answer_seconds"] is not None:
        each = book.decimal("call.seconds_per_ring")
        steps.append(
            step(
                "按每声 {e} 秒，约 {s:g} 秒后接听",
                "at {e} s a ring, answered after about {s:g} s",
                e=each,
                s=measures["answer_seconds"],
            )
        )
    yield _finding(book, "call.max_rings", "rings", "low", "opening", None, 0.0, *steps)


def _silence(
    measures: Mapping[str, Any], checks: Sequence[Check], limits: Measured, book: Rulebook
) -> Iterator[Finding]:
    longest, limit = measures["longest_silence_seconds"], limits.dead_air_limit
    if limit is not None and longest > limit:
        steps = [
            step(
                "{at:.1f} 秒起双方静默 {s:.1f} 秒，超过 {limit:g} 秒",
                "nobody speaks for {s:.1f} s from {at:.1f} s on, more than {limit:g} s",
                book.clause("measure.dead_air_limit"),
                at=measures["longest_silence_start"],
                s=longest,
                limit=limit,
            ),
            step(
                "不少于 {f:g} 秒的静默共 {n} 次，合计 {s:.1f} 秒",
                "silences of {f:g} s or more: {n}, {s:.1f} s in all",
                f=limits.dead_air_from or 0.0,
                n=measures["dead_air_count"],
                s=measures["dead_air_seconds"],
            ),
        ]
        if any(c.category == "hold_notice" and c.verdict == "hit" for c in checks):
            steps.append(step("通话中请客户等候过", "the customer was asked to wait in this contact"))
        start = measures["longest_silence_start"]
        end = start + longest
        yield _finding(
            book, "measure.dead_air_limit", "dead_air", "low", "body", None, start, *steps, end=end
        )
    share, most = measures["silence_share"], limits.non_talk_limit
    # Of a short contact any share may be silent by chance: there has to be more of it than one dead air may last.
    is_much = measures["silence_seconds"] > (limit or 0.0)
    if most is not None and share is not None and share > most and is_much:
        yield _finding(
            book, "measure.non_talk_limit", "non_talk", "low", "any", None, None,
            step(
                "无人说话占通话的 {s:.0%}（{n:.1f} 秒，共 {d:.1f} 秒），超过 {limit:.0%}",
                "nobody speaks in {s:.0%} of the contact ({n:.1f} s of {d:.1f} s), more than {limit:.0%}",
                book.clause("measure.non_talk_limit"),
                s=share, n=measures["silence_seconds"], d=measures["duration_seconds"], limit=most,
            ),
        )  # fmt: skip


def _talk(measures: Mapping[str, Any], limits: Measured, book: Rulebook) -> Iterator[Finding]:
    share, limit = measures["agent_talk_share"], limits.agent_talk_limit
    # Where the customer says nothing at all there was no conversation, or his side was not recorded.
    if limit is None or share is None or share <= limit or not measures["customer_talk_seconds"]:
        return
    yield _finding(
        book, "measure.agent_talk_limit", "talk_share", "low", "any", None, None,
        step(
            "客服说了 {a:.1f} 秒，客户 {c:.1f} 秒：客服占 {s:.0%}，超过 {limit:.0%}",
            "the agent speaks for {a:.1f} s, the customer for {c:.1f} s: the agent has {s:.0%}, more than {limit:.0%}",
            book.clause("measure.agent_talk_limit"),
            a=measures["agent_talk_seconds"], c=measures["customer_talk_seconds"], s=share, limit=limit,
        ),
    )  # fmt: skip


def _interruptions(transcript: Transcript, limits: Measured, book: Rulebook) -> Iterator[Finding]:
    limit = limits.interruptions_limit
    certain = [s for s in transcript.segments if not s.is_doubtful]
    broke_in = interruptions(certain, "agent", limits)
    if limit is None or len(broke_in) <= limit:
        return
    zh = "、".join(f"{s.start:.1f} 秒" for s in broke_in[:_NAMED])
    en = ", ".join(f"{s.start:.1f} s" for s in broke_in[:_NAMED])
    first = broke_in[0]
    ordinal = next(i for i, s in enumerate(transcript.segments) if s is first)
    yield _finding(
        book, "measure.interruptions_limit", "interruption", "low", "body", ordinal, first.start,
        step(
            "客服在客户说话时插话 {n} 次（重叠超过 {t:g} 秒才算，附和不算），超过 {limit} 次",
            "the agent breaks in on the customer {n} times (overlaps of more than {t:g} s, listening words apart), more than"
            " {limit}",
            book.clause("measure.interruptions_limit"),
            n=len(broke_in), t=limits.interruption_tolerance, limit=limit,
        ),
        Step(f"位置：{zh}{'等' if len(broke_in) > _NAMED else ''}", f"at {en}{' and more' if len(broke_in) > _NAMED else ''}"),
    )  # fmt: skip


def _speed(measures: Mapping[str, Any], limits: Measured, book: Rulebook) -> Iterator[Finding]:
    rate, spoken = measures["agent_characters_per_minute"], measures["agent_talk_seconds"]
    if rate is None or spoken < limits.rate_stretch:
        return
    how = step(
        "客服说话 {s:.1f} 秒，平均每分钟 {r:.0f} 字",
        "the agent speaks for {s:.1f} s, {r:.0f} characters a minute on average",
        s=spoken,
        r=rate,
    )
    if limits.fastest_rate is not None and rate > limits.fastest_rate:
        start = measures["agent_fastest_start"]
        steps = [
            how,
            step(
                "快于每分钟 {limit:g} 字",
                "faster than {limit:g} characters a minute",
                book.clause("measure.fastest_rate"),
                limit=limits.fastest_rate,
            ),
        ]
        if start is not None:
            steps.append(
                step(
                    "最快的一轮从 {at:.1f} 秒开始，每分钟 {r:.0f} 字",
                    "the fastest turn begins at {at:.1f} s, {r:.0f} characters a minute",
                    at=start,
                    r=measures["agent_fastest_characters_per_minute"],
                )
            )
        yield _finding(book, "measure.fastest_rate", "speaking_rate", "low", "any", None, start, *steps)
    elif limits.slowest_rate is not None and rate < limits.slowest_rate:
        yield _finding(
            book, "measure.slowest_rate", "speaking_rate", "low", "any", None, None, how,
            step(
                "慢于每分钟 {limit:g} 字", "slower than {limit:g} characters a minute",
                book.clause("measure.slowest_rate"), limit=limits.slowest_rate,
            ),
        )  # fmt: skip


def _loudness(measures: Mapping[str, Any], limits: Measured, book: Rulebook) -> Iterator[Finding]:
    jumps = measures["loudness_jumps"]
    if not jumps:
        return
    loudest = max(jumps, key=lambda j: j["above_db"])
    steps = [
        step(
            "{at:.1f} 秒的一句比客服自己平时（中位数 {m:.0f} dBFS）高 {d:.1f} 分贝，达到 {limit:g} 分贝",
            "the utterance at {at:.1f} s is {d:.1f} dB above the agent's own usual level (median {m:.0f} dBFS); remarked from"
            " {limit:g} dB on",
            book.clause("measure.loudness_jump"),
            at=loudest["start"],
            m=measures["agent_level_db"],
            d=loudest["above_db"],
            limit=limits.loudness_jump,
        )
    ]
    if len(jumps) > 1:
        zh = "、".join(f"{j['start']:.1f} 秒（+{j['above_db']:.0f}）" for j in jumps[:_NAMED])
        en = ", ".join(f"{j['start']:.1f} s (+{j['above_db']:.0f})" for j in jumps[:_NAMED])
        steps.append(Step(f"共 {len(jumps)} 处：{zh}", f"{len(jumps)} places: {en}"))
    yield _finding(
        book, "measure.loudness_jump", "loudness", "low", "body", loudest["segment"], loudest["start"], *steps
    )


def _hangup(transcript: Transcript, checks: Sequence[Check], book: Rulebook) -> Iterator[Finding]:
    closings = [c for c in checks if c.category == "closing" and c.applicable]
    is_rude_end = transcript.hangup_by == "agent" and any(c.verdict == "absent" for c in closings)
    if book.flag("call.record_agent_hangup") and is_rude_end:
        yield _finding(
            book, "call.record_agent_hangup", "agent_hangup", "medium", "closing", None, transcript.seconds,
            step(
                "客服先挂机，挂机前没有结束语", "the agent hung up first, without a closing",
                book.clause("call.record_agent_hangup"),
            ),
        )  # fmt: skip


def _finding(
    book: Rulebook,
    key: str,
    category: str,
    severity: str,
    phase: str,
    segment: int | None,
    at: float | None,
    *steps: Step,
    end: float | None = None,
) -> Finding:
    no_points = step("只记录，不计分", "recorded only, no points")
    return Finding(
        rule=key, kind="measure", category=category, verdict="hit", phase=phase, segment=segment, start=at,
        end=at if end is None else end, quote="", clauses=book.clauses(key), severity=severity, points=Decimal(0),
        needs_review=True, steps=(*steps, no_points), layer="measure",
    )  # fmt: skip
