"""How estimates are written on the page Quality, and from how many reviewed calls on anything is told."""

from __future__ import annotations

from dashboard.formats import NOTHING
from dashboard.i18n import _
from dashboard.reads import rulebook
from db.metrics import Figure


def least_heard() -> int:
    """From how many reviewed calls on anything is compared or told."""
    return rulebook().integer("qa.compare_from") or 1


def is_told(figure: Figure | None) -> bool:
    """Whether enough calls were heard for the estimate to be shown."""
    return figure is not None and figure.value is not None and (figure.n or 0) >= least_heard()


def written(figure: Figure) -> str:
    """An estimate to one decimal with its unit."""
    if figure.value is None:
        return NOTHING
    return f"{figure.value:.1f}%" if figure.unit == "percent" else _("{n} points", n=f"{figure.value:.1f}")


def interval_of(figure: Figure) -> str:
    """The interval, in short: "88.1–92.3"."""
    if figure.low is None or figure.high is None:
        return NOTHING
    return f"{figure.low:.1f}–{figure.high:.1f}"


def end_of(figure: Figure, end: str) -> str:
    value = figure.low if end == "low" else figure.high
    return f"{value:.1f}%" if figure.unit == "percent" else f"{value:.1f}"


def numbers(figure: Figure | None, prefix: str) -> dict[str, float | None]:
    keys = ("value", "low", "high") if not prefix else (prefix, f"{prefix}_low", f"{prefix}_high")
    shown = (
        (figure.value, figure.low, figure.high)
        if figure is not None and is_told(figure)
        else (None, None, None)
    )
    return dict(zip(keys, shown, strict=True))
