"""One judged shift of a month, as it is counted, shown, and kept when the month is fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from regulations.attendance_totals import DayFact


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A shift with its verdict; what counts stands in `fact`."""

    fact: DayFact
    code: str
    starts_at: datetime
    ends_at: datetime
    first_in_at: datetime | None
    last_out_at: datetime | None
    clauses: tuple[str, ...]
    rulebook_version: str

    @staticmethod
    def from_row(row: Any, now: datetime) -> MonthDay:
        """From a joined row of AttendanceDay and Shift; the shift is over when it has ended at `now`."""
        fact = DayFact(
            shift_id=row.shift_id,
            work_on=row.work_on,
            class_=row.class_,
            is_over=row.ends_at <= now,
            late_minutes=row.late_minutes,
            early_minutes=row.early_minutes,
            worked_minutes=row.worked_minutes,
            extra_minutes=row.extra_minutes,
            approved_extra_minutes=row.approved_extra_minutes,
            remarks=tuple(row.remarks),
        )
        return MonthDay(
            fact,
            row.code,
            row.starts_at,
            row.ends_at,
            row.first_in_at,
            row.last_out_at,
            tuple(row.clauses),
            row.rulebook_version,
        )

    def as_record(self) -> dict[str, Any]:
        """The shape kept in a fixed month, without the steps."""
        fact = self.fact
        return {
            "shift_id": fact.shift_id,
            "work_on": fact.work_on.isoformat(),
            "class": fact.class_,
            "late_minutes": fact.late_minutes,
            "early_minutes": fact.early_minutes,
            "worked_minutes": fact.worked_minutes,
            "extra_minutes": fact.extra_minutes,
            "approved_extra_minutes": fact.approved_extra_minutes,
            "remarks": list(fact.remarks),
            "code": self.code,
            "starts_at": self.starts_at.isoformat(),
            "ends_at": self.ends_at.isoformat(),
            "first_in_at": _text(self.first_in_at),
            "last_out_at": _text(self.last_out_at),
            "clauses": list(self.clauses),
            "rulebook_version": self.rulebook_version,
        }

    @staticmethod
    def from_record(record: Mapping[str, Any]) -> MonthDay:
        """The inverse of `as_record`: a shift of a fixed month is over."""
        fact = DayFact(
            shift_id=record["shift_id"],
            work_on=date.fromisoformat(record["work_on"]),
            class_=record["class"],
            late_minutes=record["late_minutes"],
            early_minutes=record["early_minutes"],
            worked_minutes=record["worked_minutes"],
            extra_minutes=record["extra_minutes"],
            approved_extra_minutes=record["approved_extra_minutes"],
            remarks=tuple(record["remarks"]),
        )
        return MonthDay(
            fact,
            record["code"],
            datetime.fromisoformat(record["starts_at"]),
            datetime.fromisoformat(record["ends_at"]),
            _instant(record["first_in_at"]),
            _instant(record["last_out_at"]),
            tuple(record["clauses"]),
            record["rulebook_version"],
        )


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
