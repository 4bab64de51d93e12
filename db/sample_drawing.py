"""One draw, written down: the draw itself, the calls that are new in the frame, and those of which more are taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from db import audit
from db.models import Sample, SampleCall, SampleDraw
from db.sample_frame import FrameRow
from quality import sampling
from quality.sampling import Drawn, FrameCall, Taken
from regulations.access import Scope
from regulations.rulebook import Rulebook


@dataclass(frozen=True, slots=True)
class Settings:
    """The rules of a draw: share of the calls and of blind reviews in percent, fewest calls of an agent and channel."""

    percent: float
    minimum: int
    highest_weight: float
    blind_percent: float

    @staticmethod
    def of(book: Rulebook) -> Settings:
        """What the rulebook says."""
        return Settings(
            float(book.percent("qa.sample_percent") or 0),
            book.integer("qa.min_per_agent") or 0,
            float(book.decimal("qa.risk_weight") or 1),
            float(book.percent("qa.blind_percent") or 0),
        )


def waves_of(sample: Sample) -> tuple[Taken, ...]:
    """Every wave of every stratum as it stands after the latest draw."""
    return tuple(Taken.from_record(record) for record in sample.draws[-1].strata) if sample.draws else ()


def draw(
    session: Session, scope: Scope, sample: Sample, rows: Sequence[FrameRow], settings: Settings,
    book: Rulebook, now: datetime, *, is_raised: bool,
) -> None:  # fmt: skip
    """Draw from the new rows, and with `is_raised` more from those before. The caller has checked and holds the lock."""
    ordinal = len(sample.draws) + 1
    known = session.scalars(
        select(SampleCall).where(SampleCall.sample_id == sample.id).order_by(SampleCall.id)
    ).all()
    frame = [FrameCall(str(one.call_id), one.stratum, one.number, one.weight, one.wave) for one in known]
    fresh = {
        str(row.id): FrameCall(
            str(row.id), row.stratum, sampling.number(sample.seed, sample.month, row.call_id), row.weight, ordinal
        )
        for row in rows
    }  # fmt: skip
    frame += fresh.values()
    sizes: dict[str, int] = {}
    for call in frame:
        sizes[call.stratum] = sizes.get(call.stratum, 0) + 1
    wanted = {
        stratum: sampling.wanted_calls(size, settings.minimum, settings.percent)
        for stratum, size in sizes.items()
    }
    drawn = sampling.draw(
        frame, wanted, seed=sample.seed, month=sample.month, before=waves_of(sample), raise_all=is_raised
    )
    written = SampleDraw(
        ordinal=ordinal,
        drawn_at=now,
        drawn_by=scope.actor,
        rulebook_version=book.version,
        settings=asdict(settings),
        strata=[wave.as_record() for wave in drawn.waves],
    )
    sample.draws.append(written)
    sample.row_version += 1
    session.flush()
    numbers = {str(row.id): row.call_id for row in rows}
    store = _Store(sample, written, drawn, settings)
    inserted = [store.row(call, numbers[call.call_id]) for call in fresh.values()]
    if inserted:
        session.execute(insert(SampleCall), inserted)
    raised = [store.change(one) for one in known if str(one.call_id) in drawn.probabilities]
    if raised:
        session.execute(update(SampleCall), raised)
    session.expire_all()
    taken = sum(wave.taken for wave in drawn.waves)
    detail = {"month": f"{sample.month:%Y-%m}", "draw": ordinal, "calls": len(frame), "drawn": taken}
    audit.record(session, scope, "sample.drawn", "sample", sample.id, detail, at=now)
    session.flush()


class _Store:
    """What a draw writes for each call."""

    def __init__(self, sample: Sample, draw: SampleDraw, drawn: Drawn, settings: Settings) -> None:
        self.sample_id, self.seed, self.month = sample.id, sample.seed, sample.month
        self.draw_id, self.drawn, self.settings = draw.id, drawn, settings
        self.waves = {(wave.stratum, wave.wave): wave for wave in drawn.waves}

    def row(self, call: FrameCall, number: str) -> dict[str, Any]:
        """A call that is new in the frame."""
        return {
            "sample_id": self.sample_id,
            "call_id": int(call.call_id),
            "stratum": call.stratum,
            "wave": call.wave,
            "number": call.number,
            "weight": call.weight,
            "probability": self.drawn.probabilities[call.call_id],
            **self._taking(call, number, is_new=True),
        }

    def change(self, one: SampleCall) -> dict[str, Any]:
        """A call of a wave of which more are taken now."""
        changed: dict[str, Any] = {"id": one.id, "probability": self.drawn.probabilities[str(one.call_id)]}
        call = FrameCall(str(one.call_id), one.stratum, one.number, one.weight, one.wave)
        taking = self._taking(call, one.call.call_id, is_new=False)
        # The same columns for all, as they are written in one statement; what was drawn before keeps its own.
        for name, value in taking.items():
            changed[name] = getattr(one, name) if one.is_drawn else value
        return changed

    def _taking(self, call: FrameCall, number: str, *, is_new: bool) -> dict[str, Any]:
        if call.call_id not in self.drawn.drawn:
            nothing = {"is_drawn": False, "is_blind": False, "blind_probability": 0.0}
            return {**nothing, "reason": "", "draw_id": None}
        percent = self.settings.blind_percent
        return {
            "is_drawn": True,
            "is_blind": sampling.is_blind(self.seed, self.month, number, percent),
            "blind_probability": percent / 100,
            "reason": self._reason(call) if is_new else "topped_up",
            "draw_id": self.draw_id,
        }

    def _reason(self, call: FrameCall) -> str:
        wave = self.waves[call.stratum, call.wave]
        if wave.threshold is None:
            return "all"
        if call.number >= wave.threshold:  # with the weight of a call without findings it would not be in
            return "risk"
        by_share = sampling.wanted_calls(wave.calls, 0, self.settings.percent)
        return "share" if by_share >= wave.taken else "minimum"
