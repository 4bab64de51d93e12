"""What the monthly meeting says in words: the sentence of a topic, the state of the month, values and changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dashboard.i18n import N_, _, sentences

if TYPE_CHECKING:
    from dashboard.meeting import Line, MeetingPack
    from db.metrics import Figure


def sentence_of(lines: tuple[Line, ...]) -> str:
    """What the topic shows, in one sentence: what missed its target, worst first, and what moved most."""
    counted = [line for line in lines if line.this.value is not None]
    if not counted:
        return _("No cases in this month.")
    missed = [line for line in counted if line.meets_target is False]
    with_target = [line for line in counted if line.meets_target is not None]
    parts = []
    if missed:
        worst = max(missed, key=lambda line: abs((line.this.target or 0) - (line.this.value or 0)))
        parts.append(
            _(
                "{missed} of {total} figures missed their target; furthest off: {name} ({value} against {target}).",
                missed=len(missed),
                total=len(with_target),
                name=worst.name,
                value=shown(worst.this.value, worst.this.unit),
                target=shown(worst.this.target, worst.this.unit),
            )
        )
    elif with_target:
        parts.append(_("All {total} figures with a target reached it.", total=len(with_target)))
    # Hours and points do not compare with percentage points; how an estimate moved may be chance.
    rates = [line for line in counted if line.this.unit == "percent" and line.this.n is None]
    moved = [line for line in rates if line.change is not None and abs(line.change) >= 0.05]
    if moved:
        most = max(moved, key=lambda line: abs(line.change or 0))
        better = ((most.change or 0) > 0) == (most.better == "up")
        template = (
            N_("Most improved against last month: {name} ({change}).")
            if better
            else N_("Fell back most against last month: {name} ({change}).")
        )
        parts.append(_(template, name=most.name, change=shown_change(most.change, most.this.unit)))
    return sentences(*parts)


def made_line(pack: MeetingPack) -> str:
    """When the pack was made, under which rulebook, and whether the month's figures can still move."""
    if pack.closed:
        state = pack.closed
    elif pack.is_running:
        state = _("The month is still running; figures move.")
    else:
        state = _("The month is not closed yet.")
    return _(
        "Made {made}; rulebook {version}. {state}",
        made=f"{pack.made_at:%Y-%m-%d %H:%M}",
        version=pack.rulebook_version,
        state=state,
    )


def changed_since_closing(pack: MeetingPack, fixed: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Each figure that is no longer what it was when the month was closed: name, then and now.

    `fixed` is ClosedMonth.figures. What was decided on stays on record; later corrections show as differences.
    """
    changed = []
    for line in (line for topic in pack.topics for line in topic.lines):
        was = fixed.get(line.key)
        if was is None or (was["numerator"], was["denominator"]) == (
            line.this.numerator,
            line.this.denominator,
        ):
            continue
        changed.append(
            _(
                "{name}: {then} ({then_cases}) when closed, {now} ({now_cases}) now",
                name=line.name,
                then=shown(was["value"], line.this.unit),
                then_cases=f"{was['numerator']}/{was['denominator']}",
                now=shown(line.this.value, line.this.unit),
                now_cases=f"{line.this.numerator}/{line.this.denominator}",
            )
        )
    return changed


def shown(value: float | None, unit: str) -> str:
    """A figure's value as people read it; a dash where there were no cases."""
    if value is None:
        return "–"
    if unit == "percent":
        return f"{value:.1f}%"
    if unit == "hours":
        return _("{n} h", n=f"{value:,.1f}")
    if unit == "minutes":
        return _("{n} min", n=f"{value:,.1f}")
    return f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"


def shown_change(change: float | None, unit: str) -> str:
    """A change with its sign and unit; percentages change in percentage points."""
    if change is None:
        return "–"
    rounded = round(change, 1)
    size = f"{rounded:+,.1f}" if rounded else "0"
    if unit == "percent":
        return _("{change} pp", change=size)
    if unit == "hours":
        return _("{n} h", n=size)
    if unit == "minutes":
        return _("{n} min", n=size)
    return _("{n} points", n=size) if unit == "points" else size


def cases_text(figure: Figure) -> str:
    """What was counted out of how much; a mean has only how many it is of, a count only itself."""
    if figure.denominator is None:
        return f"{figure.numerator:,.0f}"
    if figure.n is not None:  # an estimate: how many were heard, and the interval
        ends = "" if figure.low is None else f" ({figure.low:.1f}–{figure.high:.1f})"
        return f"{figure.numerator:,.0f} / {figure.denominator:,}{ends}"
    if figure.unit == "points":
        return f"{figure.denominator:,}"
    return f"{figure.numerator:,.0f} / {figure.denominator:,}"
