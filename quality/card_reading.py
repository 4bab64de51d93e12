"""The fields of a card's record, each read or said to be wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from quality.card_problems import Problem
from regulations import scalars
from regulations.schema import IDENTIFIER, clause_problem
from regulations.values import STATUSES, Status


class Fields:
    """One record's fields. What cannot be read is added to `problems` and becomes the field's empty value."""

    def __init__(self, raw: Mapping[str, Any], item: str, problems: list[Problem], prefix: str = "") -> None:
        self.raw, self.item, self.problems, self.prefix = raw, item, problems, prefix
        self.failed: set[str] = set()

    def wrong(self, field: str, zh: str, en: str) -> None:
        """Note what is wrong with a field."""
        self.failed.add(field)
        self.problems.append(Problem(self.item, self.prefix or field, zh, en))

    def known(self, keys: Sequence[str]) -> None:
        """Refuse fields that nobody reads: a slip of the pen would be passed over in silence."""
        for key in self.raw:
            if key not in keys:
                self.wrong(str(key), f"没有“{key}”这个字段", f"there is no field {key!r}")

    def text(self, field: str, longest: int, *, is_needed: bool = False) -> str:
        """A text, "" where there is none."""
        raw = self.raw.get(field) or ""
        if not raw and is_needed:
            self.wrong(field, "请填写", "fill it in")
            return ""
        if not raw:
            return ""
        try:
            return scalars.text(raw, field, longest)
        except scalars.Refused:
            self.wrong(
                field,
                f"应是不超过 {longest} 个字的文字，不含控制字符",
                f"it must be a text of {longest} characters at most, without control characters",
            )
            return ""

    def code(self, field: str, longest: int) -> str:
        """A code of small letters, digits, _ and -."""
        raw = self.raw.get(field)
        if isinstance(raw, str) and IDENTIFIER.fullmatch(raw) and len(raw) <= longest:
            return raw
        self.wrong(
            field,
            f"代码只能用小写字母、数字、“_”和“-”，以字母开头，最多 {longest} 个字符",
            f"a code has small letters, digits, _ and -, begins with a letter, {longest} characters at most",
        )
        return ""

    def number(self, field: str, least: Decimal, most: Decimal) -> Decimal | None:
        """A number within limits with two places at most; None where there is none."""
        raw = self.raw.get(field)
        if raw is None:
            return None
        try:
            value = scalars.number(raw, field)
        except scalars.Refused:
            value = None
        if value is not None and least <= value <= most and value == round(value, 2):
            return value
        self.wrong(
            field,
            f"应是 {least} 到 {most} 之间的数，最多两位小数",
            f"it must be a number from {least} to {most} with two places at most",
        )
        return None

    def flag(self, field: str) -> bool:
        """Yes or no; no where nothing is said."""
        raw = self.raw.get(field, False)
        if isinstance(raw, bool):
            return raw
        self.wrong(field, "应为是或否", "it must be true or false")
        return False

    def one_of(self, field: str, choices: Sequence[str], default: str) -> str:
        """One of the choices; the default where nothing is said."""
        raw = self.raw.get(field, default)
        if isinstance(raw, str) and raw in choices:
            return raw
        self.wrong(field, f"应为 {'、'.join(choices)} 之一", f"it must be one of {', '.join(choices)}")
        return default

    def codes(self, field: str, choices: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of codes, each once; of the choices where some are given."""
        raw = self.raw.get(field) or ()
        if not isinstance(raw, list | tuple) or not all(isinstance(one, str) and one for one in raw):
            self.wrong(field, "应是代码的列表", "it must be a list of codes")
            return ()
        unknown = [one for one in raw if choices is not None and one not in choices]
        if unknown:
            self.wrong(field, f"没有：{'、'.join(unknown)}", f"there is no {', '.join(unknown)}")
        return tuple(dict.fromkeys(one for one in raw if one not in unknown))

    def provenance(self) -> tuple[tuple[str, ...], Status]:
        """Clauses and status; where nothing is said it is our own choice."""
        raw = self.raw.get("source") or ()
        if not isinstance(raw, list | tuple):
            raw = (raw,)
        bad = [str(clause) for clause in raw if clause_problem(clause, own=True)]
        if bad:
            self.wrong("source", f"没有这些条文：{'、'.join(bad)}", f"there are no clauses {', '.join(bad)}")
        clauses = tuple(dict.fromkeys(clause for clause in raw if str(clause) not in bad))
        status: Status = self.one_of("status", STATUSES, "product_choice")  # type: ignore[assignment]
        if status != "product_choice" and not clauses and not bad:
            self.wrong(
                "source",
                "注明为条文规定或推定的，请写出条文编号",
                "what is stated or inferred needs its clauses",
            )
        return clauses, status
