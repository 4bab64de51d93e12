"""One stay of a case with one department: sent, signed for, answered, rectified, verified, or taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


class Happened(Protocol):
    """An event as the rules read it: a code of names.NAMES["complaint_event"], its instant and its facts."""

    @property
    def kind(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def department(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def due_on(self) -> date | None: ...


@dataclass(frozen=True, slots=True)
class Assignment:
    """One stay of the case with one department. Instants are None for what has not happened."""

    department: str
    sent_at: datetime
    answer_due_on: date | None = None
    signed_at: datetime | None = None
    signed_by: str = ""
    returned_at: datetime | None = None
    cause: str = ""
    rectify_due_on: date | None = None
    is_ordered: bool = False
    rectified_at: datetime | None = None
    verified_at: datetime | None = None
    is_sufficient: bool | None = None
    recalled_at: datetime | None = None

    @property
    def owes_answer(self) -> bool:
        """Whether the department has the case and has not answered."""
        return self.returned_at is None and self.recalled_at is None

    @property
    def owes_rectification(self) -> bool:
        """Whether a rectification was declared or ordered and has not been found sufficient."""
        if self.recalled_at is not None or self.is_sufficient:
            return False
        return self.is_ordered or self.rectify_due_on is not None

    @property
    def stage(self) -> str:
        """sent, signed, answered, rectifying, rectified, failed, done or recalled: where it stands."""
        if self.recalled_at is not None:
            return "recalled"
        if self.owes_answer:
            return "sent" if self.signed_at is None else "signed"
        if not self.owes_rectification:
            return "done" if self.is_sufficient else "answered"
        if self.rectified_at is not None and self.is_sufficient is None:
            return "rectified"
        return "failed" if self.is_sufficient is False and self.rectified_at is None else "rectifying"
