"""The month's sample: drawn once, topped up when calls came late or more are wanted. What was drawn stays drawn.

The frame is every inspected call of the month (db/sample_frame). How calls are drawn and with which probability is in
quality/sampling.py.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

from db.calls import in_scope
from db.engine import take_write_lock
from db.models import Call, Sample, SampleCall
from db.refusals import Refused
from db.sample_drawing import Settings, draw, waves_of
from db.sample_frame import new_calls
from db.visibility import NOT_YOURS, demand
from regulations.access import AccessRefused, Scope
from regulations.rulebook import Rulebook

__all__ = ["Settings", "draw_month", "get_sample", "list_drawn", "list_samples", "top_up", "waves_of"]

LONGEST_SEED = 80


def draw_month(
    session: Session,
    scope: Scope,
    month: date,
    *,
    book: Rulebook,
    now: datetime,
    seed: str | None = None,
    settings: Settings | None = None,
) -> Sample:
    """Draw the month's first sample from the calls inspected by now. `month`: any of its days; `seed` None: a new random one.

    A seed makes the draw repeatable; nobody should know it before. Raises AccessRefused, and Refused where the month has its sample
    already (top it up), has not begun, or has no inspected call.
    """
    _demand(session, scope)
    month = month.replace(day=1)
    drawn_already = Refused(
        f"{month:%Y-%m} 的样本已经抽取；要增加请补抽",
        f"the sample of {month:%Y-%m} is drawn already: top it up to have more",
    )
    if get_sample(session, scope, month) is not None:
        raise drawn_already
    seed = secrets.token_hex(8) if seed is None else seed.strip()
    if not 0 < len(seed) <= LONGEST_SEED or not seed.isprintable():
        raise Refused(
            f"种子应为 1 至 {LONGEST_SEED} 个可显示字符",
            f"a seed has 1 to {LONGEST_SEED} printable characters",
        )
    rows = new_calls(session, month, book, (settings or Settings.of(book)).highest_weight, now)
    if not rows:
        raise Refused(
            f"{month:%Y-%m} 还没有质检过的通话，无从抽样",
            f"no call of {month:%Y-%m} has been inspected yet: there is nothing to draw from",
        )
    sample = Sample(month=month, seed=seed, created_at=now, created_by=scope.actor)
    try:
        with session.begin_nested():
            session.add(sample)
    except IntegrityError as error:  # a colleague drew it in the same instant
        raise drawn_already from error
    draw(session, scope, sample, rows, settings or Settings.of(book), book, now, is_raised=False)
    return sample


def top_up(
    session: Session,
    scope: Scope,
    month: date,
    *,
    book: Rulebook,
    now: datetime,
    settings: Settings | None = None,
) -> Sample:
    """Draw from the calls that came in since, and more from all where share or minimum have been raised since the last draw.

    With nothing new and nothing raised it changes nothing. Raises AccessRefused, Refused where no sample is drawn yet.
    """
    _demand(session, scope)
    sample = session.scalar(
        select(Sample)
        .where(Sample.month == month.replace(day=1))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if sample is None:
        raise Refused(
            f"{month:%Y-%m} 还没有样本，请先抽样", f"{month:%Y-%m} has no sample yet: draw it first"
        )
    settings = settings or Settings.of(book)
    last = Settings(**sample.draws[-1].settings)
    is_raised = settings.percent > last.percent or settings.minimum > last.minimum
    rows = new_calls(session, sample.month, book, settings.highest_weight, now, sample.id)
    if not rows and not is_raised:
        return sample
    # A share that was lowered does not take anything back; raising it again later starts from the highest.
    settings = replace(
        settings,
        percent=max(settings.percent, last.percent),
        minimum=max(settings.minimum, last.minimum),
    )
    draw(session, scope, sample, rows, settings, book, now, is_raised=is_raised)
    return sample


def get_sample(session: Session, scope: Scope, month: date) -> Sample | None:
    """The month's sample with its draws, if one was drawn. Raises AccessRefused without quality.view."""
    if not (scope.may("quality.view") or scope.may("quality.sample")):
        raise AccessRefused(NOT_YOURS)
    return session.scalar(
        select(Sample).where(Sample.month == month.replace(day=1)).options(selectinload(Sample.draws))
    )


def list_samples(session: Session, scope: Scope) -> Sequence[Sample]:
    """Every month's sample, the latest month first. Raises AccessRefused without quality.view."""
    demand(scope, "quality.view")
    return session.scalars(
        select(Sample).options(selectinload(Sample.draws)).order_by(Sample.month.desc())
    ).all()


def list_drawn(
    session: Session,
    scope: Scope,
    month: date,
    *,
    team_id: int | None = None,
    agent_id: int | None = None,
) -> Sequence[SampleCall]:
    """The calls drawn for the month as far as the viewer sees, by agent and channel, each with its call.

    Weight, reason and probability of a blind call tell what the machine found: never show them to who is to review it.
    Raises AccessRefused without quality.view.
    """
    demand(scope, "quality.view")
    query = (
        select(SampleCall)
        .join(Sample, Sample.id == SampleCall.sample_id)
        .join(SampleCall.call)
        .where(Sample.month == month.replace(day=1), SampleCall.is_drawn, *in_scope(scope))
        .order_by(SampleCall.stratum, Call.started_at, SampleCall.id)
    )
    if team_id is not None:
        query = query.where(Call.team_id == team_id)
    if agent_id is not None:
        query = query.where(Call.agent_id == agent_id)
    return session.scalars(query).all()


def _demand(session: Session, scope: Scope) -> None:
    demand(scope, "quality.sample")
    if scope.team_ids is not None or scope.agent_id is not None:  # a sample is the whole department's
        raise AccessRefused(NOT_YOURS)
    take_write_lock(session.connection())
