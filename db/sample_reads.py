"""How far the month's sample has come, and why a call is in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import and_, case, exists, func, select
from sqlalchemy.orm import Session

from db.calls import in_scope
from db.models import Call, CallReview, Sample, SampleCall, SampleDraw
from db.visibility import demand
from quality.sampling import Taken
from regulations.access import Scope
from regulations.names import name_of
from regulations.verdict import Step, step


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of the month's sample in scope: calls in the frame, drawn, reviewed; and those of them that are blind."""

    frame: int
    drawn: int
    reviewed: int
    blind: int
    blind_reviewed: int


def progress(session: Session, scope: Scope, month: date, *, team_id: int | None = None) -> Progress:
    """How many calls of the month could be drawn, were drawn and are reviewed. Raises AccessRefused without quality.view."""
    demand(scope, "quality.view")
    is_reviewed = exists().where(CallReview.call_id == SampleCall.call_id, CallReview.stands)
    query = (
        select(
            func.count(),
            *(
                func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
                for condition in (
                    SampleCall.is_drawn,
                    and_(SampleCall.is_drawn, is_reviewed),
                    SampleCall.is_blind,
                    and_(SampleCall.is_blind, is_reviewed),
                )
            ),
        )
        .select_from(SampleCall)
        .join(Sample, Sample.id == SampleCall.sample_id)
        .join(Call, Call.id == SampleCall.call_id)
        .where(Sample.month == month.replace(day=1), *in_scope(scope))
    )
    if team_id is not None:
        query = query.where(Call.team_id == team_id)
    return Progress(*(int(part) for part in session.execute(query).one()))


def explain(session: Session, scope: Scope, one: SampleCall, waves: Sequence[Taken] = ()) -> tuple[Step, ...]:
    """Why the call is in the sample or not, step by step, so that it can be checked by hand.

    `waves`: db.samples.waves_of its sample, for whoever explains many. Of a blind call that nobody has judged yet it says no more than that: the rest would tell what the machine found.
    Raises AccessRefused without quality.view.
    """
    demand(scope, "quality.view")
    if one.is_blind and not _is_judged(session, one.call_id):
        return (
            step(
                "抽中，盲审：完成判断之前不说明抽中的机会，以免透露机器结果",
                "drawn, to be reviewed blind: its chance would tell what the machine found, so it is shown after the judgement",
            ),
        )
    waves = waves or _waves(session, one)
    return tuple(_steps(one, next(w for w in waves if (w.stratum, w.wave) == (one.stratum, one.wave))))


def _is_judged(session: Session, call_id: int) -> bool:
    found = session.scalar(
        select(CallReview.id)
        .where(CallReview.call_id == call_id, CallReview.round_id.is_(None), CallReview.state == "finished")
        .limit(1)
    )
    return found is not None


def _waves(session: Session, one: SampleCall) -> list[Taken]:
    strata: list[dict[str, Any]] = session.scalars(
        select(SampleDraw.strata)
        .where(SampleDraw.sample_id == one.sample_id)
        .order_by(SampleDraw.ordinal.desc())
        .limit(1)
    ).one()
    return [Taken.from_record(record) for record in strata]


def _steps(one: SampleCall, taken: Taken) -> list[Step]:
    agent, _, channel = one.stratum.partition("|")
    group = {lang: name_of("channel", channel, lang) for lang in ("zh", "en")}
    steps = [
        Step(
            f"{agent}，{group['zh']}：{taken.calls} 通，抽 {taken.taken} 通",
            f"{agent}, {group['en']}: {taken.taken} of {taken.calls} calls drawn",
        )
    ]
    if one.wave > 1:
        steps.append(
            step("第 {w} 次抽样时才进入", "came in with draw no. {w}, after the first one", w=one.wave)
        )
    rank = one.number / one.weight
    steps.append(
        step(
            "固定随机数 {u:.4f} ÷ 权重 {w:g} = {r:.4f}，从小到大抽",
            "permanent random number {u:.4f} ÷ weight {w:g} = {r:.4f}; the smallest are drawn",
            u=one.number,
            w=one.weight,
            r=rank,
        )
    )
    if taken.threshold is not None:
        steps.append(
            step("本组第一个未抽中的是 {t:.4f}", "the first one not drawn has {t:.4f}", t=taken.threshold)
        )
    chance = "{p:.1%}" if one.probability >= 0.01 else "{p:.2%}"
    steps.append(step(f"抽中的机会 {chance}", f"its probability of being drawn: {chance}", p=one.probability))
    if one.is_drawn:
        why = {lang: name_of("sample_reason", one.reason, lang) for lang in ("zh", "en")}
        steps.append(Step(f"抽中：{why['zh']}", f"drawn: {why['en']}"))
    else:
        steps.append(step("未抽中", "not drawn"))
    return steps
