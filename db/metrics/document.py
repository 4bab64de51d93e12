"""docs/metrics.md, made from the registry: `python -m db.metrics.document` writes it, a test holds it."""

from __future__ import annotations

from pathlib import Path

from db.metrics.definition import Metric
from db.metrics.registry import METRICS

PLACE = Path(__file__).resolve().parents[2] / "docs" / "metrics.md"

_UNITS = {"percent": "%", "count": "count", "points": "points", "minutes": "min", "hours": "hours"}
_BETTER = {"up": "higher", "down": "lower"}
_HEAD = """\
# Metrics

Made from the registry (`python -m db.metrics.document`); do not edit by hand.

Every card, chart, list, export and meeting page reads these, from one selection of rows each, so that the figure, its
breakdown and the cases behind it agree. Both ends of a period are included; days are local days of the rulebook's
zone. A percentage without anything in the denominator is no figure at all, never 0 % or 100 %. Counts have no
denominator. A metric in points or minutes is a mean: its numerator is the sum. A metric in hours answers the median and the percentiles 50, 75, 90 and 95 by nearest rank: of n finished
cases the one at place ceil(P × n / 100) in order of length. Its numerator is how many are finished, its denominator counts
those still open too: an open case has no length yet, so it is in no percentile, but it is always shown beside them.
A percentage of time weighs its rows: numerator and denominator are the sums of `value` and `weight` in the list.
Targets are the rulebook's (for what is better low: the most that is on target); most are a product choice,
because the regulations name few. The clauses are the catalogue's; an answer names those of the rulebook in force. `python manage.py metric KEY --rows` lists the cases.
"""


def markdown() -> str:
    """The document."""
    lines = [
        _HEAD,
        "| key | name | numerator / denominator | unit | better | target | clauses |",
        "|---|---|---|---|---|---|---|",
    ]
    for metric in METRICS.values():
        lines.append(_row(metric))
    lines.append("\n## Definitions\n")
    for metric in METRICS.values():
        lines.append(f"**{metric.zh} · {metric.en}** (`{metric.key}`)  ")
        lines.append(f"{metric.definition_zh}  ")
        lines.append(f"{metric.definition_en}\n")
    return "\n".join(lines).rstrip() + "\n"


def _row(metric: Metric) -> str:
    parts = [metric.numerator[1], *([metric.denominator[1]] if metric.denominator else [])]
    target = f"`{metric.target_key}`" if metric.target_key else "–"
    cells = [
        f"`{metric.key}`",
        f"{metric.zh}<br>{metric.en}",
        " / ".join(parts),
        _UNITS[metric.unit],
        _BETTER[metric.better],
        target,
        ", ".join(metric.clauses),
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    PLACE.write_text(markdown(), encoding="utf-8")
