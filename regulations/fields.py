"""The fields of one record in a file: read with everything wrong gathered, and the provenance of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from regulations.scalars import Refused, each, number, one_of, text
from regulations.schema import clause_problem
from regulations.values import (
    STATUSES,
    CallbackCategory,
    FlowCue,
    PenaltyRule,
    PhraseRule,
    PhraseTrigger,
    Schedule,
    Status,
)


def provenance(raw: Mapping[str, Any], *, own: bool) -> tuple[tuple[str, ...], Status]:
    """The clauses and the status of an entry. Raises Refused when it does not say where it comes from."""
    reasons: list[str] = []
    source, status = raw.get("source"), raw.get("status")
    if source is None:
        reasons.append("source is missing: the list of clauses it rests on, [] for a product choice")
    elif not isinstance(source, list | tuple):
        reasons.append("source must be a list of clause ids")
    else:
        reasons += [problem for clause in source if (problem := clause_problem(clause, own=own))]
    if status is None:
        reasons.append(f"status is missing: {', '.join(STATUSES)}")
    elif status not in STATUSES:
        reasons.append(f"status must be one of {', '.join(STATUSES)}, not {status!r}")
    elif status != "product_choice" and isinstance(source, list | tuple) and not source:
        reasons.append(f"status {status} needs a source; a value no clause gives is a product_choice")
    if reasons:
        raise Refused(*reasons)
    return tuple(dict.fromkeys(source or ())), status  # type: ignore[return-value]


def words(raw: object, what: str, known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """A list of texts, each once; of the known ones where some are given."""

    def read(element: object, where: str) -> str:
        return one_of(element, known, f"{what} {where}") if known else text(element, f"{what} {where}", 200)

    try:
        return tuple(dict.fromkeys(each(raw, read)))
    except Refused as refused:
        raise Refused(*(r if r.startswith(what) else f"{what}: {r}" for r in refused.reasons)) from None


class Reader:
    """Reads the fields of one record and gathers everything that is wrong with them."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw, self.reasons = raw, list[str]()

    def get(self, name: str, read: Callable[[object, str], Any], default: Any = None) -> Any:
        """The field if it is there, else the default."""
        if name not in self.raw:
            return default
        try:
            return read(self.raw[name], name)
        except Refused as refused:
            self.reasons += refused.reasons
            return default

    def need(self, name: str, read: Callable[[object, str], Any]) -> Any:
        """The field; that it is missing is a reason to refuse."""
        if name not in self.raw:
            self.reasons.append(f"{name} is missing")
        return self.get(name, read)

    def known(self, *names: str) -> None:
        """Refuses every field that is not named."""
        self.reasons += [
            f"unknown key {name!r}; known are {', '.join(names)}" for name in self.raw if name not in names
        ]

    def provenance(self, *, own: bool) -> tuple[tuple[str, ...], Status]:
        """The clauses and the status of the record."""
        try:
            return provenance(self.raw, own=own)
        except Refused as refused:
            self.reasons += refused.reasons
            return (), "product_choice"

    def done(self) -> None:
        """Raises Refused with everything that was wrong."""
        if self.reasons:
            raise Refused(*self.reasons)


def points(raw: object, what: str) -> Decimal:
    """A number that is not negative."""
    value = number(raw, what)
    if value < 0:
        raise Refused(f"{what} must not be negative: points are taken off")
    return value


def percent(raw: object, what: str) -> Decimal:
    """0 to 100."""
    value = number(raw, what)
    if not 0 <= value <= 100:
        raise Refused(f"{what} must be between 0 and 100")
    return value


def flag(raw: object, what: str) -> bool:
    """Yes or no."""
    if not isinstance(raw, bool):
        raise Refused(f"{what} must be true or false")
    return raw


def origin(
    record: CallbackCategory | PenaltyRule | PhraseRule | PhraseTrigger | FlowCue | Schedule,
) -> dict[str, Any]:
    """The clauses and the status as a file would write them."""
    return {"source": list(record.clauses), "status": record.status}
